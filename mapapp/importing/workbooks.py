"""XLSX and ODS: a look into the archive before it is opened, then the first sheet with cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from mapapp.errors import DataFault
from mapapp.importing.limits import IMPORTED, LARGEST_FILE, Bounds
from mapapp.importing.readable import Readable
from mapapp.unpacking import DAMAGED, check_unpacked

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml|content\.xml")
_CHUNK = 1 << 20
#: The address of an XLSX cell that holds something (an empty one closes itself).
_XLSX_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*(?<!/)>')
#: ODS writes a repeated row or cell once, with how often it stands.
_ODS_TAG = re.compile(rb"<(/?)table:(table-row|(?:covered-)?table-cell|table)\b([^<>]*)>")
_ODS_TIMES = re.compile(rb'number-(?:rows|columns)-repeated="([0-9]{1,9})"')


def workbook_records(path: Readable, notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of :func:`workbook_rows`, as texts."""
    for line, cells in workbook_rows(path, notes):
        yield line, [cell_text(cell) for cell in cells]


def workbook_rows(
    path: Readable, notes: list[str], bounds: Bounds = IMPORTED
) -> Iterator[tuple[int, list[Any]]]:
    """The rows of the first sheet that is not empty, numbered as in the sheet, cells as they are.

    Raises:
        DataFault: truncated, encrypted, not a workbook, or far larger unpacked than it looks.
    """
    _look_inside(path, bounds)
    try:
        with CalamineWorkbook.from_object(_source(path)) as book:
            sheet = _first_filled(book)
            if sheet is None:
                return
            if len(book.sheet_names) > 1:
                notes.append(f"Seule la feuille «\u00a0{sheet.name}\u00a0» est lue.")
            yield from enumerate(sheet.iter_rows(), 1)  # empty rows above included
    except PasswordError as error:
        raise DataFault(
            f"{path.name}\u00a0: classeur protégé\u00a0; enlevez son mot de passe."
        ) from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(path) from error


def _source(path: Readable) -> Any:
    return str(path) if isinstance(path, Path) else path.open("rb")


def _damaged(path: Readable) -> DataFault:
    return DataFault(
        f"{path.name}\u00a0: classeur tronqué ou abîmé\u00a0; "
        "enregistrez-le à nouveau en .xlsx ou .ods."
    )


def _first_filled(book: CalamineWorkbook) -> CalamineSheet | None:
    sheets = map(book.get_sheet_by_index, range(len(book.sheet_names)))
    return next((sheet for sheet in sheets if sheet.height), None)


def _look_inside(path: Readable, bounds: Bounds) -> None:
    """Refuse what would fill the memory: the reader trusts sizes and lays out every cell."""
    try:
        with path.open("rb") as file, ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            check_unpacked(path.name, path.stat().st_size, unpacked, bounds.unpacked)
            if archive.testzip() is not None:
                raise BadZipFile
            names = [name for name in archive.namelist() if _SHEET.fullmatch(name)]
            if not names:
                raise DataFault(
                    f"{path.name}\u00a0: cette archive n’est pas un classeur\u00a0; "
                    "donnez le fichier .csv, .xlsx, .ods ou .geojson lui-même."
                )
            for name in names:
                _check_extent(path, archive, name, bounds)
    except DAMAGED as error:
        raise _damaged(path) from error


def _check_extent(path: Readable, archive: ZipFile, name: str, bounds: Bounds) -> None:
    measure = _ods_cells if name == "content.xml" else _xlsx_cells
    if measure(_pieces(archive, name)) > bounds.cells:
        raise DataFault(
            f"{path.name}\u00a0: la feuille s’étend sur trop de cellules\u00a0; "
            "copiez le tableau seul dans un classeur neuf."
        )


def _pieces(archive: ZipFile, name: str) -> Iterator[bytes]:
    """The XML of a member in pieces that never cut a tag."""
    rest = b""
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK):
            whole, opening, tag = (rest + chunk).rpartition(b"<")
            rest = opening + tag
            if len(rest) > LARGEST_FILE:
                raise BadZipFile
            yield whole
    yield rest


def _xlsx_cells(pieces: Iterator[bytes]) -> int:
    """Cells of the rectangle that holds every filled cell from A1."""
    columns: set[bytes] = set()
    last_row = 0
    for piece in pieces:
        for column, row in _XLSX_CELL.findall(piece):
            columns.add(column)
            last_row = max(last_row, int(row))
    return last_row * max(map(_column_rank, columns), default=0)


def _column_rank(letters: bytes) -> int:
    rank = 0
    for letter in letters:
        rank = rank * 26 + letter - 64
    return rank


def _ods_cells(pieces: Iterator[bytes]) -> int:
    """Cells of the largest rectangle that a table's filled rows and cells make, repeats counted."""
    most = rows = filled_rows = columns = width = filled = times = 0
    for piece in pieces:
        for closing, tag, attributes in _ODS_TAG.findall(piece):
            repeated = _ODS_TIMES.search(attributes)
            count = int(repeated[1]) if repeated else 1
            if tag == b"table":
                rows = filled_rows = width = 0
            elif tag == b"table-row" and not closing:
                columns = filled = 0
                times = count
            elif tag == b"table-row":
                rows += times
                if filled:
                    filled_rows, width = rows, max(width, filled)
                most = max(most, filled_rows * width)
            elif not closing:
                columns += count
                filled = columns if not attributes.endswith(b"/") else filled
    return most


def cell_text(cell: object) -> str:
    """A cell as an editor reads it: dates in ISO, whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
