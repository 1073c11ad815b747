"""Points that would touch on the screen, gathered into clusters.

Two steps: points of the same small square of the screen are one (a NumPy grid, so 100,000 points
cost milliseconds), then each square, the fullest first, takes those around it that are not taken
yet and whose mean place is within a marker's width of its own. So the first squares of two
clusters are never closer than that; the clusters' means may be, by what they took on both sides.
Web Mercator pixels, 256 px for the world at zoom 0, as every web map counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.distance import Box

#: A marker is 36 px wide and a cluster 40 to 58: centres 60 px apart never overlap, and each
#: keeps the room that a finger needs (WCAG 2.2, target size).
APART_PX = 60.0
#: The side of a square, as a share of that: half, so that the grid alone never hides how points
#: are spread.
_SQUARE_SHARE = 0.5

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points shown as one: their mean place (degrees), their box (degrees) and their indices."""

    lon: float
    lat: float
    box: Box
    members: NDArray[np.int64]


def pixels(lons: Floats, lats: Floats, zoom: float) -> Floats:
    """``(n, 2)`` Web Mercator pixels at a zoom; latitudes are held within ±85.05°."""
    world = 256.0 * 2**zoom
    sin = np.sin(np.radians(np.clip(lats, -85.05, 85.05)))
    x = (lons + 180) / 360 * world
    y = (0.5 - np.log((1 + sin) / (1 - sin)) / (4 * np.pi)) * world
    return np.column_stack([x, y])


def clusters(lons: Floats, lats: Floats, zoom: float, apart_px: float = APART_PX) -> list[Cluster]:
    """The clusters of ``n`` points at a zoom, fullest first; every point is in exactly one."""
    if not len(lons):
        return []
    at = pixels(lons, lats, zoom)
    square, sizes = _squares(at, apart_px * _SQUARE_SHARE)
    sums = [np.bincount(square, weights=axis) for axis in at.T]
    merged = _merge(np.column_stack(sums) / sizes[:, np.newaxis], sizes, apart_px)
    found = _gathered(lons, lats, merged[square])
    return sorted(found, key=lambda cluster: -len(cluster.members))


def _squares(at: Floats, side_px: float) -> tuple[Ranks, Ranks]:
    """The rank of each point's square, and how many points each occupied square holds."""
    column, row = np.floor(at / side_px).astype(np.int64).T
    number = column * (row.max() + 1) + row
    _, square, sizes = np.unique(number, return_inverse=True, return_counts=True)
    return square, sizes


def _merge(centres: Floats, sizes: Ranks, apart_px: float) -> Ranks:
    """The cluster of each square: taken fullest first, each takes the free ones around it."""
    points = np.asarray(shapely.points(centres))
    tree = shapely.STRtree(points)
    here, around = tree.query(points, predicate="dwithin", distance=apart_px)
    ends = np.searchsorted(here, np.arange(len(centres) + 1))
    cluster = np.full(len(centres), -1)
    for rank, first in enumerate(np.argsort(-sizes, kind="stable")):
        if cluster[first] < 0:
            near = around[ends[first] : ends[first + 1]]
            cluster[near[cluster[near] < 0]] = rank
    return cluster


def _gathered(lons: Floats, lats: Floats, cluster: Ranks) -> Iterator[Cluster]:
    """The points of each rank, gathered; ``cluster`` holds the rank of each point."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    members = np.split(order, starts[1:])
    at = np.stack([lons[order], lats[order]])
    low, high = (edge.reduceat(at, starts, axis=1).T for edge in (np.minimum, np.maximum))
    middle = np.add.reduceat(at, starts, axis=1).T / [[len(some)] for some in members]
    for (lon, lat), (west, south), (east, north), some in zip(
        middle.tolist(), low.tolist(), high.tolist(), members, strict=True
    ):
        yield Cluster(lon, lat, (west, south, east, north), some)
