"""Contours drawn for the tests: squares whose sides are known in metres, and an independent ruler.

Squares are drawn with forward geodesics and measured in an azimuthal equidistant projection, so
they owe nothing to the tangent planes that the code works in.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from pyproj import Geod, Proj
from shapely import MultiPolygon, Polygon

from geo.contours import Contours, Qpv, Territory
from geo.position import Position
from geo.qpv_index import QpvIndex

GEOD = Geod(ellps="GRS80")

#: Some 28 m: a chord that short strays from the geodesic by less than a millimetre.
_STEP_DEGREES = 0.00025


def moved(start: Position, azimuth: float, metres: float) -> Position:
    """The place that lies so many metres away, in a direction in degrees from the north."""
    lon, lat, _ = GEOD.fwd(*start.lon_lat, azimuth, metres)
    return Position(lon, lat)


def square(centre: Position, side_m: float) -> Polygon | MultiPolygon:
    """A square with sides along meridians and parallels; two halves at the antimeridian."""
    north, east, south, west = (moved(centre, azimuth, side_m / 2) for azimuth in (0, 90, 180, 270))
    if west.lon <= east.lon:
        return shapely.box(west.lon, south.lat, east.lon, north.lat)
    halves = [
        shapely.box(west.lon, south.lat, 180, north.lat),
        shapely.box(-180, south.lat, east.lon, north.lat),
    ]
    return shapely.MultiPolygon(halves)


def ring(centre: Position, side_m: float, court_m: float) -> Polygon:
    """A square around a square court that is not part of it; away from the antimeridian."""
    outer, court = (shapely.get_coordinates(square(centre, side)) for side in (side_m, court_m))
    return Polygon(outer, [court])


def qpv(
    code: str,
    area: Polygon | MultiPolygon,
    name: str = "",
    communes: Iterable[str] = ("99001",),
) -> Qpv:
    """A neighbourhood called « Quartier CODE » unless told otherwise."""
    return Qpv(code, name or f"Quartier {code}", tuple(communes), area)


def contours(
    *qpvs: Qpv,
    generation: int = 2024,
    accuracy_m: float = 0.0,
    uncovered: Iterable[Territory] = (),
) -> Contours:
    """Contours of one generation, exact unless told otherwise."""
    return Contours(
        generation=generation,
        edition="dessin d’essai",
        producer="tests",
        accuracy_m=accuracy_m,
        checksum="0" * 64,
        uncovered=tuple(uncovered),
        qpvs=qpvs,
    )


def index_of(*qpvs: Qpv, **about: object) -> QpvIndex:
    """The index of :func:`contours`."""
    return QpvIndex(contours(*qpvs, **about))  # type: ignore[arg-type]


def border_m(position: Position, area: Polygon | MultiPolygon) -> float:
    """Signed metres to the border of an area, negative inside, measured around the position.

    In an azimuthal equidistant projection every length from the centre is the geodesic's.
    """
    around = Proj(proj="aeqd", lon_0=position.lon, lat_0=position.lat, ellps="GRS80")
    border = shapely.segmentize(shapely.boundary(area), _STEP_DEGREES)
    flat = shapely.transform(border, lambda at: np.column_stack(around(at[:, 0], at[:, 1])))
    distance = float(shapely.distance(shapely.Point(0, 0), flat))
    return -distance if shapely.covers(area, shapely.Point(position.lon_lat)) else distance
