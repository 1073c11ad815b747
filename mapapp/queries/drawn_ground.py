"""What lies under the initiatives of a drawn map: QPV contours at the pixel, and towns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.contours import Qpv
from geo.windows import Window, meeting
from mapapp.maps.sheet import Contour, Town
from mapapp.memory import Memory
from mapapp.queries.map_features import to_the_pixel
from mapapp.store import territory as ter

#: No more names are tried in a panel: the next communes are too small to guide anybody.
MOST_TOWNS = 150


@dataclass(frozen=True, slots=True, eq=False)
class Quartiers:
    """The QPVs of a generation, with their outlines (degrees) in a tree."""

    generation: int
    qpvs: Sequence[Qpv]
    outlines: Any
    tree: shapely.STRtree


@dataclass(frozen=True, slots=True, eq=False)
class _Communes:
    """The communes, the most populated first (degrees)."""

    names: Sequence[str]
    lons: Any
    lats: Any


def quartiers(session: Session, memory: Memory, generation: int) -> Quartiers:
    """The QPVs of a generation, read once per version of the data."""
    return memory.hold(
        session, ("quartiers", generation), lambda: _quartiers(session, memory, generation)
    )


def _quartiers(session: Session, memory: Memory, generation: int) -> Quartiers:
    qpvs = memory.index(session, generation).contours.qpvs
    outlines = np.array([qpv.geometry for qpv in qpvs], dtype=object)
    return Quartiers(generation, qpvs, outlines, shapely.STRtree(outlines))


def contours(
    drawn: Quartiers, window: Window, asked: str = "", lacks: Mapping[str, str] | None = None
) -> list[Contour]:
    """The QPVs that a window sees, simplified to its pixel; ``asked``: the code of the subject.

    ``lacks``: by code, what a map of white spots says of a QPV.
    """
    ranks = meeting(drawn.tree, window.box)
    shapes = to_the_pixel(drawn.outlines[ranks], window.degrees_per_px)
    return [
        Contour(
            url=f"/qpv/{drawn.qpvs[rank].code}",
            name=drawn.qpvs[rank].name,
            generation=drawn.generation,
            shape=shape,
            asked=drawn.qpvs[rank].code == asked,
            lack=(lacks or {}).get(drawn.qpvs[rank].code, ""),
        )
        for rank, shape in zip(ranks.tolist(), shapes, strict=True)
    ]


def towns(session: Session, memory: Memory, window: Window) -> list[Town]:
    """The communes whose point a window sees, the most populated first."""
    known = memory.hold(session, "communes by population", lambda: _communes(session))
    seen = np.flatnonzero(window.sees(known.lons, known.lats))[:MOST_TOWNS]
    return [
        Town(float(known.lons[rank]), float(known.lats[rank]), known.names[rank])
        for rank in seen.tolist()
    ]


def _communes(session: Session) -> _Communes:
    row = ter.Commune
    rows = session.execute(
        select(row.name, row.lon, row.lat)
        .where(row.kind == "COM", row.population.is_not(None))
        .order_by(row.population.desc(), row.insee_code)
    ).all()
    names, lons, lats = zip(*rows, strict=True) if rows else ((), (), ())
    return _Communes(names, np.array(lons, float), np.array(lats, float))
