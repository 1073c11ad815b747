"""What every test may ask for: the official files, a store with the shipped data, a client."""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from absence import absent
from flask import Flask
from invariants import CheckingClient
from postgresql_server import postgresql_server, programs
from published import Published, publish
from shipped_copy import make_small_copy
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stores import DATABASES, PostgresqlStores, SqliteStores, Stores

from mapapp import create_app
from mapapp.config import INSTANCE
from mapapp.paths import shipped
from mapapp.store.engine import sessions

CHECKOUT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Give this process an instance folder of its own: what it shares with others is there."""
    folder = TemporaryDirectory(prefix="mapapp-tests-")
    atexit.register(folder.cleanup)
    os.environ[INSTANCE.name] = folder.name


@pytest.fixture(scope="session")
def official_data() -> Path:
    """The official public files beside the checkout (they are not part of the project)."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        absent("the official files (shared/data beside the checkout) are not here")
    return folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks a store on both databases; pages ask nothing that other tests do not."""
    if "database_kind" in metafunc.fixturenames and _on_both(metafunc.definition):
        metafunc.parametrize("database_kind", DATABASES, indirect=True, scope="session")


#: Tests that ask or write the store in ways of their own; in some modules only those named.
_ON_BOTH = re.compile(
    r"test_("
    r"(checking|coverage|filters|geocoding_runs|matching|memory|review|shipping)::"
    r"|(rolling_back|stored_answers|exporting_(again|coverage|extracts)|queries_\w+)::"
    r"|(importing_(initiatives|resources)|import_(faults|kills)|api_(answers|nearby))::"
    r"|importing_qpv::test_(publishing|restoring|verdicts)"
    r")"
)
#: What takes long in them without asking the database anything else than the others do.
_LONG = re.compile(r"every_(contour|cell)|share_out|killed_the_first_time|real_file_taken_back")


def _on_both(test: pytest.Function) -> bool:
    # Examples by the dozen say the same of each: what they look for is not in the database.
    if hasattr(test.function, "hypothesis") or test.get_closest_marker("sqlite"):
        return False
    name = f"{test.path.stem}::{test.originalname}"
    return _ON_BOTH.match(name) is not None and not _LONG.search(name)


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database that the stores of a test are on."""
    return str(getattr(request, "param", DATABASES[0]))


@pytest.fixture(scope="session")
def sqlite_stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Stores in SQLite files."""
    return SqliteStores(tmp_path_factory.mktemp("stores"))


@pytest.fixture(scope="session")
def postgresql_stores() -> Iterator[PostgresqlStores]:
    """Stores of a PostgreSQL that is started for the tests."""
    found = programs()
    if found is None:
        absent("PostgreSQL is not installed (Debian package « postgresql »)")
    with postgresql_server(found) as server:
        yield PostgresqlStores(server)


@pytest.fixture(scope="session")
def stores(database_kind: str, request: pytest.FixtureRequest) -> Stores:
    """Stores on the database of the test."""
    stores: Stores = request.getfixturevalue(f"{database_kind}_stores")
    return stores


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sound copy of ``data/``; read only by convention."""
    return make_small_copy(shipped("data"), tmp_path_factory.mktemp("small") / "data")


@pytest.fixture
def new_engine(stores: Stores) -> Iterator[Engine]:
    """A store where nothing is yet."""
    with stores.opened() as engine:
        yield engine


@pytest.fixture
def live(stores: Stores, small_data: Path) -> Iterator[Engine]:
    """A store of the small data that a test may change."""
    with stores.opened(small_data) as engine:
        yield engine


@pytest.fixture(scope="session")
def engine(stores: Stores) -> Iterator[Engine]:
    """A store holding the shipped data; read only by convention."""
    with stores.opened(shipped("data")) as engine:
        yield engine


@pytest.fixture(scope="session")
def zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the zones of the shipped contours are kept, drawn once for all processes of a run."""
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "zones"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the shipped data."""
    with sessions(engine)() as session:
        yield session


@pytest.fixture(scope="session")
def app(engine: Engine) -> Flask:
    """The application on the shipped data."""
    app = create_app(engine)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    """A client that checks on every page what must hold on every page."""
    app.test_client_class = CheckingClient
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A small store with two snapshots; read only by convention."""
    made = publish(tmp_path_factory.mktemp("published"))
    yield made
    made.engine.dispose()
