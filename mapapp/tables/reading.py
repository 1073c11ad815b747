"""Reading the tables of ``data/``: every cell becomes a value, or an issue that names its line."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.contours import Contours, ContoursError, read_contours
from mapapp.tables.kinds import Kind
from mapapp.tables.layout import TABLES, Column, Table

GENERATIONS = (2015, 2024)

#: What stands in a text for bytes that are not UTF-8.
_UNREAD = "\ufffd"

#: As much of a faulty value as a sentence can bear.
_CITED = 80
#: A cell that takes in the lines below it, for want of a closing quote: no text of ours is so long.
_LONGEST_CELL = 100_000


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault in a file: where it is, what is written there, what is expected (French)."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    message: str

    def __str__(self) -> str:
        where = [self.file]
        where += [f"ligne {self.line}"] if self.line else []
        where += [f"colonne « {self.column} »"] if self.column else []
        where += [f"valeur « {self.value} »"] if self.value else []
        return f"{', '.join(where)} : {self.message}."


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, its cells as values: None when empty, a tuple in a column of several."""

    line: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass(frozen=True, slots=True)
class Shipped:
    """All that ships in ``data/``, and a fingerprint (sha256) that changes with any file."""

    tables: Mapping[str, list[Row]]
    contours: Mapping[int, Contours]
    fingerprint: str


def read_shipped(folder: Path) -> tuple[Shipped, list[Issue]]:
    """Read and check every table and contour file of ``folder``; the issues come file by file."""
    issues: list[Issue] = []
    tables = {table.name: read_table(folder, table, issues) for table in TABLES}
    contours = dict(_read_all_contours(folder, issues))
    shipped = Shipped(tables, contours, fingerprint(folder))
    issues.extend(_broken_references(shipped))
    return shipped, issues


def contours_file(folder: Path, generation: int) -> Path:
    """Where the shipped contours of a generation lie."""
    return folder / f"qpv_{generation}.geojson"


def fingerprint(folder: Path) -> str:
    """sha256 over the names and contents of the data files."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.geojson")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_table(folder: Path, table: Table, issues: list[Issue]) -> list[Row]:
    """The rows of a table; whatever cannot be read is added to ``issues`` and left out."""
    try:
        content = (folder / table.file_name).read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        issues.append(Issue(table.file_name, None, None, None, "fichier absent ou illisible"))
        return []
    return list(_rows(table, content, issues))


def _rows(table: Table, content: str, issues: list[Issue]) -> Iterator[Row]:
    records = _records(table, content, issues)
    expected = [column.name for column in table.columns]
    seen: dict[tuple[Any, ...], int] = {}
    _, header = next(records, (1, []))
    if header != expected:
        message = f"les colonnes attendues sont {', '.join(expected)}"
        issues.append(Issue(table.file_name, 1, None, ", ".join(header)[:_CITED], message))
        return
    for line, cells in records:
        row = _row(table, line, cells, issues)
        if row and not _is_repeated(table, row, seen, issues):
            yield row


def _records(table: Table, content: str, issues: list[Issue]) -> Iterator[tuple[int, list[str]]]:
    """The cells of each record and the line it begins on; one that is not CSV becomes an issue."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
            if any(len(cell) > _LONGEST_CELL for cell in cells):
                raise csv.Error(f"une cellule de plus de {_LONGEST_CELL} caractères")
        except StopIteration:
            return
        except csv.Error as error:
            message = f"la ligne n’est pas du CSV bien formé ({error})"
            issues.append(Issue(table.file_name, line, None, None, message))
        else:
            yield line, cells


def _row(table: Table, line: int, cells: list[str], issues: list[Issue]) -> Row | None:
    if len(cells) != len(table.columns):
        message = f"{len(cells)} cellules au lieu de {len(table.columns)}"
        issues.append(Issue(table.file_name, line, None, None, message))
        return None
    before = len(issues)
    values = {}
    for column, cell in zip(table.columns, cells, strict=True):
        try:
            values[column.name] = read_value(column, cell.strip())
        except ValueError as error:
            issues.append(Issue(table.file_name, line, column.name, cell[:_CITED], str(error)))
    return Row(line, values) if len(issues) == before else None


def read_value(column: Column, cell: str) -> Any:
    """What a stripped cell holds, None or an empty tuple when it is empty.

    Raises:
        ValueError: a French sentence that says what was expected.
    """
    if _UNREAD in cell:
        raise ValueError("le texte n’est pas en UTF-8")
    if not cell:
        if column.required:
            raise ValueError("une valeur est obligatoire")
        return () if column.many else None
    return _several(column.kind, cell) if column.many else column.kind(cell)


def _several(kind: Kind, cell: str) -> tuple[Any, ...]:
    parts = [part.strip() for part in cell.split("|")]
    if "" in parts or len(set(parts)) < len(parts):
        raise ValueError("une valeur entre deux « | » est vide ou répétée")
    return tuple(map(kind, parts))


def _is_repeated(
    table: Table, row: Row, seen: dict[tuple[Any, ...], int], issues: list[Issue]
) -> bool:
    key = tuple(row[column] for column in table.key)
    if first := seen.get(key):
        message = f"identifiant déjà employé ligne {first}"
        shown = ", ".join(map(str, key))
        issues.append(Issue(table.file_name, row.line, table.key[-1], shown, message))
        return True
    seen[key] = row.line
    return False


def _read_all_contours(folder: Path, issues: list[Issue]) -> Iterator[tuple[int, Contours]]:
    for generation in GENERATIONS:
        path = contours_file(folder, generation)
        try:
            contours = read_contours(path)
        except (OSError, ContoursError) as error:
            issues.append(Issue(path.name, None, None, None, str(error).rstrip(".")))
            continue
        if contours.generation == generation:
            yield generation, contours
        else:
            message = f"ces contours sont de la génération {contours.generation}"
            issues.append(Issue(path.name, None, None, None, message))


def _broken_references(shipped: Shipped) -> Iterator[Issue]:
    for table in TABLES:
        for column in filter(lambda column: column.refers, table.columns):
            known = _known(shipped, column.refers)
            for row in shipped.tables[table.name]:
                for value in _values(row[column.name]):
                    if value not in known:
                        message = f"cette valeur n’existe pas dans « {column.refers} »"
                        yield Issue(table.file_name, row.line, column.name, str(value), message)


def _known(shipped: Shipped, reference: str) -> set[Any]:
    table, column = reference.split(".")
    if table == "qpv":
        return {qpv.code for contours in shipped.contours.values() for qpv in contours.qpvs}
    return {row[column] for row in shipped.tables[table]}


def _values(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
