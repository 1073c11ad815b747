"""How many points per second are joined to the QPVs, beside Shapely's tree and geopandas.

    python bench/join.py [POINTS]

Five million points spread like the population (bench/population.py). The ways take turns in one
process, so that a busy machine slows them all; what is printed is the median of several turns, by
the processor's clock, and the ratios. The answers are compared point for point.

To reach: 25 million points per second, 20 times geopandas.sjoin, not one difference.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import shapely
from population import population_points

from geo.cell_files import index_cells
from geo.contours import Contours, read_contours
from mapapp.paths import shipped

TURNS = 5


def measure(count: int) -> None:
    """Join both generations in each way, and print medians, ratios and differences."""
    print(
        f"{count} points; Python {platform.python_version()}, NumPy {np.__version__}, Shapely "
        f"{shapely.__version__} (GEOS {shapely.geos_version_string}), "
        f"geopandas {geopandas.__version__}"
    )
    for generation in (2024, 2015):
        _join(read_contours(shipped("data") / f"qpv_{generation}.geojson"), count)


def _join(contours: Contours, count: int) -> None:
    outlines = np.array([qpv.geometry for qpv in contours.qpvs], dtype=object)
    lon, lat = population_points(count, outlines)
    begun = time.process_time()
    index = index_cells(contours)
    seconds = time.process_time() - begun
    print(f"{contours.generation}: {len(outlines)} QPVs, index built in {seconds:.2f} s")
    areas = geopandas.GeoDataFrame(geometry=outlines, crs=4326)
    points = shapely.points(lon, lat)
    frame = geopandas.GeoDataFrame(geometry=points, crs=4326)
    tree = shapely.STRtree(outlines)
    ways: dict[str, Callable[[], Any]] = {
        "cell index": lambda: index.locate(lon, lat),
        "every pair": lambda: index.pairs(lon, lat),
        "Shapely's tree": lambda: tree.query(points, "intersects"),
        "geopandas.sjoin": lambda: geopandas.sjoin(frame, areas, predicate="intersects"),
    }
    _compare(ways, count)
    _differences(index.pairs(lon, lat), tree.query(points, "intersects"))


def _compare(ways: dict[str, Callable[[], Any]], count: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, join in ways.items():
            begun = time.process_time()
            join()
            seconds[name].append(time.process_time() - begun)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(
            f"  {name:16} {median:8.3f} s  {count / median / 1e6:6.1f} M points/s"
            f"  × {median / medians['cell index']:.1f}"
        )


def _differences(found: tuple[Any, Any], expected: Any) -> None:
    order = np.lexsort((expected[1], expected[0]))
    same = len(found[0]) == expected.shape[1] and np.array_equal(found, expected[:, order])
    held = len(found[0])
    print(f"  {'not one difference' if same else 'DIFFERENT ANSWERS'}; {held} pairs")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
