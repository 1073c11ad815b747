"""XLSX and ODS: the rows of the first sheet with cells, read by a process that is capped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from mapapp.errors import DataFault, cited
from mapapp.tables.bounds import IMPORTED, Bounds
from mapapp.tables.capped import Stopped, output_of
from mapapp.tables.cell_lines import line_object, line_row
from mapapp.tables.faults import Refusal, fault
from mapapp.tables.readable import Readable

_CHILD = "mapapp.tables.workbook_child"
#: A dense cell beside its text: quotes, comma, a date's name.
_CELL_FORM = 8


def workbook_records(path: Readable, notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of :func:`workbook_rows`, as texts."""
    for line, cells in workbook_rows(path, notes):
        yield line, [cell_text(cell) for cell in cells]


def workbook_rows(
    path: Readable, notes: list[str], bounds: Bounds = IMPORTED
) -> Iterator[tuple[int, list[Any]]]:
    """The rows of the first sheet that is not empty, numbered as in the sheet, cells as they are.

    Texts, numbers, booleans, dates, times and durations; an empty cell is an empty text. All rows
    are read in a process of their own before the first is given.

    Raises:
        DataFault: truncated, encrypted, not a workbook, or one that costs more than ``bounds``.
        Overloaded: others are being read, and have been for some seconds.
    """
    lines = BytesIO(_lines(path, bounds))
    try:
        head = line_object(lines.readline())
        if "refusal" in head:
            raise fault(path.name, Refusal(head["refusal"]))
        name, sheets, width = str(head["sheet"]), int(head["sheets"]), int(head["width"])
        if sheets > 1 and name:
            notes.append(f"Seule la feuille «\u00a0{cited(name)}\u00a0» est lue.")
        for number, line in enumerate(lines, 1):  # empty rows above included
            if line.startswith(b"{"):
                _check_seal(line, number - 1)
                return
            yield number, line_row(line, width)
        raise ValueError("no seal")
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise fault(path.name, Refusal.DAMAGED) from error


def _lines(path: Readable, bounds: Bounds) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read()
    except OSError as error:
        raise DataFault(f"{path.name}\u00a0: fichier illisible ({error.strerror}).") from error
    most = bounds.text + _CELL_FORM * bounds.cells
    try:
        return output_of(_CHILD, astuple(bounds), content, most, bounds.deadline_s)
    except Stopped as error:
        raise fault(path.name, Refusal.COSTLY) from error


def _check_seal(line: bytes, rows: int) -> None:
    if line_object(line) != {"rows": rows}:
        raise ValueError("rows are missing")


def cell_text(cell: object) -> str:
    """A cell as an editor reads it: dates in ISO, whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
