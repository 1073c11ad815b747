"""Stores to test on: SQLite files, or databases of a real PostgreSQL; new, or holding some data.

A store that holds data is built once; every other one that holds the same is a copy of it.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from postgresql_server import Server
from sqlalchemy import Engine

from mapapp.shipping import initialise
from mapapp.store.engine import open_engine

#: Both databases that mapapp runs on.
DATABASES = ("sqlite", "postgresql")


class Stores(ABC):
    """Makes stores on one of the databases."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._built: dict[Path, str] = {}

    @contextmanager
    def opened(self, data: Path | None = None) -> Iterator[Engine]:
        """A store that a test may change: where nothing is yet, or holding some data."""
        url = self._url() if data is None else self._copy(self._holding(data))
        engine = open_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
            self._remove(url)

    def _holding(self, data: Path) -> str:
        """The address of the store that is copied; nobody opens it."""
        if data not in self._built:
            url = self._url()
            engine = open_engine(url)
            initialise(engine, data)
            engine.dispose()
            self._built[data] = url
        return self._built[data]

    @abstractmethod
    def _url(self) -> str:
        """The address of a new store."""

    @abstractmethod
    def _copy(self, url: str) -> str:
        """The address of a copy."""

    @abstractmethod
    def _remove(self, url: str) -> None:
        """Take a store away."""


class SqliteStores(Stores):
    """Files of one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _url(self) -> str:
        return f"sqlite:///{self._folder / str(next(self._numbers)) / 'mapapp.sqlite'}"

    def _copy(self, url: str) -> str:
        copy = self._url()
        Path(copy.removeprefix("sqlite:///")).parent.mkdir()
        shutil.copy(url.removeprefix("sqlite:///"), copy.removeprefix("sqlite:///"))
        return copy

    def _remove(self, url: str) -> None:
        shutil.rmtree(Path(url.removeprefix("sqlite:///")).parent, ignore_errors=True)


class PostgresqlStores(Stores):
    """Databases of one server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server

    def _url(self) -> str:
        return self._made("template0")

    def _copy(self, url: str) -> str:
        return self._made(url.rpartition("/")[2])

    def _remove(self, url: str) -> None:
        self.server.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _made(self, template: str) -> str:
        name = f"store_{next(self._numbers)}"
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.server.url(name)
