"""How much a reader of tables may take in, of a file and of the machine."""

from __future__ import annotations

from dataclasses import dataclass

#: What a sheet in memory may weigh; the largest file of an import is half of it.
LARGEST_UNPACKED = 200_000_000
#: Dense cells of a workbook: 500,000 lines at 40 columns. Readers lay out empty ones as well.
MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """``unpacked`` bytes of a file, ``lines`` of a CSV file, blank ones included.

    The rest is for workbooks, which are laid out in memory: ``cells`` of the rectangle that a sheet
    fills; ``elements`` of XML, two or three for a cell that holds something; characters of ``text``
    in its cells, each text as often as cells name it; bytes of ``memory`` and ``seconds`` of
    processor of the process that reads.
    """

    unpacked: int
    lines: int
    cells: int
    elements: int
    text: int
    memory: int
    seconds: int

    @property
    def deadline_s(self) -> int:
        """Seconds on the clock, for a process that waits; a busy machine lets it work a tenth."""
        return 60 + 3 * self.seconds


#: What an import may read: 60 bytes a cell as the reader lays them out twice, and the texts. The
#: reader takes in 500,000 cells a second on a small server.
IMPORTED = Bounds(
    unpacked=LARGEST_UNPACKED,
    lines=2_000_000,
    cells=MOST_CELLS,
    elements=3 * MOST_CELLS,
    text=LARGEST_UNPACKED,
    memory=3_000_000_000,
    seconds=120,
)
