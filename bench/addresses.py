"""How long a file takes through the page, and what memory it needs.

    python bench/addresses.py [ROWS]

20,000 points spread like the population (bench/population.py), sent to ``/adresses`` and back, as
CSV and as XLSX, then ten times as many through ``mapapp join``, whose memory grows no more.
"""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import alone
import openpyxl
from figures import Figure, Section
from flask.testing import FlaskClient
from population import population_points
from werkzeug.datastructures import FileStorage

from mapapp import create_app
from mapapp.address_finding import address_finder
from mapapp.joining.columns import Wanted
from mapapp.joining.files import join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.making import Manner
from mapapp.joining.uploads import MOST_ROWS
from mapapp.memory import Memory
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions
from mapapp.web.uploads import limiter

TURNS = 3
#: Rows of the file that the command takes: a good deal more than the page.
STREAMED = 200_000

Rows = list[tuple[int, float, float]]


def peak_mb() -> float:
    """The most memory that the process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000


METHOD = f"""Points spread like the population, with a name each, sent to the page `/adresses` of a
warm process and read back; then ten times as many through the code of `mapapp join`. Wall clock,
medians of {TURNS} turns; memory is the most that the process held so far."""


def measure(count: int) -> Section:
    """Send the files, then stream a longer one."""
    with TemporaryDirectory(prefix="mapapp-bench-") as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'm.sqlite'}")
        initialise(engine, shipped("data"))
        with sessions(engine)() as session:
            indexes = Memory().indexes(session)
            joiner = Joiner(indexes, address_finder(session, offline=True, keep=False))
        lon, lat = population_points(STREAMED, indexes[2024].outlines)
        rows = list(zip(range(STREAMED), lon.tolist(), lat.tolist(), strict=True))
        figures = [*_sent(create_app(engine).test_client(), rows[:count])]
        figures += _streamed(joiner, rows[: 10 * count], folder)
        engine.dispose()
    return Section(f"A file of {count:,} points through « Mes adresses »", METHOD, tuple(figures))


def _sent(client: FlaskClient, rows: Rows) -> Iterator[Figure]:
    client.get("/adresses")
    for kind, content, limit_s in (("csv", as_csv(rows), 5), ("xlsx", as_xlsx(rows), None)):
        seconds = median(send(client, f"t.{kind}", content) for _ in range(TURNS))
        yield Figure(
            f"{len(rows):,} rows as {kind.upper()} through « Mes adresses »", seconds, "s", limit_s
        )
        yield Figure(f"memory after {kind.upper()}", peak_mb(), "MB")


def _streamed(joiner: Joiner, rows: Rows, folder: Path) -> Iterator[Figure]:
    source = folder / "in.csv"
    source.write_bytes(as_csv(rows))
    begun = time.perf_counter()
    join_file(source, folder / "out.csv", Wanted(), joiner, Manner(folder))
    yield Figure(f"{len(rows):,} rows as CSV, streamed", time.perf_counter() - begun, "s")
    yield Figure("memory after them", peak_mb(), "MB")


def send(client: FlaskClient, name: str, content: bytes) -> float:
    """Seconds from the file sent to the last byte of the result."""
    limiter.reset()
    begun = time.perf_counter()
    data = {"fichier": FileStorage(io.BytesIO(content), name)}
    response = client.post("/adresses", data=data)
    assert response.status_code == 200, response.status_code
    assert response.data
    return time.perf_counter() - begun


def as_csv(rows: Rows) -> bytes:
    """The rows with a name each, as people have them."""
    lines = (f"{rank};Établissement {rank};{x:.6f};{y:.6f}\n" for rank, x, y in rows)
    return ("id;nom;longitude;latitude\n" + "".join(lines)).encode()


def as_xlsx(rows: Rows) -> bytes:
    """The same in a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("adresses")
    sheet.append(["id", "nom", "longitude", "latitude"])
    for rank, x, y in rows:
        sheet.append([rank, f"Établissement {rank}", x, y])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


if __name__ == "__main__":
    alone.run(measure, whole=MOST_ROWS, small=1_000)
