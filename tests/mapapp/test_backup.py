"""The database copied while it is written, and put back: former or restored, never a mixture."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text

from mapapp import create_app
from mapapp.checking import store_faults
from mapapp.errors import AppError, BadInput, DataFault, NotReady
from mapapp.exporting import extracts
from mapapp.exporting.formats import writer_for
from mapapp.store import backup as backups
from mapapp.store.backup import back_up, restore
from mapapp.store.engine import (
    MIGRATIONS,
    _alembic_config,
    one_instant,
    open_engine,
    require_schema,
)

pytestmark = pytest.mark.sqlite  # PostgreSQL has tools of its own

#: A writer whose every transaction makes all initiatives bear the same number.
WRITER = """
import itertools, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
for number in itertools.count():
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE initiative SET uncertainties = ?", [f"{number:05}" * 400])
    database.execute("UPDATE initiative SET doubt = ?", [number])
    database.execute("COMMIT")
    print(number, flush=True)
"""

#: A restore that tells how far it is, slowly enough to be killed there.
RESTORER = """
import sys, time
from pathlib import Path
from mapapp.store import backup
from mapapp.store.engine import open_engine
backup._STEP = 4
def watch(done, total):
    print(done / total, flush=True)
    time.sleep(0.01)
backup.restore(open_engine(sys.argv[1]), Path(sys.argv[2]), watch)
print("done", flush=True)
"""


@pytest.fixture
def saved(live: Engine, tmp_path: Path) -> Path:
    """A backup of that database, which has changed since."""
    target = tmp_path / "sauvegarde.sqlite"
    back_up(live, target)
    rename(live, "Renommée depuis")
    return target


def rename(engine: Engine, name: str) -> None:
    """Give every initiative another name, as an import would."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE initiative SET name = :name"), {"name": name})
        connection.execute(
            text("UPDATE initiative SET told = json_set(told, '$.nom', :name)"), {"name": name}
        )
        connection.execute(text("UPDATE state SET value = 'autre' WHERE key = 'data_version'"))


def names(engine: Engine) -> set[str]:
    """The names of the initiatives."""
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT name FROM initiative")))


def exports(engine: Engine, folder: Path) -> dict[str, bytes]:
    """Everything that leaves a database, as bytes."""
    folder.mkdir()
    for extract_of in (extracts.initiatives, extracts.resources, extracts.qpvs):
        for suffix in (".csv", ".geojson"):
            target = folder / f"{extract_of.__name__}{suffix}"
            with one_instant(engine) as session:
                writer_for(target)(extract_of(session), target)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def leftovers(engine: Engine) -> list[str]:
    """What lies beside a database and is not it."""
    folder = Path(str(engine.url.database)).parent
    return [path.name for path in folder.iterdir() if not path.name.startswith("mapapp.sqlite")]


def is_sound(engine: Engine) -> bool:
    """Whether SQLite and mapapp find nothing wrong."""
    with engine.connect() as connection:
        told = connection.scalars(text("PRAGMA integrity_check")).all()
    return told == ["ok"] and not store_faults(engine)


@contextmanager
def running(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process, ended by its own id."""
    words = [sys.executable, "-c", program, *map(str, arguments)]
    folder = Path(backups.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_backup_during_writes_is_one_instant(
    live: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process never stops writing: each copy is whole, and the writer is not stopped."""
    monkeypatch.setattr(backups, "_STEP", 4)
    numbers = []
    with running(WRITER, live.url.database) as writer:
        assert writer.stdout
        writer.stdout.readline()
        for rank in range(5):
            target = tmp_path / f"{rank}.sqlite"
            seen: list[int] = []
            back_up(live, target, lambda done, _all, seen=seen: seen.append(done))
            assert len(seen) > 10  # many steps, between which the writer wrote
            for _ in range(20):  # it goes on after the copy as it did before
                writer.stdout.readline()
            with closing(sqlite3.connect(target)) as copy:
                found = copy.execute("SELECT DISTINCT doubt, uncertainties FROM initiative")
                ((number, texts),) = found.fetchall()
                assert texts == f"{int(number):05}" * 400
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            numbers.append(int(number))
    assert numbers == sorted(set(numbers))


def test_a_backup_is_one_file(live: Engine, tmp_path: Path) -> None:
    """Nothing beside it is needed, and nothing is left beside it."""
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    back_up(live, folder / "a.sqlite")
    back_up(live, folder / "a.sqlite")

    assert [path.name for path in folder.iterdir()] == ["a.sqlite"]
    with closing(sqlite3.connect(f"file:{folder / 'a.sqlite'}?mode=ro&immutable=1", uri=True)) as a:
        assert a.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_another_instance_exports_the_same(live: Engine, tmp_path: Path) -> None:
    """Restored elsewhere, in a folder that did not exist: the same exports, byte for byte."""
    back_up(live, tmp_path / "a.sqlite")
    elsewhere = open_engine(f"sqlite:///{tmp_path / 'autre' / 'machine' / 'mapapp.sqlite'}")
    restore(elsewhere, tmp_path / "a.sqlite")

    assert exports(elsewhere, tmp_path / "la-bas") == exports(live, tmp_path / "ici")
    assert is_sound(elsewhere)
    assert not leftovers(elsewhere)
    elsewhere.dispose()


def test_a_running_server_shows_what_is_restored(live: Engine, saved: Path) -> None:
    """At its next answer, under another ETag, without being started again."""
    client = create_app(live).test_client()
    before = client.get("/api/v1/initiatives")
    assert "Renommée depuis" in before.get_data(as_text=True)

    restore(open_engine(str(live.url)), saved)

    after = client.get("/api/v1/initiatives", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "Renommée depuis" not in after.get_data(as_text=True)


def test_the_restored_data_have_a_version_of_their_own(live: Engine, tmp_path: Path) -> None:
    """A browser that knows another state under the backup's version asks again."""
    back_up(live, tmp_path / "a.sqlite")
    versions = set()
    for _ in range(2):
        restore(live, tmp_path / "a.sqlite")
        with live.connect() as connection:
            query = "SELECT value FROM state WHERE key = 'data_version'"
            versions.add(connection.scalar(text(query)))
    assert len(versions) == 2


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_restore_killed_half_way_changes_nothing(live: Engine, saved: Path, share: float) -> None:
    """``kill -9`` while pages are copied: the former database, whole, and it can be restored."""
    with running(RESTORER, live.url, saved) as restorer:
        assert restorer.stdout
        while float(restorer.stdout.readline()) < share:
            pass
        restorer.send_signal(signal.SIGKILL)
        restorer.wait()

    assert names(live) == {"Renommée depuis"}
    assert is_sound(live)
    rename(live, "Toujours vivante")
    restore(live, saved)
    assert "Toujours vivante" not in names(live)
    assert is_sound(live)


def test_a_restore_that_fails_half_way_changes_nothing(
    live: Engine, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the middle of the copy: former database, no draft left, no lock kept."""
    monkeypatch.setattr(backups, "_STEP", 4)

    def fail(done: int, total: int) -> None:
        if done > total / 2:
            raise RuntimeError("au milieu")

    with pytest.raises(RuntimeError, match="au milieu"):
        restore(live, saved, fail)
    assert names(live) == {"Renommée depuis"}
    assert is_sound(live)
    assert not leftovers(live)
    rename(live, "Encore")


def test_a_backup_that_fails_leaves_the_former_one(live: Engine, saved: Path) -> None:
    """The former backup stays; no draft lies beside it."""
    before = saved.read_bytes()

    def fail(_done: int, _total: int) -> None:
        raise RuntimeError("au milieu")

    with pytest.raises(RuntimeError, match="au milieu"):
        back_up(live, saved, fail)
    assert saved.read_bytes() == before
    assert not [path for path in saved.parent.iterdir() if path.name.startswith(".mapapp")]


def test_a_database_kept_by_another_is_waited_for_then_left(
    live: Engine, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that does not end: the restore gives up with a sentence."""
    monkeypatch.setattr(backups, "WRITER_PATIENCE_S", 0)
    with closing(sqlite3.connect(str(live.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotReady, match="occupée"):
            restore(live, saved)
    assert names(live) == {"Renommée depuis"}


def test_an_older_schema_is_brought_up_to_date(live: Engine, tmp_path: Path) -> None:
    """A backup of the first version: its data, in today's tables."""
    older = create_engine(f"sqlite:///{tmp_path / 'ancienne.sqlite'}")
    config = _alembic_config()
    with older.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO chapter VALUES (7, 'Ancien')"))
    older.dispose()

    restore(live, tmp_path / "ancienne.sqlite")

    require_schema(live)
    with live.connect() as connection:
        assert connection.scalars(text("SELECT title FROM chapter")).all() == ["Ancien"]


def damaged(kind: str, saved: Path) -> Path:
    """A file that is no backup."""
    path = saved.with_name(f"{kind}.sqlite")
    path.write_bytes(saved.read_bytes())
    if kind == "texte":
        path.write_text("Ceci n’est pas une base. " * 99, encoding="utf-8")
    elif kind == "vide":
        path.write_bytes(b"")
    elif kind == "tronquée":
        path.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    elif kind == "trouée":
        content = bytearray(saved.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
        path.write_bytes(content)
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE alembic_version (version_num TEXT)")
            other.execute("INSERT INTO alembic_version VALUES (?)", [kind])
            other.commit()
    return path


#: The newest revision of the schema.
NEWEST = max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("texte", "SQLite refuse"),
        ("vide", "n’est pas une sauvegarde de mapapp"),
        ("tronquée", "abîmée|SQLite refuse"),
        ("trouée", "abîmée|SQLite refuse"),
        ("9999", "n’est pas une sauvegarde de mapapp"),
        ("0001", "n’est pas une sauvegarde de mapapp"),
        (NEWEST, "n’est pas une sauvegarde de mapapp"),
    ],
)
def test_what_is_no_sound_backup_is_refused(
    live: Engine, saved: Path, kind: str, said: str
) -> None:
    """One sentence that names the file; the database is as it was, nothing lies beside it."""
    path = damaged(kind, saved)
    with pytest.raises(DataFault, match=said) as fault:
        restore(live, path)
    assert path.name in str(fault.value)
    assert names(live) == {"Renommée depuis"}
    assert is_sound(live)
    assert not leftovers(live)


def test_the_database_itself_is_no_backup(live: Engine, tmp_path: Path) -> None:
    """Under its own name or another: neither written over itself nor restored from itself."""
    link = tmp_path / "lien.sqlite"
    link.symlink_to(str(live.url.database))
    for path in (Path(str(live.url.database)), link):
        with pytest.raises(BadInput, match="la base elle-même"):
            back_up(live, path)
        with pytest.raises(BadInput, match="la base elle-même"):
            restore(live, path)
    assert is_sound(live)


def test_no_folder_no_backup(live: Engine, tmp_path: Path) -> None:
    """The folder that is missing is named."""
    with pytest.raises(BadInput, match="absent n’existe pas"):
        back_up(live, tmp_path / "absent" / "a.sqlite")


@pytest.mark.parametrize("act", [back_up, restore])
def test_other_databases_have_their_own_tools(tmp_path: Path, act: object) -> None:
    """PostgreSQL has pg_dump; a database in memory has no file."""
    assert callable(act)
    with pytest.raises(AppError, match="pg_dump"):
        act(open_engine("postgresql://base.example/carte"), tmp_path / "a.sqlite")
    with pytest.raises(AppError, match="en mémoire"):
        act(open_engine("sqlite://"), tmp_path / "a.sqlite")
