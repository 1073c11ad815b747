"""A file of initiatives, whatever its format, as a sheet: headers, and numbered lines of texts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mapapp.errors import DataFault, cited
from mapapp.importing.delimited import delimited_records
from mapapp.importing.features import feature_records
from mapapp.importing.limits import (
    LARGEST_FILE,
    LONGEST_CELL,
    LONGEST_HEADER,
    MOST_COLUMNS,
    MOST_LINES,
)
from mapapp.tables.workbooks import workbook_records

#: The cells of one line as texts, and the number that an editor finds in the file.
Record = tuple[int, list[str]]
Reader = Callable[[Path, list[str]], Iterable[Record]]

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
#: What old Office files and encrypted new ones begin with (OLE 2 compound file).
_OLE2 = b"\xd0\xcf\x11\xe0"

_READERS: dict[str, Reader] = {
    ".csv": delimited_records,
    ".tsv": delimited_records,
    ".txt": delimited_records,
    ".xlsx": workbook_records,
    ".ods": workbook_records,
    ".geojson": feature_records,
    ".json": feature_records,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The text of a file, nothing judged yet.

    ``lines`` are ``(line number in the file, cells)``; a line may have fewer or more cells than
    there are ``headers``, and a cell too long is cut one character past ``LONGEST_CELL``.
    ``notes`` are French sentences about the whole file; ``checksum`` is the sha256 of its bytes.
    """

    headers: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    checksum: str


def read_sheet(path: Path) -> Sheet:
    """Read CSV (also ``.csv.gz``), XLSX, ODS or GeoJSON, recognised by its name and first bytes.

    Raises:
        DataFault: a sentence that names the file, what is wrong, and what to do.
    """
    start = _start_of(path)
    notes: list[str] = []
    records = iter(_reader_of(path, start)(path, notes))
    try:
        first = next((record for record in records if any(map(str.strip, record[1]))), None)
        headers = _headers(path, first[1] if first else [])
        lines = tuple(_lines(path, records, len(headers)))
    except MemoryError as error:
        raise DataFault(
            f"{path.name}\u00a0: trop gros pour la mémoire de cette machine."
        ) from error
    headers = _all_named(headers, lines, notes)
    _refuse_title(path, headers, lines)
    return Sheet(headers, lines, tuple(notes), _checksum(path))


def _start_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DataFault(f"{path.name}\u00a0: fichier illisible ({error.strerror}).") from error
    if size > LARGEST_FILE:
        limit = LARGEST_FILE // 1_000_000
        raise DataFault(f"{path.name}\u00a0: plus de {limit} Mo\u00a0; découpez le fichier.")
    if not size:
        raise DataFault(f"{path.name}\u00a0: le fichier est vide.")
    return start


def _reader_of(path: Path, start: bytes) -> Reader:
    if start == _OLE2:
        raise DataFault(
            f"{path.name}\u00a0: ancien classeur .xls, ou classeur protégé "
            "par un mot de passe\u00a0; enregistrez-le en .xlsx sans mot de passe."
        )
    if start == _ZIP:  # a workbook keeps its nature when somebody names it .csv
        return workbook_records
    name = path.name.lower()
    if start[:2] == _GZIP:
        name = name.removesuffix(".gz")
    reader = _READERS.get(Path(name).suffix)
    if reader is None:
        raise DataFault(
            f"{path.name}\u00a0: format inconnu\u00a0; "
            "enregistrez-le en .csv, .xlsx, .ods ou .geojson."
        )
    return reader


def _headers(path: Path, cells: list[str]) -> tuple[str, ...]:
    headers = [" ".join(cell.split()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise DataFault(
            f"{path.name}\u00a0: aucun en-tête\u00a0; la première ligne nomme les colonnes."
        )
    if len(headers) > MOST_COLUMNS:
        raise DataFault(f"{path.name}\u00a0: plus de {MOST_COLUMNS} colonnes.")
    for header in filter(lambda text: len(text) > LONGEST_HEADER or not _is_text(text), headers):
        raise DataFault(
            f"{path.name}\u00a0: «\u00a0{cited(header)}\u00a0» n’est pas un nom de colonne\u00a0; "
            "la première ligne nomme les colonnes."
        )
    repeated = [header for header, count in Counter(filter(None, headers)).items() if count > 1]
    if repeated:
        names = ", ".join(f"«\u00a0{cited(header)}\u00a0»" for header in repeated)
        raise DataFault(
            f"{path.name}\u00a0: plusieurs colonnes s’appellent {names}\u00a0; renommez-les."
        )
    return tuple(headers)


def _is_text(header: str) -> bool:
    return header.replace("\u200b", "").isprintable() and "\ufffd" not in header


def _lines(
    path: Path, records: Iterable[Record], width: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The lines that hold something, without the empty cells beyond the headers."""
    for rank, (line, cells) in enumerate(_filled(records), 1):
        if rank > MOST_LINES:
            limit = f"{MOST_LINES:,}".replace(",", "\u00a0")
            raise DataFault(
                f"{path.name}\u00a0: plus de {limit} lignes\u00a0; découpez le fichier."
            )
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        yield line, tuple(cell[: LONGEST_CELL + 1] for cell in cells)


def _filled(records: Iterable[Record]) -> Iterator[Record]:
    return (record for record in records if any(map(str.strip, record[1])))


def _all_named(
    headers: tuple[str, ...], lines: tuple[tuple[int, tuple[str, ...]], ...], notes: list[str]
) -> tuple[str, ...]:
    """A column without a name gets one, that what it holds be kept."""
    named = list(headers)
    for rank, header in enumerate(headers):
        if not header:
            named[rank] = _free_name(f"colonne {rank + 1}", named)
    unnamed = [
        named[rank]
        for rank, header in enumerate(headers)
        if not header and any(cells[rank].strip() for _, cells in lines if rank < len(cells))
    ]
    if unnamed:
        notes.append(f"Sans en-tête, nommées d’après leur rang\u00a0: {', '.join(unnamed)}.")
    return tuple(named)


def _free_name(name: str, taken: Iterable[str]) -> str:
    while name in set(taken):
        name += " bis"
    return name


def _refuse_title(
    path: Path, headers: tuple[str, ...], lines: tuple[tuple[int, tuple[str, ...]], ...]
) -> None:
    """One cell above wider lines is a title, or a delimiter that nobody can guess."""
    cells = chain.from_iterable(cells[1:] for _, cells in lines)
    if len(headers) == 1 and any(map(str.strip, cells)):
        raise DataFault(
            f"{path.name}\u00a0: la première ligne n’a qu’une cellule "
            f"«\u00a0{cited(headers[0])}\u00a0»\u00a0; "
            "supprimez les lignes de titre\u00a0: la première ligne nomme les colonnes."
        )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
