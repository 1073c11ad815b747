"""What the processes of one machine share: turns, kept files, counters, the pace of a server."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from geo.pacing import Pace
from mapapp.config import INSTANCE
from mapapp.errors import NotReady, Occupied
from mapapp.machine import folder as shared
from mapapp.machine import kept_files
from mapapp.machine.agenda import SharedAgenda
from mapapp.machine.counters import Counters
from mapapp.machine.kept_files import FOLDER, KeptFiles, Unwanted
from mapapp.machine.turns import turn

Check = Callable[[], None]

FORK = multiprocessing.get_context("fork")

# Python warns of forks beside threads: those of this process have ended by then.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An instance folder of this test alone."""
    monkeypatch.setenv(INSTANCE.name, str(tmp_path))
    yield tmp_path
    shared._writable.cache_clear()


def here() -> bool:
    """An asker who stays."""
    return False


def making(text: str, log: Path | None = None, lasts_s: float = 0.0) -> kept_files.Make:
    """What writes a text, noting each time in a log that it does."""

    def make(draft: Path, check: Check) -> Path:
        if log:
            with log.open("a") as file:
                file.write(f"{text}\n")
        time.sleep(lasts_s)
        check()
        path = draft / "fichier.txt"
        path.write_text(text)
        return path

    return make


def read(files: KeptFiles, question: object, make: kept_files.Make) -> str:
    """The text that a question is answered by."""
    with files.opened(question, make, here) as file:
        return file.read().decode()


def kept(instance: Path) -> list[str]:
    """The texts that are kept."""
    return sorted(path.read_text() for path in (instance / shared.NAME / FOLDER).iterdir())


def test_a_file_is_made_once_for_all_who_ask_at_once(instance: Path) -> None:
    """Eight threads of two processes get the same; each question has a file of its own."""
    log = instance / "log"

    def ask() -> None:
        files = KeptFiles(1_000, at_once=4)
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(read, files, "q", making("long", log, 0.3)) for _ in range(4)]
            assert [one.result() for one in asked] == ["long"] * 4

    processes = [FORK.Process(target=ask) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0, 0]
    assert log.read_text() == "long\n"
    assert read(KeptFiles(1_000), "another", making("other", log)) == "other"
    assert kept(instance) == ["long", "other"]


def test_another_version_of_the_data_is_another_file() -> None:
    """What was made of the former one is not given."""
    files = KeptFiles(1_000)
    assert read(files, ("v1", "q"), making("before")) == "before"
    assert read(files, ("v2", "q"), making("after")) == "after"
    assert read(files, ("v1", "q"), making("made again")) == "before"


def test_files_are_for_the_instance_alone(instance: Path) -> None:
    """Folder 0700, files 0600, whatever the mask; a name tells nothing of the question."""
    read(KeptFiles(1_000), "a question", making("text"))
    [path] = (instance / shared.NAME / FOLDER).iterdir()
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    assert "question" not in path.name


def test_the_least_used_go_first(instance: Path) -> None:
    """The bytes kept are bounded; what is larger than the bound is given, and not kept."""
    files = KeptFiles(10)
    for rank, text in enumerate(("aaaa", "bbbb")):
        read(files, text, making(text))
        path = next(p for p in (instance / shared.NAME / FOLDER).iterdir() if p.read_text() == text)
        os.utime(path, (rank, rank))
    read(files, "aaaa", making("made again"))  # used now, so the other is the one to go
    read(files, "cccc", making("cccc"))
    assert kept(instance) == ["aaaa", "cccc"]
    assert read(files, "large", making("l" * 11)) == "l" * 11
    assert kept(instance) == ["aaaa", "cccc"]


def test_who_asks_for_another_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file is made, who wants another waits a little; beyond the places, not at all."""
    monkeypatch.setattr(kept_files, "OTHER_S", 0.2)
    files = KeptFiles(1_000, at_once=2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(read, files, "first", making("first", lasts_s=1.0))
        time.sleep(0.2)
        second = pool.submit(read, files, "second", making("second"))
        time.sleep(0.1)
        with pytest.raises(Occupied) as refused:  # both places are taken
            read(files, "third", making("third"))
        with pytest.raises(Occupied):
            second.result()
        assert first.result() == "first"
    assert refused.value.status == 503
    assert refused.value.retry_after_s > 0


def test_work_stops_when_the_visitor_has_gone(instance: Path) -> None:
    """Unless somebody else waits for the same, who then gets it."""
    files = KeptFiles(1_000, at_once=2)
    gone = threading.Event()

    def make(draft: Path, check: Check) -> Path:
        for _ in range(10):
            time.sleep(0.05)
            check()
        return making("made")(draft, check)

    gone.set()
    with pytest.raises(Unwanted):
        files.opened("q", make, gone.is_set)
    gone.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(files.opened, "q", make, gone.is_set)
        time.sleep(0.1)
        other = pool.submit(files.opened, "q", making("never made"), here)
        time.sleep(0.1)
        gone.set()
        with first.result() as one, other.result() as two:
            assert (one.read(), two.read()) == (b"made", b"made")
    assert kept(instance) == ["made"]


def test_a_killed_process_frees_its_turn_and_its_draft_goes(instance: Path) -> None:
    """The next who asks makes the file, and removes what was left."""

    def start() -> None:
        KeptFiles(1_000).opened("killed", making("killed", lasts_s=60), here)

    process = FORK.Process(target=start)
    process.start()
    files = instance / shared.NAME / FOLDER
    deadline = time.monotonic() + 10
    while not list(files.glob("*.ebauche")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(10)
    assert list(files.glob("*.ebauche"))
    assert read(KeptFiles(1_000), "next", making("next")) == "next"
    assert kept(instance) == ["next"]


def test_a_disk_that_refuses_is_said(instance: Path) -> None:
    """One sentence, and nothing is left."""

    def full(_draft: Path, _check: Check) -> Path:
        raise OSError(28, "No space left on device")

    with pytest.raises(NotReady, match="disque"):
        KeptFiles(1_000).opened("q", full, here)
    assert kept(instance) == []


def test_a_read_only_instance_shares_a_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for all its processes, for its user alone."""
    monkeypatch.setattr(shared.tempfile, "gettempdir", lambda: str(tmp_path))
    instance = tmp_path / "file"
    instance.write_text("no folder can be made in a file")
    monkeypatch.setenv(INSTANCE.name, str(instance))
    found = shared.shared_folder()
    shared._writable.cache_clear()
    assert found == shared.shared_folder()
    assert found.parent == tmp_path
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert read(KeptFiles(1_000), "q", making("text")) == "text"


def test_a_turn_is_of_one_at_a_time() -> None:
    """Threads and processes alike; another name is another turn."""
    with turn("one") as ours, turn("one") as theirs, turn("two") as others:
        assert (ours, theirs, others) == (True, False, True)
    with turn("one") as again:
        assert again


def test_counts_are_shared_by_processes_and_name_nobody(instance: Path) -> None:
    """Two processes count together; the file holds no address, and forgets what is past."""
    now = [1_000.0]
    counters = Counters(clock=lambda: now[0])
    process = FORK.Process(target=lambda: counters.incr("LIMITER/192.0.2.7/files", 60))
    process.start()
    process.join(10)
    assert counters.incr("LIMITER/192.0.2.7/files", 60) == 2
    assert counters.incr("LIMITER/192.0.2.8/files", 60) == 1
    assert counters.get_expiry("LIMITER/192.0.2.7/files") == 1_060.0
    path = instance / shared.NAME / "compteurs.sqlite"
    assert b"192.0.2" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    now[0] = 1_061.0
    assert counters.get("LIMITER/192.0.2.7/files") == 0
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM count").fetchone() == (0,)


def test_a_clock_set_back_locks_nobody_out() -> None:
    """Counts of a time to come are forgotten."""
    now = [1_000_000.0]
    counters = Counters(clock=lambda: now[0])
    counters.incr("key", 60, 10)
    now[0] -= 3_600
    assert counters.incr("key", 60) == 1


def test_the_salt_of_a_day_is_gone_the_next(instance: Path) -> None:
    """The same address has another name in the file."""
    now = [0.0]
    counters = Counters(clock=lambda: now[0])

    def salts() -> list[bytes]:
        counters.incr("key", 60)
        with sqlite3.connect(instance / shared.NAME / "compteurs.sqlite") as database:
            return [value for (value,) in database.execute("SELECT value FROM salt")]

    first = salts()
    now[0] = 86_400.0
    second = salts()
    assert len(first) == len(second) == 1
    assert first != second


def test_processes_share_the_pace_of_a_server(instance: Path) -> None:
    """Two processes together take no more turns than one would; a restart forgets the future."""
    path = instance / "agenda"
    log = instance / "turns"

    def ask() -> None:
        pace = Pace(50, agenda=SharedAgenda(path))
        for _ in range(5):
            pace.wait()
            with log.open("a") as file:
                file.write(f"{time.monotonic()}\n")

    processes = [FORK.Process(target=ask) for _ in range(2)]
    begun = time.monotonic()
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    times = sorted(map(float, log.read_text().split()))
    assert len(times) == 10
    assert times[-1] - begun >= 9 / 50
    assert all(later >= earlier for earlier, later in pairwise(times))
    with SharedAgenda(path).opened() as turns:
        turns.next_s = time.monotonic() + 1_000_000
    begun = time.monotonic()
    Pace(50, agenda=SharedAgenda(path)).wait()
    assert time.monotonic() - begun < 5
