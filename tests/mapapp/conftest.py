"""What the tests below the pages share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mapapp.catalogue import Catalogue, load_catalogue
from mapapp.memory import Memory
from mapapp.queries.initiatives import Initiatives
from mapapp.store.engine import sessions


@pytest.fixture
def folder(small_data: Path, tmp_path: Path) -> Path:
    """A small copy of ``data/`` that the test may damage."""
    return Path(shutil.copytree(small_data, tmp_path / "data"))


@pytest.fixture(scope="session")
def memory(database_kind: str) -> Memory:
    """The memory of the process, for the shipped data of one database."""
    return _memory(database_kind)


@cache
def _memory(_database_kind: str) -> Memory:
    return Memory()


@pytest.fixture(scope="session")
def catalogue(engine: Engine) -> Catalogue:
    """The shipped catalogue."""
    return _catalogue(engine)


@cache
def _catalogue(engine: Engine) -> Catalogue:
    with sessions(engine)() as session:
        return load_catalogue(session)


@pytest.fixture(scope="session")
def initiatives(engine: Engine, memory: Memory) -> Iterator[Initiatives]:
    """The questions about the shipped initiatives."""
    with sessions(engine)() as session:
        yield Initiatives(session, memory)
