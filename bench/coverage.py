"""How long white spots take with 100,000 initiatives over the twelve themes.

    python bench/coverage.py [INITIATIVES]

What is reckoned after each change, what the pages and the API ask, and the files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

import alone
from figures import Figure, Section
from filled import shared_folder, stored
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp import create_app
from mapapp.catalogue import load_catalogue
from mapapp.coverage import reckon_coverage
from mapapp.filters import Filters
from mapapp.queries.coverage import Coverage
from mapapp.store.engine import open_engine, sessions

#: Medians of so many runs: the machine is not ours alone.
RUNS, LONG_RUNS = 7, 3
#: A look at the bench; the files, which do not change with it, are left out.
SMALL = 1_000
#: Questions and pages, in milliseconds: a wait that nobody notices.
QUESTION_MS = 150

MEASURED = """Every near example of each QPV and theme is measured on the ellipsoid, and the table
is written again whole: from 4.7 to 5.9 s, from one run to another."""

METHOD = f"""Fictive initiatives (bench/synthetic.py) in SQLite, in one process, warm. Wall clock,
medians of {RUNS} runs ({LONG_RUNS} for what is long)."""

SELECTIONS = {
    "France": Filters(),
    "France, near up to 5 km, by distance": Filters(distance=5_000.0, tri="distance"),
    "a région, one theme": Filters(region="11", theme=("alimentation",)),
    "a département": Filters(departement="93"),
}
ADDRESSES = (
    "/api/v1/coverage",
    "/api/v1/coverage?page=40&distance=5000&tri=distance",
    "/api/v1/coverage?departement=93&theme=alimentation",
)
FILES = (
    "/api/v1/coverage.csv",
    "/api/v1/coverage.xlsx",
    "/api/v1/coverage.geojson",
    "/api/v1/initiatives.csv",
    "/api/v1/initiatives.geojson",
)


def measure(count: int) -> Section:
    """Reckon, ask, and write the files."""
    with shared_folder() as folder:
        engine = open_engine(f"sqlite:///{stored(folder, count)}")
        figures = tuple(_figures(engine, count > SMALL))
        engine.dispose()
    return Section(f"White spots with {count:,} initiatives", METHOD, figures)


def _figures(engine: Engine, whole: bool) -> Iterator[Figure]:
    with sessions(engine)() as session:
        reckoned_s = _median_s(lambda: reckon_coverage(session), LONG_RUNS)
        yield Figure("coverage of all QPVs × themes", reckoned_s, "s", 5, if_missed=MEASURED)
        session.rollback()
        for name, filters in SELECTIONS.items():
            yield from _questions(session, name, filters)
    client = create_app(engine).test_client()
    for address in (*ADDRESSES, *FILES) if whole else ADDRESSES:
        client.get(address)  # what a process keeps in memory is there from the second visitor on
        runs = RUNS if address in ADDRESSES else LONG_RUNS
        seconds = _median_s(lambda address=address: client.get(address).data, runs)
        limit_ms = QUESTION_MS if address in ADDRESSES else None
        yield Figure(f"GET {address}", 1_000 * seconds, "ms", limit_ms)


def _questions(session: Session, name: str, filters: Filters) -> Iterator[Figure]:
    asked = Coverage(session, load_catalogue(session), filters)
    for question in (asked.page, asked.states, asked.total, asked.by_territory):
        yield Figure(f"{question.__name__}, {name}", 1_000 * _median_s(question), "ms")


def _median_s(action: Callable[[], object], runs: int = RUNS) -> float:
    return median(_seconds(action) for _ in range(runs))


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


if __name__ == "__main__":
    alone.run(measure, whole=100_000, small=SMALL)
