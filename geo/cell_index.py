"""Which QPV holds each of millions of points: exactly what Shapely answers, many times sooner.

**The idea.** Nearly every point is far from any border. The Earth is cut into cells; of each cell
it is known beforehand whether it lies in one QPV, outside all of them, or at a border. A point is
turned into the number of its cell by a few operations on whole arrays, and only the points of a
border cell are asked of Shapely, against the one or two QPVs whose border crosses that cell.

**Three levels.** Cells of 1/64 degree (1.7 km from south to north), of which only the columns and
rows that a QPV meets are kept; those at a border are cut into 8 × 8, and those again into 8 × 8
(27 m). A cell holds the rank of the QPV that it lies in, ``OUTSIDE``, or below that the number of
its block of cells one level down; at the last level, the number of its list of QPVs.

**Its cost.** Some 15 operations per point, of which three read tables (16 MB for 1,584 QPVs, most
of it never touched); docs/join.md has the measures.

**Why it is exact.** A point falls into the column numbered ``⌊(lon + 181) × 4096⌋``, and likewise
for its row. The addition rounds, by 3e-14 degree at most; multiplying by a power of two does not.
Both keep order: a column holds all the points between two limits, and no point falls between two
columns. :mod:`geo.cell_marks` calls *border* every cell that an edge meets, or passes closer than a
thousandth of a cell (2 cm): millions of times more than all the rounding. Any other cell, being
connected and clear of the border, is wholly on one side: the exact answer for one of its points
holds for all. In border cells the answer is Shapely's own (``intersects``, which for a point is
``covers``: borders belong to both QPVs that share them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ranks = NDArray[np.int64]
Table = NDArray[np.int32]

#: Cells per degree at the finest level. A power of two: multiplying by it never rounds.
PER_DEGREE = 4_096
#: Halvings of a cell's side between the levels: 1/64, 1/512 and 1/4096 of a degree.
MIDDLE_BITS, FINE_BITS = 3, 3
TOP_BITS = MIDDLE_BITS + FINE_BITS
#: Added to longitudes and latitudes, so that numbers are positive and cell 0 is nowhere on Earth.
EAST, NORTH = 181.0, 91.0

OUTSIDE = -1
#: Values from here down number a block of the next level: −2 is block 0.
FIRST_BLOCK = -2

#: Points looked at together: their arrays stay in the processor's cache.
_CHUNK = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The tables of an index; :mod:`geo.cell_files` keeps them on disk.

    Attributes:
        columns: rank of each coarse column among those kept; 0 where there is no QPV.
        rows: the same for rows, times the number of columns kept.
        top: values of the coarse cells kept, row after row; column 0 and row 0 are outside.
        middle: values of the cells of each block, row after row.
        fine: likewise, one level down.
        starts: where the list of each border cell begins in ``candidates``; and the last end.
        candidates: ranks of the QPVs that have a say in a border cell, increasing.
    """

    columns: Ranks
    rows: Ranks
    top: Table
    middle: Table
    fine: Table
    starts: Table
    candidates: Table


class CellIndex:
    """Areas in degrees, found by the point. Read-only, so threads and processes may share it."""

    def __init__(self, cells: Cells, outlines: NDArray[np.object_]) -> None:
        self.cells = cells
        self._outlines = outlines
        shapely.prepare(outlines)

    def locate(self, lon: Floats, lat: Floats) -> Table:
        """Rank of the area that holds each point (degrees), −1 outside; borders belong to it.

        Where several hold it the first is told; :meth:`pairs` tells them all. A coordinate that is
        not on the Earth, or not a number, is outside.
        """
        values = self._values(lon, lat)
        point, area = self._held_in_border_cells(values, lon, lat)
        values[values <= FIRST_BLOCK] = OUTSIDE
        values[point[::-1]] = area[::-1]  # the first of a point is written last
        return values

    def pairs(self, lon: Floats, lat: Floats) -> tuple[Ranks, Ranks]:
        """Every (rank of a point, rank of an area that holds it), by point then area."""
        values = self._values(lon, lat)
        point, area = self._held_in_border_cells(values, lon, lat)
        sure = np.flatnonzero(values >= 0)
        points, areas = np.concatenate([sure, point]), np.concatenate([values[sure], area])
        order = np.lexsort((areas, points))
        return points[order], areas[order].astype(np.int64)

    def _values(self, lon: Floats, lat: Floats) -> Table:
        """The value of each point's cell, block numbers being those of lists."""
        values = np.empty(len(lon), np.int32)
        room = _Room(min(len(lon), _CHUNK))
        with np.errstate(invalid="ignore", over="ignore"):
            for start in range(0, len(lon), _CHUNK):
                part = slice(start, start + _CHUNK)
                self._look_up(lon[part], lat[part], values[part], room)
        return values

    def _look_up(self, lon: Floats, lat: Floats, values: Table, room: _Room) -> None:
        cells, count = self.cells, len(lon)
        x, y = room.numbers(lon, EAST, room.x), room.numbers(lat, NORTH, room.y)
        column, row = room.column[:count], room.row[:count]
        # Numbers beyond a table are clipped to its ends, which are nowhere on Earth.
        cells.columns.take(np.right_shift(x, TOP_BITS, out=column), out=row, mode="clip")
        cells.rows.take(np.right_shift(y, TOP_BITS, out=column), out=column, mode="clip")
        cells.top.take(np.add(row, column, out=row), out=values, mode="clip")
        left = np.flatnonzero(values <= FIRST_BLOCK)
        x, y, block = x[left], y[left], FIRST_BLOCK - values[left].astype(np.int64)
        value = cells.middle[_within(block, x >> FINE_BITS, y >> FINE_BITS, MIDDLE_BITS)]
        values[left] = value
        deep = np.flatnonzero(value <= FIRST_BLOCK)
        block = FIRST_BLOCK - value[deep].astype(np.int64)
        values[left[deep]] = cells.fine[_within(block, x[deep], y[deep], FINE_BITS)]

    def _held_in_border_cells(self, values: Table, lon: Floats, lat: Floats) -> tuple[Ranks, Table]:
        """The pairs that hold among the points of border cells, by point then area."""
        point = np.flatnonzero(values <= FIRST_BLOCK)
        numbers = FIRST_BLOCK - values[point].astype(np.int64)
        first = self.cells.starts[numbers].astype(np.int64)
        counts = self.cells.starts[numbers + 1] - first
        ends = np.cumsum(counts)
        point = np.repeat(point, counts)
        area = self.cells.candidates[
            np.arange(len(point)) + np.repeat(first - ends + counts, counts)
        ]
        held = shapely.intersects_xy(self._outlines[area], lon[point], lat[point])
        return point[held], area[held]


class _Room:
    """Arrays used again for each chunk: asking for memory costs more than the operations."""

    def __init__(self, count: int) -> None:
        self._degrees = np.empty(count)
        self.x, self.y, self.column, self.row = np.empty((4, count), np.int64)

    def numbers(self, degrees: Floats, shift: float, into: Ranks) -> Ranks:
        """The numbers of the fine columns (or rows) of the points."""
        shifted, numbers = self._degrees[: len(degrees)], into[: len(degrees)]
        np.add(degrees, shift, out=shifted)
        np.multiply(shifted, PER_DEGREE, out=shifted)
        np.copyto(numbers, shifted, casting="unsafe")  # towards 0: negative numbers are off Earth
        return numbers


def _within(block: Ranks, x: Ranks, y: Ranks, bits: int) -> Ranks:
    """The place in a table of blocks, of cells numbered from the west and south of the Earth."""
    last = (1 << bits) - 1
    return (((block << bits) | (y & last)) << bits) | (x & last)
