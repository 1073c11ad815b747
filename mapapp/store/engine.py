"""The database: where it is, how it is opened, and its schema brought up to date.

What differs between SQLite and PostgreSQL is in :mod:`mapapp.store.sqlite` and
:mod:`mapapp.store.postgresql`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, ExceptionContext, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from mapapp.config import DATABASE_URL
from mapapp.errors import NotReady
from mapapp.paths import instance_folder
from mapapp.store.database import Database
from mapapp.store.postgresql import Postgresql
from mapapp.store.sqlite import Sqlite

MIGRATIONS = Path(__file__).parent / "migrations"

#: How long who writes waits for who writes already: an import of 100,000 rows must publish within a
#: minute, so a longer wait means that something is stuck.
WRITER_PATIENCE_S = 90

_DATABASES: dict[str, type[Database]] = {
    "sqlite": Sqlite,
    "postgresql": Postgresql,
    "postgres": Postgresql,  # what hosts write
}


def database_url() -> str:
    """``MAPAPP_DATABASE_URL``, else an SQLite file in the instance folder."""
    default = f"sqlite:///{instance_folder() / 'mapapp.sqlite'}"
    return DATABASE_URL.read() or default


def open_engine(url: str) -> Engine:
    """An engine for the address; what the machine refuses is told in French.

    Raises:
        NotReady: no address of a database of ours, or its driver is not installed.
    """
    database = _database_at(url)
    engine = database.open()

    def tell_refusal(context: ExceptionContext) -> None:
        # A connection found dead before it is used is replaced, and nobody need know.
        if not context.is_pre_ping and (told := database.refusal(context.original_exception)):
            raise told from context.original_exception

    event.listen(engine, "handle_error", tell_refusal)
    return engine


def _database_at(url: str | URL) -> Database:
    try:
        place = make_url(url)
        return _DATABASES[place.get_backend_name()](place)
    except (ArgumentError, KeyError, ValueError) as error:  # not told: it may hold a password
        raise NotReady(
            f"{DATABASE_URL.name} n’est pas l’adresse d’une base : écrivez "
            "« sqlite:////dossier/mapapp.sqlite » ou "
            "« postgresql+psycopg://utilisateur:mot-de-passe@serveur/base »."
        ) from error


def database_of(engine: Engine) -> Database:
    """What is particular to the database of an engine."""
    return _database_at(engine.url)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A maker of sessions; values stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def take_the_pen(session: Session) -> None:
    """Begin to write: whoever else wants to waits until this transaction ends, and sees it done.

    Raises:
        NotReady: another has been writing for longer than an import may last.
    """
    database_of(session.get_bind().engine).take_the_pen(session, WRITER_PATIENCE_S)


@contextmanager
def one_instant(engine: Engine) -> Iterator[Session]:
    """A session that sees the store as it is at its first question, until it ends."""
    with sessions(engine)() as session:
        database_of(engine).hold_instant(session)
        yield session


def upgrade_schema(engine: Engine) -> None:
    """Bring the schema to the newest revision; of several that start at once, one does it."""
    database = database_of(engine)
    database.prepare()
    if _revision(engine) != _newest():
        with engine.begin() as connection:
            database.hold_schema(connection, WRITER_PATIENCE_S)
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            database.finish_schema(connection)
    database.add_views(engine)


def require_schema(engine: Engine) -> None:
    """Raise :class:`NotReady` unless the schema is there and of this version of mapapp."""
    database_of(engine).require()
    current = _revision(engine)
    if current is None:
        raise NotReady.empty()
    if current != _newest():
        raise NotReady("Base d’une autre version de mapapp : lancez « mapapp init ».")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return ScriptDirectory.from_config(_alembic_config()).get_current_head()


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
