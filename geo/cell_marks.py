"""The cells that the borders of areas meet: their marks, by which a cell index is built.

Every edge is walked across the finest cells, a thousandth of a cell wide on each side, so that a
cell without mark is surely clear of every border. A mark is a cell and an area in one number.
"""

from __future__ import annotations

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


def packed(x: Ranks, y: Ranks, area: Ranks) -> Ranks:
    """Column, row and area in one number, that sorts by cell and then by area."""
    return (((y << _COLUMN_BITS) | x) << _AREA_BITS) | area


def unpacked(marks: Ranks) -> tuple[Ranks, Ranks, Ranks]:
    """Column, row and area of each mark."""
    cell = marks >> _AREA_BITS
    return cell & _COLUMN, cell >> _COLUMN_BITS, marks & _AREA


def coarser(marks: Ranks, bits: int) -> Ranks:
    """The marks of a level whose cells are ``2 ** bits`` times wider."""
    x, y, area = unpacked(marks)
    return np.unique(packed(x >> bits, y >> bits, area))


def border_marks(outlines: NDArray[np.object_]) -> Ranks:
    """The finest cells that the border of each area meets; sorted, each once."""
    lines, area = shapely.get_parts(shapely.boundary(outlines), return_index=True)
    lon_lat, line = shapely.get_coordinates(lines, return_index=True)
    vertices = (lon_lat + np.array([EAST, NORTH])) * PER_DEGREE
    edge = np.flatnonzero(line[1:] == line[:-1])
    x, y, rank = _cells_met(vertices[edge], vertices[edge + 1])
    return np.unique(packed(x, y, area[line[edge]][rank]))


def box_marks(outlines: NDArray[np.object_], bits: int) -> Ranks:
    """The cells, ``2 ** bits`` fine ones wide, of the bounding boxes of the parts of each area."""
    parts, area = shapely.get_parts(outlines, return_index=True)
    bounds = shapely.bounds(parts) + np.array([EAST, NORTH, EAST, NORTH])
    west, south, east, north = bounds.T * (PER_DEGREE >> bits)
    row, part = _numbers(south - MARGIN, north + MARGIN)
    column, rank = _numbers((west - MARGIN)[part], (east + MARGIN)[part])
    return np.unique(packed(column, row[rank], area[part[rank]]))


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
