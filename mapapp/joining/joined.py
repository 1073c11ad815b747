"""The rows of a table, each with what the join adds to it, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mapapp.joining.columns import PlaceColumns
from mapapp.joining.judging import ROWS_TOGETHER, Added, Joiner
from mapapp.joining.tables import Row, batches


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row and what was found about it."""

    row: Row
    added: Added

    @property
    def cells(self) -> tuple[Any, ...]:
        """Its own cells, then those that are added."""
        return (*self.row.cells, *self.added.cells)


def join_rows(rows: Iterable[Row], columns: PlaceColumns, joiner: Joiner) -> Iterator[JoinedRow]:
    """Every row in its place, with its verdicts or why there are none.

    Raises:
        GeocodingError: the geocoder gave no answer.
    """
    for batch in batches(rows, ROWS_TOGETHER):
        told = [columns.told(row.texts, row.fault) for row in batch]
        pairs = zip(batch, joiner.judge(told), strict=True)
        yield from (JoinedRow(row, added) for row, added in pairs)
