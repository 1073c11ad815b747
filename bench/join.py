"""How many points per second are joined to the QPVs, beside Shapely, geopandas and PostGIS.

    python bench/join.py [POINTS]

Points spread like the population (bench/population.py). The ways take turns, so that a busy machine
slows them all; medians, by the processor's clock. The answers are compared point for point.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import alone
import geopandas
import numpy as np
import shapely
from figures import Figure, Peer, Section, ratio
from numpy.typing import NDArray
from population import SHARE_IN_QPV, population_points

from geo.cell_files import index_cells
from geo.contours import Contours, read_contours
from mapapp.paths import shipped

TURNS = 5
#: Without an index on the points PostGIS needs minutes for all of them: one point in so many.
SAMPLE = 20

METHOD = f"""Points spread like the population, {SHARE_IN_QPV:.0%} of them inside QPVs, joined to
the QPVs that ship. Ways take turns; seconds of processor, medians of {TURNS} turns (3 of PostGIS),
one process each. Not counted, for anyone: loading the points, making geometries of them, the index
of the QPVs. PostGIS only counts the pairs; Shapely and geopandas say them, as the line « every pair
told » does."""

#: PostGIS with the index that a table of areas has; with one made on the points on the way; with
#: that one made beforehand.
POSTGIS = (
    "PostGIS, GiST on QPVs",
    "PostGIS, points indexed on the way",
    "PostGIS, points indexed beforehand",
)
INDEXED = """An index on the points, made beforehand and not counted, lets PostGIS ask once per QPV
instead of once per point. A file that has just come has none; ours needs none."""

Ways = dict[str, Callable[[], Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """The points and the areas to join."""

    contours: Contours
    outlines: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @classmethod
    def of(cls, generation: int, count: int) -> Task:
        """The QPVs of a generation and so many points."""
        contours = read_contours(shipped("data") / f"qpv_{generation}.geojson")
        outlines = np.array([qpv.geometry for qpv in contours.qpvs], dtype=object)
        return cls(contours, outlines, *population_points(count, outlines))


def measure(count: int) -> Section:
    """Join the points to the QPVs of 2024 in each way."""
    task = Task.of(2024, count)
    begun = time.process_time()
    index = index_cells(task.contours)
    building_s = time.process_time() - begun
    areas = geopandas.GeoDataFrame(geometry=task.outlines, crs=4326)
    points = shapely.points(task.lon, task.lat)
    frame = geopandas.GeoDataFrame(geometry=points, crs=4326)
    tree = shapely.STRtree(task.outlines)
    seconds = medians(
        {
            "ours": lambda: index.locate(task.lon, task.lat),
            "ours, every pair": lambda: index.pairs(task.lon, task.lat),
            "Shapely STRtree": lambda: tree.query(points, "intersects"),
            "geopandas.sjoin": lambda: geopandas.sjoin(frame, areas, predicate="intersects"),
        }
    )
    exact = tree.query(points, "intersects")
    exact = exact[:, np.lexsort((exact[1], exact[0]))]
    found = np.array(index.pairs(task.lon, task.lat))
    others, notes = _postgis(task, exact)
    notes += (
        f"{exact.shape[1]:,} pairs. Building our index, once: {building_s:.1f} s of processor.",
    )
    return Section(
        f"Join of {count:,} points × {len(task.outlines):,} QPVs",
        METHOD,
        _figures(count, seconds | others, differences(found, exact)),
        notes,
    )


def medians(ways: Ways) -> dict[str, float]:
    """Seconds of processor of each way."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, join in ways.items():
            begun = time.process_time()
            join()
            seconds[name].append(time.process_time() - begun)
    return {name: statistics.median(times) for name, times in seconds.items()}


def differences(found: NDArray[Any], expected: NDArray[Any]) -> int:
    """How many pairs (point, area) only one of two answers holds."""
    return len(set(map(tuple, found.T.tolist())) ^ set(map(tuple, expected.T.tolist())))


def _postgis(task: Task, exact: NDArray[Any]) -> tuple[dict[str, float], tuple[str, ...]]:
    """What PostGIS takes, with an index on the areas and with one on the points as well."""
    try:
        import postgis
    except ImportError as fault:
        return {}, (f"PostGIS was not asked: {fault}.",)
    if lack := postgis.missing():
        return {}, (f"PostGIS was not asked: {lack}.",)
    count = len(task.lon)
    with postgis.postgis() as connection:
        postgis.load(connection, task.lon, task.lat, task.outlines)
        sampled = max(1, count // SAMPLE)
        areas_s = postgis.counting_s(connection, sampled) * count / sampled
        indexing_s = postgis.index_points(connection)
        indexed_s = statistics.median(postgis.counting_s(connection, count) for _ in range(3))
        same = differences(postgis.pairs(connection), exact)
        plan, version = postgis.plan(connection), postgis.version(connection)
    seconds = (areas_s, indexing_s + indexed_s, indexed_s)
    return dict(zip(POSTGIS, seconds, strict=True)), (
        f"{version}. GiST on QPVs alone: one point in {SAMPLE} was joined, the time multiplied. "
        f"GiST on points too: {indexing_s:.1f} s to make it, {indexed_s:.1f} s to join. "
        f"Its plan then: {plan}. Pairs that differ: {same}.",
    )


def _figures(count: int, seconds: dict[str, float], wrong: int) -> tuple[Figure, ...]:
    ours, pairs = seconds["ours"], seconds["ours, every pair"]
    others = {name: took for name, took in seconds.items() if not name.startswith("ours")}
    peers = tuple(Peer(name, count / took / 1e6) for name, took in others.items())
    return (
        Figure("pairs that differ from Shapely’s exact answer", wrong, "", 0),
        Figure("points joined", count / ours / 1e6, "M/s", 25, True, peers),
        Figure("points joined, every pair told", count / pairs / 1e6, "M/s", None, True, peers),
        ratio("sooner than geopandas.sjoin", ours, others["geopandas.sjoin"], 20),
        *(
            ratio(f"sooner than {name}", ours, others[name], 50, INDEXED)
            for name in POSTGIS
            if name in others
        ),
    )


if __name__ == "__main__":
    alone.run(measure, whole=5_000_000, small=200_000)
