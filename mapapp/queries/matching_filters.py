"""Which initiatives the filters keep: one notion for the map, the lists, the counts and the API.

Filters are applied to the columns of :mod:`mapapp.queries.columns`; what these do not hold (the
words of a search, the QPVs that verdicts name, the communes of a territory) is asked of the store
once, and remembered while it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from geo.clusters import Floats, Scatter
from geo.distance import Box, Reckoning, boxes_around
from geo.position import Position
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.columns import Columns, Mask, Ranks, columns, read_ids
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.full_text import holding


@dataclass(frozen=True)
class Kept:
    """The initiatives that filters keep: a mask over the columns."""

    columns: Columns
    mask: Mask

    @cached_property
    def count(self) -> int:
        """How many they are."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def ranks(self) -> Ranks:
        """Their ranks, in the order in which their sources tell them."""
        return np.flatnonzero(self.mask)

    def ids(self, ranks: Ranks) -> list[int]:
        """The ids of some ranks."""
        ids: list[int] = self.columns.ids[ranks].tolist()
        return ids

    def but(self, mask: Mask) -> Kept:
        """Those of them that are also in a mask."""
        return Kept(self.columns, self.mask & mask)

    @property
    def none(self) -> Kept:
        """None of them."""
        return self.but(np.zeros(len(self.mask), bool))

    @property
    def lons_lats(self) -> tuple[Floats, Floats]:
        """The degrees of each."""
        points = self.columns.points
        return points.lons[self.ranks], points.lats[self.ranks]

    @property
    def located(self) -> Kept:
        """Those that have a position."""
        return self.but(self.columns.located)

    @property
    def unlocated(self) -> Kept:
        """Those that have none."""
        return self.but(~self.columns.located)

    def by_theme(self) -> dict[str, int]:
        """How many of them each theme has."""
        return self.columns.themes.counts(self.mask)

    def box(self) -> Box | None:
        """The degrees that hold those that have a position; None when none has."""
        lons, lats = self.located.lons_lats
        if not len(lons):
            return None
        return float(lons.min()), float(lats.min()), float(lons.max()), float(lats.max())

    def nearest_first(self, place: Position, most: int | None = None) -> Ranks:
        """Ranks by distance from a place, at equal distance as told; the ``most`` nearest."""
        ranks = self.ranks
        metres = squared_m2(place, self.columns.points, ranks)
        if most is not None and most < len(ranks):
            near = metres <= np.partition(metres, most - 1)[most - 1]
            ranks, metres = ranks[near], metres[near]
        return ranks[np.argsort(metres, kind="stable")][:most]

    def by_name(self, most: int) -> Ranks:
        """The ranks of the first by name."""
        places = self.columns.by_name[self.ranks]
        first = np.argpartition(places, most)[:most] if most < len(places) else slice(None)
        return self.ranks[first][np.argsort(places[first])]


def kept_by(session: Session, memory: Memory, filters: Filters) -> Kept:
    """The initiatives that the filters keep."""
    held = columns(session, memory)
    mask = np.ones(len(held), bool)
    for condition in _conditions(session, memory, held, filters):
        mask &= condition
    return Kept(held, mask)


def _conditions(
    session: Session, memory: Memory, held: Columns, filters: Filters
) -> Iterator[Mask]:
    """What an initiative must meet, one condition for each filter that is used."""
    asked = _Asked(session, memory, held)
    if filters.q:
        yield asked.by_words(tuple(filters.words))
    if filters.theme:
        yield held.themes.having(filters.theme)
    if filters.source:
        yield held.source == held.sources.get(filters.source, -2)
    if filters.etat:
        yield held.judged(filters.generation, filters.etat)
    if filters.qpv:
        yield asked.by_qpv(filters.qpv)
    communes = communes_asked(filters)
    if communes is not None:
        yield asked.by_commune(filters, communes)
    yield from _where(held.points, filters)


def _where(points: Scatter, filters: Filters) -> Iterator[Mask]:
    if filters.bbox:
        yield within(points, filters.bbox)
    if filters.place:
        yield around(points, filters.place, filters.rayon)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the store is asked, and remembers for a while."""

    session: Session
    memory: Memory
    held: Columns

    def by_words(self, words: tuple[str, ...]) -> Mask:
        """Those whose text holds every word; none when nothing searchable was written."""
        if not words:
            return np.zeros(len(self.held), bool)
        held = select(ini.Initiative.id).where(holding(self.session, words))
        return self._ids(("words", words), held)

    def by_qpv(self, code: str) -> Mask:
        """Those whose verdict names a QPV, and is not contradicted."""
        row = ini.VerdictQpv
        naming = select(row.initiative_id).where(row.qpv_code == code, row.conflict.is_(False))
        return self._ids(("qpv", code), naming)

    def by_commune(self, filters: Filters, asked: Select[str]) -> Mask:
        """Those of the territory that the filters ask for, whose communes are asked."""
        territory = (filters.commune, filters.departement, filters.region, filters.epci)
        name = ("communes", territory)
        return self.memory.recall(self.session, name, lambda: self._of_communes(asked))

    def _of_communes(self, asked: Select[str]) -> Mask:
        chosen = np.zeros(len(self.held.communes) + 1, bool)  # the last: no commune, which is -1
        chosen[[self.held.communes[code] for code in self.session.scalars(asked)]] = True
        return chosen[self.held.commune]

    def _ids(self, name: Any, statement: Select[int]) -> Mask:
        def ask() -> Mask:
            return self.held.among(read_ids(self.session, statement))

        return self.memory.recall(self.session, name, ask)


def within(points: Scatter, box: Box) -> Mask:
    """Which points lie in a box; west > east crosses the antimeridian."""
    west, south, east, north = box
    lons, lats = points.lons, points.lats
    between = (lons >= west) | (lons <= east) if west > east else (lons >= west) & (lons <= east)
    mask: Mask = between & (lats >= south) & (lats <= north)
    return mask


def around(points: Scatter, place: Position, radius_m: float) -> Mask:
    """Which points are at most so many metres from a place, to 0.1 %."""
    mask = np.zeros(len(points), bool)
    for box in boxes_around(place, radius_m):
        mask |= within(points, box)
    ranks = np.flatnonzero(mask)
    mask[ranks] = squared_m2(place, points, ranks) <= radius_m * radius_m
    return mask


def squared_m2(place: Position, points: Scatter, ranks: Ranks) -> Floats:
    """Squared metres from a place to some of the points, to sort by."""
    apart = points.lons[ranks] - place.lon
    east = np.where(apart > 180, apart - 360, np.where(apart < -180, apart + 360, apart))
    squared: Floats = Reckoning.around(place).squared_m2(east, points.lats[ranks] - place.lat)
    return squared


def communes_asked(filters: Filters) -> Select[str] | None:
    """INSEE codes of the communes asked for; None when no territory is.

    A commune stands for its arrondissements too.
    """
    communes = select(ter.Commune.insee_code)
    asked: list[ColumnElement[bool]] = []
    if filters.commune:
        code = filters.commune
        asked.append(or_(ter.Commune.insee_code == code, ter.Commune.parent_code == code))
    if filters.departement:
        asked.append(ter.Commune.departement_code == filters.departement)
    if filters.region:
        communes = communes.join(ter.Commune.departement)
        asked.append(ter.Departement.region_code == filters.region)
    if filters.epci:
        asked.append(ter.Commune.epci_siren == filters.epci)
    return communes.where(*asked) if asked else None
