"""What a drawn map frames, as a function of the filters.

The ``bbox`` when one is given; else the QPV asked for, else the circle around a place, else the
territory; widened to hold every initiative kept. Without any of them: the whole of France.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.distance import Box, LocalPlane, boxes_around
from geo.position import Position
from geo.windows import enclosing
from geo.wording import metres
from mapapp.filters import Filters
from mapapp.maps.land import land
from mapapp.queries.matching_filters import Kept, communes_asked
from mapapp.store import territory as ter

#: Around a QPV, so that its neighbourhood tells where it is: the next streets, the next QPV.
QPV_SURROUNDINGS_M = 600.0


@dataclass(frozen=True, slots=True)
class View:
    """A box to frame and its French name; no box is the whole of France with its insets."""

    name: str
    box: Box | None


def view(session: Session, filters: Filters, kept: Kept) -> View:
    """What to frame for these filters, which keep these initiatives."""
    if filters.bbox:
        return View("le cadre choisi", filters.bbox)
    for choose in (_qpv, _place, _territory):
        found = choose(session, filters)
        if found:
            name, boxes = found
            return View(name, _around(boxes, kept.located))
    return View("France", None)


Framed = tuple[str, Sequence[Box]]


def _qpv(session: Session, filters: Filters) -> Framed | None:
    row = session.get(ter.Qpv, filters.qpv) if filters.qpv else None
    if row is None:
        return None
    west, south, east, north = shapely.bounds(shapely.from_wkb(row.outline)).tolist()
    plane = LocalPlane.around(Position((west + east) / 2, (south + north) / 2))
    x, y = QPV_SURROUNDINGS_M / plane.x_per_degree, QPV_SURROUNDINGS_M / plane.y_per_degree
    return f"QPV {row.name} ({row.code})", [(west - x, south - y, east + x, north + y)]


def _place(_session: Session, filters: Filters) -> Framed | None:
    if filters.place is None:
        return None
    name = f"à {metres(filters.rayon)} autour du lieu choisi"
    return name, boxes_around(filters.place, filters.rayon)


def _territory(session: Session, filters: Filters) -> Framed | None:
    communes = communes_asked(filters)
    if communes is None:
        return None
    name = _territory_name(session, filters)
    outline = land().box(_departements(session, filters))
    if outline:
        return name, [outline]
    rows = session.execute(
        select(ter.Commune.lon, ter.Commune.lat, ter.Commune.radius_m).where(
            ter.Commune.insee_code.in_(communes)
        )
    ).all()
    boxes = [
        box for lon, lat, radius_m in rows for box in boxes_around(Position(lon, lat), radius_m)
    ]
    return (name, boxes) if boxes else None


def _departements(session: Session, filters: Filters) -> Sequence[str]:
    """The whole départements asked for; none when the territory is smaller."""
    if filters.commune or filters.epci:
        return ()
    if filters.departement:
        return (filters.departement,)
    of_region = ter.Departement.region_code == filters.region
    return session.scalars(select(ter.Departement.code).where(of_region)).all()


def _territory_name(session: Session, filters: Filters) -> str:
    kinds = (
        (ter.Commune, filters.commune),
        (ter.Epci, filters.epci),
        (ter.Departement, filters.departement),
        (ter.Region, filters.region),
    )
    found = next((session.get(model, code), code) for model, code in kinds if code)
    return f"{getattr(found[0], 'name', '')} ({found[1]})"


def _around(boxes: Sequence[Box], located: Kept) -> Box:
    """A box around boxes and points, over the antimeridian when that is shorter."""
    corners = np.array([[(w, s), (e, n)] for w, s, e, n in boxes]).reshape(-1, 2)
    lons, lats = corners.T
    own_lons, own_lats = located.lons_lats
    return enclosing(np.append(lons, own_lons), np.append(lats, own_lats))
