"""What the tests of imports share: how to ask for one, and all that a store holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from mapapp.importing.initiatives import Preview, Wanted, publish_initiatives
from mapapp.importing.rolling_back import roll_back
from mapapp.importing.sources import SourceFacts
from mapapp.store.base import Base
from mapapp.store.engine import sessions

FACTS = SourceFacts(name="SIAE", publisher="ASP")

#: How the file of work-integration enterprises is read.
SIAE_COLUMNS: Mapping[str, Any] = {
    "columns": {"identifiant": "siret"},
    "constants": {"themes": "vers-l-emploi"},
}

#: What tells of the imports and the addresses they gave, which a rollback leaves.
_RUNS = ("run", "run_change", "given_slug")


def wanted(
    path: Path,
    source_id: str = "siae",
    facts: SourceFacts = FACTS,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> Wanted:
    """What an operator asks, for the source of the tests."""
    return Wanted(path, source_id, facts, columns or {}, constants or {})


def import_words(path: Path, source_id: str = "siae") -> list[str]:
    """The words of the command line that imports a file."""
    words = ["import", "initiatives", str(path), "--source", source_id, "--yes"]
    return [*words, "--nom-source", FACTS.name or "", "--editeur", FACTS.publisher or ""]


def imported(engine: Engine, path: Path, **asked: Any) -> Preview:
    """Publish a file."""
    with sessions(engine).begin() as session:
        preview, _ = publish_initiatives(session, wanted(path, **asked), "essai")
        return preview


def rolled_back(engine: Engine, number: int) -> None:
    """Take a run back."""
    with sessions(engine).begin() as session:
        roll_back(session, number)


def contents(engine: Engine, without: Collection[str] = _RUNS) -> dict[str, list[Any]]:
    """Every row of every table, but what a rollback leaves and the version of the data."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in (*without, "state")
        }
