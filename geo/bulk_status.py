"""Statuses of millions of points, all known to the same radius: the rules of :mod:`geo.verdict`.

Most points are farther from every QPV than any rule looks. Each area, grown by the reach of the
rules and a margin, goes into a cell index (:mod:`geo.cell_index`): a point that none of the grown
areas holds is outside, without measuring. The others are measured (:mod:`geo.bulk_distances`), and
the rules are applied to whole arrays.

A grown area is drawn in the plane tangent at its centre. There a length is wrong by 0.4 % at most
(20 km of reach, up to 60 degrees of latitude), and a curve drawn with 8 segments a quarter falls
0.5 % short: 2 % and a metre more than the reach cover both, so no point within reach is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.bulk_distances import BulkDistances, Floats, Measured
from geo.cell_building import build_index
from geo.distance import LocalPlane
from geo.generalise import Polygonal
from geo.position import Position
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, Status

#: The statuses that a point may have, in the order of the codes of :class:`Statuses`.
STATUSES = (Status.UNKNOWN, Status.OUTSIDE, Status.NEAR, Status.BORDER, Status.INSIDE)
_UNKNOWN, _OUTSIDE, _NEAR, _BORDER, _INSIDE = range(len(STATUSES))

#: Beyond this reach the planes in which areas are grown are no longer right to 1 %.
FARTHEST_REACH_M = 20_000.0

#: Points measured together: bounds the memory of the pairs.
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Statuses:
    """The status of each point, as a rank in ``STATUSES``, and the QPVs that it speaks of.

    ``spoken_of`` holds, by point, the QPVs of the verdict in its order, with signed metres.
    """

    code: NDArray[np.int8]
    spoken_of: Measured


class BulkStatus:
    """Judges bare points for the generation of an index. Read-only once built (a few seconds)."""

    def __init__(self, index: QpvIndex, radius_m: float = 0.0, near_m: float = NEAR_M) -> None:
        self._index = index
        self._near_m = near_m
        self._doubt_m = radius_m + index.contours.accuracy_m
        self._reach_m = max(self._doubt_m, near_m)
        if self._reach_m > FARTHEST_REACH_M:
            raise ValueError(f"reach of {self._reach_m} m: {FARTHEST_REACH_M} m at most")
        self._distances = BulkDistances(index)
        grown = [_grown(outline, self._reach_m * 1.02 + 1) for outline in index.outlines]
        self._around = build_index(np.array(grown, dtype=object))

    def judge(self, lon: Floats, lat: Floats) -> Statuses:
        """The status of each point (degrees); what is not a place on the Earth is unknown."""
        code = np.full(len(lon), _OUTSIDE, np.int8)
        around = np.flatnonzero(self._around.locate(lon, lat) >= 0)
        parts = [
            self._judge_some(around[start : start + _AT_ONCE], lon, lat, code)
            for start in range(0, len(around), _AT_ONCE)
        ]
        unknown = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)) | self._uncovered(lon, lat)
        code[unknown] = _UNKNOWN
        spoken_of = Measured.joined(parts)
        return Statuses(code, spoken_of.where(~unknown[spoken_of.position]))

    def _judge_some(
        self, ranks: NDArray[np.int64], lon: Floats, lat: Floats, code: NDArray[np.int8]
    ) -> Measured:
        """Write the statuses of the points of some ranks; the QPVs that they speak of."""
        lon_lat = np.column_stack([lon[ranks], lat[ranks]])
        found = self._distances.within(lon_lat, np.full(len(ranks), self._reach_m))
        sure = found.distance_m <= -self._doubt_m
        unsure = ~sure & (found.distance_m < self._doubt_m)
        first = np.zeros(len(sure), bool)
        first[np.unique(found.position, return_index=True)[1]] = True
        near = first & (found.distance_m <= self._near_m)
        status = np.full(len(ranks), _OUTSIDE, np.int8)
        of_each = ((_NEAR, near), (_BORDER, unsure), (_INSIDE, sure))
        for of, holds in of_each:  # a surer status replaces the former
            status[found.position[holds]] = of
        code[ranks] = status
        told = status[found.position]
        kept = np.any([holds & (told == of) for of, holds in of_each], axis=0)
        spoken_of = found.where(kept)
        return Measured(ranks[spoken_of.position], spoken_of.qpv, spoken_of.distance_m)

    def _uncovered(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        missing = np.zeros(len(lon), bool)
        for territory in self._index.contours.uncovered:
            west, south, east, north = territory.bbox
            missing |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return missing


def _grown(outline: Polygonal, metres: float) -> Polygonal:
    """An area (degrees) with all that is within so many metres, across the antimeridian too."""
    centre = shapely.centroid(outline)
    plane = LocalPlane.around(Position(shapely.get_x(centre), shapely.get_y(centre)))
    flat = shapely.buffer(plane.project(outline), metres, quad_segs=8)
    scale, origin = (
        np.array([plane.x_per_degree, plane.y_per_degree]),
        np.array(plane.origin.lon_lat),
    )
    grown: Polygonal = shapely.transform(flat, lambda x_y: x_y / scale + origin)
    west, _, east, _ = shapely.bounds(grown)
    if west > -180 and east < 180:
        return grown
    turned = [_turned(grown, degrees) for degrees in (-360, 0, 360)]
    earth = shapely.box(-180, -90, 180, 90)
    return shapely.union_all(shapely.intersection(turned, earth))  # type: ignore[return-value]


def _turned(area: Polygonal, degrees: float) -> Polygonal:
    return shapely.transform(area, lambda lon_lat: lon_lat + np.array([degrees, 0]))
