"""``mapapp export``, ``backup`` and ``restore`` as they are typed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from stores import SqliteStores

from mapapp.cli.backup import backup, restore
from mapapp.cli.export import export
from mapapp.cli.faults import SpeakingGroup

MAPAPP = SpeakingGroup("mapapp", commands=[export, backup, restore])


def run(*arguments: str | Path, answer: str | None = None) -> Result:
    """Run a command as a shell would."""
    return CliRunner().invoke(MAPAPP, [*map(str, arguments)], prog_name="mapapp", input=answer)


def refusal(*arguments: str | Path, answer: str | None = None) -> str:
    """What a command that does nothing says: a sentence on stderr, code 2, no trace."""
    told = run(*arguments, answer=answer)
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    return told.stderr.splitlines()[-1]


@pytest.fixture
def database(
    tmp_path: Path, small_data: Path, sqlite_stores: SqliteStores, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The database of an instance, built from the small data as are all those of these commands."""
    module = import_module("mapapp.cli.backup")  # the command of that name hides it
    monkeypatch.setattr(module, "shipped", lambda _: small_data)
    path = tmp_path / "instance" / "mapapp.sqlite"
    monkeypatch.setenv("MAPAPP_INSTANCE", str(path.parent))
    monkeypatch.delenv("MAPAPP_DATABASE_URL", raising=False)
    sqlite_stores.copy_to(path, small_data)
    return path


def loaded_on(database: Path) -> str:
    """A fact of the database that a test changes."""
    with closing(sqlite3.connect(database)) as opened:
        query = "SELECT value FROM state WHERE key = 'loaded_on'"
        return str(opened.execute(query).fetchone()[0])


def change(database: Path) -> None:
    """Change that fact."""
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("UPDATE state SET value = 'changée' WHERE key = 'loaded_on'")
        opened.commit()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("kind", ["initiatives", "resources", "qpv", "coverage"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_export_writes_each_kind_in_each_form(tmp_path: Path, kind: str, suffix: str) -> None:
    """The file is there, and how many lines it has is said."""
    target = tmp_path / f"a{suffix}"
    told = run("export", kind, target)
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.endswith(f"dans {target}.\n")
    assert target.stat().st_size


@pytest.mark.usefixtures("database")
def test_export_takes_a_source_and_a_generation(tmp_path: Path) -> None:
    """A part of what there is; a source that does not exist is refused and nothing written."""
    assert run("export", "initiatives", tmp_path / "a.csv", "--source", "rtes-2022").exit_code == 0
    assert run("export", "qpv", tmp_path / "b.csv", "--generation", "2015").exit_code == 0
    codes = (tmp_path / "b.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert codes
    assert all(code.startswith("QP") for code in codes)
    assert "rtes-2022" in refusal("export", "initiatives", tmp_path / "c.csv", "--source", "autre")
    assert not (tmp_path / "c.csv").exists()


@pytest.mark.usefixtures("database")
def test_export_says_what_it_cannot_do(tmp_path: Path) -> None:
    """A suffix must be known and a folder exist."""
    assert ".xlsx" in refusal("export", "qpv", tmp_path / "a.ods")
    assert "créez-le" in refusal("export", "qpv", tmp_path / "absent" / "a.csv")


def test_without_a_database_nothing_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that makes one is named."""
    monkeypatch.setenv("MAPAPP_INSTANCE", str(tmp_path / "vide"))
    monkeypatch.delenv("MAPAPP_DATABASE_URL", raising=False)
    assert "mapapp init" in refusal("export", "qpv", tmp_path / "a.csv")
    assert "mapapp init" in refusal("backup", tmp_path / "a.sqlite")


def test_a_backup_is_restored(database: Path, tmp_path: Path) -> None:
    """With ``--yes`` nothing is asked; the database is as it was saved."""
    former = loaded_on(database)
    saved = run("backup", tmp_path / "a.sqlite")
    assert (saved.exit_code, saved.stderr) == (0, "")
    assert "Mo)" in saved.stdout
    change(database)
    assert run("restore", tmp_path / "a.sqlite", "--yes").exit_code == 0
    assert loaded_on(database) == former


def test_a_restore_asks_first(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only « oui » replaces the database; where nobody can answer, ``--yes`` is asked for."""
    run("backup", tmp_path / "a.sqlite")
    change(database)
    assert "--yes" in refusal("restore", tmp_path / "a.sqlite")
    module = import_module("mapapp.cli.backup")  # the command of that name hides it
    monkeypatch.setattr(module, "_on_terminal", lambda: True)
    for answer in ("\n", "non\n", "yes\n"):
        assert "Rien n’a été changé" in refusal("restore", tmp_path / "a.sqlite", answer=answer)
    assert loaded_on(database) == "changée"
    assert run("restore", tmp_path / "a.sqlite", answer="oui\n").exit_code == 0
    assert loaded_on(database) != "changée"


def test_a_new_instance_is_restored_without_a_question(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no database, nothing can be lost."""
    run("backup", tmp_path / "a.sqlite")
    monkeypatch.setenv("MAPAPP_INSTANCE", str(tmp_path / "neuve"))
    assert run("restore", tmp_path / "a.sqlite").exit_code == 0
    assert loaded_on(tmp_path / "neuve" / "mapapp.sqlite") == loaded_on(database)


def test_what_is_no_backup_is_refused_before_any_question(database: Path, tmp_path: Path) -> None:
    """A text file, a file that is not there: one sentence."""
    (tmp_path / "a.txt").write_text("bonjour", encoding="utf-8")
    assert "a.txt" in refusal("restore", tmp_path / "a.txt")
    assert "lisible" in refusal("restore", tmp_path / "absent.sqlite")
    assert database.exists()
