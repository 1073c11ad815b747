"""What the tests below the pages share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from mapapp.catalogue import Catalogue, load_catalogue
from mapapp.memory import Memory
from mapapp.queries.initiatives import Initiatives
from mapapp.store.engine import sessions

# An example that asks a database costs more than one that does not; and how long it takes is
# measured in bench/, a busy machine being no fault of the code.
settings.register_profile("with_a_store", deadline=None, max_examples=60)
settings.load_profile("with_a_store")


@pytest.fixture
def folder(small_data: Path, tmp_path: Path) -> Path:
    """A small copy of ``data/`` that the test may damage."""
    return Path(shutil.copytree(small_data, tmp_path / "data"))


@pytest.fixture(scope="session")
def memory(database_kind: str) -> Memory:
    """The memory of the process, for the shipped data of one database."""
    return Memory()


@pytest.fixture(scope="session")
def catalogue(engine: Engine) -> Catalogue:
    """The shipped catalogue."""
    with sessions(engine)() as session:
        return load_catalogue(session)


@pytest.fixture(scope="session")
def initiatives(engine: Engine, memory: Memory) -> Iterator[Initiatives]:
    """The questions about the shipped initiatives."""
    with sessions(engine)() as session:
        yield Initiatives(session, memory)
