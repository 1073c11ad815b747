"""How big a file of initiatives may be: what is read must fit in the memory of a small server."""

from __future__ import annotations

from dataclasses import dataclass

#: 500,000 lines of 200 characters, twice what the national list of ESS establishments counts.
LARGEST_FILE = 100_000_000
MOST_LINES = 500_000
MOST_COLUMNS = 1_000
#: Dense cells of a workbook: the most lines at 40 columns. Readers lay out empty ones as well.
MOST_CELLS = 20_000_000
#: What a cell of Excel holds is 32,767 characters: a longer text would not survive an export.
LONGEST_CELL = 32_000
#: An identifier that is longer is prose too; and what is looked up by it, a database must hold in a
#: line of its index (2,704 bytes in PostgreSQL).
LONGEST_KEY = 255
#: A longer header is prose: the line is not one of headers.
LONGEST_HEADER = 200
#: What a sheet in memory may weigh; the largest file is half of it.
LARGEST_UNPACKED = 200_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a reader may take in: bytes once unpacked, and dense cells of a workbook."""

    unpacked: int
    cells: int


#: What an import may read.
IMPORTED = Bounds(LARGEST_UNPACKED, MOST_CELLS)
