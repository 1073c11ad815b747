"""What the filters look at of every initiative, held in memory as columns.

A million rows cost the store seconds to tell and 60 MB to hold (docs/decisions/0029); they are read
once per version of the data. Everything here is by rank: initiatives are in the order in which
their sources tell them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session

from geo.clusters import Scatter
from geo.verdict import Status
from mapapp.memory import Memory
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.catalogue import Source, Theme

_CODES = {status.value: code for code, status in enumerate(Status)}

Codes = NDArray[np.int8]
Ranks = NDArray[np.intp]
Mask = NDArray[np.bool_]
Names = Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class ThemeLinks:
    """The themes of all initiatives, one after the other: theirs are from their start to the next.

    ``codes`` are ranks in ``slugs``; ``owners`` says again whose each is.
    """

    slugs: tuple[str, ...]
    codes: Codes
    owners: NDArray[np.int32]
    starts: NDArray[np.int32]

    def of(self, rank: int) -> list[str]:
        """The theme slugs of one initiative, in order."""
        return [self.slugs[code] for code in self.codes[self.starts[rank] : self.starts[rank + 1]]]

    def having(self, slugs: Sequence[str]) -> Mask:
        """Which initiatives have one of these themes."""
        wanted = np.isin(self.slugs, slugs)
        having = np.zeros(len(self.starts) - 1, bool)
        having[self.owners[wanted[self.codes]]] = True
        return having

    def counts(self, kept: Mask) -> dict[str, int]:
        """How many of the initiatives kept have each theme; those that none has are left out."""
        counts = np.bincount(self.codes[kept[self.owners]], minlength=len(self.slugs)).tolist()
        return {slug: count for slug, count in zip(self.slugs, counts, strict=True) if count}

    def in_groups(self, groups: Sequence[Ranks]) -> list[dict[str, int]]:
        """The same for each of some groups of initiatives, which share none."""
        group = np.full(len(self.starts) - 1, -1)
        if groups:
            group[np.concatenate(groups)] = np.repeat(
                np.arange(len(groups)), list(map(len, groups))
            )
        of_each = group[self.owners]
        grouped = of_each >= 0
        cell = of_each[grouped] * len(self.slugs) + self.codes[grouped]
        counts = np.bincount(cell, minlength=len(groups) * len(self.slugs))
        return [
            {slug: count for slug, count in zip(self.slugs, row, strict=True) if count}
            for row in counts.reshape(len(groups), len(self.slugs)).tolist()
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Every initiative: what is not known is not a number in ``points``, -1 elsewhere.

    ``by_name`` is the place of each when they are sorted by name; ``sources`` and ``communes`` give
    the codes of ``source`` and ``commune``; ``status`` holds, by generation, ranks of ``Status``.
    """

    ids: NDArray[np.int64]
    by_name: NDArray[np.int32]
    points: Scatter
    sources: Names
    source: NDArray[np.int16]
    communes: Names
    commune: NDArray[np.int32]
    themes: ThemeLinks
    status: Mapping[int, Codes]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def located(self) -> Mask:
        """Which have a position."""
        return ~np.isnan(self.points.lons)

    def judged(self, generation: int, status: str) -> Mask:
        """Which have this verdict for a generation."""
        codes = self.status.get(generation)
        wanted: Mask = np.zeros(len(self), bool) if codes is None else codes == _CODES[status]
        return wanted

    def among(self, ids: NDArray[np.int64]) -> Mask:
        """Which have one of these ids."""
        return np.isin(self.ids, ids)


def columns(session: Session, memory: Memory) -> Columns:
    """The columns of the data's present version."""
    return memory.hold(session, "columns", lambda: read_columns(session))


def read_columns(session: Session) -> Columns:
    """Read all columns from the store."""
    row = ini.Initiative
    sources = _names(session.scalars(select(Source.id).order_by(Source.id)))
    communes = _names(session.scalars(select(ter.Commune.insee_code)))
    read = _read(
        session,
        select(
            row.id, row.rank, row.lon, row.lat,
            _code(row.source_id, sources), func.coalesce(row.insee_code, ""),
        ),
        {"id": "i8", "rank": "i8", "lon": "f8", "lat": "f8", "source": "i2", "commune": "U5"},
    )  # fmt: skip
    read = read[np.lexsort([read["rank"], read["source"]])]
    ranks = _RankOf(read["id"])
    return Columns(
        ids=read["id"].copy(),
        by_name=_by_name(session, ranks),
        points=Scatter.of(read["lon"].copy(), read["lat"].copy()),
        sources=sources,
        source=read["source"].copy(),
        communes=communes,
        commune=_commune(read["commune"], communes),
        themes=_themes(session, ranks),
        status=_statuses(session, ranks),
    )


class _RankOf:
    """The ranks of ids, all of which are known."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._order = np.argsort(ids)
        self._sorted = ids[self._order]

    def __len__(self) -> int:
        return len(self._sorted)

    def __call__(self, ids: NDArray[np.int64]) -> Ranks:
        ranks: Ranks = self._order[np.searchsorted(self._sorted, ids)]
        return ranks


def _by_name(session: Session, ranks: _RankOf) -> NDArray[np.int32]:
    sorted_ids = select(ini.Initiative.id).order_by(ini.Initiative.name, ini.Initiative.slug)
    places = np.empty(len(ranks), np.int32)
    places[ranks(read_ids(session, sorted_ids))] = np.arange(len(ranks))
    return places


def _commune(codes: NDArray[np.str_], communes: Names) -> NDArray[np.int32]:
    distinct, place = np.unique(codes, return_inverse=True)
    known = np.array([communes.get(code, -1) for code in distinct.tolist()], np.int32)
    return known[place]


def _themes(session: Session, ranks: _RankOf) -> ThemeLinks:
    link = ini.InitiativeTheme
    slugs = _names(session.scalars(select(Theme.slug).order_by(Theme.rank)))
    statement = select(link.initiative_id, link.rank, _code(link.theme_slug, slugs))
    read = _read(session, statement, {"id": "i8", "rank": "i4", "code": "i2"})
    owners = ranks(read["id"])
    order = np.lexsort([read["rank"], owners])
    starts = np.searchsorted(owners[order], np.arange(len(ranks) + 1))
    return ThemeLinks(
        slugs=tuple(slugs),
        codes=read["code"][order].astype(np.int8),
        owners=owners[order].astype(np.int32),
        starts=starts.astype(np.int32),
    )


def _statuses(session: Session, ranks: _RankOf) -> dict[int, Codes]:
    row = ini.Verdict
    statement = select(row.initiative_id, row.generation, _code(row.status, _CODES))
    read = _read(session, statement, {"id": "i8", "generation": "i4", "code": "i1"})
    found: dict[int, Codes] = {}
    for generation in np.unique(read["generation"]).tolist():
        mine = read[read["generation"] == generation]
        found[generation] = np.full(len(ranks), -1, np.int8)
        found[generation][ranks(mine["id"])] = mine["code"]
    return found


def _names(names: Iterable[str]) -> Names:
    return {name: code for code, name in enumerate(names)}


def _code(column: Any, codes: Names) -> ColumnElement[int]:
    """The code of a name, found by the store: numbers are read several times as fast as texts."""
    return case(codes, value=column, else_=-1) if codes else literal(-1)


def read_ids(session: Session, statement: Select[int]) -> NDArray[np.int64]:
    """The ids that a statement gives."""
    ids: NDArray[np.int64] = _read(session, statement, {"id": "i8"})["id"]
    return ids


def _read(
    session: Session, statement: Select[*tuple[Any, ...]], kinds: Mapping[str, str]
) -> NDArray[np.void]:
    """The rows of a statement, straight from the driver: nobody looks at each of a million."""
    cursor: Any = session.connection().execute(statement).cursor
    return np.fromiter(cursor, list(kinds.items()))
