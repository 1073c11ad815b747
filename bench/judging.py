"""How much sooner places are judged together than one after the other.

    python bench/judging.py [PLACES]

Places spread like the population (bench/population.py), known as a geocoder knows an address; both
ways take turns in one process, by the processor's clock. To reach: 5 times, and equal verdicts.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
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


def measure(count: int) -> None:
    """Judge both ways, and bare statuses, for both generations; print medians and ratios."""
    for generation in (2024, 2015):
        index = QpvIndex(read_contours(shipped("data") / f"qpv_{generation}.geojson"))
        lon, lat = population_points(count, index.outlines)
        places = [
            Place(Position(x, y, Precision.ADDRESS, RADIUS_M))
            for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
        ]
        together, one_by_one, bare = [], [], []
        statuses = BulkStatus(index, RADIUS_M)
        for _ in range(TURNS):
            begun = time.process_time()
            verdicts = BulkJudge(index).judge(places)
            together.append(time.process_time() - begun)
            begun = time.process_time()
            expected = [judge(place, index) for place in places]
            one_by_one.append(time.process_time() - begun)
            begun = time.process_time()
            codes = statuses.judge(lon, lat).code
            bare.append(time.process_time() - begun)
        same = verdicts == expected
        same &= [verdict.status for verdict in expected] == np.array(STATUSES)[codes].tolist()
        slow, fast, faster = map(statistics.median, (one_by_one, together, bare))
        print(
            f"{generation}: {count} places, one by one {slow:.2f} s; together {fast:.2f} s "
            f"(× {slow / fast:.1f}); bare statuses {faster:.2f} s (× {slow / faster:.0f}); "
            f"{'equal' if same else 'DIFFERENT'}"
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
