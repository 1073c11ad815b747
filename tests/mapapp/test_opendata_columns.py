"""What schemas say of columns is what is written and read: one truth for exports and imports."""

from __future__ import annotations

import re
from typing import Any

import pytest
from acceptable import ROWS
from hypothesis import given
from published import Published

from mapapp.exporting.coverage import LINE_COLUMNS
from mapapp.exporting.extracts import QPV_COLUMNS, RESOURCE_COLUMNS
from mapapp.importing.cells import Vocabulary
from mapapp.importing.files import Sheet
from mapapp.importing.mapping import COLUMNS, REQUIRED, propose
from mapapp.importing.rows import read_rows
from mapapp.memory import Memory
from mapapp.opendata import columns
from mapapp.opendata.datasets import DATASETS, Dataset, Instant
from mapapp.opendata.fields import Field
from mapapp.store.engine import sessions
from mapapp.tables import kinds

#: An import that knows no theme, no resource, one commune and no QPV.
WORDS = Vocabulary(themes={}, resources=(), communes={"93072": "93072"}, qpvs=())


def names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The names of columns."""
    return tuple(field.name for field in fields)


def test_the_columns_told_are_those_of_the_exports() -> None:
    """Same names in the same order; what an import demands is required, and nothing else."""
    assert names(columns.INITIATIVES) == COLUMNS
    assert tuple(f.name for f in columns.INITIATIVES if f.required) == REQUIRED
    assert names(columns.RESOURCES) == RESOURCE_COLUMNS
    assert names(columns.QPVS) == QPV_COLUMNS
    assert names(columns.COVERAGE) == LINE_COLUMNS


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_a_file_has_the_columns_that_its_schema_tells(
    published: Published, dataset: Dataset
) -> None:
    """In its order, and its key is among those required."""
    with sessions(published.engine)() as session:
        extract = dataset.extract(Instant(session, Memory(), str), "csv")
    assert extract.columns == names(dataset.fields)
    required = {field.name for field in dataset.fields if field.required}
    assert set(dataset.key) <= required


@given(ROWS)
def test_what_the_schema_accepts_is_stored_or_reported(row: dict[str, str]) -> None:
    """A cell is kept as it is, or a sentence tells its column and its value."""
    sheet = Sheet(tuple(row), ((2, tuple(row.values())),), (), "")
    (read,) = read_rows(sheet, propose(sheet.headers), {}, WORDS)
    reported = {issue.column for issue in read.issues}
    for column, text in row.items():
        if column in ("latitude", "longitude"):
            kept = number(read.told.get(column)) == number(text)
            assert kept or reported & {"latitude", "longitude"}, (column, text, read)
        elif read.told.get(column, "") != text.strip():
            assert column in reported or same_text(read.told.get(column), text), (column, text)


def number(text: str | None) -> float | None:
    """Degrees to seven decimals, which is a centimetre."""
    return round(float(text), 7) if text else None


def same_text(kept: str | None, text: str) -> bool:
    """Whether two texts differ by line ends only."""
    return kept == text.strip().replace("\r\n", "\n").replace("\r", "\n").strip()


@pytest.mark.parametrize("kind", [kinds.slug, kinds.qpv_code, kinds.insee_code, kinds.postcode])
def test_several_values_are_told_as_one_pattern(kind: Any) -> None:
    """One value or more with bars between; none at either end."""
    told = Field("x", "X", "X.", kind, many=True).as_table_schema()
    pattern = re.compile(told["constraints"]["pattern"])
    one = {"QP093035", "93072", "mobilite"}
    (value,) = [text for text in sorted(one) if pattern.fullmatch(text)][:1]
    assert pattern.fullmatch(f"{value}|{value}")
    assert not pattern.fullmatch(f"{value}|")
    assert not pattern.fullmatch("")
