"""The database: where it is, how it is opened, and its schema brought up to date.

Everything that differs between SQLite and PostgreSQL is in this module.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from mapapp.config import DATABASE_URL
from mapapp.errors import NotReady
from mapapp.paths import instance_folder

MIGRATIONS = Path(__file__).parent / "migrations"

#: How long who writes waits for who writes already: an import of 100,000 rows must publish within a
#: minute, so a longer wait means that something is stuck.
WRITER_PATIENCE_S = 90

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


def database_url() -> str:
    """``MAPAPP_DATABASE_URL``, else an SQLite file in the instance folder."""
    default = f"sqlite:///{instance_folder() / 'mapapp.sqlite'}"
    return DATABASE_URL.read() or default


def open_engine(url: str) -> Engine:
    """An engine for the address; SQLite enforces foreign keys and never blocks readers."""
    # What a visitor types reaches the store as parameters: a failing statement is logged without.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "handle_error", _tell_refusal)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")


def _tell_refusal(context: ExceptionContext) -> None:
    """A refusal of the machine is the operator's business, and has a sentence of its own."""
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if sentence := _REFUSALS.get(code & 0xFF):  # the higher bits say where it happened
        raise NotReady(sentence) from context.original_exception


def wait_for_writers(session: Session) -> None:
    """Let this session's next write wait for an import that is being published.

    PostgreSQL waits of itself. A page never does: what it writes fails after five seconds.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA busy_timeout = {WRITER_PATIENCE_S * 1000}"))


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions; values stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def upgrade_schema(engine: Engine) -> None:
    """Create the database's folder and bring its schema to the newest revision."""
    if engine.url.database and engine.dialect.name == "sqlite":
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_schema(engine: Engine) -> None:
    """Raise :class:`NotReady` unless the schema is there and of this version of mapapp."""
    is_file = engine.dialect.name == "sqlite" and engine.url.database
    if is_file and not Path(str(engine.url.database)).exists():
        raise NotReady(f"Base absente ({engine.url.database}) : lancez « mapapp init ».")
    newest = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != newest:
        raise NotReady("Base d’une autre version de mapapp : lancez « mapapp init ».")


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
