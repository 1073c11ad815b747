"""What a disk can do to an instance: full, read-only; and a clock set back, a copy taken elsewhere.

    python endure/disk.py

Mounting takes the rights of root; what could not be tried is said in the table.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import campaign
from instance import SOURCE, copy, environment, fingerprint, run, start, write_rows

from mapapp import create_app
from mapapp.checking import store_faults
from mapapp.store.engine import open_engine

#: Bytes left on the full disk: nothing, a page or two, part of what a command writes.
LEFT = (0, 64_000, 2_000_000)
SIZE_MB = 48

Figures = dict[str, object]


@contextmanager
def mounted(place: Path, *words: str) -> Iterator[bool]:
    """A mount until the block ends; False when this machine refuses."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *words, str(place)], capture_output=True, check=False)
    try:
        yield not done.returncode
    finally:
        if not done.returncode:
            subprocess.run(["umount", str(place)], check=True)


def refusals(instance: Path, commands: list[list[str]], faults: list[str]) -> int:
    """How many commands refuse in one sentence; the others are faults."""
    count = 0
    for words in commands:
        process = start(instance, *words)
        said, _ = process.communicate()
        if process.returncode == 2 and "Traceback" not in said:
            count += 1
        else:
            faults.append(f"{' '.join(words[:2])}: exit code {process.returncode}: {said[-300:]}")
    return count


def sound(instance: Path, before: str, faults: list[str], when: str) -> None:
    """The database is what it was, nothing is left beside it, and pages answer."""
    if fingerprint(instance) != before:
        faults.append(f"{when}: the database changed")
    engine = open_engine(f"sqlite:///{instance / 'mapapp.sqlite'}")
    faults += [f"{when}: check: {fault}" for fault in store_faults(engine)]
    if create_app(engine).test_client().get("/initiatives").status_code != 200:
        faults.append(f"{when}: /initiatives does not answer")
    engine.dispose()
    faults += [f"{when}: a draft is left: {path}" for path in instance.rglob(".mapapp-*")]


def full_disk(place: Path, base: Path, rows: Path, faults: list[str]) -> Figures:
    """Commands that write, on a disk that is full or nearly."""
    disk = place / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs") as ready:
        if not ready:
            return {"full disk": "not tried: it takes the rights of root"}
        instance = copy(base, disk / "instance")
        before = fingerprint(instance)
        refused = 0
        commands = [
            ["import", "initiatives", str(rows), *SOURCE, "--yes"],
            ["backup", str(disk / "b.sqlite")],
            ["snapshot"],
            ["export", "coverage", str(disk / "e.csv")],
        ]
        for left in LEFT:
            filler = disk / "filler"
            filler.write_bytes(b"\0" * max(0, shutil.disk_usage(disk).free - left))
            refused += refusals(instance, commands, faults)
            sound(instance, before, faults, f"full disk, {left} bytes left")
            filler.unlink()
        faults += [f"full disk: {path.name} is left" for path in disk.glob("[be].*")]
        run(instance, "import", "initiatives", str(rows), *SOURCE, "--yes")
        return {"full disk: commands that refused in one sentence, nothing changed": refused}


def read_only_disk(place: Path, base: Path, rows: Path, faults: list[str]) -> Figures:
    """What only reads works, what writes refuses."""
    disk = place / "read-only"
    with mounted(disk, "--bind", str(base)) as ready:
        remount = ["mount", "-o", "remount,ro,bind", str(disk)]
        if not ready or subprocess.run(remount, capture_output=True, check=False).returncode:
            return {"read-only disk": "not tried: it takes the rights of root"}
        before = fingerprint(disk)
        reading = [
            ["stats"],
            ["check"],
            ["runs"],
            ["locate", "0.35", "46.565"],
            ["coverage", "--departement", "93"],
            ["export", "initiatives", str(place / "e.csv")],
            ["backup", str(place / "read-only.sqlite")],
            ["init"],
        ]
        for words in reading:
            with suppress(RuntimeError):
                run(disk, *words)
                continue
            faults.append(f"read-only disk: {words[0]} refuses")
        writing = [["import", "initiatives", str(rows), *SOURCE, "--yes"], ["snapshot"]]
        refused = refusals(disk, writing, faults)
        sound(disk, before, faults, "read-only disk")
        return {
            "read-only disk: commands that read and work": len(reading),
            "read-only disk: commands that write and refuse in one sentence": refused,
        }


def clock_set_back(place: Path, base: Path, rows: Path, faults: list[str]) -> Figures:
    """A year back, after a publication and a snapshot of today."""
    if not shutil.which("faketime"):
        return {"clock set back": "not tried: Debian’s package faketime is not here"}
    instance = copy(base, place / "clock")
    run(instance, "import", "initiatives", str(rows), *SOURCE, "--yes")
    run(instance, "snapshot")
    later = write_rows(place / "later.csv", 20, "Plus tard")
    commands = (
        ["init"],
        ["import", "initiatives", str(later), *SOURCE, "--yes"],
        ["snapshot"],
        ["rollback", "2"],
        ["check"],
    )
    for words in commands:
        program = ["faketime", "-1 year", sys.executable, "-m", "mapapp", *words]
        done = subprocess.run(
            program, env=environment(instance), capture_output=True, text=True, check=False
        )
        if done.returncode:
            faults.append(f"clock set back: {words[0]}: {done.stderr[-300:]}")
    return {"clock set back a year: commands done": len(commands)}


def restored_elsewhere(place: Path, base: Path, faults: list[str]) -> Figures:
    """A backup taken while a server serves and an import publishes, put back in another folder."""
    instance = copy(base, place / "busy")
    rows = write_rows(place / "many.csv", 5_000, "En cours")
    backup, elsewhere = place / "busy.sqlite", place / "another" / "machine"
    os.environ["MAPAPP_INSTANCE"] = str(instance)
    engine = open_engine(f"sqlite:///{instance / 'mapapp.sqlite'}")
    client = create_app(engine).test_client()
    importing = start(instance, "import", "initiatives", str(rows), *SOURCE, "--yes")
    answers = 0
    saving = start(instance, "backup", str(backup))
    begun = time.perf_counter()
    while saving.poll() is None:
        answers += client.get("/api/v1/initiatives").status_code == 200
    backup_s = time.perf_counter() - begun
    importing.communicate()
    saving.communicate()
    engine.dispose()
    if saving.returncode or importing.returncode:
        faults.append("backup while importing: a command failed")
    with closing(sqlite3.connect(backup)) as saved:
        (count,) = saved.execute("SELECT count(*) FROM initiative").fetchone()
        (first,) = (
            sqlite3.connect(base / "mapapp.sqlite")
            .execute("SELECT count(*) FROM initiative")
            .fetchone()
        )
    if count not in (first, first + 5_000):
        faults.append(f"the backup holds {count} initiatives: half an import")
    begun = time.perf_counter()
    run(elsewhere, "restore", str(backup), "--yes")
    restore_s = time.perf_counter() - begun
    run(elsewhere, "check")
    return {
        "backup while serving and importing": f"{backup_s:.1f} s, {answers} answers meanwhile",
        "restore in another folder, the program’s start included": f"{restore_s:.1f} s",
    }


def endure() -> int:
    """Try it all."""
    faults: list[str] = []
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="disk-") as name:
        place = Path(name)
        base = place / "base"
        base.mkdir()
        run(base, "init")
        rows = write_rows(place / "rows.csv", 400)
        trials: tuple[Callable[[], Figures], ...] = (
            lambda: full_disk(place, base, rows, faults),
            lambda: read_only_disk(place, base, rows, faults),
            lambda: clock_set_back(place, base, rows, faults),
            lambda: restored_elsewhere(place, base, faults),
        )
        for trial in trials:
            figures |= trial()
            print(figures, file=sys.stderr)
    return campaign.report(figures, faults)


if __name__ == "__main__":
    sys.exit(endure())
