"""How long the join of a file of the national register's size takes, and in how much memory.

    python bench/national_join.py [ROWS]

43 million points spread like the population (bench/population.py), in a Parquet file with the
columns that a register has beside them (some 1.2 GB), joined for both generations on every core by
``mapapp join --columns qpv,statut``. The memory is that of all processes together, what they share
counted once (PSS). A peer takes its turn on a part of the file: ``geopandas.sjoin`` by chunks,
which tells the QPVs alone, one generation after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import alone
import geopandas
import numpy as np
import pyarrow as pa
import shapely
from figures import Figure, Peer, Section
from filled import shared_folder
from population import population_points
from pyarrow import parquet

from geo.contours import read_contours
from mapapp.paths import shipped

#: Rows of the national register of establishments, closed ones included.
NATIONAL = 43_000_000
#: Rows made at a time, and of a row group: what writers usually do.
ROWS_TOGETHER = 1_000_000
#: Rows that the peer joins, in chunks.
PEER_ROWS, PEER_CHUNK = 2_000_000, 500_000

GENERATIONS = (2015, 2024)


PARQUET = """Reading the columns of the file itself, compressing and writing them again takes the
larger part: a status costs 0.25 µs a point and generation, some 22 s of processor for all of
them."""
TWICE = """Each process has the tables of statuses, the contours, and what PyArrow keeps of a row
group of a million rows that it reads and of the one that it writes."""

METHOD = f"""A Parquet file with a register’s columns beside the points, spread like the population,
joined for both generations by `mapapp join --columns qpv,statut` on every core, into Parquet. Wall
clock, once. Memory: all processes together, what they share counted once (PSS). The peer joins
{PEER_ROWS:,} rows by chunks, which tells QPVs alone, no status, and writes nothing; its time is
multiplied."""


def measure(count: int) -> Section:
    """Write the file, join it, and let the peer join a part of it."""
    with shared_folder() as folder:
        source, target = folder / f"register-{count}.parquet", folder / "joined.parquet"
        if not source.exists():
            _write(source, count)
        _prepare(folder)
        seconds, processor_s, peak_mb = _run(folder, source, target)
        rows = parquet.ParquetFile(target).metadata.num_rows
        if rows != count:
            raise RuntimeError(f"{rows} rows joined of {count}")
        peer = Peer("geopandas.sjoin, QPVs alone", count * _peer_seconds_per_row(source))
        sizes = [path.stat().st_size / 1e6 for path in (source, target)]
        for path in (source, target):
            path.unlink()  # gigabytes that no other bench reads
    name = f"Parquet of {count:,} rows joined to both generations"
    return Section(
        f"The national register’s size: {count:,} rows of Parquet",
        METHOD,
        (
            Figure(name, seconds, "s", 40, if_missed=PARQUET),
            Figure(f"{name}: memory", peak_mb, "MB", 1_500, if_missed=TWICE),
            Figure(f"{name}: processor", processor_s, "s", peers=(peer,)),
            Figure(f"{name}: rows per second", count / seconds / 1e6, "M/s", more_is_better=True),
        ),
        (f"{sizes[0]:,.0f} MB in, {sizes[1]:,.0f} MB out.",),
    )


def _write(path: Path, count: int) -> None:
    """The register: an identifier, a state, an activity, a commune, a day, and the point."""
    draft = path.with_suffix(".part")
    outlines = [_outlines(of) for of in GENERATIONS]
    lon, lat = population_points(count, outlines[1])
    draw = np.random.default_rng(43)
    activities = pa.array([f"{n // 100:02}.{n % 100:02}Z" for n in range(732)])
    communes = pa.array([f"{n:05}" for n in range(1_000, 36_000)])
    writer = None
    for start in range(0, count, ROWS_TOGETHER):
        rows = min(ROWS_TOGETHER, count - start)
        part = slice(start, start + rows)
        number = draw.integers(10**13, 10**14, rows).astype(str)
        table = pa.table(
            {
                "siret": pa.array(number, pa.string()),
                "etat": pa.array(["A", "F"]).take(draw.integers(0, 2, rows)),
                "activite": activities.take(draw.integers(0, len(activities), rows)),
                "code_commune": communes.take(draw.integers(0, len(communes), rows)),
                "creation": pa.array(draw.integers(0, 20_000, rows).astype("datetime64[D]")),
                "longitude": np.round(lon[part], 6),
                "latitude": np.round(lat[part], 6),
            }
        )
        writer = writer or parquet.ParquetWriter(draft, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROWS_TOGETHER)
    if writer:
        writer.close()
    draft.replace(path)


def _outlines(generation: int) -> np.ndarray:
    contours = read_contours(shipped("data") / f"qpv_{generation}.geojson")
    return np.array([qpv.geometry for qpv in contours.qpvs], dtype=object)


def _environment(folder: Path) -> dict[str, str]:
    database = f"sqlite:///{folder / 'instance' / 'mapapp.sqlite'}"
    return os.environ | {
        "MAPAPP_INSTANCE": str(folder / "instance"),
        "MAPAPP_DATABASE_URL": database,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def _prepare(folder: Path) -> None:
    """The instance with its tables kept, as after a first join."""
    (folder / "instance").mkdir(exist_ok=True)
    _mapapp(folder, "init").wait()
    source, target = folder / "first.parquet", folder / "first-joined.parquet"
    if not source.exists():
        _write(source, 400_000)
    _mapapp(folder, *_words(source, target)).wait()
    target.unlink()


def _words(source: Path, target: Path) -> tuple[str, ...]:
    return ("join", str(source), str(target), "--columns", "qpv,statut")


def _mapapp(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mapapp", *words]
    return subprocess.Popen(command, env=_environment(folder), stdout=subprocess.DEVNULL)


def _run(folder: Path, source: Path, target: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor of all processes, and their peak of memory in megabytes."""
    begun = time.perf_counter()
    command = _mapapp(folder, *_words(source, target))
    peak = _Peak(command.pid)
    peak.start()
    # Rows that lie outside French territory, if any, make the exit code 1.
    if command.wait() > 1:
        raise RuntimeError("the join failed")
    seconds = time.perf_counter() - begun
    peak.join()
    return seconds, sum(peak.processor_seconds.values()), peak.kilobytes / 1e3


class _Peak(threading.Thread):
    """Watches a process and those that it began, until it ends: their memory and their work.

    Work is what each was last seen to have done: up to the time between two looks is missing.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.kilobytes = 0
        self.processor_seconds: dict[int, float] = {}

    def run(self) -> None:
        """Look several times a second."""
        while (told := sum(map(_pss, tree := _tree(self._pid)))) > 0:
            self.kilobytes = max(self.kilobytes, told)
            self.processor_seconds |= {pid: work for pid in tree if (work := _work(pid))}
            time.sleep(0.2)


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(of for child in children for of in _tree(int(child)))]


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:"), 0)


def _work(pid: int) -> float:
    """Seconds of processor of a process, 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peer_seconds_per_row(source: Path) -> float:
    """Processor seconds of ``geopandas.sjoin`` for a row and both generations."""
    areas = [geopandas.GeoDataFrame(geometry=_outlines(of), crs=4326) for of in GENERATIONS]
    begun, rows = time.process_time(), 0
    file = parquet.ParquetFile(source)
    for batch in file.iter_batches(PEER_CHUNK, columns=["longitude", "latitude"]):
        points = shapely.points(batch.column(0).to_numpy(), batch.column(1).to_numpy())
        frame = geopandas.GeoDataFrame(geometry=points, crs=4326)
        for of_generation in areas:
            geopandas.sjoin(frame, of_generation, predicate="intersects")
        rows += batch.num_rows
        if rows >= PEER_ROWS:
            break
    return (time.process_time() - begun) / rows


if __name__ == "__main__":
    alone.run(measure, whole=NATIONAL, small=400_000)
