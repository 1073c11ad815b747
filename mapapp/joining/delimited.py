"""CSV joined by parts: rows are read here in their order, and written by whoever judges them."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mapapp.importing.coordinates import plain_degrees, plain_points
from mapapp.importing.delimited import Dialect
from mapapp.joining.columnar import Batch, ColumnJoiner, Floats, Words
from mapapp.joining.columns import PlaceColumns, Told
from mapapp.joining.summary import Summary
from mapapp.joining.tables import SEMICOLONS, Row, batches, write_delimited, write_lines
from mapapp.joining.work import Layout, Watch

#: Some megabytes to send to another process, and a fraction of a second to judge.
ROWS_OF_A_PART = 20_000


@dataclass(frozen=True, slots=True)
class Lines:
    """A part: rows of a CSV file that follow each other, and what parts their cells."""

    number: int
    rows: Sequence[Row]
    delimiter: str

    def join(self, layout: Layout, joiner: ColumnJoiner, draft: Path, watch: Watch) -> Summary:
        """See :class:`mapapp.joining.work.Part`."""
        summary = Summary()
        with draft.open("wb") as out:
            for rows in batches(self.rows, joiner.together):
                columns = joiner.join(_batch(rows, layout.columns), summary)
                added = zip(
                    *(each.cells() if isinstance(each, Words) else each for each in columns),
                    strict=True,
                )
                lines = ((*row.cells, *cells) for row, cells in zip(rows, added, strict=True))
                write_lines(out, lines, self.delimiter)
                watch(len(rows))
        return summary


def cut(rows: Iterable[Row], dialect: Dialect | None) -> Iterator[Lines]:
    """The rows by parts, as they are read."""
    delimiter = (dialect or SEMICOLONS).delimiter
    for number, some in enumerate(batches(rows, ROWS_OF_A_PART)):
        yield Lines(number, some, delimiter)


def assemble(
    parts: Iterable[Path],
    draft: Path,
    headers: Sequence[str],
    dialect: Dialect | None,
    packed: bool,
) -> None:
    """Write the headers and the lines of all parts to one file."""
    with _opened(draft, packed) as out:
        write_delimited(out, headers, (), dialect)
        for part in parts:
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, out, 1 << 22)


@contextmanager
def _opened(draft: Path, packed: bool) -> Iterator[BinaryIO]:
    with draft.open("wb") as file:
        if not packed:
            yield file
            return
        # Neither name nor hour in it: the same lines give the same bytes.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as out:
            yield cast(BinaryIO, out)


def _batch(rows: Sequence[Row], columns: PlaceColumns) -> Batch:
    def points() -> tuple[Floats, Floats]:
        lon, lat = (
            plain_degrees("" if row.fault else row.texts[rank] for row in rows)
            for (rank,) in (columns.longitude, columns.latitude)
        )
        lat, lon = plain_points(lat, lon)
        return lon, lat

    def told(some: Sequence[int]) -> list[Told]:
        return [columns.told(rows[rank].texts, rows[rank].fault) for rank in some]

    return Batch([row.line for row in rows], points, told)
