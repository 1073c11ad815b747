"""Stores that hold many initiatives, made once per run: the benches of a run share a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import FOLDER
from synthetic import fill

from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions

#: Initiatives that ship and are somewhere: the smallest store.
SHIPPED = 20


@contextmanager
def shared_folder() -> Iterator[Path]:
    """The folder of this run; a bench that runs alone has its own."""
    if kept := os.environ.get(FOLDER):
        yield Path(kept)
    else:
        with TemporaryDirectory(prefix="mapapp-bench-") as name:
            yield Path(name)


def stored(folder: Path, count: int) -> Path:
    """A database with so many fictive initiatives among those that ship, or these alone."""
    database = folder / f"synthetic-{count}.sqlite"
    if not database.exists():
        made = database.with_suffix(".part")
        _fill(made, count)
        made.rename(database)
    return database


def _fill(database: Path, count: int) -> None:
    engine = open_engine(f"sqlite:///{database}")
    initialise(engine, shipped("data"))
    if count > SHIPPED:
        with sessions(engine).begin() as session:
            fill(session, count - SHIPPED)
    engine.dispose()
