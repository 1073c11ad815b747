"""How much sooner places are judged together than one after the other.

    python bench/judging.py [PLACES]

Places spread like the population (bench/population.py), known as a geocoder knows an address.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import alone
import numpy as np
from figures import Figure, Section
from population import population_points

from geo.bulk_status import STATUSES, BulkStatus
from geo.bulk_verdict import BulkJudge
from geo.contours import read_contours
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import Place, judge
from mapapp.paths import shipped

TURNS = 3
RADIUS_M = 20.0

METHOD = f"""Places known within {RADIUS_M:.0f} m, judged one after the other by the code that
answers about one place, and together; bare statuses are those of points without names and
distances. Ways take turns in one process; seconds of processor, medians of {TURNS}. The answers
are compared."""


def measure(count: int) -> Section:
    """Judge both ways, and bare statuses, for both generations."""
    figures = [figure for generation in (2024, 2015) for figure in _figures(generation, count)]
    return Section(f"Verdicts on {count:,} places", METHOD, tuple(figures))


def _figures(generation: int, count: int) -> Sequence[Figure]:
    index = QpvIndex(read_contours(shipped("data") / f"qpv_{generation}.geojson"))
    lon, lat = population_points(count, index.outlines)
    places = [
        Place(Position(x, y, Precision.ADDRESS, RADIUS_M))
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    ]
    statuses = BulkStatus(index, RADIUS_M)
    ways: tuple[Callable[[], object], ...] = (
        lambda: [judge(place, index) for place in places],
        lambda: BulkJudge(index).judge(places),
        lambda: statuses.judge(lon, lat),
    )
    slow_s, together_s, bare_s = _medians(ways)
    expected = [judge(place, index) for place in places]
    names = np.array(STATUSES)[statuses.judge(lon, lat).code].tolist()
    told = zip(expected, BulkJudge(index).judge(places), names, strict=True)
    wrong = sum(one != other or one.status != status for one, other, status in told)
    return (
        Figure(f"places together, {generation}: verdicts that differ", wrong, "", 0),
        Figure(
            f"places together, {generation}: sooner than one by one",
            slow_s / together_s,
            "×",
            5,
            True,
        ),
        Figure(
            f"places together, {generation}: bare statuses sooner than one by one",
            slow_s / bare_s,
            "×",
            more_is_better=True,
        ),
        Figure(f"{generation}: one by one", slow_s, "s"),
        Figure(f"{generation}: together", together_s, "s"),
        Figure(f"{generation}: bare statuses", bare_s, "s"),
    )


def _medians(ways: Sequence[Callable[[], object]]) -> list[float]:
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(TURNS):
        for taken, way in zip(seconds, ways, strict=True):
            begun = time.process_time()
            way()
            taken.append(time.process_time() - begun)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    alone.run(measure, whole=20_000, small=1_000)
