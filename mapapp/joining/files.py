"""A file joined to another: CSV and Parquet by parts on every core, a workbook whole."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from mapapp.errors import BadInput
from mapapp.joining import delimited, parquet
from mapapp.joining.columns import Wanted, added_columns, choose_columns
from mapapp.joining.joined import join_rows
from mapapp.joining.judging import Joiner
from mapapp.joining.making import Making, Manner
from mapapp.joining.parquet import PARQUET, ParquetTable
from mapapp.joining.summary import Summary
from mapapp.joining.tables import (
    DELIMITED,
    WORKBOOKS,
    read_table,
    write_delimited,
    write_workbook,
)
from mapapp.joining.work import Layout, Watch
from mapapp.store.drafts import drafted
from mapapp.tables.bounds import IMPORTED

#: A CSV file is a stream whose size costs nothing but time; a workbook is laid out in memory.
_STREAMED = replace(IMPORTED, unpacked=1 << 50, lines=1 << 50)


def join_file(
    source: Path,
    target: Path,
    wanted: Wanted,
    joiner: Joiner,
    manner: Manner,
    watch: Watch = lambda _: None,
) -> Summary:
    """Write the table of ``source`` with its verdicts to ``target``, whole or not at all.

    ``watch`` hears how many rows more are done.

    Raises:
        BadInput: a suffix that is not known, or columns that are not there.
        DataFault: the file cannot be read.
        GeocodingError: the geocoder gave no answer; nothing is written.
    """
    check_suffixes(source, target)
    if not target.parent.is_dir():
        raise BadInput(f"Le dossier {target.parent} n’existe pas : créez-le d’abord.")
    if is_parquet(source):
        return _join_parquet(source, target, wanted, joiner, manner, watch)
    if manner.elsewhere:
        raise BadInput("Sur une grappe se joignent les fichiers .parquet seuls.")
    if _is_delimited(source) and _is_delimited(target):
        return _join_delimited(source, target, wanted, joiner, manner, watch)
    return _join_table(source, target, wanted, joiner, manner, watch)


def check_suffixes(source: Path, target: Path) -> None:
    """Refuse what cannot be read or written, before anything long is begun.

    Raises:
        BadInput: says which suffixes are known.
    """
    known = (*DELIMITED, *(f"{suffix}.gz" for suffix in DELIMITED), *WORKBOOKS, PARQUET)
    for path in (source, target):
        if _suffix(path) not in known and not is_parquet(path):
            raise BadInput(
                f"« {path.name} » : format inconnu ; attendu .csv, .tsv, .xlsx, .ods ou .parquet."
            )
    if is_parquet(source) != is_parquet(target):
        raise BadInput("Un fichier .parquet se joint à un fichier .parquet, et lui seul.")
    if _suffix(target) == ".ods":
        raise BadInput("Un classeur s’écrit en .xlsx.")


def is_parquet(path: Path) -> bool:
    """Whether a path names a Parquet file, or a folder of them."""
    return _suffix(path) == PARQUET or path.is_dir()


def _join_parquet(
    source: Path, target: Path, wanted: Wanted, joiner: Joiner, manner: Manner, watch: Watch
) -> Summary:
    if target.is_dir() and any(target.iterdir()):
        raise BadInput(f"Le dossier {target} n’est pas vide : nommez-en un autre, ou videz-le.")
    table = ParquetTable(source)
    layout = _layout(table.headers, wanted, joiner, manner)
    making = Making(table.sources, target, layout, joiner, manner, watch, PARQUET)
    with making as parts:
        summary = making.make(table.parts)
        if target.is_dir():
            parts.become(target)
            return summary
        paths = [parts.path(part.number) for part in table.parts]
        with drafted(target) as draft:
            parquet.assemble(paths, draft, table.count)
    return summary


def _join_delimited(
    source: Path, target: Path, wanted: Wanted, joiner: Joiner, manner: Manner, watch: Watch
) -> Summary:
    table = read_table(source, _STREAMED)
    layout = _layout(table.headers, wanted, joiner, manner)
    making = Making([source], target, layout, joiner, manner, watch, DELIMITED[0])
    with making as parts:
        summary = making.make(delimited.cut(table.rows, table.dialect))
        paths = map(parts.path, range(making.count))
        headers = (*table.headers, *layout.added)
        packed = target.name.lower().endswith(".gz")
        with drafted(target) as draft:
            delimited.assemble(paths, draft, headers, table.dialect, packed)
    summary.notes = table.notes
    return summary


def _layout(headers: tuple[str, ...], wanted: Wanted, joiner: Joiner, manner: Manner) -> Layout:
    added = added_columns(headers, joiner.generations, manner.chosen)
    return Layout(choose_columns(headers, wanted), manner.chosen, added)


def _join_table(
    source: Path, target: Path, wanted: Wanted, joiner: Joiner, manner: Manner, watch: Watch
) -> Summary:
    is_delimited = _suffix(source).removesuffix(".gz") in DELIMITED
    table = read_table(source, _STREAMED if is_delimited else IMPORTED)
    layout = _layout(table.headers, wanted, joiner, manner)
    summary = Summary(notes=table.notes)
    joined = summary.watching(join_rows(table.rows, layout.columns, joiner), watch)
    lines = ((*each.row.cells, *each.added.chosen(layout.chosen)) for each in joined)
    names = (*table.headers, *layout.added)
    with drafted(target) as draft, _opened(draft, target) as out:
        if _suffix(target) in WORKBOOKS:
            write_workbook(out, names, list(lines))
        else:
            write_delimited(out, names, lines, table.dialect)
    return summary


def _opened(draft: Path, target: Path) -> BinaryIO:
    packed = target.name.lower().endswith(".gz")
    return cast(BinaryIO, gzip.open(draft, "wb")) if packed else draft.open("wb")


def _is_delimited(path: Path) -> bool:
    return _suffix(path).removesuffix(".gz") in DELIMITED


def _suffix(path: Path) -> str:
    """« .csv », or « .csv.gz »."""
    *_, last = ["", *path.suffixes]
    return "".join(path.suffixes[-2:]).lower() if last.lower() == ".gz" else last.lower()
