"""Stores to test on: SQLite files, or databases of a real PostgreSQL; new, or holding some data.

A store that holds data is built once, often for all processes of a run (:mod:`made_once`); every
other one that holds the same is a copy of it.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

from postgresql_server import Server, postgresql_server
from sqlalchemy import Engine

from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine

#: Both databases that mapapp runs on.
DATABASES = ("sqlite", "postgresql")


class Stores(ABC):
    """Makes stores on one of the databases."""

    def __init__(self, built: Mapping[Path, str]) -> None:
        """``built``: addresses of stores to copy, by the data that they hold."""
        self._numbers = count(1)
        self._built = dict(built)

    @cached_property
    def shipped(self) -> Engine:
        """A store of what ships, for all who only read; open as long as these stores are used."""
        return open_engine(self._copy(self._holding(shipped("data"))))

    def close(self) -> None:
        """Leave the store that was shared."""
        if "shipped" in vars(self):
            self.shipped.dispose()

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
            build(url, data)
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


def build(url: str, data: Path) -> None:
    """Make a store that holds some data."""
    engine = open_engine(url)
    initialise(engine, data)
    engine.dispose()


class SqliteStores(Stores):
    """Files of one folder."""

    def __init__(self, folder: Path, built: Mapping[Path, str]) -> None:
        super().__init__(built)
        self._folder = folder

    def copy_to(self, path: Path, data: Path) -> None:
        """Put a store that holds some data at a path of the caller's."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._holding(data).removeprefix("sqlite:///"), path)

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

    def __init__(self, server: Server, built: Mapping[Path, str]) -> None:
        super().__init__({data: server.url(name) for data, name in built.items()})
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


def build_sqlite(folder: Path, named: Mapping[Path, str]) -> None:
    """Fill a folder with a file for each of some data."""
    for data, name in named.items():
        build(f"sqlite:///{folder / name}", data)


def build_postgresql(folder: Path, programs: Path, named: Mapping[Path, str]) -> None:
    """Fill a folder with what a server keeps, with a database for each of some data."""
    with postgresql_server(programs) as server:
        for data, name in named.items():
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            build(server.url(name), data)
        server.stop()
        shutil.copytree(server.data, folder, dirs_exist_ok=True)
