"""CSV as people write it: encoding and delimiter recognised, stray bytes and quotes survived."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from mapapp.errors import DataFault
from mapapp.exporting.formulas import unescaped
from mapapp.importing.limits import LARGEST_FILE
from mapapp.tables.bounds import IMPORTED, Bounds
from mapapp.tables.readable import Readable
from mapapp.tables.unpacking import check_unpacked

DELIMITERS = ",;\t|"

# A field may be as long as a file. The limit is the process's: set once, for threads read at once.
csv.field_size_limit(2 * LARGEST_FILE)

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Enough lines to tell delimiters apart; embedded newlines included.
_SAMPLE_LINES = 200
#: Excel writes and obeys such a first line.
_SEP = re.compile(r"sep=(.)\r?\n?")
#: A line of ours after the last one: an open quote would swallow it.
_END = "\x00fin\x00"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written; ``skipped`` lines before the header only tell the delimiter."""

    encoding: str
    delimiter: str
    skipped: int = 0


def delimited_records(
    path: Readable,
    notes: list[str],
    dialect: Dialect | None = None,
    bounds: Bounds = IMPORTED,
) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file (also ``.gz``), each with the line it begins on.

    ``dialect``: when it is known already; else it is recognised.

    Raises:
        DataFault: damaged compression, too large once unpacked, or a quote that never closes.
    """
    with _faults(path):
        told = dialect or recognised(path, notes, bounds)
        with _text(path, told.encoding) as lines:
            for _ in range(told.skipped):
                next(lines)
            yield from _records(path, lines, told, bounds.lines)


def recognised(path: Readable, notes: list[str], bounds: Bounds = IMPORTED) -> Dialect:
    """The encoding and delimiter of a CSV file; the whole of it is read once.

    Raises:
        DataFault: damaged compression, or too large once unpacked.
    """
    with _faults(path):
        encoding = _encoding(path, notes, bounds)
        return Dialect(encoding, *_delimiter(path, encoding))


@contextmanager
def _faults(path: Readable) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise DataFault(
            f"{path.name}\u00a0: fichier tronqué ou abîmé\u00a0; téléchargez-le à nouveau."
        ) from error
    except (csv.Error, UnicodeError) as error:
        raise DataFault(f"{path.name}\u00a0: ce n’est pas un CSV lisible ({error}).") from error


def _records(
    path: Readable, lines: Iterable[str], told: Dialect, most: int
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_with_end(lines), delimiter=told.delimiter)
    line, skipped = 1, told.skipped
    for cells in reader:
        if line > most:
            raise DataFault(
                f"{path.name}\u00a0: plus de {most} lignes, vides comprises\u00a0; "
                "enlevez les lignes vides, ou découpez le fichier."
            )
        if cells == [_END]:
            return
        if cells and cells[-1].endswith(_END):
            raise DataFault(
                f"{path.name}, ligne {line + skipped}\u00a0: un guillemet ouvert n’est jamais "
                "fermé\u00a0; fermez-le, ou doublez-le s’il fait partie du texte."
            )
        yield line + skipped, [unescaped(cell) for cell in cells]
        line = reader.line_num + 1


def _with_end(lines: Iterable[str]) -> Iterator[str]:
    """The lines and a last one; what ends without a newline gets one."""
    for line in lines:
        yield line if line.endswith(("\n", "\r")) else f"{line}\n"
    yield _END


def _open(path: Readable) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if not packed:
        return path.open("rb")
    return cast(BinaryIO, gzip.open(path if isinstance(path, Path) else path.open("rb")))


def _text(path: Readable, encoding: str) -> io.TextIOWrapper:
    # newline="" leaves the newlines inside quotes as they are.
    return io.TextIOWrapper(_open(path), encoding, errors="replace", newline="")


def _encoding(path: Readable, notes: list[str], bounds: Bounds) -> str:
    """UTF-8 unless a byte-order mark or the bytes say otherwise.

    A file in UTF-8 with a few stray bytes is read as such: taken for cp1252, every accent in it
    would be broken.
    """
    with _open(path) as file:
        start = file.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            _measure(path, bounds)
            return encoding
    stray, accents = _measure(path, bounds)
    if not stray:
        return "utf-8"
    if accents > stray:
        notes.append(
            f"UTF-8 abîmé\u00a0: {stray} caractères illisibles, remplacés par «\u00a0\ufffd\u00a0»."
        )
        return "utf-8"
    notes.append("Fichier lu en cp1252 (Windows)\u00a0: vérifiez les accents.")
    return "cp1252"


def _measure(path: Readable, bounds: Bounds) -> tuple[int, int]:
    """Bytes that are not UTF-8, and characters beyond ASCII that are; refuses a bomb on the way."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    stray = beyond = unpacked = 0
    with _open(path) as file:
        while chunk := file.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > _CHUNK * 8:
                check_unpacked(path.name, path.stat().st_size, unpacked, bounds.unpacked)
            text = decoder.decode(chunk)
            stray += text.count("\ufffd")
            beyond += len(text) - len(text.encode("ascii", "ignore"))
    return stray + len(decoder.decode(b"", final=True)), beyond - stray


def _delimiter(path: Readable, encoding: str) -> tuple[str, int]:
    """The delimiter, and how many lines before the header only tell it."""
    with _text(path, encoding) as lines:
        sample = list(islice(lines, _SAMPLE_LINES))
    if told := _SEP.fullmatch(sample[0] if sample else ""):
        return told[1], 1
    return max(DELIMITERS, key=lambda delimiter: _fitness(sample, delimiter)), 0


def _fitness(sample: list[str], delimiter: str) -> tuple[float, float]:
    """Columns of the header, times the share of lines that have as many.

    Below a title of one cell, those that most lines have.
    """
    widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
    shares = {width: width * widths.count(width) / len(widths) for width in widths if width > 1}
    return shares.get(widths[0] if widths else 0, 0.0), max(shares.values(), default=0.0)
