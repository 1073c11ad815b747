"""How soon `make serve` answers: the first time after installation, then later ones.

    python bench/starting.py [TURNS]

The command that `make serve` runs, on an instance folder that does not exist yet, then again on the
database that it made.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import alone
import served
from figures import Figure, Section

IMPORTS = """Python loads its libraries (SQLAlchemy, pydantic, Folium, PyProj, Shapely) for some
1.5 s before anything of ours begins."""

METHOD = """`mapapp serve`, which is what `make serve` runs once everything is installed; from the
start of the process until its first page (`/`) has been read to the end. Wall clock, medians. The
first time, the database is made from the tables and contours that ship."""


def measure(turns: int) -> Section:
    """Start from nothing, then from what is there."""
    first, later = [], []
    for _ in range(turns):
        with TemporaryDirectory(prefix="mapapp-bench-") as name:
            database = Path(name) / "instance" / "mapapp.sqlite"
            for taken in (first, later, later):
                with served.mapapp(database) as server:
                    taken.append(server.started_s)
    return Section(
        f"First answer of `make serve`, {turns} times",
        METHOD,
        (
            Figure(
                "first `make serve`: database from nothing, first answer", median(first), "s", 10
            ),
            Figure("later `make serve`: first answer", median(later), "s", 2, if_missed=IMPORTS),
        ),
    )


if __name__ == "__main__":
    alone.run(measure, whole=3, small=1)
