"""A page of a list as the templates show it, with the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from mapapp.catalogue import Theme
from mapapp.filters import Filters
from mapapp.queries.paging import Page
from mapapp.web.context import catalogue
from mapapp.web.counts import theme_counts

#: The forms in which a selection can be taken away.
FORMS = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON"}


@dataclass(frozen=True, slots=True)
class Listing:
    """Some items of ``count``, page ``page`` of ``pages``.

    ``url``: its own address, with what was asked of it and nothing else. ``indexed``: whether
    search engines should show it (docs/decisions/0016).
    """

    items: tuple[Any, ...]
    count: int
    page: int
    pages: int
    per_page: int
    url: str
    indexed: bool
    previous_url: str | None
    next_url: str | None


class Addressed(Protocol):
    """What tells the address of a page of a list: filters, or what stands for them."""

    def pairs(self) -> list[tuple[str, str]]:
        """Name and value of what is asked."""
        ...

    def query_string(self, **changes: object) -> str:
        """The parameters, some changed (``page=2``)."""
        ...


def listing(
    page: Page[Any],
    path: str,
    asked: Addressed,
    indexed: Collection[str] = ("page",),
) -> Listing:
    """The page of a list found at ``path`` with these filters.

    ``indexed``: the filters that make a list of its own; any other makes one combination more.
    """

    def address(number: int | None) -> str | None:
        return path + asked.query_string(page=number) if number else None

    return Listing(
        page.items,
        page.count,
        page.number,
        page.pages,
        page.per_page,
        path + asked.query_string(),
        {name for name, _ in asked.pairs()} <= set(indexed),
        address(page.previous),
        address(page.next),
    )


def export_links(path: str, filters: Filters) -> list[dict[str, str]]:
    """The same selection as files, ``{label, url}`` of each; files have no pages."""
    asked = filters.query_string(page=1)
    return [{"label": label, "url": f"{path}.{form}{asked}"} for form, label in FORMS.items()]


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """A theme in the filter form, with how many initiatives it has in all."""

    slug: str
    label: str
    url: str
    count: int


def theme_choices() -> list[ThemeChoice]:
    """The themes that initiatives can be filtered by."""
    counts = theme_counts()
    return [theme_choice(theme, counts) for theme in catalogue().initiative_themes]


def theme_choice(theme: Theme, counts: dict[str, int]) -> ThemeChoice:
    """One theme with its count."""
    return ThemeChoice(theme.slug, theme.label, theme.url, counts.get(theme.slug, 0))
