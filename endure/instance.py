"""Instances to try things on, copied for each trial, and commands in processes of their own."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from mapapp.store import Base
from mapapp.store.engine import open_engine

CHECKOUT = Path(__file__).resolve().parent.parent

#: What two runs of the same command write otherwise: the hour, and names drawn at random.
_OF_THE_MOMENT = {
    ("run", "published_at"),
    ("state", "data_version"),
    ("geocoded_position", "decided_at"),
}
#: Answers kept for the next geocoding: they stay, whatever becomes of a run.
_KEPT_ASIDE = ("geocoding_answer",)

SOURCE = ("--source", "essai", "--nom-source", "Essai", "--editeur", "Essai")


def environment(instance: Path) -> dict[str, str]:
    """What a command needs to know to work on an instance."""
    known = os.environ | {"MAPAPP_INSTANCE": str(instance), "PYTHONPATH": str(CHECKOUT)}
    known.pop("MAPAPP_DATABASE_URL", None)
    return known


def start(instance: Path, *words: str) -> subprocess.Popen[str]:
    """A command of mapapp on an instance, begun; its process is the caller's to end."""
    return subprocess.Popen(
        [sys.executable, "-m", "mapapp", *words],
        env=environment(instance),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(instance: Path, *words: str, expected: int = 0) -> str:
    """A command of mapapp on an instance, done; what it said.

    Raises:
        RuntimeError: it did not end with the exit code expected.
    """
    process = start(instance, *words)
    said, _ = process.communicate()
    if process.returncode != expected:
        raise RuntimeError(f"mapapp {' '.join(words)}: exit code {process.returncode}: {said}")
    return said


def copy(instance: Path, to: Path) -> Path:
    """A copy of an instance that nobody has open, in place of what was there."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(instance, to))


def write_rows(path: Path, count: int, name: str = "Initiative") -> Path:
    """An initiatives file with addresses and without coordinates, some columns of its own."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["identifiant", "nom", "themes", "adresse", "code_postal", "commune", "horaires"]
        )
        for rank in range(count):
            where = ("12 rue des Tilleuls", "93240", "Stains")  # known to the server of the trials
            writer.writerow([rank, f"{name} {rank}", "culture", *where, "9 h"])
    return path


def write_perimeters(path: Path) -> Path:
    """The contours of 2024 that ship, under the columns of the official file, one QPV renamed."""
    shipped = json.loads((CHECKOUT / "data" / "qpv_2024.geojson").read_text(encoding="utf-8"))
    for rank, feature in enumerate(shipped["features"]):
        told = feature["properties"]
        feature["properties"] = {
            "code_qp": told["code"],
            "lib_qp": told["nom"] if rank else "Renommé",
            "insee_com": ",".join(told["communes"]),
        }
    features = {"type": "FeatureCollection", "features": shipped["features"]}
    path.write_text(json.dumps(features), encoding="utf-8")
    return path


def fingerprint(instance: Path) -> str:
    """sha256 of all that the database of an instance holds, but what is of the moment."""
    digest = hashlib.sha256()
    engine = open_engine(f"sqlite:///{instance / 'mapapp.sqlite'}")
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in _KEPT_ASIDE:
                continue
            lines = connection.execute(select(table)).mappings()
            told = sorted(repr(_lasting(table.name, dict(line))) for line in lines)
            digest.update(f"{table.name}\0{told}".encode())
    engine.dispose()
    return digest.hexdigest()


def _lasting(table: str, line: dict[str, object]) -> dict[str, object]:
    if table == "state" and (table, str(line["key"])) in _OF_THE_MOMENT:
        return {"key": line["key"]}
    return {name: value for name, value in line.items() if (table, name) not in _OF_THE_MOMENT}
