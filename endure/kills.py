"""Commands that write, killed at random moments: the former state or the new one, whole.

    python endure/kills.py [COUNT]

After each kill: the next command needs no repair and clears every draft, ``mapapp check`` finds
nothing in the database, and what is there is exactly what was there before or what the command
would have left.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random

import campaign
from click.testing import CliRunner
from fault_server import GEOCODED, fault_server
from instance import SOURCE, copy, fingerprint, run, start, write_perimeters, write_rows

from mapapp.checking import store_faults
from mapapp.cli import main
from mapapp.store.engine import open_engine

COUNT = 200
SEED = 7

#: What must be the same before or after: a fingerprint of the database, and of the file written.
State = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Victim:
    """A command that writes: from which instance, with which words, and the file it makes.

    ``read`` gives what must be whole of that file; an empty text when it is not there.
    """

    name: str
    base: Path
    words: tuple[str, ...]
    target: Path | None = None
    read: Callable[[Path], str] = lambda path: _sha256(path) if path.exists() else ""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _database_of(path: Path) -> str:
    """What a backup holds: its bytes depend on the moment."""
    if not path.exists():
        return ""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mapapp.sqlite").write_bytes(path.read_bytes())
        return fingerprint(Path(folder))


def _snapshots_of(path: Path) -> str:
    """The snapshots of a folder, each held to its manifest."""
    told = []
    for folder in sorted(path.glob("[0-9]*")):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for file in manifest["files"]:
            if _sha256(folder / file["name"]) != file["sha256"]:
                return f"{folder / file['name']} is not what its manifest says"
        told.append(f"{folder.name}: {len(manifest['files'])} files")
    return ", ".join(told)


def victims(place: Path, files: Path) -> list[Victim]:
    """Every command that writes, from an instance that gives it something to write."""
    rows, more = write_rows(files / "rows.csv", 400), write_rows(files / "more.csv", 900, "Autre")
    instance = place / "live"
    empty = place / "empty"
    (empty / "nothing").mkdir(parents=True)
    plain = place / "plain"
    plain.mkdir()
    run(plain, "init")
    filled = copy(plain, place / "filled")
    run(filled, "import", "initiatives", str(rows), *SOURCE, "--yes")
    backup = files / "kept.sqlite"
    run(filled, "backup", str(backup))
    data = campaign.CHECKOUT / "data"
    perimeters = ("--generation", "2024", "--edition", "essai", "--yes", "--allow-shrink")
    decided = ("--lon", "2.38", "--lat", "48.95", "--precision", "address", "--raison", "essai")
    return [
        Victim("init", empty, ("init",)),
        Victim(
            "import initiatives", filled, ("import", "initiatives", str(more), *SOURCE, "--yes")
        ),
        Victim("rollback", filled, ("rollback", "1")),
        Victim(
            "import resources",
            filled,
            ("import", "resources", str(data / "resources.csv"), "--edition", "2027", "--yes"),
        ),
        Victim(
            "import qpv",
            filled,
            ("import", "qpv", str(write_perimeters(files / "qpv.geojson")), *perimeters),
        ),
        Victim("geocode", filled, ("geocode", "--source", "essai")),
        Victim("review set", filled, ("review", "set", "essai", "1", *decided)),
        Victim("restore", plain, ("restore", str(backup), "--yes")),
        Victim(
            "backup", filled, ("backup", str(files / "b.sqlite")), files / "b.sqlite", _database_of
        ),
        Victim("snapshot", filled, ("snapshot",), instance / "snapshots", _snapshots_of),
        Victim(
            "export .csv",
            filled,
            ("export", "initiatives", str(files / "e.csv"), "--toutes-les-colonnes"),
            files / "e.csv",
        ),
        Victim(
            "export .xlsx", filled, ("export", "coverage", str(files / "e.xlsx")), files / "e.xlsx"
        ),
    ]


class Trial:
    """Kills one command again and again, each time from the same state."""

    def __init__(self, victim: Victim, instance: Path, files: Path, chance: Random) -> None:
        self._victim, self._instance, self._files, self._chance = victim, instance, files, chance
        self._before = self._prepared()
        begun = time.perf_counter()
        process = start(instance, *victim.words)
        said, _ = process.communicate()
        self._lasts_s = time.perf_counter() - begun
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{victim.name} ends with {process.returncode}: {said!r}")
        self._after = self._state()
        if self._after == self._before:
            raise RuntimeError(f"{victim.name} writes nothing: there is nothing to kill")

    def kill(self) -> tuple[str, list[str]]:
        """Kill it once; how it ended (``former``, ``new`` or ``ended``), and the faults found."""
        victim = self._victim
        self._prepared()
        process = start(self._instance, *victim.words)
        # Rather late than early: before, Python loads the program.
        time.sleep(self._chance.triangular(0, self._lasts_s, self._lasts_s * 0.9))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        ended = process.returncode != -signal.SIGKILL

        faults = list(self._next_start())
        found = self._state()
        if found == self._after:
            return ("ended" if ended else "new"), faults
        if found != self._before:
            faults.append(f"{victim.name}: neither the former state nor the new one")
        return "former", faults

    def _prepared(self) -> State:
        copy(self._victim.base, self._instance)
        if self._victim.target and self._victim.target.is_relative_to(self._files):
            self._victim.target.unlink(missing_ok=True)
        return self._state()

    def _state(self) -> State:
        database = self._instance / "mapapp.sqlite"
        held = fingerprint(self._instance) if _has_tables(database) else ""
        target = self._victim.target
        return held, self._victim.read(target) if target else ""

    def _next_start(self) -> list[str]:
        """The next command, which nobody told of the kill."""
        database = self._instance / "mapapp.sqlite"
        faults = []
        for name in os.environ.keys() & {"MAPAPP_DATABASE_URL"}:
            del os.environ[name]
        os.environ["MAPAPP_INSTANCE"] = str(self._instance)
        said = CliRunner().invoke(main, ["runs"])
        if said.exit_code and _has_tables(database):
            faults.append(f"{self._victim.name}: the next start refuses: {said.output}")
        if _has_tables(database):
            engine = open_engine(f"sqlite:///{database}")
            faults += [f"{self._victim.name}: check: {fault}" for fault in store_faults(engine)]
            engine.dispose()
        left = [
            path for folder in (self._instance, self._files) for path in folder.rglob(".mapapp-*")
        ]
        return faults + [f"{self._victim.name}: a draft is left: {path}" for path in left]


def _has_tables(database: Path) -> bool:
    if not database.is_file():
        return False
    engine = open_engine(f"sqlite:///{database}")
    try:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            return bool(connection.exec_driver_sql(query).scalar())
    finally:
        engine.dispose()


def endure(count: int) -> int:
    """Kill ``count`` commands, each kind in turn."""
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kills-") as name, fault_server() as geocoder:
        geocoder.will(GEOCODED)
        os.environ["MAPAPP_GEOCODER"] = geocoder.address
        place, files = Path(name), Path(name) / "files"
        files.mkdir()
        chance = Random(SEED)
        trials = {
            victim.name: Trial(victim, place / "live", files, chance)
            for victim in victims(place, files)
        }
        for kind in islice(cycle(trials), count):
            outcome, found = trials[kind].kill()
            outcomes[outcome] += 1
            kinds[kind] += 1
            faults += found
            print(f"{sum(kinds.values()):>4} {kind}: {outcome}", *found, file=sys.stderr)
    return campaign.report(
        {
            "processes killed with SIGKILL": count - outcomes["ended"],
            "of these: the former state was whole": outcomes["former"],
            "of these: the new state was whole": outcomes["new"],
            "ended before they were killed": outcomes["ended"],
            "commands": ", ".join(f"{kind} {number}" for kind, number in kinds.items()),
        },
        faults,
    )


if __name__ == "__main__":
    sys.exit(endure(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
