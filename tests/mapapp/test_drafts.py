"""Drafts: whole or not at all, for their owner, and none left by a command that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mapapp.store.drafts import clear_drafts, drafted, drafted_folder
from mapapp.store.engine import open_engine, upgrade_schema

#: A command in the middle of a draft.
WRITER = """
import sys, time
from pathlib import Path
from mapapp.store.drafts import drafted
with drafted(Path(sys.argv[1])) as draft:
    draft.write_text("en cours")
    print(draft, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder of the test."""
    folder = tmp_path / "instance"
    folder.mkdir()
    monkeypatch.setenv("MAPAPP_INSTANCE", str(folder))
    return folder


@contextmanager
def writing(target: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is writing what shall become ``target``."""
    words = [sys.executable, "-c", WRITER, str(target)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def drafts(*folders: Path) -> list[str]:
    """What is hidden in folders."""
    return [path.name for folder in folders for path in folder.iterdir() if path.name[0] == "."]


def test_a_killed_command_s_draft_goes_at_the_next_start(instance: Path, tmp_path: Path) -> None:
    """Wherever it lay: the next command, whatever it does, clears what the instance noted."""
    elsewhere = tmp_path / "exports"
    elsewhere.mkdir()
    with writing(elsewhere / "a.csv") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert drafts(elsewhere, instance)
    clear_drafts(instance)
    assert not drafts(elsewhere, instance)


def test_a_draft_that_is_being_written_stays(instance: Path, tmp_path: Path) -> None:
    """Another command starts, and another one writes to the same folder."""
    elsewhere = tmp_path / "exports"
    elsewhere.mkdir()
    with writing(elsewhere / "a.csv"):
        clear_drafts(instance)
        with drafted(elsewhere / "b.csv") as draft:
            draft.write_text("b")
        assert len(drafts(elsewhere)) == len(drafts(instance)) == 1
    with drafted(elsewhere / "b.csv") as draft:
        draft.write_text("b")
    assert not drafts(elsewhere)


@pytest.mark.parametrize(
    "name", [".mapapp-notes", ".mapapp-join-a.csv-0123456789abcdef", ".mapapp-0123", "mapapp-x"]
)
def test_what_is_not_surely_a_draft_stays(instance: Path, name: str) -> None:
    """The parts of an unfinished join, a file of somebody."""
    (instance / name).mkdir()
    clear_drafts(instance)
    assert (instance / name).is_dir()


def test_files_are_their_owner_s_whatever_the_umask(instance: Path, tmp_path: Path) -> None:
    """The database, a backup and a snapshot; an export is as the umask says."""
    former = os.umask(0)
    try:
        folder = tmp_path / "nouvelle"
        engine = open_engine(f"sqlite:///{folder / 'mapapp.sqlite'}")
        upgrade_schema(engine)
        with engine.connect() as connection:  # SQLite's own files are there meanwhile
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        engine.dispose()
        with drafted(tmp_path / "backup.sqlite", private=True) as draft:
            draft.write_text("x")
        with drafted(tmp_path / "export.csv") as draft:
            draft.write_text("x")
        with drafted_folder(tmp_path / "snapshots" / "2026-12-01") as draft:
            (draft / "a.csv").write_text("x")
    finally:
        os.umask(former)
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}
    found = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in tmp_path.rglob("*")
        if "mapapp.sqlite" not in path.name
    }
    assert found == {
        "instance": 0o755 & found["instance"],
        "nouvelle": 0o700,
        "backup.sqlite": 0o600,
        "export.csv": 0o666,
        "snapshots": 0o700,
        "snapshots/2026-12-01": 0o700,
        "snapshots/2026-12-01/a.csv": 0o600,
    }
