"""Imports among others, on a full disk, on a database that nobody may write."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from absence import absent
from imported import contents, import_words, imported
from sqlalchemy import Engine, text

from mapapp import create_app
from mapapp.checking import store_faults
from mapapp.errors import NotReady
from mapapp.shipping import initialise
from mapapp.store import engine as engines
from mapapp.store.engine import open_engine, sessions, take_the_pen

Start = Callable[[Sequence[str], Engine], "subprocess.Popen[str]"]

pytestmark = [pytest.mark.services, pytest.mark.both_databases]

MAPAPP = [sys.executable, "-m", "mapapp"]
#: Ends the process that holds a lock of the store in the end, should the test not.
PATIENCE_S = 120


def refusal(process: subprocess.Popen[str]) -> str:
    """The one sentence of a command that did nothing."""
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    [sentence] = told.splitlines()
    return sentence.replace("\u00a0", " ")


# Two at once -----------------------------------------------------------------------------------


def test_two_imports_at_once_both_end(live: Engine, rows: Path, start: Start) -> None:
    """One after the other, none lost; a reader goes on, and never sees half of one."""
    client = create_app(live).test_client()
    before = client.get("/api/v1/initiatives").get_json()["count"]
    both = [start([*MAPAPP, *import_words(rows, name)], live) for name in ("un", "deux")]
    seen = {before}
    while any(process.poll() is None for process in both):
        answer = client.get("/api/v1/initiatives")
        assert answer.status_code == 200
        seen.add(answer.get_json()["count"])
        time.sleep(0.05)  # a reader who leaves them the processor
    assert [process.returncode for process in both] == [0, 0]
    seen.add(client.get("/api/v1/initiatives").get_json()["count"])
    assert seen <= {before, before + 300, before + 600}
    assert max(seen) == before + 600
    assert not store_faults(live)


def test_the_same_import_twice_at_once_is_done_once(live: Engine, rows: Path, start: Start) -> None:
    """The second compares again once the first is done, and finds nothing to change."""
    both = [start([*MAPAPP, *import_words(rows)], live) for _ in range(2)]
    told = [process.communicate(timeout=PATIENCE_S)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("300 inchangées" in said for said in told) == [False, True]
    with live.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM run")) == 2


def test_who_waits_is_told_and_may_give_up(live: Engine, rows: Path, start: Start) -> None:
    """At once, whom for where that is known, again and again; Ctrl+C ends it without delay."""
    with sessions(live)() as session:
        take_the_pen(session)
        process = start([*MAPAPP, *import_words(rows)], live)
        assert process.stderr
        first, again = process.stderr.readline(), process.stderr.readline()
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, told = process.communicate(timeout=PATIENCE_S)
        assert time.monotonic() - begun < engines.WRITER_PATIENCE_S / 2  # it did not wait on
    assert process.returncode == 2
    for sentence in (first, again):
        assert "La base est occupée" in sentence
        assert "Ctrl+C" in sentence
    if Path("/proc/locks").exists() or live.dialect.name == "postgresql":
        assert re.search(r"(processus|PostgreSQL) \d+", first)
    assert "Interrompu" in told


@pytest.mark.sqlite
def test_an_import_waits_longer_than_a_page(live: Engine) -> None:
    """As long as the longest import may last; other connections keep their five seconds."""
    with sessions(live)() as session:
        take_the_pen(session)
        assert session.scalar(text("PRAGMA busy_timeout")) == engines.WRITER_PATIENCE_S * 1000
        with live.connect() as connection:
            assert connection.scalar(text("PRAGMA busy_timeout")) == 5000


def test_who_has_waited_long_enough_is_told(
    live: Engine, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that stays occupied: a sentence, and nothing done."""
    monkeypatch.setattr(engines, "WRITER_PATIENCE_S", 0)
    before = contents(live)
    with sessions(live)() as session:
        take_the_pen(session)
        with pytest.raises(NotReady, match="occupée"):
            imported(live, rows)
    assert contents(live) == before


# A full disk -----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB in memory."""
    place = tmp_path / "disque"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(words, capture_output=True).returncode:
        absent("a small disk cannot be mounted here (it takes the rights of root)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def on_small_disk(small_disk: Path, small_data: Path) -> Iterator[Engine]:
    """A store on that disk."""
    engine = open_engine(f"sqlite:///{small_disk / 'mapapp.sqlite'}")
    initialise(engine, small_data)
    yield engine
    engine.dispose()


def fill(disk: Path, but: int) -> Path:
    """Fill a disk but for some bytes."""
    filler = disk / "plein"
    filler.write_bytes(b"\0" * (shutil.disk_usage(disk).free - but))
    return filler


@pytest.mark.parametrize("free", [0, 64_000, 400_000])
def test_a_full_disk_changes_nothing(
    on_small_disk: Engine, small_disk: Path, rows: Path, start: Start, free: int
) -> None:
    """Full at once or half-way: a sentence, the former state whole, which pages still show."""
    before = contents(on_small_disk)
    on_small_disk.dispose()
    filler = fill(small_disk, free)

    assert "disque" in refusal(start([*MAPAPP, *import_words(rows)], on_small_disk))

    if free:
        assert create_app(on_small_disk).test_client().get("/initiatives").status_code == 200
    filler.unlink()
    assert contents(on_small_disk) == before
    assert not store_faults(on_small_disk)
    imported(on_small_disk, rows)
    assert not store_faults(on_small_disk)


# A database that nobody may write -----------------------------------------------------------------


def unprivileged(words: Sequence[str]) -> list[str]:
    """Words run without the right of root to write whatever it likes."""
    if os.geteuid():
        return [*words]
    if not shutil.which("setpriv"):
        absent("root writes read-only files, and setpriv is not here to forbid it")
    return ["setpriv", "--bounding-set", "-dac_override", *words]


@pytest.mark.sqlite
@pytest.mark.parametrize("folder_too", [False, True])
def test_a_read_only_database_stays_as_it_is(
    live: Engine, rows: Path, start: Start, tmp_path: Path, folder_too: bool
) -> None:
    """One sentence, and nothing changed; who may not write reads, checks, exports and saves."""
    before = contents(live)
    live.dispose()
    file = Path(str(live.url.database))
    file.chmod(0o444)
    if folder_too:
        file.parent.chmod(0o555)
    try:
        told = refusal(start(unprivileged([*MAPAPP, *import_words(rows)]), live))
        assert "lecture seule" in told
        backup, export = tmp_path / "copie.sqlite", tmp_path / "export.csv"
        for words in (
            ["stats"],
            ["check"],
            ["locate", "2.38", "48.95"],
            ["coverage"],
            ["export", "initiatives", str(export)],
            ["backup", str(backup)],
        ):
            reading = start(unprivileged([*MAPAPP, *words]), live)
            _, told_of = reading.communicate(timeout=PATIENCE_S)
            assert reading.returncode == 0, (words, told_of)
        assert backup.stat().st_size == file.stat().st_size
        assert not [path.name for path in file.parent.iterdir() if path != file]
    finally:
        file.parent.chmod(0o755)
        file.chmod(0o644)
    assert contents(live) == before
    imported(live, rows)
