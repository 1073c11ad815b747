"""A process that reads one workbook: from standard input, to rows on standard output.

It caps itself before it looks at a byte, for what it reads may come from anybody: a workbook that
makes its reader abort, or ask for a terabyte, costs this process and no other.
``python -m mapapp.tables.workbook_child UNPACKED LINES CELLS ELEMENTS TEXT MEMORY SECONDS``
"""

from __future__ import annotations

import resource
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from mapapp.tables.bounds import Bounds
from mapapp.tables.cell_lines import object_line, row_line
from mapapp.tables.faults import Refusal, Refused
from mapapp.tables.workbook_guard import check_workbook

_DAMAGED = (
    BadZipFile,
    CalamineError,
    EOFError,
    ExpatError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    zlib.error,
)
#: Rows are written by so many bytes.
_BUFFER = 1 << 20


def main(arguments: list[str]) -> None:
    """Read a workbook within the bounds that the arguments give."""
    bounds = Bounds(*map(int, arguments))
    _cap(bounds)
    with open(sys.stdout.fileno(), "wb", _BUFFER, closefd=False) as out:
        for line in _lines(sys.stdin.buffer.read(), bounds):
            out.write(line)


def _cap(bounds: Bounds) -> None:
    """Take away what reading a file does not need: memory, time, files to write, core dumps."""
    limits = {
        resource.RLIMIT_AS: bounds.memory,
        resource.RLIMIT_CPU: bounds.seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, wanted in limits.items():
        _, most = resource.getrlimit(limit)
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(limit, (value, value))


def _lines(content: bytes, bounds: Bounds) -> Iterator[bytes]:
    """The sheet, its rows, and their count as a seal; or why there are none."""
    count = 0
    try:
        check_workbook(content, bounds)
        with CalamineWorkbook.from_object(BytesIO(content)) as book:
            sheet = _first_filled(book)
            yield object_line(
                {
                    "sheet": sheet.name if sheet else "",
                    "sheets": len(book.sheet_names),
                    "width": sheet.width if sheet else 0,
                }
            )
            for cells in sheet.iter_rows() if sheet else ():
                yield row_line(cells)
                count += 1
        yield object_line({"rows": count})
    except Refused as refused:
        yield _refusal(refused.refusal)
    except PasswordError:
        yield _refusal(Refusal.PROTECTED)
    except MemoryError:
        yield _refusal(Refusal.COSTLY)
    except _DAMAGED:
        yield _refusal(Refusal.DAMAGED)


def _refusal(refusal: Refusal) -> bytes:
    return object_line({"refusal": refusal.value})


def _first_filled(book: CalamineWorkbook) -> CalamineSheet | None:
    sheets = map(book.get_sheet_by_index, range(len(book.sheet_names)))
    return next((sheet for sheet in sheets if sheet.height), None)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # nobody listens any more
        main(sys.argv[1:])
