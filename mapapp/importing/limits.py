"""How big a file of initiatives may be: what is read must fit in the memory of a small server."""

from __future__ import annotations

from pathlib import Path

from mapapp.errors import DataFault

#: 500,000 lines of 200 characters, twice what the national list of ESS establishments counts.
LARGEST_FILE = 100_000_000
MOST_LINES = 500_000
MOST_COLUMNS = 1_000
#: Dense cells of a workbook: the most lines at 40 columns. Readers lay out empty ones as well.
MOST_CELLS = 20_000_000
#: What a cell of Excel holds is 32,767 characters: a longer text would not survive an export.
LONGEST_CELL = 32_000
#: A longer header is prose: the line is not one of headers.
LONGEST_HEADER = 200

_LARGEST_UNPACKED = 200_000_000
#: Text packs 5 to 30 times, a sheet of repeated lines up to 100; a bomb 1,000 times. Below the
#: floor it cannot harm, whatever its ratio.
_HIGHEST_RATIO = 200
_HARMLESS = 10_000_000


def check_unpacked(path: Path, unpacked: int) -> None:
    """Refuse a compressed file that unpacks to far more than it should (``unpacked`` in bytes).

    Raises:
        DataFault: the file is a bomb, or too large.
    """
    suspicious = unpacked > _HARMLESS and unpacked > _HIGHEST_RATIO * path.stat().st_size
    if unpacked > _LARGEST_UNPACKED or suspicious:
        raise DataFault(
            f"{path.name}\u00a0: décompressé, le fichier serait démesuré\u00a0; "
            "enregistrez-le à nouveau depuis un tableur, ou découpez-le."
        )
