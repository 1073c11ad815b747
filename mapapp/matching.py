"""Which resources suit an initiative, and why.

In this order, each resource once with its first reason: the sheet that describes the initiative,
the same sub-theme, the same theme, the publisher of its region, then how to act (chapter 5) and
ESS & politique de la ville (chapter 3). Never empty as long as the catalogue is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mapapp.catalogue import ACT_CHAPTER, ESS_CHAPTER, Catalogue, Resource


@dataclass(frozen=True, slots=True)
class Subject:
    """What matching needs to know of an initiative."""

    themes: tuple[str, ...]
    sheets: tuple[str, ...] = ()
    region_code: str | None = None
    region_name: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A resource and, in French, why it is proposed."""

    resource: Resource
    reason: str


def matches(subject: Subject, catalogue: Catalogue) -> list[Match]:
    """The resources for an initiative, best reason first."""
    chosen: dict[str, Match] = {}
    for match in _proposals(subject, catalogue):
        chosen.setdefault(match.resource.slug, match)
    return list(chosen.values())


def _proposals(subject: Subject, catalogue: Catalogue) -> Iterator[Match]:
    sheets = [r for r in catalogue.resources if r.slug in subject.sheets]
    for sheet in sheets:
        yield Match(sheet, "La fiche qui décrit cette initiative")
    yield from _on_theme(subject, sheets, catalogue)
    yield from _of_region(subject, catalogue)
    yield from _of_chapter(ACT_CHAPTER, "Pour passer à l’action", catalogue)
    yield from _of_chapter(ESS_CHAPTER, "Sur l’ESS et la politique de la ville", catalogue)


def _on_theme(
    subject: Subject, sheets: Sequence[Resource], catalogue: Catalogue
) -> Iterator[Match]:
    on_theme = catalogue.resources_of(subject.themes)
    subthemes = {(sheet.theme, sheet.subtheme) for sheet in sheets if sheet.subtheme}
    for resource in on_theme:
        if (resource.theme, resource.subtheme) in subthemes:
            yield Match(resource, f"Même sous-thème : {resource.subtheme}")
    for resource in on_theme:
        yield Match(resource, f"Même thème : {resource.theme.label if resource.theme else ''}")


def _of_region(subject: Subject, catalogue: Catalogue) -> Iterator[Match]:
    for resource in catalogue.resources:
        for publisher in resource.publishers:
            if subject.region_code in publisher.regions:
                reason = f"Éditeur de sa région ({subject.region_name}) : {publisher.name}"
                yield Match(resource, reason)


def _of_chapter(number: int, reason: str, catalogue: Catalogue) -> Iterator[Match]:
    return (Match(r, reason) for r in catalogue.resources if r.chapter.number == number)


def inspires(resource: Resource, subject: Subject, catalogue: Catalogue) -> str | None:
    """Why a resource can inspire from an initiative, in French; None when it has no tie to it."""
    if resource.slug in subject.sheets:
        return "Décrite par cette ressource"
    if resource.theme is None or resource.theme.slug not in subject.themes:
        return None
    sheets = filter(None, map(catalogue.resource, subject.sheets))
    heading = (resource.theme, resource.subtheme)
    if resource.subtheme and any((s.theme, s.subtheme) == heading for s in sheets):
        return f"Même sous-thème : {resource.subtheme}"
    return f"Même thème : {resource.theme.label}"
