"""The database: where it is, how it is opened, and its schema brought up to date.

What differs between SQLite and PostgreSQL is in :mod:`mapapp.store.sqlite` and
:mod:`mapapp.store.postgresql`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, ExceptionContext, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from mapapp.config import DATABASE_URL, INSTANCE
from mapapp.errors import NotReady, UnusableStore, cited
from mapapp.paths import instance_folder
from mapapp.store.database import Database, Wait, say_nothing
from mapapp.store.postgresql import Postgresql
from mapapp.store.sqlite import Sqlite

MIGRATIONS = Path(__file__).parent / "migrations"

#: How long who writes waits for who writes already: an import of 100,000 rows must publish within a
#: minute, so a longer wait means that something is stuck.
WRITER_PATIENCE_S = 90

#: Seconds that a command spends looking for damage before it begins: the database that ships is
#: read whole in a tenth of that, one of 100,000 initiatives in part (« mapapp check » reads it
#: whole).
LOOK_S = 0.3

_DATABASES: dict[str, type[Database]] = {
    "sqlite": Sqlite,
    "postgresql": Postgresql,
    "postgres": Postgresql,  # what hosts write
}


def database_url() -> str:
    """``MAPAPP_DATABASE_URL``, else an SQLite file in the instance folder."""
    default = f"sqlite:///{instance_folder() / 'mapapp.sqlite'}"
    return DATABASE_URL.read() or default


def open_engine(url: str, tell: Callable[[str], object] = say_nothing) -> Engine:
    """An engine for the address; what the machine refuses is told in French.

    ``tell``: who is told, in French, that a write waits for another.

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
    engine.update_execution_options(tell_waiting=tell)
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
    engine = session.get_bind().engine
    database_of(engine).take_the_pen(session, _wait(engine))


def _wait(engine: Engine) -> Wait:
    tell = engine.get_execution_options().get("tell_waiting", say_nothing)
    return Wait(WRITER_PATIENCE_S, tell)


@contextmanager
def one_instant(engine: Engine) -> Iterator[Session]:
    """A session that sees the store as it is at its first question, until it ends."""
    with sessions(engine)() as session:
        database_of(engine).hold_instant(session)
        yield session


def upgrade_schema(engine: Engine) -> None:
    """Bring the schema to the newest revision; of several that start at once, one does it.

    Raises:
        UnusableStore: as :func:`require_usable`.
    """
    database = database_of(engine)
    if require_usable(engine) != _newest():
        database.prepare()
        with engine.begin() as connection:
            database.hold_schema(connection, _wait(engine))
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            database.finish_schema(connection)
    database.add_views(engine)


def require_schema(engine: Engine, look_s: float | None = LOOK_S) -> None:
    """Raise :class:`NotReady` unless the schema is there and of this version of mapapp."""
    database_of(engine).require()
    current = require_usable(engine, look_s)
    if current is None:
        raise NotReady.empty()
    if current != _newest():
        raise NotReady("Base d’une version de mapapp plus ancienne : lancez « mapapp init ».")


def require_usable(engine: Engine, look_s: float | None = LOOK_S) -> str | None:
    """The revision of the schema, None when nothing is there yet; nothing is changed.

    Raises:
        UnusableStore: the database is damaged, another program's, or of a newer mapapp.
    """
    database = database_of(engine)
    found = database.revision(engine, look_s)
    if found is not None and found not in known_revisions():
        raise UnusableStore(
            f"{database.shown} : base d’une version de mapapp plus récente que celle-ci (révision "
            f"{cited(found)}) : mettez mapapp à jour, ou désignez une autre base "
            f"({INSTANCE.name} ou {DATABASE_URL.name}). Rien n’a été changé."
        )
    return found


def known_revisions() -> set[str]:
    """Every revision of the schema that this version of mapapp can bring up to date."""
    scripts = ScriptDirectory.from_config(_alembic_config()).walk_revisions()
    return {script.revision for script in scripts}


def _newest() -> str | None:
    return ScriptDirectory.from_config(_alembic_config()).get_current_head()


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
