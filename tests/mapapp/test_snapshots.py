"""Snapshots: whole or not at all, the same data the same bytes, and what changed between two."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from published import DAY, ORIGIN, Published, import_rows, take, write_rows
from sqlalchemy import Engine

from mapapp.cli import main
from mapapp.errors import BadInput, NotReady, UnknownRecord
from mapapp.opendata import changes, snapshots, taking
from mapapp.opendata.datasets import DATASETS, available
from mapapp.opendata.snapshots import MANIFEST, Snapshot, all_snapshots, newest, snapshot_named
from mapapp.store.backup import back_up
from mapapp.store.drafts import drafted_folder
from mapapp.store.engine import open_engine, upgrade_schema


def lines_of(path: Path) -> list[dict[str, str]]:
    """The lines of a published CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


@pytest.fixture
def stored(published: Published, tmp_path: Path) -> Iterator[Engine]:
    """A copy of the small store that a test may change."""
    back_up(published.engine, tmp_path / "mapapp.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'mapapp.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the datasets that are written at once."""
    few = tuple(one for one in DATASETS if one.name in ("initiatives", "ressources"))
    monkeypatch.setattr(
        taking,
        "DATASETS",
        tuple(
            replace(one, forms=("csv", "gpkg")[: 1 + (one.name == "initiatives")]) for one in few
        ),
    )


def test_a_snapshot_holds_every_dataset_in_every_form(published: Published) -> None:
    """The manifest tells size and checksum of each file, and nothing else lies there."""
    folder = published.folder / published.first.name
    wanted = {f"{one.name}.{form}" for one in DATASETS for form in one.forms if available(form)}
    assert set(published.first.by_name) == wanted
    assert {path.name for path in folder.iterdir()} == wanted | {MANIFEST}
    for file in published.first.files:
        content = (folder / file.name).read_bytes()
        assert len(content) == file.size
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_the_manifest_is_read_back_as_it_was_written(published: Published) -> None:
    """Newest first; the sources are told with their licence and date."""
    assert all_snapshots(published.folder) == [published.second, published.first]
    assert newest(published.folder) == published.second
    (source,) = published.first.sources
    assert source["id"] == "rtes-2022"
    assert {"licence", "date", "editeur"} <= set(source)
    assert [one["generation"] for one in published.first.contours] == [2024, 2015]


def test_the_same_data_give_the_same_bytes(published: Published, tmp_path: Path) -> None:
    """Every form, workbooks and GeoPackages included, on another day and in another folder."""
    again = take(published.engine, tmp_path / "snapshots", date(2027, 5, 6))
    assert again
    told = {name: file.sha256 for name, file in published.second.by_name.items() if file.dataset}
    assert {name: file.sha256 for name, file in again.by_name.items()} == told


@pytest.mark.usefixtures("quick")
def test_nothing_is_written_when_nothing_changed(stored: Engine, tmp_path: Path) -> None:
    """Neither for the same version of the data, nor for another with the same content."""
    folder = tmp_path / "snapshots"
    assert take(stored, folder)
    assert take(stored, folder, date(2026, 3, 3)) is None
    manifest = folder / DAY.isoformat() / MANIFEST
    told = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(told | {"data_version": "autre"}), encoding="utf-8")
    assert take(stored, folder, date(2026, 3, 3)) is None
    assert [path.name for path in folder.iterdir()] == [DAY.isoformat()]


def test_a_second_snapshot_of_a_day_has_a_number(published: Published) -> None:
    """Its name and that of the first are for ever theirs."""
    assert published.first.name == "2026-03-02"
    assert published.second.name == "2026-03-02-2"
    assert published.second.taken_on == "2026-03-02"
    assert published.second.previous == published.first.name


def test_snapshots_of_one_day_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """The tenth comes after the ninth; other files are not snapshots."""
    for name in ("2026-03-02-10", "2026-03-02-9", "2026-03-02", "2026-02-30", ".mapapp-x", "x"):
        (tmp_path / name).mkdir()
    newest_first = ["2026-03-02-10", "2026-03-02-9", "2026-03-02", "2026-02-30"]
    assert snapshots.names(tmp_path) == newest_first
    assert newest(tmp_path) is None
    assert snapshots.names(tmp_path / "absent") == []


@pytest.mark.parametrize("broken", [OSError(28, "No space left"), KeyboardInterrupt()])
@pytest.mark.usefixtures("quick")
def test_an_interrupted_snapshot_leaves_nothing(
    stored: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: BaseException
) -> None:
    """A full disk or a stop in the middle: no folder, no draft; the next one is whole."""
    folder = tmp_path / "snapshots"
    with monkeypatch.context() as patched:
        patched.setattr(Snapshot, "as_json", lambda _: (_ for _ in ()).throw(broken))
        with pytest.raises(type(broken)):
            take(stored, folder)
    assert list(folder.iterdir()) == []
    assert take(stored, folder)


def fill_a_taken_name(path: Path) -> None:
    """Write a folder that another writes meanwhile."""
    with drafted_folder(path) as draft:
        (draft / "x").write_text("x")
        path.mkdir()


def test_a_name_taken_meanwhile_is_told(tmp_path: Path) -> None:
    """What the other wrote stays, and nothing lies beside it."""
    with pytest.raises(BadInput):
        fill_a_taken_name(tmp_path / "2026-03-02")
    assert {path.name for path in tmp_path.iterdir()} == {"2026-03-02"}


def test_an_empty_store_gives_no_snapshot(new_engine: Engine, tmp_path: Path) -> None:
    """The sentence says what to do."""
    upgrade_schema(new_engine)
    with pytest.raises(NotReady, match="mapapp init"):
        take(new_engine, tmp_path / "snapshots")


@pytest.mark.usefixtures("quick")
def test_without_the_extra_the_manifest_says_what_is_missing(
    stored: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No GeoPackage, said so; once the extra is there, the same data want another snapshot."""
    monkeypatch.setattr(taking, "available", lambda form: form != "gpkg")
    first = take(stored, tmp_path / "snapshots")
    assert first
    assert list(first.missing) == ["gpkg"]
    assert not [name for name in first.by_name if name.endswith(".gpkg")]
    monkeypatch.undo()
    assert not taking.is_of(first, first.data_version)


@pytest.mark.parametrize("name", ["2026-03-03", "..", "2026-03-02/..", "", "passwd"])
def test_there_is_no_other_snapshot(published: Published, name: str) -> None:
    """Whatever is not the name of one is told so."""
    with pytest.raises(UnknownRecord):
        snapshot_named(published.folder, name)


def test_changes_are_those_of_the_files(published: Published) -> None:
    """What the list adds to the former files gives the later ones, for every record and cell."""
    told: dict[str, list[dict[str, str]]] = {}
    for change in lines_of(published.folder / published.second.name / changes.FILE):
        told.setdefault(change["jeu"], []).append(change)
    for dataset in DATASETS:
        before, after = (
            {"|".join(line[name] for name in dataset.key): line for line in lines_of(path)}
            for path in (
                published.folder / snapshot.name / f"{dataset.name}.csv"
                for snapshot in (published.first, published.second)
            )
        )
        looked_at = dataset.compared or tuple(field.name for field in dataset.fields)
        assert applied(before, told.get(dataset.name, []), after, looked_at) == {
            key: {name: line[name] for name in looked_at} for key, line in after.items()
        }


def applied(
    before: dict[str, Any],
    told: list[dict[str, str]],
    after: dict[str, Any],
    names: tuple[str, ...],
) -> dict[str, Any]:
    """The former lines with the changes made; an added line is taken from the later file."""
    made = {key: {name: line[name] for name in names} for key, line in before.items()}
    for change in told:
        key = change["cle"]
        if change["changement"] == changes.ADDED:
            made[key] = {name: after[key][name] for name in names}
        elif change["changement"] == changes.REMOVED:
            del made[key]
        else:
            assert made[key][change["champ"]] == change["avant"]
            made[key][change["champ"]] = change["apres"]
    return made


def test_changes_are_counted_by_record(published: Published) -> None:
    """13 initiatives came; a record with two changed cells is one."""
    assert published.second.changes["initiatives"] == {"ajout": 13, "retrait": 0, "modification": 0}
    assert published.second.changes["ressources"] == dict.fromkeys(
        ("ajout", "retrait", "modification"), 0
    )
    assert published.second.changes["couverture"]["modification"] > 0


@pytest.mark.usefixtures("quick")
def test_removed_lines_changed_cells_and_new_columns_are_told(
    stored: Engine, tmp_path: Path
) -> None:
    """By key, by column, before and after."""
    import_rows(stored, write_rows(tmp_path / "a.csv", ["Un", "Deux"], "=avant"), "autre")
    folder = tmp_path / "snapshots"
    first = take(stored, folder)
    assert first
    path = folder / first.name / "initiatives.csv"
    text = path.read_text(encoding="utf-8-sig").replace("verifie_le", "ancienne")
    path.write_text(text + "parti;Parti" + ";" * 18 + "\r\n", encoding="utf-8-sig", newline="")
    import_rows(stored, write_rows(tmp_path / "b.csv", ["Un", "Deux !"], "=après"), "autre")
    second = take(stored, folder)
    assert second
    told = changes.first_changes(folder / second.name / changes.FILE, 100)
    assert changes.Change("initiatives", "", "ajout", "verifie_le") in told
    assert changes.Change("initiatives", "", "retrait", "ancienne") in told
    assert changes.Change("initiatives", "parti", "retrait") in told
    assert (
        changes.Change("initiatives", "autre-a1", "modification", "nom", "Deux", "Deux !") in told
    )
    changed = changes.Change(
        "initiatives", "autre-a1", "modification", "resume", "=avant", "=après"
    )
    assert changed in told
    assert second.changes["initiatives"] == {"ajout": 0, "retrait": 1, "modification": 2}


@pytest.mark.usefixtures("quick")
def test_the_command_says_what_it_did(
    stored: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it writes, then nothing changed; a store that is not there is told, exit code 2."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(stored.url))
    monkeypatch.setenv("MAPAPP_INSTANCE", str(tmp_path))
    monkeypatch.setenv("MAPAPP_PUBLIC_URL", ORIGIN)
    done = CliRunner().invoke(main, ["snapshot"])
    assert done.exit_code == 0, done.output
    assert "3 fichiers" in done.output
    assert "Rien n’a changé" in CliRunner().invoke(main, ["snapshot"]).output
    monkeypatch.setenv("MAPAPP_DATABASE_URL", f"sqlite:///{tmp_path / 'rien.sqlite'}")
    assert CliRunner().invoke(main, ["snapshot"]).exit_code == 2
