"""Parquet read and written by batches: the file's own columns keep their types and their bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mapapp.errors import BadInput, DataFault
from mapapp.importing.coordinates import plain_degrees, plain_points
from mapapp.joining.columnar import Batch, Column, ColumnJoiner, Floats, Words
from mapapp.joining.columns import PlaceColumns, Told
from mapapp.joining.parquet_footers import concatenate
from mapapp.joining.summary import Summary
from mapapp.joining.work import Layout, Watch
from mapapp.tables.workbooks import cell_text

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET = ".parquet"

#: A part is made of whole row groups, and of several where they are small. Usual files have groups
#: of 100,000 to a million rows, so that a part takes seconds.
_ROWS_OF_A_PART = 200_000


@dataclass(frozen=True, slots=True)
class Groups:
    """A part: row groups of a Parquet file that follow each other; ``line`` numbers its first row.

    ``rows`` are as many as there are.
    """

    number: int
    source: Path
    groups: tuple[int, ...]
    line: int
    rows: int

    def join(self, layout: Layout, joiner: ColumnJoiner, draft: Path, watch: Watch) -> Summary:
        """See :class:`mapapp.joining.work.Part`."""
        pyarrow, parquet = libraries()
        summary, line = Summary(), self.line
        with _opened(self.source) as file, _faults(self.source):
            schema = _schema(file.schema_arrow, layout)
            with parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
                for batch in file.iter_batches(joiner.together, row_groups=list(self.groups)):
                    rows = _batch(batch, line, layout.columns)
                    kinds = list(schema)[batch.num_columns :]
                    arrays = map(_array, joiner.join(rows, summary), kinds)
                    wide = pyarrow.record_batch([*batch.columns, *arrays], schema=schema)
                    writer.write_batch(wide)
                    line += batch.num_rows
                    watch(batch.num_rows)
        return summary


class ParquetTable:
    """A Parquet file, or a folder of them that have one schema, told apart into parts.

    Raises:
        BadInput: the extra is not installed, or the folder holds no Parquet file.
        DataFault: not a Parquet file, a damaged one, or files of several schemas.
    """

    def __init__(self, path: Path) -> None:
        self._sources = sorted(path.glob(f"*{PARQUET}")) if path.is_dir() else [path]
        if not self._sources:
            raise BadInput(f"Le dossier {path} ne contient aucun fichier {PARQUET}.")
        self.parts: list[Groups] = []
        schema = None
        for source in self._sources:
            with _opened(source) as file:
                schema = schema or file.schema_arrow
                if not file.schema_arrow.equals(schema):
                    raise DataFault(
                        f"{source.name} : ses colonnes ne sont pas celles de "
                        f"{self._sources[0].name} ; joignez-les séparément."
                    )
                counts = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
            self._cut(source, counts)
        self.headers: tuple[str, ...] = tuple(schema.names if schema else ())

    @property
    def count(self) -> int:
        """Its rows."""
        return sum(part.rows for part in self.parts)

    @property
    def sources(self) -> Sequence[Path]:
        """Its files."""
        return self._sources

    def _cut(self, source: Path, counts: Sequence[int]) -> None:
        """Row groups that follow each other, together until they are enough; a part at least."""
        groups: list[int] = []
        rows = 0
        line = self.count + 1
        for group, count in enumerate([*counts, _ROWS_OF_A_PART]):
            if (rows and rows + count > _ROWS_OF_A_PART) or group == len(counts):
                self.parts.append(Groups(len(self.parts), source, tuple(groups), line, rows))
                line, groups, rows = line + rows, [], 0
            groups.append(group)
            rows += count


def assemble(parts: Sequence[Path], draft: Path, rows: int) -> None:
    """Write the rows of all parts to one file.

    Raises:
        DataFault: they are not as many as there should be.
    """
    with draft.open("wb") as out:
        concatenate(parts, out)
    with _opened(draft) as whole:
        if whole.metadata.num_rows != rows:
            raise DataFault(f"{whole.metadata.num_rows} lignes assemblées au lieu de {rows}.")


def libraries() -> tuple[Any, Any]:
    """PyArrow, and its module for Parquet.

    Raises:
        BadInput: they are not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise BadInput(
            "Lire ou écrire Parquet demande PyArrow : pip install 'mapapp[parquet]'."
        ) from error
    return pyarrow, parquet


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with _faults(path), libraries()[1].ParquetFile(path) as file:
        yield file


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    pyarrow, _ = libraries()
    try:
        yield
    except (pyarrow.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the disk's own: it says so itself
            raise
        raise DataFault(
            f"{path.name} : fichier Parquet tronqué ou abîmé ; écrivez-le à nouveau."
        ) from error


def _schema(own: pa.Schema, layout: Layout) -> pa.Schema:
    """The file's own columns and metadata, then those that are added: metres are numbers."""
    pyarrow, _ = libraries()
    numbers = [name for name in layout.added if name.removeprefix("mapapp_").startswith("distance")]
    kinds = [pyarrow.float64() if name in numbers else pyarrow.string() for name in layout.added]
    added = map(pyarrow.field, layout.added, kinds)
    return pyarrow.schema([*own, *added], metadata=own.metadata)


def _array(column: Column, field: pa.Field) -> pa.Array:
    pyarrow, _ = libraries()
    if isinstance(column, Words):
        return pyarrow.DictionaryArray.from_arrays(column.ranks, column.texts).cast(field.type)
    return pyarrow.array(column, field.type)


def _batch(batch: pa.RecordBatch, line: int, columns: PlaceColumns) -> Batch:
    def points() -> tuple[Floats, Floats]:
        lon, lat = (
            _degrees(batch.column(rank)) for (rank,) in (columns.longitude, columns.latitude)
        )
        lat, lon = plain_points(lat, lon)
        return lon, lat

    def told(rows: Sequence[int]) -> list[Told]:
        return _told(batch if len(rows) == batch.num_rows else batch.take(list(rows)), columns)

    return Batch(range(line, line + batch.num_rows), points, told)


def _degrees(column: pa.Array) -> Floats:
    """A column as numbers; NaN where it holds none, or something that is to be read as text."""
    pyarrow, _ = libraries()
    kind = column.type
    if pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind):
        numbers: Floats = column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        return plain_degrees(cell or "" for cell in column.to_pylist())
    return np.full(len(column), np.nan)


def _told(batch: pa.RecordBatch, columns: PlaceColumns) -> list[Told]:
    """What each row tells, from the columns that tell a place alone."""
    ranks = sorted({rank for of_field in columns.used.values() for rank in of_field})
    texts = {rank: [_text(cell) for cell in batch.column(rank).to_pylist()] for rank in ranks}
    width = max(ranks, default=-1) + 1
    blank = [""] * batch.num_rows
    rows = zip(*(texts.get(rank, blank) for rank in range(width)), strict=True)
    return [columns.told(cells) for cells in rows]


def _text(cell: Any) -> str:
    return "" if cell is None else cell_text(cell)
