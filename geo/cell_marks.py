"""The cells that the borders of areas meet: their marks, by which a cell index is built.

Every edge is walked across the finest cells, a thousandth of a cell wide on each side, so that a
cell without mark is surely clear of every border. A mark is a cell and an area in one number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_index import EAST, NORTH, PER_DEGREE, Floats, Ranks

#: How far beyond an edge its marks reach, in cells (1 cm). Rounding moves a point by 3e-10 cell at
#: most, and the crossing of an edge and a side of a cell by some 1e-9.
MARGIN = 1 / 1024

#: A row, a column and an area in 63 bits: 182 × 8192 rows, 362 × 8192 columns, a million areas.
_COLUMN_BITS, _AREA_BITS = 22, 20
_COLUMN, _AREA = (1 << _COLUMN_BITS) - 1, (1 << _AREA_BITS) - 1


def packed(x: Ranks, y: Ranks, area: Ranks | int = 0) -> Ranks:
    """Column, row and area in one number, that sorts by cell and then by area."""
    return (((y << _COLUMN_BITS) | x) << _AREA_BITS) | area


def unpacked(marks: Ranks) -> tuple[Ranks, Ranks, Ranks]:
    """Column, row and area of each mark."""
    cell = marks >> _AREA_BITS
    return cell & _COLUMN, cell >> _COLUMN_BITS, marks & _AREA


def coarser(marks: Ranks, bits: int) -> Ranks:
    """The marks of a level whose cells are ``2 ** bits`` times wider."""
    x, y, area = unpacked(marks)
    return _sorted_once(packed(x >> bits, y >> bits, area))


def _sorted_once(marks: Ranks) -> Ranks:
    """As ``numpy.unique`` does, which hashes integers and takes ten times as long."""
    ordered = np.sort(marks)
    once: Ranks = ordered[np.diff(ordered, prepend=-1) != 0]
    return once


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of all borders, with their area to the left, and the finest cells they meet.

    ``starts`` and ``ends`` are ``(n, 2)`` degrees, ``area`` the rank of the area of each edge;
    ``x``, ``y`` and ``edge`` tell of each meeting the column, the row and the rank of the edge.
    """

    starts: Floats
    ends: Floats
    area: Ranks
    x: Ranks
    y: Ranks
    edge: Ranks

    @classmethod
    def of(cls, outlines: NDArray[np.object_]) -> Edges:
        """The edges of areas."""
        parts, area = shapely.get_parts(shapely.orient_polygons(outlines), return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        lon_lat, ring = shapely.get_coordinates(rings, return_index=True)
        edge = np.flatnonzero(ring[1:] == ring[:-1])
        starts, ends = lon_lat[edge], lon_lat[edge + 1]
        return cls(
            starts, ends, area[part[ring[edge]]], *_cells_met(_in_cells(starts), _in_cells(ends))
        )

    def marks(self) -> Ranks:
        """The finest cells that the border of each area meets; sorted, each once."""
        return _sorted_once(packed(self.x, self.y, self.area[self.edge]))

    def alone_in(self, x: Ranks, y: Ranks) -> Ranks:
        """For each cell met, the edge that crosses it from outside to outside, alone; else −1."""
        met = packed(self.x, self.y)
        cells, first, counts = np.unique(met, return_index=True, return_counts=True)
        found = np.searchsorted(cells, packed(x, y))
        edge = self.edge[first[found]]
        corner = np.column_stack([x, y])
        begins, stops = (
            _is_clear(_in_cells(vertices[edge]), corner) for vertices in (self.starts, self.ends)
        )
        return np.where((counts[found] == 1) & begins & stops, edge, -1)


def _in_cells(lon_lat: Floats) -> Floats:
    cells: Floats = (lon_lat + np.array([EAST, NORTH])) * PER_DEGREE
    return cells


def _is_clear(vertices: Floats, corner: Ranks) -> NDArray[np.bool_]:
    """Whether each vertex is outside a cell by more than two margins; ``corner`` is its number."""
    beyond = (vertices < corner - 2 * MARGIN) | (vertices > corner + 1 + 2 * MARGIN)
    return np.logical_or(beyond[:, 0], beyond[:, 1])


def box_marks(outlines: NDArray[np.object_], bits: int) -> Ranks:
    """The cells, ``2 ** bits`` fine ones wide, of the bounding boxes of the parts of each area."""
    parts, area = shapely.get_parts(outlines, return_index=True)
    bounds = shapely.bounds(parts) + np.array([EAST, NORTH, EAST, NORTH])
    west, south, east, north = bounds.T * (PER_DEGREE >> bits)
    row, part = _numbers(south - MARGIN, north + MARGIN)
    column, rank = _numbers((west - MARGIN)[part], (east + MARGIN)[part])
    return _sorted_once(packed(column, row[rank], area[part[rank]]))


def _cells_met(starts: Floats, ends: Floats) -> tuple[Ranks, Ranks, Ranks]:
    """Column, row and edge of each cell that an edge meets; ends are ``(n, 2)``, in cells.

    Row by row: the edge is cut to the row and its margin, and the columns between both ends of
    what is left are met.
    """
    low, high = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    row, edge = _numbers(low - MARGIN, high + MARGIN)
    x, y = starts[edge].T
    east, north = (ends - starts)[edge].T
    flat = north == 0
    climb = np.where(flat, 1, north)
    below = np.where(flat, 0, np.clip((row - MARGIN - y) / climb, 0, 1))
    above = np.where(flat, 1, np.clip((row + 1 + MARGIN - y) / climb, 0, 1))
    one, other = x + below * east, x + above * east
    column, rank = _numbers(np.minimum(one, other) - MARGIN, np.maximum(one, other) + MARGIN)
    return column, row[rank], edge[rank]


def _numbers(first: Floats, last: Floats) -> tuple[Ranks, Ranks]:
    """The cells from each ``first`` to its ``last``, and the rank of the couple they come from."""
    begin = np.floor(first).astype(np.int64)
    counts = np.floor(last).astype(np.int64) - begin + 1
    rank = np.repeat(np.arange(len(begin)), counts)
    return np.arange(len(rank)) + (begin - np.cumsum(counts) + counts)[rank], rank
