"""Parquet read and written by batches: the file's own columns keep their types and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapapp.errors import BadInput, DataFault
from mapapp.importing.workbooks import cell_text
from mapapp.joining.columns import PlaceColumns, Told, added_columns
from mapapp.joining.judging import ROWS_TOGETHER, Added, Joiner
from mapapp.joining.summary import Summary

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET = ".parquet"


class ParquetTable:
    """A Parquet file, opened; close it.

    Raises:
        BadInput: the extra is not installed.
        DataFault: not a Parquet file, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self._pyarrow, self._parquet = _libraries()
        self._name = path.name
        try:
            self._file = self._parquet.ParquetFile(path)
        except (self._pyarrow.ArrowInvalid, OSError) as error:
            raise self._damaged() from error
        self.headers = tuple(self._file.schema_arrow.names)
        self.count: int = self._file.metadata.num_rows

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def join(
        self,
        target: Path,
        columns: PlaceColumns,
        joiner: Joiner,
        summary: Summary,
        watch: Callable[[int], object],
    ) -> None:
        """Write the table with its verdicts to ``target``; ``watch`` hears of each batch's rows.

        Raises:
            DataFault: the file is damaged further on.
            GeocodingError: the geocoder gave no answer.
        """
        added_names = added_columns(self.headers, joiner.generations)
        schema = self._schema(added_names)
        with self._parquet.ParquetWriter(target, schema, compression="zstd") as writer:
            line = 0
            for batch in self._batches():
                added = joiner.judge(_told(batch, columns))
                for each in added:
                    line += 1
                    summary.count(line, each)
                writer.write_batch(self._widened(batch, added, schema))
                watch(batch.num_rows)

    def _schema(self, added_names: Sequence[str]) -> pa.Schema:
        arrow = self._pyarrow
        kinds = [
            arrow.float64() if rank < len(added_names) - 2 and rank % 4 == 3 else arrow.string()
            for rank in range(len(added_names))
        ]
        own = self._file.schema_arrow
        fields = map(arrow.field, added_names, kinds)
        return arrow.schema([*own, *fields], metadata=own.metadata)

    def _widened(
        self, batch: pa.RecordBatch, added: Sequence[Added], schema: pa.Schema
    ) -> pa.RecordBatch:
        own = len(self.headers)
        cells = list(zip(*(each.cells for each in added), strict=True))
        arrays = [
            self._pyarrow.array(cells[rank], schema.field(own + rank).type)
            for rank in range(len(schema) - own)
        ]
        return self._pyarrow.record_batch([*batch.columns, *arrays], schema=schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(batch_size=ROWS_TOGETHER)
        except (self._pyarrow.ArrowInvalid, OSError) as error:
            raise self._damaged() from error

    def _damaged(self) -> DataFault:
        return DataFault(f"{self._name} : fichier Parquet tronqué ou abîmé ; écrivez-le à nouveau.")


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


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise BadInput(
            "Lire ou écrire Parquet demande PyArrow : pip install 'mapapp[parquet]'."
        ) from error
    return pyarrow, parquet
