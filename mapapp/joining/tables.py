"""Tables read and written row by row: CSV in any encoding and delimiter, XLSX, ODS."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, BinaryIO

from mapapp.errors import DataFault
from mapapp.exporting.extracts import Extract, Record
from mapapp.exporting.formulas import escaped
from mapapp.exporting.spreadsheets import write_xlsx
from mapapp.importing.delimited import Dialect, delimited_records, recognised
from mapapp.importing.limits import LONGEST_HEADER, MOST_COLUMNS
from mapapp.tables.bounds import IMPORTED, Bounds
from mapapp.tables.readable import Readable
from mapapp.tables.workbooks import cell_text, workbook_rows

DELIMITED = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xlsx", ".ods")

_ZIP = b"PK\x03\x04"
#: What old Office files and encrypted new ones begin with (OLE 2 compound file).
_OLE2 = b"\xd0\xcf\x11\xe0"

#: As a file of ours is read by Excel in French without asking.
SEMICOLONS = Dialect("utf-8-sig", ";")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its number in the file, one cell for each header, and the same as texts.

    ``fault``: why the line as a whole cannot be read, in French; empty when it can.
    """

    line: int
    cells: tuple[Any, ...]
    texts: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The headers of a table, its rows as they are read, and what there is to tell of the file.

    ``notes`` grow while the rows are read. ``dialect`` is how the CSV file is written, its encoding
    put in UTF-8; None: a workbook.
    """

    headers: tuple[str, ...]
    rows: Iterator[Row]
    notes: list[str]
    dialect: Dialect | None


def read_table(file: Readable, bounds: Bounds = IMPORTED) -> Table:
    """Open a CSV, XLSX or ODS file, recognised by its name and first bytes.

    Raises:
        DataFault: a sentence that names the file, what is wrong and what to do; rows raise too.
    """
    notes: list[str] = []
    reader, dialect = _reader(file, notes, bounds)
    records = iter(reader)
    first = next((record for record in records if any(map(_filled, record[1]))), None)
    headers = _headers(file, [cell_text(cell) for cell in first[1]] if first else [])
    return Table(headers, _rows(records, len(headers)), notes, dialect)


_Records = Iterable[tuple[int, list[Any]]]


def _reader(file: Readable, notes: list[str], bounds: Bounds) -> tuple[_Records, Dialect | None]:
    start = _start(file)
    name = file.name.lower()
    if start == _ZIP:  # a workbook keeps its nature when somebody names it .csv
        return workbook_rows(file, notes, bounds), None
    suffix = PurePath(name.removesuffix(".gz")).suffix
    if start == _OLE2:
        raise DataFault(
            f"{file.name} : ancien classeur .xls, ou classeur protégé "
            "par un mot de passe ; enregistrez-le en .xlsx sans mot de passe."
        )
    if suffix in WORKBOOKS:
        raise DataFault(f"{file.name} : classeur tronqué ou abîmé ; enregistrez-le à nouveau.")
    if suffix not in DELIMITED:
        raise DataFault(f"{file.name} : format inconnu ; enregistrez-le en .csv, .xlsx ou .ods.")
    told = recognised(file, notes, bounds)
    # What came with a mark, or in an encoding of Windows, is for a program that wants the mark.
    encoding = "utf-8" if told.encoding == "utf-8" else "utf-8-sig"
    records = delimited_records(file, notes, told, bounds)
    return records, Dialect(encoding, told.delimiter)


def _start(file: Readable) -> bytes:
    try:
        with file.open("rb") as opened:
            start = opened.read(4)
    except OSError as error:
        raise DataFault(f"{file.name} : fichier illisible ({error.strerror}).") from error
    if not start:
        raise DataFault(f"{file.name} : le fichier est vide.")
    return start


def _headers(file: Readable, cells: Sequence[str]) -> tuple[str, ...]:
    headers = [cell.strip() for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise DataFault(f"{file.name} : aucun en-tête ; la première ligne nomme les colonnes.")
    if len(headers) > MOST_COLUMNS:
        raise DataFault(f"{file.name} : plus de {MOST_COLUMNS} colonnes.")
    if any(len(header) > LONGEST_HEADER for header in headers):
        raise DataFault(
            f"{file.name} : la première ligne n’est pas faite de noms de colonnes ; "
            "ajoutez une ligne d’en-têtes."
        )
    return tuple(headers)


def _rows(records: _Records, width: int) -> Iterator[Row]:
    """Every row up to the last that holds something: blank ones between keep their place."""
    blank: list[int] = []
    for line, cells in records:
        if not any(map(_filled, cells)):
            blank.append(line)
            continue
        yield from (_row(empty, [], width) for empty in blank)
        blank.clear()
        yield _row(line, cells, width)


def _row(line: int, cells: Sequence[Any], width: int) -> Row:
    texts = [cell_text(cell) for cell in cells[:width]]
    missing = [""] * (width - len(texts))
    fault = "" if cells else "Ligne vide"
    if extra := " | ".join(filter(None, map(cell_text, cells[width:]))):
        fault = f"{len(cells)} cellules au lieu de {width}, valeurs décalées ? En trop : {extra}"
    return Row(line, (*cells[:width], *missing), (*texts, *missing), fault)


def _filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def write_delimited(
    out: BinaryIO,
    columns: Sequence[str],
    lines: Iterable[Sequence[Any]],
    dialect: Dialect | None = None,
) -> None:
    """A CSV file in UTF-8; texts that a spreadsheet would execute stay texts.

    A lone half of a character, which no encoding holds, becomes « ? ».
    """
    told = dialect or SEMICOLONS
    write_lines(out, chain([columns], lines), told.delimiter, told.encoding)


def write_lines(
    out: BinaryIO, lines: Iterable[Sequence[Any]], delimiter: str, encoding: str = "utf-8"
) -> None:
    """Lines of a CSV file as :func:`write_delimited` writes them; the mark of an encoding first."""
    text = io.TextIOWrapper(out, encoding, errors="replace", newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    for cells in lines:
        writer.writerow([escaped(cell) if isinstance(cell, str) else cell for cell in cells])
    text.flush()
    text.detach()  # the bytes belong to the caller


def write_workbook(out: BinaryIO, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    """An XLSX workbook; texts are texts, whatever they look like.

    Raises:
        DataFault: more lines, or a longer text, than the format can hold.
    """
    records = (Record(tuple(cells)) for cells in lines)
    write_xlsx(Extract("adresses", tuple(columns), len(lines), records), out)


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows by ``size``, in order."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
