"""What every test may ask for: the official files, a store with the shipped data, a client."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import addok_server
import pytest
from absence import absent
from effort import LONG, load_profile
from flask import Flask
from invariants import CheckingClient
from made_once import made_once
from postgresql_server import postgresql_server, programs
from published import Published, publish
from shipped_copy import make_small_copy
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stores import (
    DATABASES,
    PostgresqlStores,
    SqliteStores,
    Stores,
    build_postgresql,
    build_sqlite,
)

from mapapp import create_app
from mapapp.config import INSTANCE
from mapapp.paths import shipped
from mapapp.store.engine import sessions

CHECKOUT = Path(__file__).resolve().parent.parent
OFFICIAL = CHECKOUT.parent / "shared" / "data"

pytest_plugins = ["costs"]
load_profile()


@pytest.fixture(scope="session")
def extracts() -> Path:
    """Parts of the official files, which anyone's clone has: some départements, every oddity."""
    return CHECKOUT / "tests" / "official"


def pytest_configure() -> None:
    """Give this process an instance folder of its own: what it shares with others is there."""
    folder = TemporaryDirectory(prefix="mapapp-tests-")
    atexit.register(folder.cleanup)
    os.environ[INSTANCE.name] = folder.name


@pytest.fixture(scope="session")
def official_data() -> Path:
    """The official files whole, beside the checkout: for what only all of France proves."""
    if not OFFICIAL.is_dir():
        reason = "the official files whole (shared/data beside the checkout) are not here"
        absent(reason, can_be_installed=False)  # they belong to nobody else's clone
    return OFFICIAL


def pytest_report_header() -> list[str]:
    """What is tried, for how long, and what of this machine the tests cannot have."""
    from visitors import chromium_program  # with a browser's driver, long to import

    form = "long form (hours)" if LONG else "short form (8 minutes on two idle cores)"
    parts = {
        "Chromium": chromium_program(),
        "PostgreSQL": programs(),
        "Addok and Redis": not addok_server.missing(),
        "the whole official files": OFFICIAL.is_dir(),
    }
    here, missing = (
        [name for name, is_here in parts.items() if bool(is_here) == w] for w in (1, 0)
    )
    return [
        f"mapapp: {form}",
        f"with {', '.join(here) or 'nothing'}; without {', '.join(missing) or 'nothing'}",
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both databases what is marked so, for it asks or writes a store in ways of its own."""
    if "database_kind" in metafunc.fixturenames and _on_both(metafunc.definition):
        metafunc.parametrize("database_kind", DATABASES, indirect=True, scope="session")


def _on_both(test: pytest.Function) -> bool:
    # Examples by the dozen say the same of each: what they look for is not in the database.
    if hasattr(test.function, "hypothesis") or test.get_closest_marker("sqlite"):
        return False
    return test.get_closest_marker("both_databases") is not None


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their length: an archive of the same content may differ by its date.

    Processes that share out the tests must find the same names.
    """
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to ``make endure`` what only a long campaign tries."""
    waiting = [item for item in items if item.get_closest_marker("endure") and not LONG]
    if waiting:
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if item not in waiting]


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database that the stores of a test are on."""
    return str(getattr(request, "param", DATABASES[0]))


@pytest.fixture(scope="session")
def kept(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is long to make is kept from one run to the next (:mod:`made_once`).

    Without pytest's cache, it is kept for the processes of one run.
    """
    if pytestconfig.pluginmanager.hasplugin("cacheprovider"):
        return pytestconfig.cache.mkdir("mapapp")  # type: ignore[union-attr]
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "kept"


@pytest.fixture(scope="session")
def store_names(small_data: Path) -> dict[Path, str]:
    """What the stores hold that are made once, and the name of each."""
    return {shipped("data"): "shipped", small_data: "small"}


@pytest.fixture(scope="session")
def sqlite_stores(
    kept: Path, store_names: dict[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqliteStores]:
    """Stores in SQLite files."""
    made = made_once(kept, "sqlite", lambda folder: build_sqlite(folder, store_names))
    built = {data: f"sqlite:///{made / name}" for data, name in store_names.items()}
    stores = SqliteStores(tmp_path_factory.mktemp("stores"), built)
    yield stores
    stores.close()


@pytest.fixture(scope="session")
def postgresql_stores(kept: Path, store_names: dict[Path, str]) -> Iterator[PostgresqlStores]:
    """Stores of a PostgreSQL that is started for the tests."""
    found = programs()
    if found is None:
        absent("PostgreSQL is not installed (Debian package « postgresql »)")
    made = made_once(
        kept, "postgresql", lambda folder: build_postgresql(folder, found, store_names)
    )
    with postgresql_server(found, made) as server:
        stores = PostgresqlStores(server, store_names)
        yield stores
        stores.close()


@pytest.fixture(scope="session")
def stores(database_kind: str, request: pytest.FixtureRequest) -> Stores:
    """Stores on the database of the test."""
    stores: Stores = request.getfixturevalue(f"{database_kind}_stores")
    return stores


@pytest.fixture(scope="session")
def small_data(kept: Path) -> Path:
    """A small sound copy of ``data/``; read only by convention."""

    def make(folder: Path) -> None:
        make_small_copy(shipped("data"), folder / "data")

    return made_once(kept, "small", make) / "data"


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
def engine(stores: Stores) -> Engine:
    """A store holding the shipped data; read only by convention."""
    return stores.shipped


@pytest.fixture(scope="session")
def zones(kept: Path) -> Path:
    """Where the zones of the shipped contours are, once somebody has drawn them."""
    return made_once(kept, "zones", lambda folder: None)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on the shipped data."""
    with sessions(engine)() as session:
        yield session


@pytest.fixture(scope="session")
def app(engine: Engine) -> Flask:
    """The application on the shipped data."""
    return _application(engine)


@cache
def _application(engine: Engine) -> Flask:
    """One for each database: sessions of pytest go from one to the other and back."""
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
