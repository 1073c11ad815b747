"""How long the verdict on one point takes in process, beside what people would write.

    python bench/verdict.py [POINTS]

A verdict says status, QPV, signed distance and nearest others; the peers only say which QPV holds
the point.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median, quantiles

import alone
import geopandas
import numpy as np
import shapely
from figures import Figure, Peer, Section
from population import population_points

from geo.contours import read_contours
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import Place, judge
from mapapp.paths import shipped

#: As a geocoder knows an address.
RADIUS_M = 20.0
#: The slow ways are asked about so many of the points.
ASKED_OF_PEERS = 200

METHOD = f"""Points spread like the population, known within {RADIUS_M:.0f} m as a geocoder knows
an address, each judged alone in one process for the QPVs of 2024; then as many anywhere on the
Earth. Wall clock; the median, and what 95 of 100 points do not exceed. The peers answer less:
which QPV holds the point, neither distance nor status."""


def measure(count: int) -> Section:
    """Judge the points one by one, then ask the peers about some of them."""
    index = QpvIndex(read_contours(shipped("data") / "qpv_2024.geojson"))
    lon, lat = population_points(count, index.outlines)
    people = [known(*at) for at in zip(lon.tolist(), lat.tolist(), strict=True)]
    draw = np.random.default_rng(1)
    anywhere = [
        known(x, y)
        for x, y in zip(draw.uniform(-180, 180, count), draw.uniform(-90, 90, count), strict=True)
    ]
    ours = partial(judge, index=index)
    in_france, on_earth = seconds(ours, people), seconds(ours, anywhere)
    peers = tuple(
        Peer(name, 1_000 * median(seconds(way, people[:ASKED_OF_PEERS])))
        for name, way in others(index).items()
    )
    return Section(
        f"Verdict of one point, {count:,} points",
        METHOD,
        (
            Figure("verdict of one point, median", 1_000 * median(in_france), "ms", 1, peers=peers),
            Figure("verdict of one point, p95", 1_000 * quantiles(in_france, n=20)[-1], "ms"),
            Figure("the same anywhere on the Earth, median", 1_000 * median(on_earth), "ms"),
        ),
    )


def known(lon: float, lat: float) -> Place:
    """A place as a geocoder knows it."""
    return Place(Position(float(lon), float(lat), Precision.ADDRESS, RADIUS_M))


def seconds(way: Callable[[Place], object], places: Sequence[Place]) -> list[float]:
    """What each place takes; the first one makes what is made once."""
    way(places[0])
    took = []
    for place in places:
        begun = time.perf_counter()
        way(place)
        took.append(time.perf_counter() - begun)
    return took


def others(index: QpvIndex) -> dict[str, Callable[[Place], object]]:
    """A loop over the contours, and a join of one row."""
    outlines = index.outlines
    areas = geopandas.GeoDataFrame(geometry=outlines, crs=4326)

    def loop(place: Place) -> object:
        point = shapely.Point(*place.position.lon_lat)
        return [outline for outline in outlines if outline.covers(point)]

    def one_row(place: Place) -> object:
        point = shapely.Point(*place.position.lon_lat)
        row = geopandas.GeoDataFrame(geometry=[point], crs=4326)
        return geopandas.sjoin(row, areas, predicate="intersects")

    return {"a loop over the contours": loop, "geopandas.sjoin of one row": one_row}


if __name__ == "__main__":
    alone.run(measure, whole=5_000, small=500)
