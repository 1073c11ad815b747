"""What the tests below the pages share: a small copy of the data, a store built from it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from shipped_copy import make_small_copy
from sqlalchemy import Engine

from mapapp.catalogue import Catalogue, load_catalogue
from mapapp.memory import Memory
from mapapp.paths import shipped
from mapapp.queries.initiatives import Initiatives
from mapapp.store.engine import open_engine, sessions

# An example that asks a database costs more than one that does not; and how long it takes is
# measured in bench/, a busy machine being no fault of the code.
settings.register_profile("with_a_store", deadline=None, max_examples=60)
settings.load_profile("with_a_store")


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sound copy of ``data/``; read only by convention."""
    return make_small_copy(shipped("data"), tmp_path_factory.mktemp("small") / "data")


@pytest.fixture
def folder(small_data: Path, tmp_path: Path) -> Path:
    """A small copy of ``data/`` that the test may damage."""
    return Path(shutil.copytree(small_data, tmp_path / "data"))


@pytest.fixture
def new_engine(tmp_path: Path) -> Iterator[Engine]:
    """A store where nothing is yet."""
    engine = open_engine(f"sqlite:///{tmp_path / 'instance' / 'mapapp.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def memory() -> Memory:
    """The memory of the process, for the shipped data."""
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
