"""The coverage of every QPV by every theme, reckoned from verdicts, positions and sources.

Distances do not depend on the distance that will be asked, so one reckoning serves all: a cell
keeps how many examples it has, and how near the nearest others surely are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from geo.position import Precision
from geo.proximity import Outlines, Places, Surroundings
from geo.verdict import Status
from mapapp.catalogue import THEMES_CHAPTER
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.contours import generations, load_contours
from mapapp.store.coverage import CoverageCell
from mapapp.surveys import surveyed

Values = dict[str, Any]
Ranks = NDArray[np.int64]

#: The statuses with which an initiative is an example of the QPV.
EXAMPLE = frozenset({Status.INSIDE.value, Status.DECLARED.value})

#: The statuses with which it may be one: someone must look.
POSSIBLE = frozenset({Status.BORDER.value, Status.POSSIBLE.value})

#: As many examples as a page proposes to a QPV that has none.
NEAREST = 3

#: Precisions whose place is an area: it counts as near by its far side. A pin counts by its point,
#: as it does in a verdict.
_AREAS = (Precision.QUARTIER.value, Precision.COMMUNE.value)


@dataclass(frozen=True, slots=True)
class _OnTheme:
    """The initiatives of a theme: their ids, and those that have a place, by rank in ``places``."""

    ids: frozenset[int]
    located: Sequence[int]
    places: Places


def reckon_coverage(session: Session) -> None:
    """Write every cell again, from what the store holds; the caller commits."""
    session.flush()
    session.execute(delete(CoverageCell))
    themes = _themes(session)
    for generation in generations(session):
        contours = load_contours(session, generation)
        codes = [qpv.code for qpv in contours.qpvs]
        outlines = Outlines([qpv.geometry for qpv in contours.qpvs])
        named = _named(session, generation)
        covered = surveyed(session, generation)
        for slug, on_theme in themes.items():
            cells = _cells(codes, outlines, on_theme, named)
            about = {"generation": generation, "theme_slug": slug}
            rows = [
                about | cell | {"surveyed": (slug, cell["qpv_code"]) in covered} for cell in cells
            ]
            if rows:
                session.execute(insert(CoverageCell), rows)


def _cells(
    codes: Sequence[str],
    outlines: Outlines,
    on_theme: _OnTheme,
    named: Mapping[str, Mapping[int, str]],
) -> Iterator[Values]:
    """One theme in every QPV. ``named``: by QPV, the status of each initiative it may hold."""
    ids, nobody = on_theme.ids, dict[int, str]()
    ours = [
        {i: status for i, status in held.items() if i in ids}
        if (held := named.get(code))
        else nobody
        for code in codes
    ]
    excluded = _excluded(ours, on_theme.located)
    nearest = dict(outlines.nearest(on_theme.places, NEAREST, excluded))
    for rank, (code, statuses) in enumerate(zip(codes, ours, strict=True)):
        counts = Counter(status in EXAMPLE for status in statuses.values())
        found = _as_json(nearest.get(rank), on_theme.located)
        yield {
            "qpv_code": code,
            "examples": counts[True],
            "possible": counts[False],
            "reach_m": found[0][2] if found else None,
            "nearest": found,
        }


def _excluded(ours: Sequence[Mapping[int, str]], located: Sequence[int]) -> dict[int, Ranks]:
    """By rank of a QPV, the ranks of the places that it may hold: they are not around it."""
    rank_of = {initiative_id: rank for rank, initiative_id in enumerate(located)}
    return {
        rank: np.array([rank_of[i] for i in held if i in rank_of], dtype=np.int64)
        for rank, held in enumerate(ours)
        if held
    }


def _as_json(found: Surroundings | None, located: Sequence[int]) -> list[tuple[int, float, float]]:
    if found is None:
        return []
    measures = zip(found.ranks, found.distances_m, found.reaches_m, strict=True)
    return [(located[rank], round(float(d), 1), round(float(r), 1)) for rank, d, r in measures]


def _named(session: Session, generation: int) -> dict[str, dict[int, str]]:
    """By QPV, the initiatives that are or may be in it, with the status that says so."""
    named, verdict = ini.VerdictQpv, ini.Verdict
    rows = session.execute(
        select(named.qpv_code, named.initiative_id, verdict.status)
        .join(
            verdict,
            (verdict.initiative_id == named.initiative_id)
            & (verdict.generation == named.generation),
        )
        .where(
            named.generation == generation,
            named.conflict.is_(False),
            verdict.status.in_(EXAMPLE | POSSIBLE),
        )
    )
    held: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for code, initiative_id, status in rows:
        held[code][initiative_id] = status
    return dict(held)


def _themes(session: Session) -> dict[str, _OnTheme]:
    """The initiatives of each of the twelve themes."""
    row = ini.Initiative
    columns = (row.id, row.lon, row.lat, row.precision, row.radius_m)
    of_chapter = cat.Theme.chapter_number == THEMES_CHAPTER
    slugs = session.scalars(select(cat.Theme.slug).where(of_chapter).order_by(cat.Theme.rank))
    link = ini.InitiativeTheme
    return {
        slug: _on_theme(
            session.execute(
                select(*columns)
                .join(link, link.initiative_id == row.id)
                .where(link.theme_slug == slug)
                .order_by(row.id)
            ).all()
        )
        for slug in slugs.all()
    }


def _on_theme(rows: Sequence[Any]) -> _OnTheme:
    located = [row for row in rows if row.lon is not None]
    lon_lat = np.array([(row.lon, row.lat) for row in located], dtype=float).reshape(-1, 2)
    radii = [(row.radius_m or 0.0) if row.precision in _AREAS else 0.0 for row in located]
    places = Places.of(lon_lat, np.array(radii, dtype=float))
    return _OnTheme(frozenset(row.id for row in rows), [row.id for row in located], places)
