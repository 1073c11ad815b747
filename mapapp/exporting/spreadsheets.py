"""Extracts as CSV and XLSX: they open in Excel and LibreOffice, accents right, nothing executed."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from mapapp.errors import DataFault
from mapapp.exporting.extracts import Cell, Extract, Record
from mapapp.exporting.formulas import escaped, is_executed

#: Limits of the XLSX format (Excel specifications and limits): lines, and characters of a cell.
MOST_LINES = 1_048_576
LONGEST_CELL = 32_767

#: The same extract gives the same bytes: no hour of writing. ZIP knows no earlier day.
_NO_TIME = datetime(1980, 1, 1)

#: Column widths, in characters: readable, and a summary does not push the rest off the screen.
_NARROWEST, _WIDEST = 10, 50
#: Lines looked at to choose the widths: they are written anyway, and a few hundred tell enough.
_LOOKED_AT = 200

#: What XML cannot hold or would change (carriage return), and texts that look like the notation
#: by which XLSX writes them, ``_x000D_`` (ISO/IEC 29500, ST_Xstring).
_NOTED = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
#: What is no character at all, and has no place in a text of any kind.
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


def write_csv(extract: Extract, path: Path) -> None:
    """UTF-8 with a byte order mark and semicolons: what Excel in French opens without asking."""
    # A lone half of a character, which JSON can carry, is no text: it becomes « ? ».
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(map(escaped, extract.columns))
        for record in extract.records:
            writer.writerow([_csv_cell(cell) for cell in record.cells])


def _csv_cell(cell: Cell) -> Cell:
    return escaped(cell) if isinstance(cell, str) else cell


def write_xlsx(extract: Extract, path: Path | BinaryIO) -> None:
    """A workbook of one sheet, header frozen; texts are typed as texts, whatever they look like.

    Raises:
        DataFault: more lines, or a longer text, than the format can hold.
    """
    if extract.count >= MOST_LINES:
        raise DataFault(
            f"{extract.count} lignes ne tiennent pas dans un classeur : exportez en .csv."
        )
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _NO_TIME
    sheet = book.create_sheet(extract.name)
    records = iter(extract.records)
    first = list(islice(records, _LOOKED_AT))
    for number, width in enumerate(_widths(extract.columns, first), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    with closing(sheet):
        sheet.append([_heading(sheet, column) for column in extract.columns])
        for record in chain(first, records):
            told = zip(extract.columns, record.cells, strict=True)
            sheet.append([_xlsx_cell(sheet, column, cell) for column, cell in told])
    ExcelWriter(book, _TimelessZip(path, "w", ZIP_DEFLATED)).save()


def _widths(columns: Sequence[str], records: Sequence[Record]) -> Iterator[int]:
    for rank, column in enumerate(columns):
        texts = [column, *(str(record.cells[rank] or "") for record in records)]
        yield min(max(_NARROWEST, *(len(text) + 2 for text in texts)), _WIDEST)


def _heading(sheet: Any, column: str) -> SheetCell:
    cell = _text_cell(sheet, _held_by_xml(column))
    cell.font = Font(bold=True)
    return cell


def _xlsx_cell(sheet: Any, column: str, value: Cell) -> Any:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_CELL:
        raise DataFault(
            f"Colonne « {column} » : un texte de {len(value)} caractères ne tient pas "
            f"dans une cellule de classeur ({LONGEST_CELL} au plus) : exportez en .csv."
        )
    text = _held_by_xml(value)
    # openpyxl guesses two kinds of texts to be something else: formulas, and errors (« #N/A »).
    return _text_cell(sheet, text) if text.startswith("#") or is_executed(text) else text


def _text_cell(sheet: Any, text: str) -> SheetCell:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = is_executed(text)  # stays a text when someone edits the cell
    return cell


def _held_by_xml(text: str) -> str:
    noted = _NOTED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return _NO_CHARACTER.sub("?", noted)


class _TimelessZip(ZipFile):
    """An archive whose entries all bear the same date."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add an entry from memory."""
        super().writestr(self._entry(zinfo_or_arcname), data, ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add an entry from a file."""
        with open(filename, "rb") as file, self.open(self._entry(arcname), "w") as entry:
            shutil.copyfileobj(file, entry)

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, _NO_TIME.timetuple()[:6])
        entry.compress_type = ZIP_DEFLATED
        return entry
