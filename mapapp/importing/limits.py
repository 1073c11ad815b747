"""How big a file of initiatives may be: what is read must fit in the memory of a small server."""

from __future__ import annotations

#: 500,000 lines of 200 characters, twice what the national list of ESS establishments counts.
LARGEST_FILE = 100_000_000
MOST_LINES = 500_000
MOST_COLUMNS = 1_000
#: What a cell of Excel holds is 32,767 characters: a longer text would not survive an export.
LONGEST_CELL = 32_000
#: An identifier that is longer is prose too; and what is looked up by it, a database must hold in a
#: line of its index (2,704 bytes in PostgreSQL).
LONGEST_KEY = 255
#: A longer header is prose: the line is not one of headers.
LONGEST_HEADER = 200
