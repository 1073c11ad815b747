"""The rows of a workbook between two processes: one JSON array a line, one object for the rest.

JSON, for what it cannot say: whoever takes over the process that reads a stranger's file may send
wrong cells, never an object that acts when it is read (as pickle would let it).
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

_MICROSECOND = timedelta(microseconds=1)

_READERS = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}

#: What a cell of a workbook may be.
_KINDS = frozenset((str, float, int, bool, datetime, date, time, timedelta))


def row_line(cells: list[Any]) -> bytes:
    """A row, without the empty cells that end it."""
    last = len(cells)
    while last and cells[last - 1] == "":
        last -= 1
    return _encode(cells[:last]).encode() + b"\n"


def object_line(members: dict[str, Any]) -> bytes:
    """What is not a row."""
    return _encode(members).encode() + b"\n"


def line_row(line: bytes, width: int) -> list[Any]:
    """The cells of a row, empty ones at its end up to ``width``.

    Raises:
        ValueError, RecursionError: no row of cells.
    """
    cells = _decode(line.decode())
    if not isinstance(cells, list) or len(cells) > width or not _KINDS.issuperset(map(type, cells)):
        raise ValueError("not a row")
    return cells + [""] * (width - len(cells))


def line_object(line: bytes) -> dict[str, Any]:
    """The members of an object that holds numbers and texts.

    Raises:
        ValueError, RecursionError: no such object.
    """
    members = json.loads(line)
    if not isinstance(members, dict):
        raise ValueError("not an object")
    return members


def _plain(cell: object) -> dict[str, str | int]:
    if isinstance(cell, timedelta):
        return {"timedelta": cell // _MICROSECOND}
    if isinstance(cell, datetime | date | time):
        return {type(cell).__name__: cell.isoformat()}
    raise TypeError(cell)


def _cell(members: dict[str, Any]) -> object:
    [(kind, value)] = members.items()
    if kind == "timedelta":
        return timedelta(microseconds=int(value))
    return _READERS[kind](value)


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=_plain).encode
_decode = json.JSONDecoder(object_hook=_cell).decode
