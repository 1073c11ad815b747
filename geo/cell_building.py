"""The tables of a :class:`geo.cell_index.CellIndex`, built from the areas level by level.

At each level, an area *marks* the cells where it has a border (:mod:`geo.cell_marks`). A cell that
it does not mark is clear of its border, so the area either *holds* all of it or none. Neighbours
in a row without mark are on the same side, so one exact test serves the whole run. A cell that no
area marks and that at most one holds has its value; the others are cut again, and at the last level
they get the list of the areas that mark or hold them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.cell_index import (
    EAST,
    FINE_BITS,
    FIRST_BLOCK,
    MIDDLE_BITS,
    NORTH,
    OUTSIDE,
    PER_DEGREE,
    TOP_BITS,
    CellIndex,
    Cells,
    Floats,
    Ranks,
    Table,
)
from geo.cell_marks import Edges, box_marks, coarser, packed, unpacked

Flags = NDArray[np.bool_]
Outlines = NDArray[np.object_]

#: Beyond the last coarse column and row that a point of the Earth may have.
_COLUMNS = int((EAST + 181) * PER_DEGREE) >> TOP_BITS
_ROWS = int((NORTH + 91) * PER_DEGREE) >> TOP_BITS


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Cells that are cut, each with the areas that mark or hold it.

    ``block`` numbers the cells; pairs are sorted by it, then by area. ``holds`` is true of an area
    that holds the whole cell.
    """

    block: Ranks
    x: Ranks
    y: Ranks
    area: Ranks
    holds: Flags


def build_index(outlines: Outlines) -> CellIndex:
    """The index of areas the size of neighbourhoods (degrees), which it tells by their rank."""
    shapely.prepare(outlines)
    edges = Edges.of(outlines)
    marks = edges.marks()
    columns, rows, top, left = _top(outlines, coarser(marks, TOP_BITS))
    middle, left = _cut(outlines, left, coarser(marks, FINE_BITS), MIDDLE_BITS, FINE_BITS)
    fine, left = _cut(outlines, left, marks, FINE_BITS, 0)
    starts = np.searchsorted(left.block, np.arange(left.block.max(initial=-1) + 2))
    lone, segments = _lone_edges(edges, left, starts)
    cells = Cells(
        columns,
        rows,
        top,
        middle.ravel(),
        fine.ravel(),
        starts.astype(np.int32),
        left.area.astype(np.int32),
        lone.astype(np.int32),
        segments,
    )
    return CellIndex(cells, outlines)


def _lone_edges(edges: Edges, pairs: _Pairs, starts: Ranks) -> tuple[Ranks, Floats]:
    """For each border cell the rank of the edge that alone cuts it, or −1; and those edges."""
    first = starts[:-1]
    edge = edges.alone_in(pairs.x[first], pairs.y[first])
    edge[np.diff(starts) > 1] = -1
    kept, lone = np.unique(edge, return_inverse=True)
    missing = int(len(kept) > 0 and kept[0] < 0)  # −1 comes first: its rank becomes −1 too
    some = kept[missing:]
    return lone - missing, np.column_stack([edges.starts[some], edges.ends[some]])


def _top(outlines: Outlines, marks: Ranks) -> tuple[Ranks, Ranks, Table, _Pairs]:
    """Coarse columns and rows kept, the values of their cells, and what is left undecided."""
    boxes = box_marks(outlines, TOP_BITS)
    marked = np.isin(boxes, marks)
    x, y, area = unpacked(boxes)
    holds = ~marked & _holds_centre(outlines[area], x, y, TOP_BITS)
    some = marked | holds
    x, y, area, marked, holds = x[some], y[some], area[some], marked[some], holds[some]
    columns, width = _ranks_of(x, _COLUMNS)
    rows, height = _ranks_of(y, _ROWS)
    place = rows[y] * width + columns[x]
    places, block = np.unique(place, return_inverse=True)
    pairs = _Pairs(block, x, y, area, holds)
    values, left = _settle(pairs, marked[:, None, None], holds[:, None, None], 0)
    top = np.full(width * height, OUTSIDE, np.int32)
    top[places] = values.ravel()
    return columns, rows * width, top, left


def _ranks_of(numbers: Ranks, count: int) -> tuple[Ranks, int]:
    """The rank of each number among those that occur, from 1, 0 for the others; and how many."""
    occurring = np.unique(numbers)
    ranks = np.zeros(count, np.int64)
    ranks[occurring] = np.arange(1, len(occurring) + 1)
    return ranks, len(occurring) + 1


def _cut(
    outlines: Outlines, pairs: _Pairs, marks: Ranks, bits: int, finer_bits: int
) -> tuple[Table, _Pairs]:
    """Each cell cut into ``2 ** bits`` a side: the values of the parts, and what is left."""
    marked = _marked(pairs, marks, bits)
    return _settle(pairs, marked, _held(outlines, pairs, marked, bits, finer_bits), bits)


def _marked(pairs: _Pairs, marks: Ranks, bits: int) -> Flags:
    """Which parts of its cell each area marks, by row and column."""
    x, y, area = unpacked(marks)
    side = 1 << bits
    numbers = packed(pairs.x, pairs.y, pairs.area)
    order = np.argsort(numbers)
    place = np.searchsorted(numbers, packed(x >> bits, y >> bits, area), sorter=order)
    marked = np.zeros((len(numbers), side, side), bool)
    marked[order[place], y & (side - 1), x & (side - 1)] = True
    return marked


def _held(outlines: Outlines, pairs: _Pairs, marked: Flags, bits: int, finer_bits: int) -> Flags:
    """Which parts of its cell each area holds: one test for each run of parts without mark."""
    clear = ~marked
    begins = clear & ~pairs.holds[:, None, None]
    begins[:, :, 1:] &= marked[:, :, :-1]
    pair, row, column = np.nonzero(begins)
    x, y = (pairs.x[pair] << bits) | column, (pairs.y[pair] << bits) | row
    inside = _holds_centre(outlines[pairs.area[pair]], x, y, finer_bits)
    run = np.cumsum(begins, dtype=np.int32).reshape(begins.shape) - 1
    held = clear.copy()
    asked = clear & ~pairs.holds[:, None, None]
    held[asked] = inside[run[asked]]
    return held


def _holds_centre(outlines: Outlines, x: Ranks, y: Ranks, bits: int) -> Flags:
    """Whether the area of each row holds the centre of a cell ``2 ** bits`` fine ones wide."""
    side = (1 << bits) / PER_DEGREE
    lon, lat = (x + 0.5) * side - EAST, (y + 0.5) * side - NORTH
    return np.asarray(shapely.intersects_xy(outlines, lon, lat), bool)


def _settle(pairs: _Pairs, marked: Flags, holds: Flags, bits: int) -> tuple[Table, _Pairs]:
    """Values of the parts of each cell, and the pairs of those that are still to be cut."""
    first = np.flatnonzero(np.diff(pairs.block, prepend=-1))
    if not len(first):
        return np.empty((0, 1 << bits, 1 << bits), np.int32), pairs
    holder = np.where(holds, pairs.area[:, None, None].astype(np.int32), np.int32(OUTSIDE))
    values: Table = np.maximum.reduceat(holder, first)
    undecided = np.logical_or.reduceat(marked, first)
    undecided |= np.add.reduceat(holds, first, dtype=np.int32) > 1
    number = np.zeros(values.shape, np.int64)
    number[undecided] = np.arange(np.count_nonzero(undecided))
    values[undecided] = FIRST_BLOCK - number[undecided]
    pair, row, column = np.nonzero(undecided[pairs.block] & (marked | holds))
    block, area = number[pairs.block[pair], row, column], pairs.area[pair]
    x, y = (pairs.x[pair] << bits) | column, (pairs.y[pair] << bits) | row
    order = np.lexsort((area, block))
    held = holds[pair, row, column]
    return values, _Pairs(block[order], x[order], y[order], area[order], held[order])
