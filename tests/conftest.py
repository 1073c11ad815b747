"""What every test may ask for: the official files, a store with the shipped data, a client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from absence import absent
from flask import Flask
from invariants import CheckingClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp import create_app
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def official_data() -> Path:
    """The official public files beside the checkout (they are not part of the project)."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        absent("the official files (shared/data beside the checkout) are not here")
    return folder


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store holding the shipped data; read only by convention."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('store') / 'mapapp.sqlite'}")
    initialise(engine, shipped("data"))
    yield engine
    engine.dispose()


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
