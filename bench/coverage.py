"""How long white spots take with 100,000 initiatives over the twelve themes.

    python bench/coverage.py [ROWS [DATABASE]]

The rows are those of ``import_100k.py``, each with a theme drawn from a fixed seed. DATABASE is
a file to keep them in, made when it is not there: the import is not what is measured here. To
reach: all QPVs × themes reckoned in 5 s, a question or a page of the API in 150 ms.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from import_100k import SEED, SOURCE, write_rows
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp import create_app
from mapapp.catalogue import load_catalogue
from mapapp.cli import main
from mapapp.coverage import reckon_coverage
from mapapp.filters import Filters
from mapapp.queries.coverage import Coverage
from mapapp.store.engine import open_engine, sessions

#: Medians of so many runs: the machine is not ours alone.
RUNS = 7

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


def stored(database: Path, count: int) -> Engine:
    """A store of ``count`` imported initiatives, made when it is not there yet."""
    engine = open_engine(f"sqlite:///{database}")
    if database.exists():
        return engine
    environment = {"MAPAPP_DATABASE_URL": f"sqlite:///{database}"}
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.csv"
        write_rows(rows, count)
        _run(environment, "init")
        themed = _with_themes(rows, engine)
        _run(environment, "import", "initiatives", str(themed), *SOURCE)
    return engine


def _run(environment: dict[str, str], *words: str) -> None:
    told = CliRunner().invoke(main, words, env=environment, prog_name="mapapp")
    if told.exit_code:
        sys.exit(told.output)


def _with_themes(rows: Path, engine: Engine) -> Path:
    """The same rows with a column of themes."""
    chance, themed = Random(SEED), rows.with_name("themed.csv")
    with sessions(engine)() as session:
        slugs = [theme.slug for theme in load_catalogue(session).initiative_themes]
    with (
        rows.open(encoding="utf-8", newline="") as file,
        themed.open("w", encoding="utf-8", newline="") as out,
    ):
        lines, writer = csv.reader(file), csv.writer(out)
        writer.writerow([*next(lines), "themes"])
        writer.writerows([*line, chance.choice(slugs)] for line in lines)
    return themed


def measures(engine: Engine) -> Iterator[tuple[str, float]]:
    """What was measured, and the median seconds that it took."""
    with sessions(engine)() as session:
        yield "reckon every QPV × theme", _median_s(lambda: reckon_coverage(session), 3)
        session.rollback()
        for name, filters in SELECTIONS.items():
            yield from _questions(session, name, filters)
    client = create_app(engine).test_client()
    for address in (*ADDRESSES, *FILES):
        client.get(address)  # what a process keeps in memory is there from the second visitor on
        runs = RUNS if address in ADDRESSES else 3
        yield f"GET {address}", _median_s(lambda address=address: client.get(address).data, runs)


def _questions(session: Session, name: str, filters: Filters) -> Iterator[tuple[str, float]]:
    asked = Coverage(session, load_catalogue(session), filters)
    for question in (asked.page, asked.states, asked.total, asked.by_territory):
        yield f"{question.__name__}: {name}", _median_s(question)


def _median_s(action: Callable[[], object], runs: int = RUNS) -> float:
    return median(_seconds(action) for _ in range(runs))


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
        kept = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "mapapp.sqlite"
        for what, seconds in measures(stored(kept, wanted)):
            print(f"{seconds * 1000:8.0f} ms  {what}", flush=True)
