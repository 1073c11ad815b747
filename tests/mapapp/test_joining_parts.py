"""A long join is made by parts: by one process or several, at once or resumed, the same bytes."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from population import population_points
from pyarrow import parquet as arrow_parquet
from scattered import points_where_answers_change
from sqlalchemy import Engine

from geo.qpv_index import QpvIndex
from mapapp.address_finding import address_finder
from mapapp.errors import BadInput, DataFault
from mapapp.importing.coordinates import Floats, plain_degrees, plain_points, read_coordinates
from mapapp.joining import delimited, making, parquet
from mapapp.joining.columns import EVERY_COLUMN, Wanted
from mapapp.joining.files import join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.making import Manner
from mapapp.joining.parquet import ParquetTable
from mapapp.joining.summary import Summary
from mapapp.memory import Memory
from mapapp.store.engine import sessions

CHECKOUT = Path(__file__).resolve().parents[2]
STATUS_ONLY = ("qpv", "nom", "statut", "precision")

#: Cells of coordinates that are no plain point, each for a reason of its own.
ODD = (
    (None, None), (None, 46.0), (46.565, 0.35), (-30.0, 40.0), (652_000.5, 6_862_000.0),
    (float("nan"), 46.0), (2.0, 460.0), (float("inf"), 46.0), (2.36123455, 48.95123445),
)  # fmt: skip


@pytest.fixture(scope="module")
def joiner(engine: Engine, memory: Memory) -> Joiner:
    """What judges rows for both generations, and asks nobody."""
    with sessions(engine)() as opened:
        finder = address_finder(opened, offline=True, keep=False)
        return Joiner(memory.indexes(opened), finder)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts small enough for a test; statuses are looked up whatever the size of the file."""
    monkeypatch.setattr(parquet, "_ROWS_OF_A_PART", 500)
    monkeypatch.setattr(delimited, "ROWS_OF_A_PART", 500)
    monkeypatch.setattr(making, "WORTH_ZONES", 0)


def points(index: QpvIndex, count: int) -> tuple[list[float | None], list[float | None]]:
    """Where people live, where answers change, and what is no plain point."""
    some = population_points(count // 2, index.outlines)
    others = points_where_answers_change(index.outlines, count - count // 2, 3)
    lon, lat = (np.concatenate(pair).tolist() for pair in zip(some, others, strict=True))
    for rank, (x, y) in enumerate(ODD):
        lon[rank * 97], lat[rank * 97] = x, y
    return lon, lat


@pytest.fixture(scope="module")
def source(joiner: Joiner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file of 2,000 rows in row groups of 400."""
    lon, lat = points(joiner.indexes[2024], 2_000)
    path = tmp_path_factory.mktemp("table") / "in.parquet"
    rows = {"id": list(range(len(lon))), "longitude": lon, "latitude": lat}
    arrow_parquet.write_table(pa.table(rows), path, row_group_size=400)
    return path


@pytest.fixture(scope="module")
def table(source: Path) -> Path:
    """The same rows as CSV, with decimal commas."""
    rows = arrow_parquet.read_table(source).to_pylist()
    path = source.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(
                "" if cell is None else str(cell).replace(".", ",") for cell in row.values()
            )
    return path


def joined(
    source: Path, target: Path, joiner: Joiner, manner: Manner, wanted: Wanted | None = None
) -> Summary:
    """The counts of a join."""
    return join_file(source, target, wanted or Wanted(), joiner, manner)


@pytest.fixture
def manner(zones: Path) -> Manner:
    """Statuses alone, by one process."""
    return Manner(zones, STATUS_ONLY, processes=1)


@pytest.mark.parametrize("kind", [".parquet", ".csv"])
def test_statuses_looked_up_are_those_judged_row_by_row(
    source: Path, tmp_path: Path, joiner: Joiner, manner: Manner, kind: str,
    monkeypatch: pytest.MonkeyPatch, table: Path,
) -> None:  # fmt: skip
    """The same bytes and counts, whatever the rows are: points, mistakes, metres, blanks."""
    file = source if kind == ".parquet" else table
    fast, slow = tmp_path / f"fast{kind}", tmp_path / f"slow{kind}"
    counts = joined(file, fast, joiner, manner)
    monkeypatch.setattr(making, "WORTH_ZONES", 1 << 60)
    assert joined(file, slow, joiner, manner) == counts
    if kind == ".csv":
        assert fast.read_bytes() == slow.read_bytes()
    assert rows_of(fast) == rows_of(slow)
    assert counts.rows == 2_000
    assert counts.fault_count >= len(ODD) - 2


def rows_of(path: Path) -> list[dict[str, object]]:
    """The rows of a result, as texts and numbers."""
    if path.suffix != ".csv":
        return [
            {k: str(v) for k, v in row.items()}
            for row in arrow_parquet.read_table(path).to_pylist()
        ]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("kind", [".parquet", ".csv"])
@pytest.mark.parametrize("chosen", [STATUS_ONLY, EVERY_COLUMN])
def test_two_processes_write_what_one_does(
    source: Path, table: Path, tmp_path: Path, joiner: Joiner, manner: Manner, kind: str,
    chosen: tuple[str, ...],
) -> None:  # fmt: skip
    """Byte for byte, and the same counts."""
    file = source if kind == ".parquet" else table
    manner = replace(manner, chosen=chosen)
    one, two = tmp_path / f"one{kind}", tmp_path / f"two{kind}"
    counts = joined(file, one, joiner, manner)
    assert joined(file, two, joiner, replace(manner, processes=2)) == counts
    assert one.read_bytes() == two.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, two]


def test_the_size_of_parts_does_not_show(
    table: Path, source: Path, tmp_path: Path, joiner: Joiner, manner: Manner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of a CSV file not in one byte, of a Parquet file in no value."""
    results = []
    for size in (500, 1_999):
        monkeypatch.setattr(parquet, "_ROWS_OF_A_PART", size)
        monkeypatch.setattr(delimited, "ROWS_OF_A_PART", size)
        texts, numbers = tmp_path / f"{size}.csv", tmp_path / f"{size}.parquet"
        joined(table, texts, joiner, manner)
        joined(source, numbers, joiner, manner)
        results.append((texts.read_bytes(), rows_of(numbers)))
    assert results[0] == results[1]


class Killed(BaseException):
    """What stops a join in a test."""


@pytest.mark.parametrize("kind", [".parquet", ".csv"])
def test_an_interrupted_join_goes_on_where_it_was(
    source: Path, table: Path, tmp_path: Path, joiner: Joiner, manner: Manner, kind: str
) -> None:
    """Stopped after two parts: they are not made again, and the result has the same bytes."""
    file = source if kind == ".parquet" else table
    whole, target = tmp_path / f"whole{kind}", tmp_path / f"target{kind}"
    counts = joined(file, whole, joiner, manner)
    seen: list[int] = []

    def stop(rows: int) -> None:
        seen.append(rows)
        if len(seen) == 3:
            raise Killed

    with pytest.raises(Killed):
        join_file(file, target, Wanted(), joiner, manner, stop)
    assert not target.exists()
    assert done(tmp_path) == 2
    notes: list[str] = []
    assert joined(file, target, joiner, replace(manner, tell=notes.append)) == counts
    assert notes == ["Reprise\u00a0: 2 parties faites."]
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted([whole, target])


def test_other_options_begin_anew_and_say_so(
    source: Path, tmp_path: Path, joiner: Joiner, manner: Manner
) -> None:
    """Parts of another question are of no use."""
    target = tmp_path / "out.parquet"

    def stop(rows: int) -> None:
        if list(tmp_path.glob(".mapapp-join-*/*.json")):
            raise Killed

    with pytest.raises(Killed):
        join_file(source, target, Wanted(), joiner, manner, stop)
    notes: list[str] = []
    other = replace(manner, chosen=("statut",), tell=notes.append)
    joined(source, target, joiner, other)
    assert "tout est repris du début" in notes[0]
    names = arrow_parquet.read_schema(target).names
    assert names == ["id", "longitude", "latitude", "statut_2015", "statut_2024"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_killed_command_leaves_nothing_but_whole_parts(
    engine: Engine, table: Path, tmp_path: Path, joiner: Joiner, manner: Manner
) -> None:
    """``kill -9`` while two processes work; the same command ends it, as if nothing had been."""
    target, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    joined(table, whole, joiner, replace(manner, chosen=("statut", "phrase")))
    environment = os.environ | {
        "MAPAPP_DATABASE_URL": str(engine.url),
        "MAPAPP_INSTANCE": str(tmp_path / "instance"),
        "PYTHONPATH": str(CHECKOUT),
    }
    words = [sys.executable, "-c", SMALL_PARTS, "join", str(table), str(target)]
    words += ["--columns", "statut,phrase", "--processes", "2", "--geocoder", "offline"]
    with subprocess.Popen(words, env=environment) as command:
        while command.poll() is None and not done(tmp_path):
            time.sleep(0.01)
        command.send_signal(signal.SIGKILL)
    assert not target.exists()
    end = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert end.returncode == 1, end.stderr
    assert end.stderr.startswith("Reprise")
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(path for path in tmp_path.iterdir() if path.is_file()) == [target, whole]


SMALL_PARTS = """
from mapapp.joining import delimited
delimited.ROWS_OF_A_PART = 100
from mapapp.cli import main
main()
"""


def done(folder: Path) -> int:
    """How many parts are done."""
    return len(list(folder.glob(".mapapp-join-*/*.json")))


def test_a_folder_of_parquet_files_is_joined_into_a_folder(
    source: Path, tmp_path: Path, joiner: Joiner, manner: Manner
) -> None:
    """Its files in the order of their names; files of other columns are refused."""
    folder, target = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    target.mkdir()
    whole = arrow_parquet.read_table(source)
    arrow_parquet.write_table(whole.slice(0, 900), folder / "a.parquet")
    arrow_parquet.write_table(whole.slice(900), folder / "b.parquet")
    joined(folder, target, joiner, manner)
    one = tmp_path / "one.parquet"
    joined(source, one, joiner, manner)
    assert rows_of(target) == rows_of(one)
    assert {path.name for path in target.iterdir()} == {
        "part-000000.parquet",
        "part-000001.parquet",
    }
    arrow_parquet.write_table(whole.drop_columns("id"), folder / "c.parquet")
    with pytest.raises(DataFault, match="ne sont pas celles"):
        joined(folder, tmp_path / "two.parquet", joiner, manner)


def test_a_folder_that_holds_something_is_not_written_to(
    source: Path, tmp_path: Path, joiner: Joiner, manner: Manner
) -> None:
    """Rather than mix two results."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "other.parquet").touch()
    with pytest.raises(BadInput, match="n’est pas vide"):
        joined(source, tmp_path / "out", joiner, manner)


def test_no_row_is_no_difficulty(tmp_path: Path, joiner: Joiner, manner: Manner) -> None:
    """Headers in, headers out, in both kinds of files."""
    empty = pa.table(
        {"longitude": pa.array([], pa.float64()), "latitude": pa.array([], pa.float64())}
    )
    arrow_parquet.write_table(empty, tmp_path / "in.parquet")
    (tmp_path / "in.csv").write_text("longitude;latitude\n", encoding="utf-8")
    for kind in ("parquet", "csv"):
        assert joined(tmp_path / f"in.{kind}", tmp_path / f"out.{kind}", joiner, manner).rows == 0
    assert len(arrow_parquet.read_table(tmp_path / "out.parquet").column_names) == 9
    assert (tmp_path / "out.csv").read_bytes().count(b"\r\n") == 1


def test_row_groups_go_into_parts_in_their_order(tmp_path: Path) -> None:
    """Small ones together, large ones alone; lines are numbered through."""
    path = tmp_path / "in.parquet"
    with arrow_parquet.ParquetWriter(path, pa.schema([("x", pa.int64())])) as writer:
        for rows in (100, 300, 200, 900, 1):
            writer.write_table(pa.table({"x": range(rows)}))
    parts = ParquetTable(path).parts
    assert [(part.groups, part.line, part.rows) for part in parts] == [
        ((0, 1), 1, 400), ((2,), 401, 200), ((3,), 601, 900), ((4,), 1_501, 1),
    ]  # fmt: skip


degrees = st.floats(-60, 60) | st.decimals(-60, 60, places=8).map(float) | st.just(-1e-9)


@given(st.lists(st.tuples(degrees, degrees), min_size=1, max_size=20))
def test_points_are_read_together_as_they_are_one_by_one(pairs: list[tuple[float, float]]) -> None:
    """To the last bit, ties at the seventh decimal included; what leaves a doubt is left alone."""
    lat, lon = np.array(pairs).T
    found: tuple[Floats, Floats] = plain_points(lat, lon)
    for (y, x), *read in zip(pairs, *(each.tolist() for each in found), strict=True):
        point = read_coordinates(str(y), str(x))
        plain = point.latitude and not point.doubt and not point.faults
        assert [str(value) for value in read] == (
            [str(float(point.latitude)), str(float(point.longitude))] if plain else ["nan", "nan"]
        )


@given(st.text("0123456789-+.,eE \u2212", max_size=8))
def test_a_plain_number_is_read_as_any_other(cell: str) -> None:
    """Or left to whoever reads anything."""
    (number,) = plain_degrees([cell]).tolist()
    point = read_coordinates("46", cell)
    if number == number and abs(number) <= 180:
        assert point.longitude == read_coordinates("46", repr(number)).longitude


def test_a_column_that_does_not_exist_is_refused(
    table: Path, tmp_path: Path, joiner: Joiner, manner: Manner
) -> None:
    """Nothing is left behind."""
    with pytest.raises(BadInput, match="pas de colonne"):
        joined(table, tmp_path / "out.csv", joiner, manner, Wanted(lon="est", lat="nord"))
    assert list(tmp_path.iterdir()) == []
