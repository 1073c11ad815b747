"""A file joined to another: CSV and Parquet as a stream, a workbook whole."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, cast

from mapapp.errors import BadInput
from mapapp.importing.limits import LARGEST_UNPACKED, MOST_CELLS, Bounds
from mapapp.joining.columns import Wanted, added_columns, choose_columns
from mapapp.joining.joined import join_rows
from mapapp.joining.judging import Joiner
from mapapp.joining.parquet import PARQUET, ParquetTable
from mapapp.joining.summary import Summary
from mapapp.joining.tables import (
    DELIMITED,
    WORKBOOKS,
    read_table,
    write_delimited,
    write_workbook,
)
from mapapp.store.drafts import drafted

#: A CSV file is a stream whose size costs nothing but time; a workbook is laid out in memory.
_STREAMED = Bounds(1 << 50, MOST_CELLS)
_LAID_OUT = Bounds(LARGEST_UNPACKED, MOST_CELLS)

Watch = Callable[[int], object]


def join_file(
    source: Path, target: Path, wanted: Wanted, joiner: Joiner, watch: Watch = lambda _: None
) -> Summary:
    """Write the table of ``source`` with its verdicts to ``target``, whole or not at all.

    ``watch`` hears how many rows more are done.

    Raises:
        BadInput: a suffix that is not known, or columns that are not there.
        DataFault: the file cannot be read.
        GeocodingError: the geocoder gave no answer; nothing is written.
    """
    check_suffixes(source, target)
    summary = Summary()
    if _suffix(source) == PARQUET:
        with closing(ParquetTable(source)) as table, drafted(target) as draft:
            table.join(draft, choose_columns(table.headers, wanted), joiner, summary, watch)
        return summary
    _join_table(source, target, wanted, joiner, summary, watch)
    return summary


def check_suffixes(source: Path, target: Path) -> None:
    """Refuse what cannot be read or written, before anything long is begun.

    Raises:
        BadInput: says which suffixes are known.
    """
    known = (*DELIMITED, *(f"{suffix}.gz" for suffix in DELIMITED), *WORKBOOKS, PARQUET)
    for path in (source, target):
        if _suffix(path) not in known:
            raise BadInput(
                f"« {path.name} » : format inconnu ; attendu .csv, .tsv, .xlsx, .ods ou .parquet."
            )
    if (_suffix(source) == PARQUET) != (_suffix(target) == PARQUET):
        raise BadInput("Un fichier .parquet se joint à un fichier .parquet, et lui seul.")
    if _suffix(target) == ".ods":
        raise BadInput("Un classeur s’écrit en .xlsx.")


def _join_table(
    source: Path, target: Path, wanted: Wanted, joiner: Joiner, summary: Summary, watch: Watch
) -> None:
    is_delimited = _suffix(source).removesuffix(".gz") in DELIMITED
    table = read_table(source, _STREAMED if is_delimited else _LAID_OUT)
    columns = choose_columns(table.headers, wanted)
    summary.notes = table.notes
    joined = summary.watching(join_rows(table.rows, columns, joiner), watch)
    lines = (each.cells for each in joined)
    names = (*table.headers, *added_columns(table.headers, joiner.generations))
    with drafted(target) as draft, _opened(draft, target) as out:
        if _suffix(target) in WORKBOOKS:
            write_workbook(out, names, list(lines))
        else:
            write_delimited(out, names, lines, table.dialect)


def _opened(draft: Path, target: Path) -> BinaryIO:
    packed = target.name.lower().endswith(".gz")
    return cast(BinaryIO, gzip.open(draft, "wb")) if packed else draft.open("wb")


def _suffix(path: Path) -> str:
    """« .csv », or « .csv.gz »."""
    *_, last = ["", *path.suffixes]
    return "".join(path.suffixes[-2:]).lower() if last.lower() == ".gz" else last.lower()
