"""A small store whose data were published twice on one day, hostile texts included."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hostile import TEXTS
from imported import wanted
from shipped_copy import make_small_copy
from sqlalchemy import Engine

from mapapp.importing.initiatives import publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.opendata.snapshots import Snapshot
from mapapp.opendata.taking import take_snapshot
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions

__all__ = ["DAY", "ORIGIN", "Published", "import_rows", "publish", "take", "write_rows"]

DAY = date(2026, 3, 2)
ORIGIN = "https://carte.example"

#: What a spreadsheet would execute, and a text that only looks quoted.
FORMULAS = ("=1+1", "@SUM(A1)", "'=1")


@dataclass(frozen=True, slots=True)
class Published:
    """The store, its instance folder, and its two snapshots."""

    engine: Engine
    instance: Path
    first: Snapshot
    second: Snapshot

    @property
    def folder(self) -> Path:
        """Where the snapshots are."""
        return self.instance / "snapshots"


def take(engine: Engine, folder: Path, today: date = DAY) -> Snapshot | None:
    """Take a snapshot."""
    return take_snapshot(engine, folder, lambda path: ORIGIN + path, today)


def write_rows(path: Path, names: list[str], summary: str = "") -> Path:
    """An initiatives file around Dijon, one line for each name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("identifiant nom resume themes code_insee latitude longitude".split())
        for rank, name in enumerate(names):
            place = ("47.34", "5.06") if rank % 2 else ("", "")
            writer.writerow([f"a{rank}", name, summary or name, "mobilite", "21231", *place])
    return path


def import_rows(engine: Engine, path: Path, source_id: str = "essai") -> None:
    """Publish a file under a source of its own."""
    facts = SourceFacts(name=f"Essai {TEXTS[3]}", publisher=f"Éditeur {TEXTS[4]}")
    with sessions(engine).begin() as session:
        publish_initiatives(session, wanted(path, source_id, facts), "essai")


def publish(folder: Path) -> Published:
    """Ship, take a snapshot, import hostile rows, take another on the same day."""
    engine = open_engine(f"sqlite:///{folder / 'instance' / 'mapapp.sqlite'}")
    initialise(engine, make_small_copy(shipped("data"), folder / "data"))
    instance = folder / "instance"
    first = take(engine, instance / "snapshots")
    names = [f"Nom {text}" for text in TEXTS] + list(FORMULAS)
    import_rows(engine, write_rows(folder / "essai.csv", names))
    second = take(engine, instance / "snapshots")
    assert first
    assert second
    return Published(engine, instance, first, second)
