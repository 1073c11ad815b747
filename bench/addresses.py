"""How long a file takes through the page, and what memory it needs.

    python bench/addresses.py [ROWS]

20,000 points spread like the population (bench/population.py), sent to ``/adresses`` and back, as
CSV and as XLSX, then ten times as many through ``mapapp join``. To reach: 5 s for the CSV file; the
peak of memory does not grow with the rows that are streamed.
"""

from __future__ import annotations

import io
import resource
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from population import population_points
from werkzeug.datastructures import FileStorage

from mapapp import create_app
from mapapp.address_finding import address_finder
from mapapp.joining.columns import Wanted
from mapapp.joining.files import join_file
from mapapp.joining.judging import Joiner
from mapapp.joining.uploads import MOST_ROWS
from mapapp.memory import Memory
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions
from mapapp.web.uploads import limiter

TURNS = 5
#: Rows of the file that the command takes: a good deal more than the page.
STREAMED = 200_000


def peak_mb() -> float:
    """The most memory that the process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000


def measure(count: int) -> None:
    """Send the files and print medians and peaks."""
    with TemporaryDirectory(prefix="mapapp-bench-") as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'm.sqlite'}")
        initialise(engine, shipped("data"))
        with sessions(engine)() as session:
            indexes = Memory().indexes(session)
            joiner = Joiner(indexes, address_finder(session, offline=True, keep=False))
        lon, lat = population_points(STREAMED, indexes[2024].outlines)
        rows = list(zip(range(STREAMED), lon.tolist(), lat.tolist(), strict=True))
        client = create_app(engine).test_client()
        client.get("/adresses")
        print(f"before: {peak_mb():.0f} MB")
        for kind, content in (("csv", as_csv(rows[:count])), ("xlsx", as_xlsx(rows[:count]))):
            seconds = [send(client, f"t.{kind}", content) for _ in range(TURNS)]
            print(
                f"{kind}: {count} rows, {len(content) / 1e6:.1f} MB, median "
                f"{statistics.median(seconds):.2f} s of {TURNS}; peak {peak_mb():.0f} MB"
            )
        source = folder / "in.csv"
        source.write_bytes(as_csv(rows))
        begun = time.perf_counter()
        join_file(source, folder / "out.csv", Wanted(), joiner)
        spent = time.perf_counter() - begun
        print(f"join: {STREAMED} rows in {spent:.1f} s; peak {peak_mb():.0f} MB")
        engine.dispose()


def send(client: object, name: str, content: bytes) -> float:
    """Seconds from the file sent to the last byte of the result."""
    limiter.reset()
    begun = time.perf_counter()
    data = {"fichier": FileStorage(io.BytesIO(content), name)}
    response = client.post("/adresses", data=data)  # type: ignore[attr-defined]
    assert response.status_code == 200, response.status_code
    assert response.data
    return time.perf_counter() - begun


def as_csv(rows: list[tuple[int, float, float]]) -> bytes:
    """The rows with a name each, as people have them."""
    lines = (f"{rank};Établissement {rank};{x:.6f};{y:.6f}\n" for rank, x, y in rows)
    return ("id;nom;longitude;latitude\n" + "".join(lines)).encode()


def as_xlsx(rows: list[tuple[int, float, float]]) -> bytes:
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
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else MOST_ROWS)
