"""The cells that the join adds, column by column: for tables of millions of points.

Where only codes, names, statuses and precisions are wanted, the status of most points is looked up
(:mod:`geo.bulk_status`); the rows that are no plain point, and all of them when distances or
sentences are wanted, go through the :class:`Joiner` that judges any row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.bulk_status import STATUSES, BulkStatus, Statuses
from geo.position import Precision
from geo.qpv_index import QpvIndex
from mapapp.joining.columns import OF_GENERATION, Told
from mapapp.joining.judging import ROWS_TOGETHER, Cell, Joiner, Understood, joined
from mapapp.joining.summary import Summary

Floats = NDArray[np.float64]

#: What statuses alone can tell.
TOLD_BY_STATUS = frozenset(("qpv", "nom", "statut", "precision"))

#: Rows looked up together: arrays of a megabyte or two.
POINTS_TOGETHER = 65_536


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a table: their lines in the file, and how to know what they tell.

    ``points`` gives the longitudes and latitudes of all, NaN where a row is no plain point;
    ``told`` what some rows tell, by their ranks, as texts.
    """

    lines: Sequence[int]
    points: Callable[[], tuple[Floats, Floats]]
    told: Callable[[Sequence[int]], list[Told]]


class Words:
    """A column of texts that come again and again: for each row the rank of its text."""

    def __init__(self, ranks: NDArray[np.int32], texts: Sequence[str]) -> None:
        self.ranks = ranks
        self.texts = list(texts)
        self._rank_of: dict[str, int] = {}

    def put(self, row: int, text: str) -> None:
        """Write the text of a row."""
        if text not in self._rank_of:
            self._rank_of[text] = len(self.texts)
            self.texts.append(text)
        self.ranks[row] = self._rank_of[text]

    def cells(self) -> list[str]:
        """The texts, row by row."""
        return [self.texts[rank] for rank in self.ranks.tolist()]


Column = Words | Sequence[Cell]


class ColumnJoiner(Protocol):
    """What adds columns to batches of rows."""

    #: How many rows a batch should have.
    together: int

    def join(self, batch: Batch, summary: Summary) -> list[Column]:
        """The columns that are added, in order; ``summary`` takes the rows in."""


class EveryRow:
    """Judges row by row: whatever is wanted, whatever tells the place."""

    together = ROWS_TOGETHER

    def __init__(self, joiner: Joiner, chosen: Sequence[str]) -> None:
        self._joiner, self._chosen = joiner, chosen

    def join(self, batch: Batch, summary: Summary) -> list[Column]:
        """See :class:`ColumnJoiner`."""
        added = self._joiner.judge(batch.told(range(len(batch.lines))))
        for line, each in zip(batch.lines, added, strict=True):
            summary.count(line, each)
        return list(zip(*(each.chosen(self._chosen) for each in added), strict=True))


class ByStatus:
    """Looks the statuses of plain points up, in their place among the other rows.

    ``joiner`` makes what judges those, when there are some.
    """

    together = POINTS_TOGETHER

    def __init__(
        self,
        indexes: Mapping[int, QpvIndex],
        chosen: Sequence[str],
        statuses: Mapping[int, BulkStatus],
        joiner: Callable[[], Joiner],
    ) -> None:
        self._chosen, self._joiner = chosen, cache(joiner)
        self._statuses = {of: statuses[of] for of in sorted(indexes)}
        self._texts = {of: _texts(index) for of, index in indexes.items()}

    def join(self, batch: Batch, summary: Summary) -> list[Column]:
        """See :class:`ColumnJoiner`."""
        lon, lat = batch.points()
        plain = ~np.isnan(lon)
        columns: list[Words] = []
        for generation, statuses in self._statuses.items():
            found = statuses.judge(lon, lat)
            counts = np.bincount(found.code[plain], minlength=len(STATUSES)).tolist()
            summary.found(generation, zip(STATUSES, counts, strict=True))
            columns += self._of_generation(generation, found)
        if "precision" in self._chosen:
            columns.append(Words(np.zeros(len(lon), np.int32), [Precision.POINT.value]))
        summary.rows += int(plain.sum())
        summary.understood[Understood.YES] += int(plain.sum())
        self._other_rows(batch, np.flatnonzero(~plain).tolist(), columns, summary)
        return list(columns)

    def _of_generation(self, generation: int, found: Statuses) -> list[Words]:
        codes, names = self._texts[generation]
        told = {
            "qpv": Words(found.qpv + 1, codes),
            "nom": Words(found.qpv + 1, names),
            "statut": Words(found.code.astype(np.int32), [status.value for status in STATUSES]),
        }
        for row in np.unique(found.other_of).tolist():
            several = [int(found.qpv[row]), *found.others[found.other_of == row].tolist()]
            for name, texts in (("qpv", codes), ("nom", names)):
                told[name].put(row, joined(texts[rank + 1] for rank in several))
        return [told[name] for name in OF_GENERATION if name in self._chosen]

    def _other_rows(
        self, batch: Batch, rows: Sequence[int], columns: Sequence[Words], summary: Summary
    ) -> None:
        added = self._joiner().judge(batch.told(rows)) if rows else []
        for row, each in zip(rows, added, strict=True):
            summary.count(batch.lines[row], each)
            for column, cell in zip(columns, each.chosen(self._chosen), strict=True):
                column.put(row, str(cell))


def _texts(index: QpvIndex) -> tuple[list[str], list[str]]:
    """The codes and the names that cells hold, by rank and one; none is empty."""
    qpvs = index.contours.qpvs
    return ["", *(joined([q.code]) for q in qpvs)], ["", *(joined([q.name]) for q in qpvs)]
