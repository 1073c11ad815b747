"""The join on a cluster of two processes: the bytes of a single machine, and plain refusals."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from population import population_points
from pyarrow import parquet as arrow_parquet
from sqlalchemy import Engine

from mapapp.address_finding import address_finder
from mapapp.cli import main
from mapapp.joining import making, on_dask, parquet
from mapapp.joining.columns import Wanted
from mapapp.joining.files import join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.making import Manner
from mapapp.joining.on_dask import Cluster, make_on_dask
from mapapp.joining.parts import Parts
from mapapp.joining.work import Made, Part, Plan
from mapapp.memory import Memory
from mapapp.store.engine import sessions


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two worker processes on the loopback."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(tmp_path_factory.mktemp("dask")),
        silence_logs=50,
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def joiner(engine: Engine, memory: Memory) -> Joiner:
    """What judges rows for both generations, and asks nobody."""
    with sessions(engine)() as opened:
        finder = address_finder(opened, offline=True, keep=False)
        return Joiner(memory.indexes(opened), finder)


@pytest.fixture
def source(joiner: Joiner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Parquet files, some rows of which cannot be read."""
    monkeypatch.setattr(parquet, "_ROWS_OF_A_PART", 100)
    folder = tmp_path / "in"
    folder.mkdir()
    lon, lat = population_points(1_000, joiner.indexes[2024].outlines)
    lon[::50] = 200
    for number, start in enumerate(range(0, 1_000, 250)):
        some = slice(start, start + 250)
        rows = pa.table({"longitude": lon[some], "latitude": lat[some]})
        arrow_parquet.write_table(rows, folder / f"{number}.parquet", row_group_size=50)
    return folder


@pytest.mark.parametrize("looked_up", [True, False])
def test_a_cluster_writes_what_one_machine_does(
    cluster: LocalCluster, source: Path, tmp_path: Path, joiner: Joiner, zones: Path,
    monkeypatch: pytest.MonkeyPatch, looked_up: bool,
) -> None:  # fmt: skip
    """Byte for byte, with the same counts; statuses that are looked up, and every column."""
    monkeypatch.setattr(making, "WORTH_ZONES", 0 if looked_up else 1 << 60)
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    manner = Manner(zones, ("qpv", "statut") if looked_up else ("distance", "phrase"), processes=1)
    apart = replace(manner, elsewhere=partial(make_on_dask, cluster.scheduler_address))
    counts = join_file(source, here, Wanted(), joiner, manner)
    assert join_file(source, there, Wanted(), joiner, apart) == counts
    assert here.read_bytes() == there.read_bytes()
    assert counts.fault_count == 20


def test_no_more_parts_are_under_way_than_workers_can_take(
    cluster: LocalCluster, source: Path, tmp_path: Path, joiner: Joiner, zones: Path
) -> None:
    """Three for each thread: the next are taken as others are done."""
    taken = made = 0
    most = 0

    def elsewhere(todo: Iterable[Part], plan: Plan, parts: Parts) -> Iterator[Made]:
        nonlocal taken, made, most

        def counted() -> Iterator[Part]:
            nonlocal taken, most
            for part in todo:
                taken += 1
                most = max(most, taken - made)
                yield part

        for done in make_on_dask(cluster.scheduler_address, counted(), plan, parts):
            made += 1
            yield done

    target = tmp_path / "out.parquet"
    manner = Manner(zones, ("statut",), elsewhere=elsewhere)
    join_file(source, target, Wanted(), joiner, manner)
    assert made == 12
    assert most <= 7


def test_a_cluster_of_other_versions_is_refused(
    cluster: LocalCluster, source: Path, tmp_path: Path, joiner: Joiner, zones: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It might write other bytes; nothing is left behind."""
    monkeypatch.setattr(on_dask, "VERSIONS", on_dask.VERSIONS | {"shapely": "1.8"})
    manner = Manner(zones, elsewhere=partial(make_on_dask, cluster.scheduler_address))
    with pytest.raises(Cluster, match=r"a shapely .*ici shapely 1\.8.*mêmes versions partout"):
        join_file(source, tmp_path / "out.parquet", Wanted(), joiner, manner)
    assert list(tmp_path.iterdir()) == [source]


def test_a_worker_without_mapapp_is_refused(
    cluster: LocalCluster, source: Path, tmp_path: Path, joiner: Joiner, zones: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The sentence says what to install there."""
    monkeypatch.setattr(on_dask, "_TOLD", "absent_package.work:VERSIONS")
    manner = Manner(zones, elsewhere=partial(make_on_dask, cluster.scheduler_address))
    with pytest.raises(Cluster, match=r"n’a pas mapapp.*mapapp\[dask\]"):
        join_file(source, tmp_path / "out.parquet", Wanted(), joiner, manner)


def test_a_scheduler_that_does_not_answer_is_told(
    source: Path, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2 and a sentence, nothing written."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(engine.url))
    monkeypatch.setattr(on_dask, "_PATIENCE", "1s")
    words = ["join", str(source), str(tmp_path / "out.parquet"), "--engine", "dask"]
    said = CliRunner().invoke(main, [*words, "--scheduler", "tcp://127.0.0.1:9"])
    assert said.exit_code == 2
    assert "ne répond pas" in said.stderr
    assert list(tmp_path.iterdir()) == [source]


def test_without_its_extra_dask_says_what_to_install(
    source: Path, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The light installation does not have it; and an engine needs its scheduler."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(engine.url))
    monkeypatch.delitem(sys.modules, "mapapp.joining.on_dask")
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["join", str(source), str(tmp_path / "out.parquet"), "--engine", "dask"]
    said = CliRunner().invoke(main, [*words, "--scheduler", "tcp://127.0.0.1:9"])
    assert said.exit_code == 2
    assert "mapapp[dask]" in said.stderr
    assert "--scheduler" in CliRunner().invoke(main, words).stderr
