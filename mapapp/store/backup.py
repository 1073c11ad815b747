"""The database copied to a file while it serves and imports, and put back in one go.

SQLite copies itself (its online backup API): the copy is one instant of the database, and the
database it is copied into changes at the end, all at once, or not at all.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from mapapp.errors import BadInput, DataFault, NotReady
from mapapp.store.base import Base, State
from mapapp.store.drafts import draft_folder, drafted
from mapapp.store.engine import (
    WRITER_PATIENCE_S,
    database_of,
    known_revisions,
    open_engine,
    require_usable,
    sessions,
    upgrade_schema,
)
from mapapp.store.sqlite import is_ours, open_read_only, revision_in, table_names

#: Told how many pages of the database are copied, and how many there are.
Watch = Callable[[int, int], object]

#: Pages of 4 kB copied between two words to the watcher: some hundredths of a second.
_STEP = 4096


def _nobody(_done: int, _all: int) -> None:
    """A watcher that does not look."""


def back_up(engine: Engine, target: Path, watch: Watch = _nobody) -> None:
    """Copy the database to ``target``, whole, as it is at this instant.

    Raises:
        BadInput: not an SQLite database, or ``target`` is the database or lies in no folder.
        DataFault: the copy failed or is not sound; the former ``target`` stays.
    """
    live = database_file(engine)
    if _is_same(live, target):
        raise BadInput(f"{target} est la base elle-même : donnez un autre nom à la sauvegarde.")
    with (
        drafted(target, private=True) as draft,
        _told_of(target),
        closing(open_read_only(live)) as source,
        _opened(draft) as copy,
    ):
        _copy(source, copy, watch)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, readable where none may write
        _require_sound(copy, target)


def check_backup(source: Path) -> None:
    """Look whether a file can be restored here, without reading it whole.

    Raises:
        DataFault: not a database of mapapp, or of a newer version.
    """
    with _told_of(source), closing(open_read_only(source)) as database:
        found = revision_in(database) if is_ours(table_names(database)) else None
    if found is None:
        raise DataFault(f"{source} : cette base n’est pas une sauvegarde de mapapp.")
    if found not in known_revisions():
        raise DataFault(
            f"{source} : sauvegarde d’une version de mapapp plus récente que celle-ci : "
            "mettez mapapp à jour, puis restaurez."
        )


def restore(engine: Engine, source: Path, watch: Watch = _nobody) -> None:
    """Replace the content of the database by that of a backup, brought to today's schema.

    Everything that can fail is done on a copy first. Whoever has the database open sees the
    restored content at the next question, and what was kept in memory is forgotten.

    Raises:
        BadInput: not an SQLite database, or ``source`` is the database itself.
        DataFault: ``source`` is no sound backup; the database is as it was.
        NotReady: another process keeps the database for itself, or it is damaged or of a newer
            version of mapapp; it is as it was.
    """
    live = database_file(engine)
    if _is_same(live, source):
        raise BadInput(f"{source} est la base elle-même : il n’y a rien à restaurer.")
    check_backup(source)
    require_usable(engine)
    database_of(engine).prepare()
    with (
        draft_of(source, live.parent) as draft,
        _told_of(live),
        _opened(draft) as restored,
        _opened(live) as database,
    ):
        _copy(restored, database, watch)


@contextmanager
def draft_of(source: Path, beside: Path | None) -> Iterator[Path]:
    """A sound copy of a backup, brought to today's schema, until the block ends.

    ``beside``: the folder where there is room for it; None: that of temporary files.

    Raises:
        DataFault: ``source`` is no sound backup.
    """
    with draft_folder(beside or Path(gettempdir())) as folder:
        draft = folder / "restored.sqlite"
        with (
            _told_of(source),
            closing(open_read_only(source)) as backup,
            _opened(draft) as copy,
        ):
            _copy(backup, copy, _nobody)
            _require_sound(copy, source)
        _bring_up_to_date(draft, source)
        yield draft


def is_sqlite(path: Path) -> bool:
    """Whether a file is an SQLite database, by its first bytes."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def database_file(engine: Engine) -> Path:
    """The file of an SQLite database; BadInput when the database is none."""
    return database_of(engine).file()


def _is_same(live: Path, other: Path) -> bool:
    return live.exists() and other.exists() and live.samefile(other)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """What SQLite refuses becomes a sentence about the file."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DataFault(f"{path} : SQLite refuse (« {cause} »). Rien n’a été changé.") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    # The copy has a patience of its own: SQLite's is kept short.
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        yield connection


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, watch: Watch) -> None:
    """Copy a database as it is now over another, which changes at the last page, all at once."""
    deadline = time.monotonic() + WRITER_PATIENCE_S

    def progress(status: int, remaining: int, total: int) -> None:
        busy = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if busy and time.monotonic() > deadline:
            raise NotReady(
                f"La base est occupée depuis {WRITER_PATIENCE_S} s (un import en cours ?) : "
                "réessayez plus tard. Rien n’a été changé."
            )
        watch(total - remaining, total)

    # An open read holds the instant: else each import would make the copy begin again.
    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    source.backup(target, pages=_STEP, progress=progress, sleep=0.05)
    source.execute("ROLLBACK")


def _require_sound(copy: sqlite3.Connection, path: Path) -> None:
    (told,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if told != "ok":
        raise DataFault(f"{path} : base de données abîmée (« {told} »). Rien n’a été changé.")


def _bring_up_to_date(draft: Path, source: Path) -> None:
    """Give the draft today's schema, and a version of the data that no memory has seen yet.

    A cache or a browser may know another state under the version that the backup bears.
    """
    engine = open_engine(f"sqlite:///{draft}")
    try:
        with _told_of(source):
            upgrade_schema(engine)
            missing = set(Base.metadata.tables).difference(inspect(engine).get_table_names())
            if missing:
                raise DataFault(f"{source} : cette base n’est pas une sauvegarde de mapapp.")
            with sessions(engine).begin() as session:
                if session.get(State, "data_version"):
                    session.merge(State(key="data_version", value=token_hex(6)))
    finally:
        engine.dispose()
