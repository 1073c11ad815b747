"""Points that would touch on the screen, gathered into clusters.

Two steps: points of the same small square of the screen are one (a NumPy grid, so 100,000 points
cost milliseconds), then each square, the fullest first, takes those around it that are not taken
yet and whose mean place is within a marker's width of its own. So the first squares of two
clusters are never closer than that; the clusters' means may be, by what they took on both sides.
Web Mercator pixels, 256 px for the world at zoom 0, as every web map counts.

A cluster is the same whatever view it is seen from: it is what the whole Earth would make of it.
Yet only the surroundings of the view are looked at. Who takes whom is settled from the fullest
square down; beyond the surroundings nothing is known, so what an unseen square could have changed
is told apart, and while any of it bears on the view, more of the surroundings are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

#: How far a square reaches: the mean place of one more than two squares away is out of reach.
_REACH = 2
#: Squares looked at around those of a view, at first; then so many times as many.
_AROUND, _MORE = 12, 3

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points shown as one: their mean place (degrees), their box (degrees) and their indices."""

    lon: float
    lat: float
    box: Box
    members: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Points: degrees, and where they are in Web Mercator, as shares of the width of the world."""

    lons: Floats
    lats: Floats
    x: Floats
    y: Floats

    @classmethod
    def of(cls, lons: Floats, lats: Floats) -> Scatter:
        """Points by their degrees; latitudes are held within ±85.05°. Not a number: nowhere."""
        sin = np.sin(np.radians(np.clip(lats, -85.05, 85.05)))
        y = 0.5 - np.log((1 + sin) / (1 - sin)) / (4 * np.pi)
        return cls(lons, lats, (lons + 180) / 360, y)

    def __len__(self) -> int:
        return len(self.lons)

    def pixels(self, zoom: float, chosen: Ranks | slice = slice(None)) -> Floats:
        """``(n, 2)`` pixels at a zoom, of some of them."""
        world = 256.0 * 2**zoom
        return np.column_stack([self.x[chosen] * world, self.y[chosen] * world])


@dataclass(frozen=True, slots=True)
class _Window:
    """Squares of the screen by column and row, both ends included."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, view: Box | None, zoom: float, side_px: float) -> _Window:
        """Those of a view in degrees; all of them without one, or across the antimeridian."""
        if view is None or view[0] > view[2]:
            return cls(-np.inf, -np.inf, np.inf, np.inf)
        corners = Scatter.of(np.array([view[0], view[2]]), np.array([view[3], view[1]]))
        (left, top), (right, bottom) = np.floor(corners.pixels(zoom) / side_px).tolist()
        return cls(left, top, right, bottom)

    def grown(self, squares: int) -> _Window:
        """With so many more on each side."""
        return _Window(
            self.left - squares, self.top - squares, self.right + squares, self.bottom + squares
        )

    def holds(self, columns: Floats, rows: Floats) -> Mask:
        """Which squares are in it."""
        held: Mask = (columns >= self.left) & (columns <= self.right)
        held &= (rows >= self.top) & (rows <= self.bottom)
        return held


def clusters(
    points: Scatter,
    zoom: float,
    apart_px: float = APART_PX,
    view: Box | None = None,
    kept: Mask | None = None,
) -> list[Cluster]:
    """The clusters of points at a zoom, fullest first; every point is in exactly one.

    ``view``: only the clusters whose box meets it. ``kept``: only these points count.
    """
    side_px = apart_px * _SQUARE_SHARE
    shown = _Window.of(view, zoom, side_px)
    around = _AROUND
    while (found := _try(points, zoom, apart_px, shown, around, kept)) is None:
        around *= _MORE
    in_view = (cluster for cluster in found if view is None or meets(cluster.box, view))
    return sorted(in_view, key=lambda cluster: -len(cluster.members))


def meets(box: Box, view: Box) -> bool:
    """Whether a box meets a view; that one's west > east across the antimeridian."""
    (west, south, east, north), (left, bottom, right, top) = box, view
    across = east >= left or west <= right if left > right else west <= right and east >= left
    return across and south <= top and north >= bottom


def _try(
    points: Scatter, zoom: float, apart_px: float, shown: _Window, around: int, kept: Mask | None
) -> Iterable[Cluster] | None:
    """The clusters, as far as so many squares around the view tell; None when that is too few."""
    side_px = apart_px * _SQUARE_SHARE
    seen = shown.grown(around)
    chosen = _chosen(points, seen, side_px / (256.0 * 2**zoom), kept)
    if not len(chosen):
        return ()
    at = points.pixels(zoom, chosen)
    squares = _Squares.of(at, side_px)
    inner = seen.grown(-_REACH).holds(squares.columns, squares.rows)
    merged = _merge(squares, apart_px, inner)
    # A cluster that meets the view has no square farther from it than across a cluster.
    if (merged[shown.grown(2 * _REACH).holds(squares.columns, squares.rows)] < 0).any():
        return None
    of_each = merged[squares.of_each]
    return _gathered(points, chosen[of_each >= 0], of_each[of_each >= 0])


def _chosen(points: Scatter, seen: _Window, side: float, kept: Mask | None) -> Ranks:
    """The ranks of the points in the squares that are seen; the side is a share of the world."""
    if np.isinf(seen.left):
        return np.flatnonzero(points.x == points.x if kept is None else kept)
    inside = (points.x >= seen.left * side) & (points.x < (seen.right + 1) * side)
    inside &= (points.y >= seen.top * side) & (points.y < (seen.bottom + 1) * side)
    return np.flatnonzero(inside if kept is None else inside & kept)


@dataclass(frozen=True, slots=True, eq=False)
class _Squares:
    """The occupied squares, by column then row: mean pixels and sizes, and that of each point."""

    columns: Floats
    rows: Floats
    sizes: Ranks
    centres: Floats
    of_each: Ranks

    @classmethod
    def of(cls, at: Floats, side_px: float) -> _Squares:
        """The squares that ``(n, 2)`` pixels occupy."""
        columns, rows = np.floor(at / side_px).T
        left, top = columns.min(), rows.min()
        height = int(rows.max() - top) + 1
        number = ((columns - left) * height + (rows - top)).astype(np.int64)
        occupied, of_each, sizes = _distinct(number)
        sums = [np.bincount(of_each, weights=axis) for axis in at.T]
        column, row = np.divmod(occupied, height)
        centres = np.column_stack(sums) / sizes[:, np.newaxis]
        return cls(column + left, row + top, sizes, centres, of_each)


def _distinct(number: Ranks) -> tuple[Ranks, Ranks, Ranks]:
    """The distinct numbers in order, the place of each among them, and how often each comes."""
    if number.max() >= 4 * len(number) + 1_000:
        return np.unique(number, return_inverse=True, return_counts=True)
    counts = np.bincount(number)
    occupied = np.flatnonzero(counts)
    place = np.empty(len(counts), np.intp)
    place[occupied] = np.arange(len(occupied))
    return occupied, place[number], counts[occupied]


def _merge(squares: _Squares, apart_px: float, inner: Mask) -> Ranks:
    """The cluster of each square: taken fullest first, each takes the free ones around it.

    Those that are not ``inner`` have neighbours that are not seen, which may be fuller: what hangs
    on them is -1.
    """
    points = np.asarray(shapely.points(squares.centres))
    here, around = shapely.STRtree(points).query(points, predicate="dwithin", distance=apart_px)
    ends = np.searchsorted(here, np.arange(len(points) + 1)).tolist()
    cluster = np.full(len(points), -1)
    free = np.ones(len(points), bool)
    doubtful = ~inner  # whether a fuller square, seen or not, may have taken it
    for rank, first in enumerate(np.argsort(-squares.sizes, kind="stable").tolist()):
        if not free[first]:
            continue
        near = around[ends[first] : ends[first + 1]]
        near = near[free[near]]
        if doubtful[first]:
            doubtful[near] = True
        else:
            free[near] = False
            cluster[near[~doubtful[near]]] = rank
    return cluster


def _gathered(points: Scatter, ranks: Ranks, cluster: Ranks) -> Iterator[Cluster]:
    """The points of each cluster, gathered; ``cluster`` holds that of each of the ranks."""
    few = cluster.max(initial=0) < 2**16  # sixteen bits are sorted in a few passes
    order = np.argsort(cluster.astype(np.uint16) if few else cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    if not len(starts):
        return
    ranks = ranks[order]
    members = np.split(ranks, starts[1:])
    at = np.stack([points.lons[ranks], points.lats[ranks]])
    low, high = (edge.reduceat(at, starts, axis=1).T for edge in (np.minimum, np.maximum))
    middle = np.add.reduceat(at, starts, axis=1).T / [[len(some)] for some in members]
    for (lon, lat), (west, south), (east, north), some in zip(
        middle.tolist(), low.tolist(), high.tolist(), members, strict=True
    ):
        yield Cluster(lon, lat, (west, south, east, north), some)
