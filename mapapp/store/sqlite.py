"""The store in one SQLite file: the default, for one server."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.orm import Session

from mapapp.errors import AppError, BadInput, NotReady, UnusableStore
from mapapp.store.base import State
from mapapp.store.database import BUSY, Database, Wait

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
    sqlite3.SQLITE_BUSY: BUSY,
}

#: What SQLite answers of a file that is damaged, or no database.
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

#: How a database begins.
_HEADER = b"SQLite format 3\0"

#: Who reads a file as if it never changed sees damage when somebody writes it just then; that takes
#: milliseconds to be there whole, and then it is read with its journal.
_WRITTEN_MEANWHILE_S = 0.2

#: Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond.
_STEPS = 10_000

#: The byte of the shared file whose lock the writer holds.
_WRITE_LOCK = 120


class Sqlite(Database):
    """A file, or for a test the memory of the process."""

    is_file = True
    indexes_letters = True

    @property
    def shown(self) -> str:
        """The path of the file."""
        return self.url.database or "La base en mémoire"

    def open(self) -> Engine:
        """An engine that enforces foreign keys and never blocks readers.

        Where the file or its folder may not be written, each connection reads the file as it is.
        """
        # What a visitor types reaches the store as parameters: a failing statement is logged
        # without.
        path = self._path
        if path and _is_read_only(path):
            engine = create_engine(
                self.url,
                hide_parameters=True,
                creator=lambda: open_read_only(path),
                poolclass=NullPool,  # what somebody else writes meanwhile is seen at the next one
            )
        else:
            engine = create_engine(self.url, hide_parameters=True)
            event.listen(engine, "connect", _prepare)
        return engine

    def refusal(self, error: BaseException) -> AppError | None:
        """A refusal of the machine is the operator's business, and has a sentence of its own."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits say where it happened
        if code in _DAMAGED:
            return self._unusable(f"base de données abîmée (« {error} »)")
        if code == sqlite3.SQLITE_CANTOPEN:
            return NotReady(
                f"{self.shown} : la base ne s’ouvre pas ; vérifiez le chemin et vos droits sur le "
                "fichier et son dossier. Si un journal (-wal) est resté à côté, ouvrez-la une fois "
                "là où son dossier peut être écrit. Rien n’a été changé."
            )
        sentence = _REFUSALS.get(code)
        return NotReady(sentence) if sentence else None

    def prepare(self) -> None:
        """Make the folder and the file, for their owner alone: SQLite's own files follow them."""
        if path := self._path:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def require(self) -> None:
        """Raise NotReady without the file, which opening would make."""
        if self._path and not self._path.exists():
            raise NotReady(f"Base absente ({self.url.database}) : lancez « mapapp init ».")

    def revision(self, engine: Engine, look_s: float | None) -> str | None:
        """Read without a write to the file nor, when nobody has it open, to its folder."""
        path = self._path
        if path is None:
            with engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return None  # a command that was killed before it wrote leaves an empty file
        self._require_database(path)
        if _beside(path, "-journal"):  # of a process that was killed: opening it undoes its write
            with engine.connect() as connection:
                connection.execute(text("SELECT count(*) FROM sqlite_master"))
        try:
            return _read_soundly(path, look_s)
        except (_Unsound, sqlite3.Error):
            time.sleep(_WRITTEN_MEANWHILE_S)
        try:
            return _read_soundly(path, look_s)
        except _Unsound as fault:
            raise self._unusable(str(fault)) from fault
        except sqlite3.Error as error:
            raise self.refusal(error) or error from error

    def _require_database(self, path: Path) -> None:
        if path.is_dir():
            raise self._unusable("un dossier est à la place de la base")
        with path.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                raise self._unusable("ce fichier n’est pas une base de données SQLite")

    def _unusable(self, why: str) -> UnusableStore:
        return UnusableStore(
            f"{self.shown} : {why}. Déplacez-le, puis « mapapp restore SAUVEGARDE » ou "
            "« mapapp init ». Rien n’a été changé."
        )

    @property
    def _path(self) -> Path | None:
        """The file; None for a database in memory."""
        name = self.url.database
        return Path(name) if name and name != ":memory:" else None

    def hold_schema(self, connection: Connection, wait: Wait) -> None:
        """Begin to write at once: Python's sqlite3 would begin after the first tables."""
        self._wait(connection.execute, "BEGIN IMMEDIATE", wait)

    def finish_schema(self, connection: Connection) -> None:
        """Nothing: SQLite is what the migrations were first written for."""

    def add_views(self, engine: Engine) -> None:
        """None: who wants shapes exports a GeoPackage."""

    def take_the_pen(self, session: Session, wait: Wait) -> None:
        """A write that changes nothing waits for the others, and keeps them waiting.

        A page never waits so long: what it writes fails after five seconds.
        """
        nothing = "UPDATE state SET value = value WHERE key = 'data_version'"
        self._wait(session.execute, nothing, wait)

    def _wait(self, execute: Callable[[Any], object], statement: str, wait: Wait) -> None:
        """Execute what takes the lock of the writer, tried again and again from Python.

        SQLite would wait as well, but silently, and deaf to Ctrl+C.
        """

        def attempt() -> bool:
            try:
                execute(text(statement))
            except NotReady as refusal:
                code = getattr(refusal.__cause__, "sqlite_errorcode", 0)
                if code & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                return False
            return True

        execute(text(_busy_timeout(0)))
        wait.until(attempt, self._holder)
        execute(text(_busy_timeout(wait.patience_s)))

    def _holder(self) -> str:
        return holder_of(self._path) if self._path else ""

    def hold_instant(self, session: Session) -> None:
        """Begin: Python's sqlite3 does so before a write only, and each SELECT is an instant."""
        session.execute(text("BEGIN"))

    def file(self) -> Path:
        """The file; BadInput when the database is in memory."""
        if self._path is None:
            raise BadInput("La base est en mémoire : il n’y a pas de fichier à sauvegarder.")
        return self._path


class _Unsound(Exception):
    """What is wrong with a file, in French."""


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, neither to the file nor, unless it is in use, beside it.

    While somebody has the database open, its journal is read as well. Else the file is all there
    is: SQLite is told that it does not change, for to share a database it must write beside it.
    """
    in_use = _beside(path, "-wal") or path.with_name(f"{path.name}-shm").exists()
    how = "mode=ro" if in_use else "mode=ro&immutable=1"
    address = f"{path.resolve().as_uri()}?{how}"
    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)


def revision_in(database: sqlite3.Connection) -> str | None:
    """The revision of a schema; None when it was not made by migrations."""
    table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if database.execute(table).fetchone() is None:
        return None
    found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def table_names(database: sqlite3.Connection) -> set[str]:
    """The tables of a database, but those of SQLite itself."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return {name for (name,) in database.execute(tables)}


def is_ours(names: Collection[str]) -> bool:
    """Whether tables of these names were made by mapapp.

    Other programs have migrations by Alembic as well: a table of our first revision tells.
    """
    return {"alembic_version", State.__tablename__} <= set(names)


def _read_soundly(path: Path, look_s: float | None) -> str | None:
    """The revision of a database of ours without damage that can be seen in so many seconds."""
    try:
        with closing(open_read_only(path)) as database:
            names = table_names(database)
            _require_no_damage(database, look_s)
            found = revision_in(database)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _DAMAGED:
            raise
        raise _Unsound(f"base de données abîmée (« {error} »)") from error
    if names and not is_ours(names):
        raise _Unsound("cette base est celle d’un autre logiciel")
    return found


def _require_no_damage(database: sqlite3.Connection, look_s: float | None) -> None:
    deadline = time.monotonic() + (look_s or 0)
    if look_s == 0:
        return
    if look_s is not None:
        database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        (told,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        told = "ok"  # nothing found in the time there was
    finally:
        database.set_progress_handler(None, 0)
    if told != "ok":
        raise _Unsound(f"base de données abîmée (« {told.splitlines()[-1]} »)")


def holder_of(path: Path) -> str:
    """Who writes an SQLite database, for a sentence: its command and since when; or nothing.

    Linux tells which process holds the lock of the writer in the file that processes share
    (byte 120: https://sqlite.org/walformat.html#locks). Asking by a lock of our own would give back
    those that this process holds.
    """
    with suppress(OSError, ValueError, IndexError):
        shared = path.with_name(f"{path.name}-shm").stat().st_ino
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            kind, _, mode, pid, place, first, last = line.replace("-> ", "").split()[1:8]
            covers = last == "EOF" or int(first) <= _WRITE_LOCK <= int(last)
            if (kind, mode) == ("POSIX", "WRITE") and covers and place.endswith(f":{shared}"):
                return _process(int(pid))
    return ""


def _process(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    names = [Path(word).name for word in words]
    start = names.index("mapapp") if "mapapp" in names else 0
    command = " ".join(["mapapp", *(w for w in words[start + 1 : start + 3] if w[:1] not in "-/")])
    ticks = int(
        Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    )
    up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    since_s = up_s - ticks / os.sysconf("SC_CLK_TCK")
    return f" par «\u00a0{command}\u00a0» (processus {pid}, lancé il y a {since_s:.0f}\u00a0s)"


def _is_read_only(path: Path) -> bool:
    """Whether this user may not write the file, or not beside it, as SQLite must."""
    return path.is_file() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _beside(path: Path, ending: str) -> bool:
    """Whether a file of SQLite beside its database holds something."""
    try:
        return path.with_name(path.name + ending).stat().st_size > 0
    except OSError:
        return False


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")


def _busy_timeout(patience_s: float) -> str:
    return f"PRAGMA busy_timeout = {int(patience_s * 1000)}"
