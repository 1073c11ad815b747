"""A run taken back: the store as it was before, or a sentence that says why not."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from imported import SIAE_COLUMNS, contents, imported, rolled_back
from sqlalchemy import Engine, select, update

from mapapp.checking import store_faults
from mapapp.errors import BadInput, UnknownRecord
from mapapp.importing.sources import SourceFacts
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.store.runs import Run

pytestmark = pytest.mark.both_databases

Write = Callable[..., Path]

HEADERS = ["identifiant", "nom", "themes", "code_insee", "qpv_declare", "latitude", "longitude"]
ONE = ["1", "La Coursive", "culture|habitat", "21231", "QP021004", "47.34", "5.06"]
TWO = ["2", "Un Café", "", "93072", "", "", ""]
OTHER = {"source_id": "autre", "facts": SourceFacts(name="Autre", publisher="Moi")}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines as a CSV file."""

    def written(*lines: list[str]) -> Path:
        path = tmp_path / "lignes.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADERS, *lines])
        return path

    return written


def renamed(line: list[str], name: str) -> list[str]:
    """The same line with another name."""
    return [line[0], name, *line[2:]]


def states(engine: Engine) -> list[str]:
    """How each run stands."""
    with sessions(engine)() as session:
        return list(session.scalars(select(Run.state).order_by(Run.id)))


def test_a_first_import_taken_back_leaves_nothing(live: Engine, write: Write) -> None:
    """No record, and no source: an exhaustive one without records would say that none exists."""
    before = contents(live)
    imported(live, write(ONE, TWO), facts=SourceFacts("SIAE", "ASP", coverage="exhaustive"))
    assert contents(live) != before
    rolled_back(live, 1)
    assert contents(live) == before
    assert states(live) == ["rolled_back"]
    assert not store_faults(live)


def test_an_update_taken_back_restores_records_and_source(live: Engine, write: Write) -> None:
    """Row for row: numbers, links, verdicts, and what the source says of itself."""
    imported(live, write(ONE, TWO))
    before = contents(live)
    changed = write(renamed(ONE, "Autre nom"), ["2", "Un Café", "sport", "21231", "", "", ""])
    imported(live, changed, facts=SourceFacts(licence="Licence Ouverte"))
    rolled_back(live, 2)
    assert contents(live) == before
    assert not store_faults(live)


@pytest.mark.sqlite
def test_the_real_file_taken_back_leaves_nothing(live: Engine, extracts: Path) -> None:
    """693 records come and go."""
    before = contents(live)
    imported(live, extracts / "siae_2020.csv.gz", **SIAE_COLUMNS)
    rolled_back(live, 1)
    assert contents(live) == before


def test_the_runs_of_other_sources_do_not_matter(live: Engine, write: Write) -> None:
    """A source is taken back below a later one, whose records stay as they are."""
    imported(live, write(ONE, TWO), **OTHER)
    alone = contents(live, without=("run", "run_change", "initiative"))
    rolled_back(live, 1)
    imported(live, write(ONE, TWO))
    imported(live, write(ONE, TWO), **OTHER)
    rolled_back(live, 2)
    with sessions(live)() as session:
        row = ini.Initiative
        told = session.execute(select(row.source_id, row.name).where(row.source_id != "rtes-2022"))
        assert told.all() == [("autre", "La Coursive"), ("autre", "Un Café")]
    now = contents(live, without=("run", "run_change", "initiative"))
    assert now["source"] == alone["source"]
    assert not store_faults(live)


def test_a_later_run_of_the_same_records_comes_first(live: Engine, write: Write) -> None:
    """The sentence names it; once it is taken back, the first may be."""
    before = contents(live)
    imported(live, write(ONE, TWO))
    imported(live, write(renamed(ONE, "Autre nom"), TWO))
    imported(live, write(renamed(ONE, "Autre nom"), TWO))  # changes nothing, hence hinders nothing
    with pytest.raises(BadInput, match="annulez d’abord la 2"):
        rolled_back(live, 1)
    rolled_back(live, 2)
    rolled_back(live, 1)
    assert contents(live) == before
    assert states(live) == ["rolled_back", "rolled_back", "published"]


def test_a_source_stays_as_long_as_it_has_records(live: Engine, write: Write) -> None:
    """The run that made it goes last, even when the later one wrote other records."""
    before = contents(live)
    imported(live, write(ONE))
    imported(live, write(TWO))
    with pytest.raises(BadInput, match="annulez d’abord la 2"):
        rolled_back(live, 1)
    rolled_back(live, 2)
    rolled_back(live, 1)
    assert contents(live) == before


def test_later_runs_of_other_records_do_not_matter(live: Engine, write: Write) -> None:
    """Of one source, two runs that wrote other records are taken back in any order."""
    imported(live, write(["0", *ONE[1:]]))
    before = contents(live)
    imported(live, write(ONE))
    imported(live, write(TWO))
    rolled_back(live, 2)
    rolled_back(live, 3)
    assert contents(live) == before


def test_a_run_is_taken_back_once(live: Engine, write: Write) -> None:
    """The second time says so, and changes nothing; so does a run that never was."""
    imported(live, write(ONE))
    rolled_back(live, 1)
    before = contents(live, without=())
    with pytest.raises(BadInput, match="déjà annulée"):
        rolled_back(live, 1)
    with pytest.raises(UnknownRecord, match="numéro 7"):
        rolled_back(live, 7)
    assert contents(live, without=()) == before


def test_what_was_changed_since_is_not_lost(live: Engine, write: Write) -> None:
    """A record that someone corrected by another way stops the rollback, and is named."""
    imported(live, write(ONE))
    with live.begin() as connection:
        of_source = ini.Initiative.source_id == "siae"
        connection.execute(update(ini.Initiative).where(of_source).values(doubt="à voir"))
    before = contents(live, without=())
    with pytest.raises(BadInput, match="perdrait ce changement"):
        rolled_back(live, 1)
    assert contents(live, without=()) == before
