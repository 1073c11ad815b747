"""Which QPV holds each of millions of points: exactly what Shapely answers, many times sooner.

**The idea.** Nearly every point is far from any border. The Earth is cut into cells; of each cell
it is known beforehand whether it lies in one QPV, outside all of them, or at a border. A point is
turned into the number of its cell by a few operations on whole arrays, and only in border cells is
it compared with the one or two QPVs whose border crosses that cell.

**Three levels.** Cells of 1/64 degree (1.7 km from south to north), of which only the columns and
rows that a QPV meets are kept; those at a border are cut into 16 × 16, and those again into 8 × 8
(14 m). A cell holds the rank of the QPV that it lies in, ``OUTSIDE``, or below that the number of
its block of cells one level down; at the last level, the number of its list of QPVs.

**Borders.** Four border cells in five are cut in two by a single edge: the side on which a point
lies is the sign of a determinant, and where rounding might change that sign, Shapely is asked. So
it is for the cells where several edges pass.

**Its cost.** Some 15 operations per point, of which three read tables (41 MB for 1,584 QPVs, little
of it often); of people spread as they live, one in 85 is in a border cell, one in 470 is asked of
Shapely. docs/join.md has the measures.

**Why it is exact.** A point falls into the column numbered ``⌊(lon + 181) × 8192⌋``, and likewise
for its row. The addition rounds, by 3e-14 degree at most; multiplying by a power of two does not.
Both keep order: a column holds all the points between two limits, and no point falls between two
columns. :mod:`geo.cell_marks` calls *border* every cell that an edge meets, or passes closer than a
thousandth of a cell (1 cm): millions of times more than all the rounding. Any other cell, being
connected and clear of the border, is wholly on one side: the exact answer for one of its points
holds for all. A lone edge passes closer than the margin while both its ends are beyond twice the
margin, so it goes right through; no other edge is there; hence in that cell the border is its line,
and the area is on its left. Everywhere else the answer is Shapely's own (``intersects``, which for
a point is ``covers``: borders belong to both QPVs that share them).
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
PER_DEGREE = 8_192
#: Halvings of a cell's side between the levels: 1/64, 1/1024 and 1/8192 of a degree.
MIDDLE_BITS, FINE_BITS = 4, 3
TOP_BITS = MIDDLE_BITS + FINE_BITS
#: Added to longitudes and latitudes, so that numbers are positive and cell 0 is nowhere on Earth.
EAST, NORTH = 181.0, 91.0

OUTSIDE = -1
#: Values from here down number a block of the next level: −2 is block 0.
FIRST_BLOCK = -2

#: (3 + 16 ε) ε with ε = 2 to the −53.
_DOUBT = 3.330_669_073_875_472e-16

#: Points looked at together: their arrays stay in the processor's cache.
_CHUNK = 65_536


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
        lone: rank of the edge that alone cuts a border cell in two, −1 when there are several.
        edges: these edges, ``(n, 4)`` degrees, from a vertex to the next, the QPV on the left.
    """

    columns: Ranks
    rows: Ranks
    top: Table
    middle: Table
    fine: Table
    starts: Table
    candidates: Table
    lone: Table
    edges: Floats


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
        values, at_border = self._values(lon, lat)
        point, area = self._asked_of_shapely(values, at_border, lon, lat)
        values[at_border] = OUTSIDE
        values[point[::-1]] = area[::-1]  # the first of a point is written last
        return values

    def pairs(self, lon: Floats, lat: Floats) -> tuple[Ranks, Ranks]:
        """Every (rank of a point, rank of an area that holds it), by point then area."""
        values, at_border = self._values(lon, lat)
        point, area = self._asked_of_shapely(values, at_border, lon, lat)
        sure = np.flatnonzero(values >= 0)
        points, areas = np.concatenate([sure, point]), np.concatenate([values[sure], area])
        order = np.lexsort((areas, points))
        return points[order], areas[order].astype(np.int64)

    def _values(self, lon: Floats, lat: Floats) -> tuple[Table, Ranks]:
        """The area of each point, and the points whose value is still the number of a list."""
        values = np.empty(len(lon), np.int32)
        at_border = [np.empty(0, np.int64)]
        with np.errstate(invalid="ignore", over="ignore"):
            for start in range(0, len(lon), _CHUNK):
                part = slice(start, start + _CHUNK)
                at_border.append(start + self._look_up(lon[part], lat[part], values[part]))
        return values, self._told_by_sides(values, np.concatenate(at_border), lon, lat)

    def _look_up(self, lon: Floats, lat: Floats, values: Table) -> Ranks:
        """Write the values of some points; those whose value is the number of a list."""
        cells, coarse = self.cells, PER_DEGREE >> TOP_BITS
        # Numbers beyond a table are clipped to its ends, which are nowhere on Earth.
        place = cells.columns.take(_numbers(lon, EAST, coarse), mode="clip")
        place += cells.rows.take(_numbers(lat, NORTH, coarse), mode="clip")
        cells.top.take(place, out=values, mode="clip")
        left = np.flatnonzero(values <= FIRST_BLOCK)
        x = _numbers(lon.take(left), EAST, PER_DEGREE)
        y = _numbers(lat.take(left), NORTH, PER_DEGREE)
        value = values.take(left)
        value = _values_in(cells.middle, value, x >> FINE_BITS, y >> FINE_BITS, MIDDLE_BITS)
        values[left] = value
        deep = np.flatnonzero(value <= FIRST_BLOCK)
        left = left.take(deep)
        value = _values_in(cells.fine, value.take(deep), x.take(deep), y.take(deep), FINE_BITS)
        values[left] = value
        return left[value <= FIRST_BLOCK]

    def _told_by_sides(self, values: Table, at_border: Ranks, lon: Floats, lat: Floats) -> Ranks:
        """Write on which side of a lone edge points are; the points of which it is not told."""
        number = FIRST_BLOCK - values[at_border]
        lone = np.flatnonzero(self.cells.lone[number] >= 0)
        point, number = at_border[lone], number[lone]
        side = _side(self.cells.edges[self.cells.lone[number]], lon[point], lat[point])
        area = self.cells.candidates[self.cells.starts[number]]
        told = np.where(side > 0, area, OUTSIDE)
        values[point] = np.where(side == 0, values[point], told)
        return at_border[values[at_border] <= FIRST_BLOCK]

    def _asked_of_shapely(
        self, values: Table, at_border: Ranks, lon: Floats, lat: Floats
    ) -> tuple[Ranks, Table]:
        """The areas that hold the points of border cells, by point then area."""
        numbers = FIRST_BLOCK - values[at_border].astype(np.int64)
        first = self.cells.starts[numbers].astype(np.int64)
        counts = self.cells.starts[numbers + 1] - first
        point = np.repeat(at_border, counts)
        listed = np.arange(len(point)) + np.repeat(first - np.cumsum(counts) + counts, counts)
        area = self.cells.candidates[listed]
        held = shapely.intersects_xy(self._outlines[area], lon[point], lat[point])
        return point[held], area[held]


def _side(edges: Floats, lon: Floats, lat: Floats) -> Floats:
    """Above 0 left of an edge, below 0 right of it, 0 where rounding leaves a doubt.

    The doubt is Shewchuk's bound for the sign of this determinant (« Adaptive Precision
    Floating-Point Arithmetic and Fast Robust Geometric Predicates », 1997).
    """
    start_lon, start_lat, end_lon, end_lat = edges.T
    one, other = (start_lon - lon) * (end_lat - lat), (start_lat - lat) * (end_lon - lon)
    side: Floats = one - other
    side[np.abs(side) <= _DOUBT * (np.abs(one) + np.abs(other))] = 0
    return side


def _numbers(degrees: Floats, shift: float, per_degree: int) -> Table:
    """The numbers of the columns (or rows) that hold points."""
    shifted = degrees + shift
    shifted *= per_degree
    return shifted.astype(np.int32)  # towards 0: what is off the Earth by the west stays off it


def _values_in(blocks: Table, value: Table, x: Table, y: Table, bits: int) -> Table:
    """The values of cells numbered from the west and south of the Earth, in their blocks."""
    last = (1 << bits) - 1
    place = FIRST_BLOCK - value
    for number in (y, x):
        place <<= bits
        place |= number & last
    return blocks.take(place)
