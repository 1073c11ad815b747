"""Signed distances from many positions at once: the numbers of :class:`QpvIndex`, bit for bit.

One position after the other, most of the time goes into calls: a plane, a few arrays of a hundred
vertices, one question to GEOS. Here the pairs (position, QPV) of a whole batch go through the same
arithmetic in single calls: each border is projected into the plane tangent at its position, GEOS
finds its nearest point, pyproj measures the geodesic to it. Every operation is the same on the
same numbers, so the results are equal, not close (tests/geo/test_bulk_distances.py).

Which pairs are measured may differ from :class:`QpvIndex`, as long as none is missing:

- within a radius: every QPV whose bounding box meets the box around the disc. The nearest point of
  a border lies in the bounding box of its QPV; when it is in the disc, both boxes hold it;
- nearest: the QPV with the nearest centre is measured first. The nearest of all is no farther than
  that, so it is found within that radius, by the rule above; those that the sphere proves farther
  (centre less reach, as in :meth:`QpvIndex.nearest`) are not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.distance import (
    ELLIPSOID,
    SPHERE_ERROR,
    boxes_around_each,
    metres_per_degree,
    on_sphere_m,
    short_way,
    unit_vectors,
)
from geo.qpv_index import QpvIndex

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]

#: Vertices projected at once: their arrays (some 60 bytes each) stay in the processor's cache.
_VERTICES = 50_000

#: Positions whose centres are compared at once: the matrix (0.8 MB for 1,584 QPVs) stays in cache.
_POSITIONS = 128


@dataclass(frozen=True, slots=True)
class Measured:
    """Pairs of a position and a QPV by rank, and the metres between them (negative inside)."""

    position: Ranks
    qpv: Ranks
    distance_m: Floats

    def where(self, kept: NDArray[np.bool_] | Ranks) -> Measured:
        """Some of the pairs."""
        return Measured(self.position[kept], self.qpv[kept], self.distance_m[kept])

    def firsts(self) -> Measured:
        """The first pair of each position."""
        return self.where(np.unique(self.position, return_index=True)[1])

    @classmethod
    def joined(cls, parts: Sequence[Measured]) -> Measured:
        """The pairs of several, one after the other."""
        return cls(
            np.concatenate([np.empty(0, np.int64), *(part.position for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.qpv for part in parts)]),
            np.concatenate([np.empty(0), *(part.distance_m for part in parts)]),
        )


class BulkDistances:
    """Distances of many positions to the QPVs of an index. Read-only once built."""

    def __init__(self, index: QpvIndex) -> None:
        self._index = index
        lon_lat, owners = shapely.get_coordinates(index.borders, return_index=True)
        self._counts = np.bincount(owners, minlength=len(index.borders))
        self._starts = np.cumsum(self._counts) - self._counts
        self._first_lon = lon_lat[self._starts, 0]
        # As LocalPlane.project: the first vertex goes the short way, the others follow it.
        self._east = short_way(lon_lat[:, 0] - self._first_lon[owners])
        self._lat = lon_lat[:, 1]
        codes = [qpv.code for qpv in index.contours.qpvs]
        self._code_order = np.argsort(np.argsort(codes)) if codes else np.empty(0, np.int64)

    def measure(self, lon_lat: Floats, position: Ranks, qpv: Ranks) -> Measured:
        """The pairs given, in their order, with their distances; ``(n, 2)`` degrees."""
        last = np.cumsum(self._counts[qpv]) // _VERTICES
        cuts = np.flatnonzero(np.diff(last)) + 1
        parts = zip(np.split(position, cuts), np.split(qpv, cuts), strict=True)
        metres = [self._measure(lon_lat[some], of) for some, of in parts]
        return Measured(position, qpv, np.concatenate(metres))

    def within(self, lon_lat: Floats, radius_m: Floats) -> Measured:
        """The QPVs at most so many metres from each position, in :meth:`QpvIndex.within` order."""
        found = self.measure(lon_lat, *self._candidates(lon_lat, radius_m))
        return self._sorted(found.where(found.distance_m <= radius_m[found.position]))

    def nearest(self, lon_lat: Floats) -> Measured:
        """For each position the QPV that :meth:`QpvIndex.nearest` names; needs one QPV at least."""
        vectors, centres = unit_vectors(lon_lat), self._index.centre_vectors
        position = np.arange(len(lon_lat))
        first = self.measure(lon_lat, position, self._nearest_centres(vectors))
        no_farther = np.maximum(first.distance_m, 0)
        at, qpv = self._candidates(lon_lat, no_farther)
        to_centre = on_sphere_m(vectors[at], centres[qpv])
        no_nearer = to_centre * (1 - SPHERE_ERROR) - self._index.reaches_m[qpv]
        left = (no_nearer <= no_farther[at]) & (qpv != first.qpv[at])
        others = self.measure(lon_lat, at[left], qpv[left])
        return self._sorted(Measured.joined([first, others])).firsts()

    def _nearest_centres(self, vectors: Floats) -> Ranks:
        """Where the smallest angles are: a first guess, so single precision will do.

        Products are spelt out: BLAS would wake its threads for each of these small matrices.
        """
        x, y, z = self._index.centre_vectors.astype(np.float32).T
        best = np.empty(len(vectors), np.int64)
        for start in range(0, len(vectors), _POSITIONS):
            u, v, w = vectors[start : start + _POSITIONS, :, None].astype(np.float32).swapaxes(0, 1)
            best[start : start + _POSITIONS] = np.argmax(u * x + v * y + w * z, axis=1)
        return best

    def _candidates(self, lon_lat: Floats, radius_m: Floats) -> tuple[Ranks, Ranks]:
        """Pairs among which are all those no farther apart than the radius of the position.

        A QPV cut by the antimeridian may meet two boxes of one disc, and come twice.
        """
        owners, boxes = boxes_around_each(lon_lat, radius_m)
        at, qpv = self._index.tree.query(shapely.box(*boxes.T))
        return owners[at], qpv

    def _measure(self, lon_lat: Floats, qpv: Ranks) -> Floats:
        """Signed metres from each position to the QPV of the same row."""
        lon, lat = lon_lat.T
        x_per_degree, y_per_degree = metres_per_degree(lat)
        counts = self._counts[qpv]
        pair = np.repeat(np.arange(len(qpv)), counts)
        vertex = np.arange(len(pair)) + (self._starts[qpv] - np.cumsum(counts) + counts)[pair]
        east = short_way(self._first_lon[qpv] - lon)[pair] + self._east[vertex]
        north = self._lat[vertex] - lat[pair]
        flat = self._index.borders[qpv]
        shapely.set_coordinates(
            flat, np.column_stack([east * x_per_degree[pair], north * y_per_degree[pair]])
        )
        x, y = shapely.get_coordinates(shapely.shortest_line(shapely.Point(0, 0), flat))[1::2].T
        reached_lon = short_way(lon + x / x_per_degree)
        reached_lat = np.clip(lat + y / y_per_degree, -90, 90)
        metres: Floats = ELLIPSOID.inv(lon, lat, reached_lon, reached_lat)[2]
        inside = shapely.intersects_xy(self._index.outlines[qpv], lon, lat)
        return np.where(inside, -metres, metres)

    def _sorted(self, found: Measured) -> Measured:
        """By position, then deepest inside or nearest first, then by code; each pair once."""
        keys = (self._code_order[found.qpv], found.distance_m, found.position)
        ordered = found.where(np.lexsort(keys))
        again = (np.diff(ordered.position) == 0) & (np.diff(ordered.qpv) == 0)
        return ordered.where(np.append(True, ~again)[: len(ordered.qpv)])
