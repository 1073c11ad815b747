"""What the map frames when its address gives no view: where the things asked for are."""

from __future__ import annotations

from collections.abc import Mapping

import shapely
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from geo.contours import Qpv
from geo.distance import Box, boxes_around
from geo.position import Position
from geo.qpv_index import QpvIndex
from mapapp.filters import Filters
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.matching_filters import communes_asked
from mapapp.store import territory as ter

#: A pin stands above its point and must not be cut by the edge of the map.
MARGIN = 0.1

#: Half a small town (about 2 km): what a box around a single point shows of its surroundings.
LEAST_DEGREES = 0.02


def extent(questions: Initiatives, filters: Filters) -> Box | None:
    """West, south, east, north in degrees of what is asked for; None when nothing says where.

    In this order: the frame itself, the circle, the QPV's outline, the located initiatives of the
    territory, and the communes of a territory that has none. West > east at the antimeridian.
    """
    if filters.bbox:
        return filters.bbox
    if filters.place:
        return circle_box(filters.place, filters.rayon)
    outline = find_outline(questions.indexes, filters.qpv)
    if outline is not None:
        return with_margin(outline_box(outline))
    return _territory(questions, filters)


def circle_box(place: Position, radius_m: float) -> Box:
    """The box that holds a circle; west > east when it crosses the antimeridian."""
    boxes = boxes_around(place, radius_m)
    west, south, *_ = max(boxes)  # of two, the one that ends at 180 degrees comes first
    *_, east, north = min(boxes)
    return (float(west), float(south), float(east), float(north))


def find_outline(indexes: Mapping[int, QpvIndex], code: str) -> Qpv | None:
    """The QPV of that code, with its outline, in whichever generation; None without contours."""
    return next(filter(None, (index.get(code) for index in indexes.values())), None)


def outline_box(qpv: Qpv) -> Box:
    """The box of an outline, in degrees."""
    west, south, east, north = shapely.bounds(qpv.geometry).tolist()
    return (west, south, east, north)


def with_margin(box: Box) -> Box:
    """The box with some of its surroundings."""
    west, south, east, north = box
    wide = max(MARGIN * (east - west), LEAST_DEGREES - (east - west) / 2)
    high = max(MARGIN * (north - south), LEAST_DEGREES - (north - south) / 2)
    return (west - wide, max(south - high, -90), east + wide, min(north + high, 90))


def _territory(questions: Initiatives, filters: Filters) -> Box | None:
    communes = communes_asked(filters)
    if communes is None:
        return None
    box = questions.kept_by(filters).box() or _box(questions.session, communes)
    return with_margin(box) if box else None


def _box(session: Session, communes: Select[str]) -> Box | None:
    lon, lat = ter.Commune.lon, ter.Commune.lat
    bounds = select(func.min(lon), func.min(lat), func.max(lon), func.max(lat))
    west, south, east, north = session.execute(
        bounds.where(ter.Commune.insee_code.in_(communes))
    ).one()
    return None if west is None else (west, south, east, north)
