"""What a QPV has and lacks, theme by theme: nearest examples, resources, who accompanies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.wording import metres
from mapapp.catalogue import ACT_CHAPTER, Catalogue, Publisher, Resource
from mapapp.filters import Filters
from mapapp.queries.coverage import Cell, Coverage
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.qpvs import QpvSheet
from mapapp.store import initiatives as ini

#: As many resources as fit on a line of the brief; the page of the theme has the others.
RESOURCES = 2

#: The heading of chapter 5 that tells who accompanies.
ACCOMPANIMENT = "acteurs-de-l-accompagnement"


@dataclass(frozen=True, slots=True)
class Neighbouring:
    """An initiative near a QPV, and how far in French (« à 1,2 km »)."""

    card: InitiativeCard
    distance_sentence: str


@dataclass(frozen=True, slots=True)
class Need:
    """One theme in a QPV. ``here``: inside or declared; ``nearest``: others, nearest first."""

    cell: Cell
    here: tuple[InitiativeCard, ...]
    nearest: tuple[Neighbouring, ...]
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Accompaniment:
    """Who can accompany: publishers of the region(s) that the catalogue names, and resources."""

    regions: tuple[str, ...]
    publishers: tuple[Publisher, ...]
    resources: tuple[Resource, ...]


def needs(
    session: Session, initiatives: Initiatives, sheet: QpvSheet, filters: Filters
) -> tuple[Need, ...]:
    """The twelve themes in one QPV, for the distance asked for."""
    catalogue = initiatives.catalogue
    cells = Coverage(session, catalogue, filters).of_qpv(sheet.card.code)
    cards = _cards(session, initiatives, cells)
    return tuple(
        Need(
            cell,
            tuple(_here(sheet, cell)),
            tuple(_neighbouring(cell, cards)),
            catalogue.resources_of([cell.theme.slug])[:RESOURCES],
        )
        for cell in cells
    )


def accompaniment(catalogue: Catalogue, sheet: QpvSheet) -> Accompaniment:
    """Who can accompany a project in this QPV."""
    return Accompaniment(
        tuple(region.name for region in sheet.regions),
        catalogue.publishers_of(region.code for region in sheet.regions),
        tuple(_to_act(catalogue)),
    )


def _cards(
    session: Session, initiatives: Initiatives, cells: Sequence[Cell]
) -> Mapping[int, InitiativeCard]:
    """The cards of all the initiatives that the cells name, by id."""
    ids = {near.initiative_id for cell in cells for near in cell.nearest}
    row = ini.Initiative
    slugs = dict(session.execute(select(row.slug, row.id).where(row.id.in_(ids))).all())
    return {slugs[card.slug]: card for card in initiatives.cards(slugs)}


def _here(sheet: QpvSheet, cell: Cell) -> Iterable[InitiativeCard]:
    return (card for card in sheet.own if cell.theme in card.themes)


def _neighbouring(cell: Cell, cards: Mapping[int, InitiativeCard]) -> Iterable[Neighbouring]:
    for near in cell.nearest:
        about = "environ " if near.reach_m > near.distance_m else ""
        yield Neighbouring(cards[near.initiative_id], f"à {about}{metres(near.distance_m)}")


def _to_act(catalogue: Catalogue) -> Iterable[Resource]:
    """The resources to act, those that tell who accompanies first."""
    to_act = [r for r in catalogue.resources if r.chapter.number == ACT_CHAPTER]
    return sorted(to_act, key=lambda r: r.theme is None or r.theme.slug != ACCOMPANIMENT)
