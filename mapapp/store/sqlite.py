"""The store in one SQLite file: the default, for one server."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

from mapapp.errors import AppError, BadInput, NotReady
from mapapp.store.database import Database

#: What SQLite says of the machine, by its primary result code, and what the operator can do.
_REFUSALS: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: "Le disque est plein : libérez de la place. Rien n’a été changé.",
    sqlite3.SQLITE_IOERR: (
        "Le disque refuse de lire ou d’écrire : vérifiez-le, et la place qui y reste. "
        "Rien n’a été changé."
    ),
    sqlite3.SQLITE_READONLY: (
        "La base est en lecture seule : donnez-vous le droit d’écrire dans son fichier et son "
        "dossier. Rien n’a été changé."
    ),
    sqlite3.SQLITE_BUSY: (
        "La base est occupée (un import en cours ?) : réessayez plus tard. Rien n’a été changé."
    ),
}


class Sqlite(Database):
    """A file, or for a test the memory of the process."""

    is_file = True
    indexes_letters = True

    def open(self) -> Engine:
        """An engine that enforces foreign keys and never blocks readers."""
        # What a visitor types reaches the store as parameters: a failing statement is logged
        # without.
        engine = create_engine(self.url, hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        return engine

    def refusal(self, error: BaseException) -> AppError | None:
        """A refusal of the machine is the operator's business, and has a sentence of its own."""
        code = getattr(error, "sqlite_errorcode", 0)
        sentence = _REFUSALS.get(code & 0xFF)  # the higher bits say where it happened
        return NotReady(sentence) if sentence else None

    def prepare(self) -> None:
        """Make the folder of the file."""
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)

    def require(self) -> None:
        """Raise NotReady without the file, which opening would make."""
        if self.url.database and not Path(self.url.database).exists():
            raise NotReady(f"Base absente ({self.url.database}) : lancez « mapapp init ».")

    def hold_schema(self, connection: Connection, patience_s: float) -> None:
        """Begin to write at once: Python's sqlite3 would begin after the first tables."""
        connection.execute(text(_busy_timeout(patience_s)))
        connection.execute(text("BEGIN IMMEDIATE"))

    def finish_schema(self, connection: Connection) -> None:
        """Nothing: SQLite is what the migrations were first written for."""

    def add_views(self, engine: Engine) -> None:
        """None: who wants shapes exports a GeoPackage."""

    def take_the_pen(self, session: Session, patience_s: float) -> None:
        """A write that changes nothing waits for the others, and keeps them waiting.

        A page never waits so long: what it writes fails after five seconds.
        """
        session.execute(text(_busy_timeout(patience_s)))
        session.execute(text("UPDATE state SET value = value WHERE key = 'data_version'"))

    def hold_instant(self, session: Session) -> None:
        """Begin: Python's sqlite3 does so before a write only, and each SELECT is an instant."""
        session.execute(text("BEGIN"))

    def file(self) -> Path:
        """The file; BadInput when the database is in memory."""
        if not self.url.database:
            raise BadInput("La base est en mémoire : il n’y a pas de fichier à sauvegarder.")
        return Path(self.url.database)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")


def _busy_timeout(patience_s: float) -> str:
    return f"PRAGMA busy_timeout = {int(patience_s * 1000)}"
