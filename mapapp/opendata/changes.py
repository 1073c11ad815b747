"""What changed from one snapshot to the next, line by line and cell by cell, told as a CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from mapapp.exporting.formulas import unescaped
from mapapp.fields.privacy import masked
from mapapp.opendata.columns import CHANGES
from mapapp.opendata.datasets import DATASETS, Dataset

FILE = "changements.csv"

ADDED, REMOVED, CHANGED = "ajout", "retrait", "modification"

Cells = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """A line added or removed, or a cell changed; without a key, a column added or removed."""

    dataset: str
    key: str
    kind: str
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    """A CSV file in memory: its columns, and the cells of each line by key."""

    columns: Cells
    lines: Mapping[Cells, Cells]


def compare(former: Path, later: Path) -> Iterator[Change]:
    """The changes between the CSV files of two folders, dataset by dataset.

    A dataset that one of them has not is passed over: nothing can be said of it.
    """
    for dataset in DATASETS:
        files = (former / f"{dataset.name}.csv", later / f"{dataset.name}.csv")
        if all(file.is_file() for file in files):
            before, after = (_read(file, dataset.key) for file in files)
            yield from _compared(dataset, before, after)


def _read(path: Path, key: Cells) -> _Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=";", strict=True)
        columns = tuple(next(reader))
        ranks = [columns.index(name) for name in key]
        return _Table(columns, {tuple(line[r] for r in ranks): tuple(line) for line in reader})


def _compared(dataset: Dataset, before: _Table, after: _Table) -> Iterator[Change]:
    name = dataset.name
    yield from (Change(name, "", ADDED, new) for new in _only(after.columns, before.columns))
    yield from (Change(name, "", REMOVED, old) for old in _only(before.columns, after.columns))
    common = [
        (column, before.columns.index(column), after.columns.index(column))
        for column in dataset.compared or after.columns
        if column in before.columns and column in after.columns
    ]
    for key, line in after.lines.items():
        former = before.lines.get(key)
        if former is None:
            yield Change(name, "|".join(key), ADDED)
        elif former != line:
            for column, there, here in common:
                # A snapshot of an older version may hold what is masked by now.
                before_then, after_now = masked(former[there]), masked(line[here])
                if before_then != after_now:
                    yield Change(name, "|".join(key), CHANGED, column, before_then, after_now)
    gone = _only(before.lines, after.lines)
    yield from (Change(name, "|".join(key), REMOVED) for key in gone)


def _only(here: Iterable[T], there: Container[T]) -> Iterator[T]:
    return (one for one in here if one not in there)


def write_changes(changes: Iterable[Change], path: Path) -> dict[str, dict[str, int]]:
    """Write a change list; how many records of each dataset were added, removed and changed.

    Cells are those of the snapshots, which no spreadsheet takes for formulas.
    """
    counts = {dataset.name: Counter({ADDED: 0, REMOVED: 0, CHANGED: 0}) for dataset in DATASETS}
    last = None
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(field.name for field in CHANGES)
        for change in changes:
            writer.writerow(astuple(change))
            record = (change.dataset, change.key)
            if change.key and record != last:  # the cells of one record follow each other
                counts[change.dataset][change.kind] += 1
            last = record
    return {name: dict(count) for name, count in counts.items()}


def first_changes(path: Path, most: int) -> list[Change]:
    """The first lines of a change list, as people read them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=";", strict=True)
        next(lines)
        return [Change(*map(unescaped, line)) for line in islice(lines, most)]
