"""Counters of what visitors do, shared by the processes of a machine: a storage for ``limits``.

The file names nobody: a key (route and network address) is kept as its hash with a salt that is
drawn anew each day and forgotten with it. A count is erased when its window has passed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from limits.storage import Storage

from mapapp.machine.folder import shared_folder

#: How the storage is asked for (``storage_uri``).
SCHEME = "machine"
ADDRESS = f"{SCHEME}://"

#: A count takes a millisecond; who waits longer for the others is counted by the process alone.
_PATIENCE_S = 2.0

_TABLES = (
    "CREATE TABLE IF NOT EXISTS salt (day TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS count (key TEXT PRIMARY KEY, amount INTEGER NOT NULL, "
    "begun REAL NOT NULL, lasts REAL NOT NULL) STRICT",
)
#: A window whose beginning is to come is of before the clock was set back.
_FORGET = "DELETE FROM count WHERE begun > :now OR begun + lasts <= :now"
_ADD = (
    "INSERT INTO count VALUES (:key, :amount, :now, :lasts) "
    "ON CONFLICT (key) DO UPDATE SET amount = amount + excluded.amount RETURNING amount"
)


class Counters(Storage):
    """Counts in a small SQLite file of the shared folder, each erased after its window."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 (an instance variable to ``limits``)

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,
        *,
        clock: Callable[[], float] = time.time,
        **_options: Any,
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What goes wrong with the file or its folder."""
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count so many more; the sum since the window of ``expiry`` seconds began."""
        with self._opened() as (database, hashed):
            told = {"key": hashed(key), "amount": amount, "now": self._clock(), "lasts": expiry}
            return int(database.execute(_ADD, told).fetchone()[0])

    def get(self, key: str) -> int:
        """The count of the present window."""
        row = self._row(key)
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """When the present window ends (seconds since 1970); now when there is none."""
        row = self._row(key)
        return float(row[1]) if row else self._clock()

    def _row(self, key: str) -> tuple[int, float] | None:
        with self._opened() as (database, hashed):
            asked = "SELECT amount, begun + lasts FROM count WHERE key = :key"
            row: tuple[int, float] | None = database.execute(asked, {"key": hashed(key)}).fetchone()
            return row

    def check(self) -> bool:
        """Whether the file can be written."""
        try:
            with self._opened():
                return True
        except self.base_exceptions:
            return False

    def reset(self) -> int | None:
        """Forget everything; how many counts there were."""
        with self._opened() as (database, _):
            return database.execute("DELETE FROM count").rowcount

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._opened() as (database, hashed):
            database.execute("DELETE FROM count WHERE key = :key", {"key": hashed(key)})

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, Callable[[str], str]]]:
        """The file within one transaction, without what is past, and how keys are written in it."""
        with closing(_connection(shared_folder() / "compteurs.sqlite")) as database:
            database.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                database.execute(table)
            database.execute(_FORGET, {"now": self._clock()})
            salt = self._salt(database)
            yield database, lambda key: hmac.new(salt, key.encode(), hashlib.sha256).hexdigest()
            database.execute("COMMIT")

    def _salt(self, database: sqlite3.Connection) -> bytes:
        """The salt of the day; those of other days are gone."""
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        told = {"day": day, "new": secrets.token_bytes(32)}
        database.execute("DELETE FROM salt WHERE day <> :day", told)
        database.execute("INSERT INTO salt VALUES (:day, :new) ON CONFLICT DO NOTHING", told)
        return bytes(database.execute("SELECT value FROM salt").fetchone()[0])


def _connection(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")  # a machine that stops has nobody to count
    database.execute("PRAGMA secure_delete = ON")  # what is erased is not left in the file
    return database
