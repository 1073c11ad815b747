"""``mapapp init``: the shipped data come in whole or not at all, and change only what changed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from shipped_copy import cells_of, correct, edit_contours, line_of, rewrite
from sqlalchemy import Engine, MetaData, func, inspect, select
from sqlalchemy.orm import Session

from mapapp.errors import DataFault, NotReady
from mapapp.memory import Memory
from mapapp.queries.facts import holdings
from mapapp.shipping import initialise
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

Rows = dict[tuple[Any, ...], Any]


def contents(engine: Engine) -> Rows:
    """Every row of every table, by table and key; the pages of the index of words are no rows."""
    metadata = MetaData()
    metadata.reflect(engine, only=lambda name, _: not name.startswith("initiative_words"))
    rows: Rows = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            key = [column.name for column in table.primary_key]
            for row in connection.execute(select(table)).mappings():
                rows[(table.name, *(row[name] for name in key))] = dict(row)
    return rows


def differing(before: Rows, after: Rows) -> set[tuple[Any, ...]]:
    """The rows that came, went or changed, the state of the store apart."""
    keys = before.keys() | after.keys()
    return {k for k in keys if k[0] != "state" and before.get(k) != after.get(k)}


def state(engine: Engine) -> dict[str, str]:
    """What the store says of itself."""
    return {row["key"]: row["value"] for k, row in contents(engine).items() if k[0] == "state"}


@pytest.fixture
def store(live: Engine) -> Engine:
    """A store built from the small copy of the data."""
    return live


def test_from_nothing_everything_is_there(new_engine: Engine, folder: Path) -> None:
    """On a machine where nothing is, the folder, the schema and each line of the tables come."""
    assert initialise(new_engine, folder).changed
    with sessions(new_engine)() as session:
        held = holdings(session)
        tables = {"initiatives": held.initiatives, "resources": held.resources}
        tables |= {"publishers": held.publishers, "communes": held.communes}
        assert tables == {name: len(cells_of(folder / f"{name}.csv")) for name in tables}
        assert held.qpvs == {2015: 51, 2024: 91}


def test_twice_changes_nothing(store: Engine, folder: Path) -> None:
    """A second run finds everything in place: not one row differs, the data keep their version."""
    before = contents(store)
    assert not initialise(store, folder).changed
    assert contents(store) == before


def test_one_corrected_cell_changes_one_row(store: Engine, folder: Path) -> None:
    """The title of a resource corrected, its row changes, and the version of the data."""
    before, version = contents(store), state(store)["data_version"]
    line = line_of(folder, "resources", "id", "digifab")
    correct(folder, "resources", line, titre="DigiFab, atelier numérique")
    assert initialise(store, folder).changed
    assert differing(before, contents(store)) == {("resource", "digifab")}
    assert state(store)["data_version"] != version


def test_a_corrected_initiative_leaves_the_others_alone(store: Engine, folder: Path) -> None:
    """The summary of an initiative corrected, no other record changes, not even by its number."""
    before = contents(store)
    line = line_of(folder, "initiatives", "identifiant", "digifab")
    correct(folder, "initiatives", line, resume="Atelier de fabrication numérique.")
    initialise(store, folder)
    ((table, number),) = differing(before, contents(store))
    assert (table, before[table, number]["slug"]) == ("initiative", "digifab")


def test_a_correction_taken_back_gives_the_former_store(store: Engine, folder: Path) -> None:
    """Undoing a correction undoes it entirely, the version of the data included."""
    before = contents(store)
    correct(folder, "themes", 2, libelle="Manger")
    initialise(store, folder)
    assert contents(store) != before
    correct(folder, "themes", 2, libelle="Alimentation")
    initialise(store, folder)
    assert contents(store) == before


def test_a_withdrawn_resource_goes_away(store: Engine, folder: Path) -> None:
    """A line taken out of a table is taken out of the store, with what hung on it."""
    before = contents(store)
    rewrite(folder / "resources.csv", lambda lines: [x for x in lines if x["id"] != "tiers-lieux"])
    initialise(store, folder)
    assert differing(before, contents(store)) == {
        ("resource", "tiers-lieux"),
        ("resource_publisher", "tiers-lieux", "anct"),
    }


def test_a_qpv_withdrawn_from_the_contours_goes_away(store: Engine, folder: Path) -> None:
    """A neighbourhood that an edition drops is no longer listed, nor named by a verdict."""
    code = "QP009001"
    edit_contours(
        folder,
        2015,
        lambda d: d.update(features=[f for f in d["features"] if f["properties"]["code"] != code]),
    )
    rewrite(folder / "qpv_facts.csv", lambda lines: [x for x in lines if x["code"] != code])
    # A table may be empty, its header stays.
    (folder / "qpv_facts.csv").write_text("code,generation,population,millesime,source\n", "utf-8")
    initialise(store, folder)
    with sessions(store)() as session:
        assert session.get(ter.Qpv, code) is None
        assert _verdicts_per_initiative(session) == {2}


def test_another_day_an_unchanged_file_keeps_its_date(
    store: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contours say when they came in: a correction elsewhere does not make them new."""
    before = [row for key, row in contents(store).items() if key[0] == "contours"]
    monkeypatch.setattr("mapapp.records.date", _Tomorrow)
    correct(folder, "themes", 2, libelle="Manger")
    initialise(store, folder)
    assert [row for key, row in contents(store).items() if key[0] == "contours"] == before


@pytest.mark.parametrize(
    ("table", "cells", "told"),
    [
        ("themes", {"chapitre": "4.5"}, "themes.csv, ligne 2"),
        ("resources", {"theme": "inconnu"}, "resources.csv, ligne 2"),
        ("initiatives", {"resume": "jeanne@exemple.fr"}, "initiatives.csv, ligne 2"),
    ],
)
def test_damaged_data_leave_the_store_as_it_was(
    store: Engine, folder: Path, table: str, cells: dict[str, str], told: str
) -> None:
    """A fault in a file, whatever its kind, is said with its line, and not one row is written."""
    before = contents(store)
    correct(folder, table, 2, **cells)
    correct(folder, "ocr_corrections", 2, fondement="une correction juste, ailleurs")
    with pytest.raises(DataFault, match=told) as fault:
        initialise(store, folder)
    assert fault.value.message.endswith("Rien n’a été écrit.")
    assert contents(store) == before


def test_many_faults_are_counted(new_engine: Engine, folder: Path) -> None:
    """The first fault is told whole, the number of the others, and where to read them."""
    for line in (2, 3, 4):
        correct(folder, "chapters", line, titre="")
    with pytest.raises(DataFault, match="mapapp check") as fault:
        initialise(new_engine, folder)
    told, rest = fault.value.message.split("Et ")
    assert told.startswith("chapters.csv, ligne 2")
    assert int(rest.split()[0]) >= 2


#: Steps of the loading, in order; the process dies in one of them.
STEPS = ("insert_and_update", "delete_gone", "gazetteer_of", "initiative_records", "judge_all")


class _Killed(BaseException):
    """What a signal would do."""


def _die(*_: Any, **__: Any) -> NoReturn:
    raise _Killed


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_the_middle_the_former_store_is_whole(
    store: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Dead at any step, the store is the former one; the next run brings the new one, whole."""
    before = contents(store)
    correct(folder, "themes", 2, libelle="Manger")
    correct(folder, "initiatives", 2, nom="AMAP de Verdun")
    with monkeypatch.context() as patch:
        patch.setattr(f"mapapp.shipping.{step}", _die)
        with pytest.raises(_Killed):
            initialise(store, folder)
    assert contents(store) == before
    initialise(store, folder)
    changed = differing(before, contents(store))
    assert ("theme", "alimentation") in changed
    assert {key[0] for key in changed} == {"theme", "initiative"}


@pytest.mark.sqlite
@pytest.mark.parametrize("step", STEPS)
def test_killed_the_first_time_the_store_is_empty(
    new_engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Dead during the first loading, the store says that it is empty; the next run fills it."""
    with monkeypatch.context() as patch:
        patch.setattr(f"mapapp.shipping.{step}", _die)
        with pytest.raises(_Killed):
            initialise(new_engine, folder)
    with sessions(new_engine)() as session:
        with pytest.raises(NotReady, match="mapapp init"):
            holdings(session)
        with pytest.raises(NotReady, match="mapapp init"):
            Memory().indexes(session)
    assert inspect(new_engine).has_table("initiative")
    assert initialise(new_engine, folder).changed


def test_every_initiative_has_a_verdict_per_generation(session: Session) -> None:
    """The shipped initiatives are judged for 2015 and for 2024, even those of unknown place."""
    assert _verdicts_per_initiative(session) == {2}
    pairs = session.execute(select(ini.Verdict.initiative_id, ini.Verdict.generation)).all()
    assert len(set(pairs)) == len(pairs) == 48


def _verdicts_per_initiative(session: Session) -> set[int]:
    counts = (
        select(func.count(ini.Verdict.generation))
        .select_from(ini.Initiative)
        .outerjoin(ini.Verdict)
        .group_by(ini.Initiative.id)
    )
    return set(session.scalars(counts))


class _Tomorrow:
    """The calendar of a later day."""

    @staticmethod
    def today() -> date:
        return date.today() + timedelta(days=1)
