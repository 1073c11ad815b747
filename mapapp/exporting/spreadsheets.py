"""Extracts as CSV and XLSX: they open in Excel and LibreOffice, accents right, nothing executed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
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

    openpyxl makes the workbook and its first line. The other lines are written here as they are
    read, and none is held in memory: with openpyxl a cell costs ten times as much, and the white
    spots of a generation have half a million.

    Raises:
        DataFault: more lines, or a longer text, than the format can hold.
    """
    if extract.count >= MOST_LINES:
        raise DataFault(
            f"{extract.count} lignes ne tiennent pas dans un classeur\u00a0: exportez en .csv."
        )
    records = iter(extract.records)
    first = list(islice(records, _LOOKED_AT))
    frame = _frame(extract, first)
    columns = [(get_column_letter(number), name) for number, name in enumerate(extract.columns, 1)]
    with ZipFile(frame) as made, ZipFile(path, "w") as archive:
        for name in made.namelist():
            with archive.open(_entry(name), "w") as entry:
                if name != _SHEET:
                    entry.write(made.read(name))
                    continue
                head, end, tail = made.read(name).rpartition(b"</sheetData>")
                last = f"{columns[-1][0]}{extract.count + 1}"
                entry.write(_DIMENSION.sub(f'<dimension ref="A1:{last}"'.encode(), head))
                for number, record in enumerate(chain(first, records), 2):
                    entry.write(_row(number, columns, record.cells).encode())
                entry.write(end + tail)


#: Where openpyxl writes the only sheet, and the rank of the format of quoted texts.
_SHEET = "xl/worksheets/sheet1.xml"
_QUOTED = 1

#: What it says of the lines that it knows; all are to be told, or readers stop at the first.
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"')


def _frame(extract: Extract, first: Sequence[Record]) -> BytesIO:
    """The workbook with its header, and the two formats that its cells may have."""
    book = Workbook()
    book.properties.created = book.properties.modified = _NO_TIME
    sheet: Any = book.active
    sheet.title = extract.name
    for number, width in enumerate(_widths(extract.columns, first), 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sample = SheetCell(sheet, 1, 1)  # never written: a format has a rank once somebody asks for it
    sample.quotePrefix = True
    assert sample.style_id == _QUOTED
    for number, column in enumerate(extract.columns, 1):
        cell = sheet.cell(1, number)
        cell.value, cell.data_type = _held_by_xml(column), "s"
        cell.font = Font(bold=True)
    written = BytesIO()
    ExcelWriter(book, ZipFile(written, "w")).save()
    return written


def _widths(columns: Sequence[str], records: Sequence[Record]) -> Iterator[int]:
    for rank, column in enumerate(columns):
        texts = [column, *(str(record.cells[rank] or "") for record in records)]
        yield min(max(_NARROWEST, *(len(text) + 2 for text in texts)), _WIDEST)


def _row(number: int, columns: Sequence[tuple[str, str]], cells: Sequence[Cell]) -> str:
    """A line as the format writes it (ISO/IEC 29500, CT_Row)."""
    told = (
        _cell(f"{letter}{number}", name, cell)
        for (letter, name), cell in zip(columns, cells, strict=True)
        if cell is not None
    )
    return f'<row r="{number}">{"".join(told)}</row>'


def _cell(place: str, column: str, value: str | int | float) -> str:
    if not isinstance(value, str):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    if len(value) > LONGEST_CELL:
        raise DataFault(
            f"Colonne « {column} » : un texte de {len(value)} caractères ne tient pas "
            f"dans une cellule de classeur ({LONGEST_CELL} au plus)\u00a0: exportez en .csv."
        )
    # A text that looks like a formula stays a text when someone edits the cell.
    style = f' s="{_QUOTED}"' if is_executed(value) else ""
    text = escape(_held_by_xml(value))
    kept = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c r="{place}"{style} t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _held_by_xml(text: str) -> str:
    if text.isascii() and text.isprintable() and "_x" not in text:
        return text
    noted = _NOTED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return _NO_CHARACTER.sub("?", noted)


def _entry(name: str) -> ZipInfo:
    """An entry of an archive; all bear the same date."""
    entry = ZipInfo(name, _NO_TIME.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry
