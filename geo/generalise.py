"""Fewer vertices, the same neighbourhood: light contours, true to a stated distance."""

from __future__ import annotations

import itertools
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.distance import LocalPlane
from geo.position import Position

Polygonal: TypeAlias = Polygon | MultiPolygon

#: No point of a generalised boundary is farther than this from the official one, nor the reverse:
#: a quarter of the radius of an address (20 m), and the verdict « à vérifier » absorbs it. Larger,
#: contours weigh less and more addresses go to « à vérifier ».
DISPLACEMENT_M = 5.0

#: Decimals of the coordinates, tried in this order. 1e-5 degree is at most 1.11 m on the ground; a
#: corridor narrower than that would vanish, and the few contours that have one (10 of the 2,929
#: official ones) keep seven decimals, a centimetre.
DECIMALS = (5, 7)

#: Shares of the displacement left to simplification, tried from the coarsest; the first whose
#: *measured* displacement fits is kept. Rounding moves a vertex by half a diagonal of the grid
#: (0.8 m), so a budget of 5 m leaves 4.2 m.
SHARES = (0.84, 0.5, 0.25, 0.0)

#: Below a square metre, a polygon or a hole is a knot of the drawing (two edges that cross by a
#: rounding error), not a place where anyone has an address.
SPECK_M2 = 1.0

#: Thinner than this, a corridor is the same line drawn forth and back.
NEEDLE_M = 0.01


class EmptyContourError(ValueError):
    """Nothing of the geometry has an area; the message is French."""


def generalised(geometry: BaseGeometry, displacement_m: float = DISPLACEMENT_M) -> Polygonal:
    """The polygons of ``geometry`` (WGS 84 degrees) with fewer vertices and five decimals.

    The result is valid, never empty, and its boundary is within ``displacement_m`` metres of the
    original's and the original's of it (Hausdorff distance). Holes and detached parts are kept
    when they exceed a square metre.

    Raises:
        EmptyContourError: the geometry has no area.
    """
    plane = plane_of(geometry)
    exact = cleaned(plane.project(geometry))
    for decimals, share in itertools.product(DECIMALS, SHARES):
        lighter = _polygonal(exact.simplify(displacement_m * share))
        candidate = shapely.set_precision(to_degrees(plane, lighter), 10.0**-decimals)
        if boundaries_within(exact, plane.project(candidate), displacement_m):
            return _polygonal(shapely.normalize(candidate))
    # Only what is thinner than a centimetre everywhere comes here: it stays as it is.
    return to_degrees(plane, exact)


def cleaned(geometry: BaseGeometry) -> Polygonal:
    """The polygons (metres) of a published contour less what is a slip of the pen.

    Needles thinner than a centimetre and specks under a square metre go; the rest keeps its shape.

    Raises:
        EmptyContourError: the geometry has no area.
    """
    areas = polygons_of(geometry)
    fine = _polygonal(shapely.set_precision(areas, NEEDLE_M))
    return without_specks(areas if fine.is_empty else fine)


def polygons_of(geometry: BaseGeometry) -> Polygonal:
    """The areas of a geometry once valid; the lines and points that repair may leave are dropped.

    Raises:
        EmptyContourError: nothing has an area.
    """
    parts = shapely.get_parts(shapely.make_valid(geometry))
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)  # repair may leave collections inside collections
    areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    merged = shapely.union_all(areas)
    if merged.is_empty:
        raise EmptyContourError("Contour sans surface : un polygone est attendu.")
    return _polygonal(merged)


def without_specks(geometry: Polygonal, smallest_m2: float = SPECK_M2) -> Polygonal:
    """The same polygons (metres) less the parts and holes under ``smallest_m2``; never empty."""
    parts = [_filled(part, smallest_m2) for part in shapely.get_parts(geometry)]
    kept = [part for part in parts if part.area >= smallest_m2]
    return _polygonal(shapely.multipolygons(kept or parts))


def boundaries_within(one: Polygonal, other: Polygonal, distance_m: float) -> bool:
    """Whether each boundary (metres) is within ``distance_m`` of the other, all along.

    The band around a boundary is drawn by chords inside the true one (by 0.5 % at 8 segments a
    quarter), so the answer errs towards « no ».
    """
    return all(
        shapely.buffer(there.boundary, distance_m, quad_segs=8).covers(here.boundary)
        for here, there in ((one, other), (other, one))
    )


def plane_of(geometry: BaseGeometry) -> LocalPlane:
    """The plane tangent at the middle of the geometry's envelope (degrees).

    Raises:
        EmptyContourError: the geometry is empty.
    """
    west, south, east, north = shapely.bounds(geometry)
    if not np.isfinite(west):
        raise EmptyContourError("Contour vide : un polygone est attendu.")
    return LocalPlane.around(Position((west + east) / 2, (south + north) / 2))


def to_degrees(plane: LocalPlane, geometry: Polygonal) -> Polygonal:
    """A geometry in metres of ``plane``, back in degrees."""
    scale = np.array([plane.x_per_degree, plane.y_per_degree])
    origin = np.array(plane.origin.lon_lat)

    def unproject(metres: NDArray[np.float64]) -> NDArray[np.float64]:
        degrees: NDArray[np.float64] = metres / scale + origin
        return degrees

    return _polygonal(shapely.transform(geometry, unproject))


def _filled(part: Polygon, smallest_m2: float) -> Polygon:
    holes = [ring for ring in part.interiors if Polygon(ring).area >= smallest_m2]
    return Polygon(part.exterior, holes)


def _polygonal(geometry: BaseGeometry) -> Polygonal:
    if not isinstance(geometry, Polygon | MultiPolygon):
        raise EmptyContourError(f"{geometry.geom_type} : un polygone est attendu.")
    return geometry
