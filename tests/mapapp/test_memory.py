"""What a process keeps in memory: built once, and forgotten as soon as the data are others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy.orm import Session

from mapapp.errors import NotReady
from mapapp.memory import Memory
from mapapp.store import Base, State
from mapapp.store.engine import open_engine, sessions

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store() -> Iterator[Session]:
    """A store that says its version and nothing else."""
    engine = open_engine("sqlite://")
    Base.metadata.create_all(engine)
    with sessions(engine)() as session:
        session.add(State(key="data_version", value="un"))
        session.commit()
        yield session
    engine.dispose()


def test_a_value_is_built_once_for_a_version(store: Session) -> None:
    """Asked for again, a value is the same object."""
    memory, built = Memory(), []
    first = memory.hold(store, "catalogue", lambda: built.append(1) or object())
    assert memory.hold(store, "catalogue", lambda: built.append(2) or object()) is first
    assert built == [1]


def test_another_version_forgets_everything(store: Session) -> None:
    """A change made by another process is seen at the next request, for every value."""
    memory = Memory()
    for name in ("catalogue", "index"):
        memory.hold(store, name, lambda: "ancien")
    store.merge(State(key="data_version", value="deux"))
    store.commit()
    assert {memory.hold(store, name, lambda: "neuf") for name in ("catalogue", "index")} == {"neuf"}


def test_a_value_that_could_not_be_built_is_tried_again(store: Session) -> None:
    """A failure is not kept in place of the value."""
    memory = Memory()
    with pytest.raises(ZeroDivisionError):
        memory.hold(store, "catalogue", lambda: 1 // 0)
    assert memory.hold(store, "catalogue", lambda: 3) == 3


def test_two_threads_build_a_value_once(store: Session) -> None:
    """While one request builds a value the others wait for it rather than build it too."""
    memory, built, found = Memory(), [], []
    wait = threading.Barrier(4)

    def ask() -> None:
        wait.wait()
        found.append(memory.hold(store, "index", lambda: built.append(1) or len(built)))

    memory.version = lambda _session: "un"  # type: ignore[method-assign]  # SQLite is one thread's
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (built, found) == ([1], [1, 1, 1, 1])


def test_the_cells_of_a_generation_name_the_qpvs_of_its_index(session: Session) -> None:
    """Built once per version; the rank of a cell is that of the contours."""
    memory = Memory()
    cells, index = memory.cells(session, 2024), memory.index(session, 2024)
    assert memory.cells(session, 2024) is cells
    (rank,) = cells.locate(np.array([5.072302]), np.array([47.332812]))  # 18 rue Castelnau, Dijon
    assert index.contours.qpvs[rank].name == "Les Grésilles"


def test_an_empty_store_is_told(store: Session) -> None:
    """Without data there is nothing to hold: the operator is told what to run."""
    store.query(State).delete()
    for ask in (Memory().version, Memory().catalogue, Memory().indexes):
        with pytest.raises(NotReady, match="mapapp init"):
            ask(store)


def test_the_indexes_come_newest_first(session: Session) -> None:
    """2024 before 2015, as verdicts are shown, each index the one asked for by its generation."""
    memory = Memory()
    indexes = memory.indexes(session)
    assert list(indexes) == [2024, 2015]
    assert memory.index(session, 2015) is indexes[2015]
    assert indexes[2015].contours.generation == 2015
