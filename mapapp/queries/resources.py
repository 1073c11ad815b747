"""Resources of the catalogue, for the filters and grouped as the catalogue groups them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from mapapp.catalogue import Catalogue, Chapter, Resource, Theme
from mapapp.filters import Filters


@dataclass(frozen=True, slots=True)
class Group:
    """Resources under one heading: a theme, a sub-theme, or none."""

    label: str | None
    theme: Theme | None
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class ChapterGroups:
    """The resources of one chapter, by heading."""

    chapter: Chapter
    groups: tuple[Group, ...]

    @property
    def number(self) -> int:
        """Number of the chapter."""
        return self.chapter.number

    @property
    def title(self) -> str:
        """Title of the chapter."""
        return self.chapter.title

    @property
    def count(self) -> int:
        """How many resources it holds."""
        return sum(len(group.resources) for group in self.groups)


def kept_resources(catalogue: Catalogue, filters: Filters) -> tuple[Resource, ...]:
    """The resources on one of the themes asked for whose texts hold every word."""
    words = filters.words
    if filters.q and not words:
        return ()  # nothing searchable was written
    return tuple(
        resource
        for resource in catalogue.resources
        if (not filters.theme or (resource.theme and resource.theme.slug in filters.theme))
        and all(word in resource.search_text for word in words)
    )


def by_chapter(resources: Iterable[Resource]) -> tuple[ChapterGroups, ...]:
    """The resources by chapter and theme, in catalogue order."""
    return tuple(
        ChapterGroups(chapter, tuple(_by_theme(group)))
        for chapter, group in groupby(resources, key=lambda resource: resource.chapter)
    )


def _by_theme(resources: Iterable[Resource]) -> Iterable[Group]:
    for theme, group in groupby(resources, key=lambda resource: resource.theme):
        yield Group(theme.label if theme else None, theme, tuple(group))


def by_subtheme(resources: Iterable[Resource]) -> tuple[Group, ...]:
    """The resources of one theme by sub-theme, in catalogue order."""
    return tuple(
        Group(subtheme, None, tuple(group))
        for subtheme, group in groupby(resources, key=lambda resource: resource.subtheme)
    )
