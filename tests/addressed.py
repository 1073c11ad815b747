"""What the tests of geocoding runs share: initiatives with addresses, and a geocoder for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fault_server import FaultServer
from imported import imported
from sqlalchemy import Engine, select

from mapapp.geocoding.running import Report, Wanted, geocode
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.store.positions import GeocodedPosition

HEADERS = ["identifiant", "nom", "adresse", "code_postal", "commune", "statut"]

#: The fault server's usual place is at this address.
RIGHT = "12 rue des Tilleuls"
#: It has this street, and no such number.
NO_SUCH_NUMBER = "14 rue des Tilleuls"


def write_addresses(path: Path, lines: Iterable[tuple[str, str]], status: str = "") -> Path:
    """A file of initiatives of Stains: identifier and address."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[key, f"Fiche {key}", text, "93240", "Stains", status] for key, text in lines]
        csv.writer(file).writerows([HEADERS, *rows])
    return path


def with_addresses(engine: Engine, path: Path, *lines: tuple[str, str], status: str = "") -> None:
    """Import a file of initiatives of Stains under the source « siae »."""
    imported(engine, write_addresses(path, lines, status))


def run(engine: Engine, **wanted: Any) -> Report:
    """Geocode the source of the tests."""
    return geocode(engine, Wanted(**{"source_id": "siae"} | wanted), "Ana", lambda _d, _t: None)


def record(engine: Engine, key: str = "1") -> ini.Initiative:
    """A record of the source of the tests."""
    where = (ini.Initiative.source_id == "siae", ini.Initiative.key == key)
    with sessions(engine)() as session:
        found = session.scalar(select(ini.Initiative).where(*where))
        assert found is not None
        assert len(found.verdicts) == 2
        return found


def kept(engine: Engine, key: str = "1") -> GeocodedPosition | None:
    """What is kept for the address of a record."""
    with sessions(engine)() as session:
        return session.get(GeocodedPosition, ("siae", key))


def questions_of(server: FaultServer) -> int:
    """How many questions a server got: the lines of its files, and those asked alone."""
    return sum(len(request.rows) or 1 for request in server.received)
