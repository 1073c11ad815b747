"""The nearest places to each of many outlines: what surrounds a QPV, near or far.

A place that is only known to lie within ``radius_m`` of its point counts by its far side: it is
surely no farther from an outline than the distance of its point plus that radius, its *reach*.

Idea. Seen from the centre of the Earth, the chords from the centres of all outlines to all points
are one matrix product. Let an outline lie within ``s`` metres of its centre (its *spread*): a place
whose chord plus radius is ``x`` has a reach between ``x − s`` and ``x + s``. So the ``count``
nearest are among those whose ``x`` is at most ``2 s`` beyond the ``count``-th smallest; only these
few are measured, in a plane around the outline where lengths from its centre are true.

Cost. Outlines × places multiplications, then a few measures for each outline: 1,584 outlines and
100,000 places take about a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.distance import ELLIPSOID

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]

_MEAN_RADIUS_M = 6_371_008.8

#: What rounding can take from a chord (7 cm), and what a straight side of an outline, drawn in
#: degrees, can bulge beyond its ends (a metre for 5 km).
_SLACK_M = 2.0

#: What divides the direction of a place at the very centre, which has none.
_NOTHING_M = 1e-9

#: Numbers worked on at once, 1.6 MB: they stay in the processor's cache, three times as fast.
_BLOCK = 200_000

#: A row is cut into so many shares to bound its smallest values without sorting it.
_SHARES = 64


def earth_vectors(lon_lat: Floats) -> Floats:
    """``(n, 2)`` degrees as ``(n, 3)`` metres from the centre of the ellipsoid."""
    lon, lat = np.radians(lon_lat).T
    prime_vertical = ELLIPSOID.a / np.sqrt(1 - ELLIPSOID.es * np.sin(lat) ** 2)
    across = prime_vertical * np.cos(lat)
    along = prime_vertical * (1 - ELLIPSOID.es) * np.sin(lat)
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), along])


@dataclass(frozen=True, slots=True)
class Places:
    """Points as ``(n, 3)`` metres from the centre of the Earth, each with its radius (m)."""

    vectors: Floats
    radii_m: Floats

    @classmethod
    def of(cls, lon_lat: Floats, radii_m: Floats) -> Places:
        """Places at ``(n, 2)`` degrees, known within ``(n,)`` metres."""
        return cls(earth_vectors(lon_lat), radii_m)

    def __len__(self) -> int:
        return len(self.radii_m)

    def taken(self, ranks: Ranks) -> Places:
        """Some of the places."""
        return Places(self.vectors[ranks], self.radii_m[ranks])


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The nearest places to one outline, by reach: their ranks, distances and reaches (m)."""

    ranks: Ranks
    distances_m: Floats
    reaches_m: Floats


class Outlines:
    """Outlines (degrees, polygons) to be asked which places are nearest. Read-only once built."""

    def __init__(self, geometries: Sequence[Any]) -> None:
        centres = np.array([_centre(outline) for outline in geometries]).reshape(-1, 2)
        self._centres = earth_vectors(centres)
        self._axes = [_axes(*centre) for centre in np.radians(centres)]
        self._planes = [self._flat(rank, outline) for rank, outline in enumerate(geometries)]
        self._spreads = np.array([_farthest(plane) for plane in self._planes])
        shapely.prepare(self._planes)

    def __len__(self) -> int:
        return len(self._planes)

    def distances_m(self, rank: int, places: Places) -> Floats:
        """Metres from one outline to each place, 0 inside; within 0.1 %, the Earth over."""
        points = shapely.points(self._project(rank, places.vectors))
        metres: Floats = shapely.distance(points, self._planes[rank])
        return metres

    def nearest(
        self, places: Places, count: int, excluded: Mapping[int, Ranks]
    ) -> Iterator[tuple[int, Surroundings]]:
        """For each outline (by rank), the ``count`` places of smallest reach.

        ``excluded``: by rank of an outline, the ranks of places that do not count for it.
        """
        if not len(places):
            return
        heads, tails = self._products(places)
        step = max(1, _BLOCK // len(places))
        for start in range(0, len(self), step):
            some = slice(start, start + step)
            bounds = np.sqrt(np.maximum(heads[some] @ tails, 0)) + places.radii_m
            for rank in excluded.keys() & range(start, start + len(bounds)):
                bounds[rank - start, excluded[rank]] = np.inf
            limits = self._limits(some, bounds, places, count)
            rows, ranks = np.divmod(np.flatnonzero(bounds <= limits[:, None]), len(places))
            ends = np.searchsorted(rows, np.arange(len(bounds) + 1))
            for row in np.flatnonzero(np.diff(ends)).tolist():
                near = ranks[ends[row] : ends[row + 1]]
                yield start + row, self._measured(start + row, near, places, count)

    def _products(self, places: Places) -> tuple[Floats, Floats]:
        """Two matrices whose product holds the squared chords from each centre to each place."""
        centres, points = self._centres, places.vectors
        heads = [-2 * centres, _squares(centres), np.ones((len(centres), 1))]
        tails = [points, np.ones((len(points), 1)), _squares(points)]
        return np.hstack(heads), np.ascontiguousarray(np.hstack(tails).T)

    def _limits(self, some: slice, bounds: Floats, places: Places, count: int) -> Floats:
        """Up to which chord plus radius a place may be among the nearest of each outline."""
        limits = _at_least_smallest(bounds, count) + 2 * self._spreads[some] + _SLACK_M
        # Far away a chord shortens the arc, and two radii that differ no longer compare as such:
        # an arc grows by 1/√(1 − (chord/2R)²) for each metre of chord.
        shares = np.minimum(limits / (2 * _MEAN_RADIUS_M), 0.99)
        limits += places.radii_m.max() * (1 / np.sqrt(1 - shares * shares) - 1)
        everything: Floats = np.minimum(limits, np.finfo(float).max)  # but what is excluded
        return everything

    def _measured(self, rank: int, ranks: Ranks, places: Places, count: int) -> Surroundings:
        few = places.taken(ranks)
        distances = self.distances_m(rank, few)
        reaches = distances + few.radii_m
        first = np.lexsort([ranks, reaches])[:count]
        return Surroundings(ranks[first], distances[first], reaches[first])

    def _flat(self, rank: int, outline: Any) -> Any:
        return shapely.transform(
            outline, lambda lon_lat: self._project(rank, earth_vectors(lon_lat))
        )

    def _project(self, rank: int, vectors: Floats) -> Floats:
        """Metres east and north of the outline's centre, true in length and direction from it."""
        apart = vectors - self._centres[rank]
        east_north = apart @ self._axes[rank].T
        chords = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        arcs = 2 * _MEAN_RADIUS_M * np.arcsin(np.minimum(chords / (2 * _MEAN_RADIUS_M), 1))
        flat = np.sqrt(np.einsum("ij,ij->i", east_north, east_north))
        projected: Floats = east_north * (arcs / np.maximum(flat, _NOTHING_M))[:, None]
        return projected


def _squares(vectors: Floats) -> Floats:
    squares: Floats = np.einsum("ij,ij->i", vectors, vectors)[:, None]
    return squares


def _at_least_smallest(rows: Floats, count: int) -> Floats:
    """For each row, something no smaller than its ``count``-th smallest number, and close to it.

    The smallest numbers of disjoint shares of a row are numbers of that row, each another one.
    """
    width = rows.shape[1] // _SHARES * _SHARES
    if not width or count > _SHARES:
        return np.full(len(rows), np.inf)
    smallest = rows[:, :width].reshape(len(rows), -1, _SHARES).min(axis=1)
    bound: Floats = np.partition(smallest, count - 1)[:, count - 1]
    return bound


def _axes(lon: float, lat: float) -> Floats:
    """East and north at a place (radians), as ``(2, 3)`` unit vectors."""
    east = [-np.sin(lon), np.cos(lon), 0]
    north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
    return np.array([east, north])


def _centre(outline: Any) -> tuple[float, float]:
    """The degrees amid the vertices, as the Earth turns: an outline may cross the antimeridian."""
    x, y, z = earth_vectors(shapely.get_coordinates(outline)).mean(axis=0)
    # Dividing by 1 − e² turns the direction from the Earth's centre into a latitude.
    lat = np.arctan2(z, (1 - ELLIPSOID.es) * np.hypot(x, y))
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(lat))


def _farthest(plane: Any) -> float:
    return float(np.hypot(*shapely.get_coordinates(plane).T).max())
