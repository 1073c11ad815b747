"""A database that this mapapp cannot use: one sentence, exit code 2, and no byte changed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from mapapp.cli import main
from mapapp.errors import UnusableStore
from mapapp.shipping import initialise
from mapapp.store.backup import back_up
from mapapp.store.engine import open_engine, require_schema

pytestmark = pytest.mark.both_databases

Damage = Callable[[Path], None]


def of_the_future(path: Path) -> None:
    """What a newer mapapp would have made of it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def of_another_program(path: Path) -> None:
    """Tables that are not ours, migrated by Alembic as well."""
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('c0ffee')")
        database.execute("CREATE TABLE invoice (number INTEGER)")
        database.commit()


def overwritten(path: Path) -> None:
    """A page in the middle is not what it was."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)


def truncated(path: Path) -> None:
    """The second half is missing."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def beginning_alone(path: Path) -> None:
    """One page is left."""
    path.write_bytes(path.read_bytes()[:4096])


def random_bytes(path: Path) -> None:
    """Nothing is left."""
    path.write_bytes(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(256)))


def a_text(path: Path) -> None:
    """A file of something else."""
    path.write_text("Ceci n’est pas une base.", encoding="utf-8")


def a_folder(path: Path) -> None:
    """No file at all."""
    path.unlink()
    path.mkdir()


@pytest.fixture
def instance(live: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder with a sound database that nobody has open."""
    folder = tmp_path / "instance"
    folder.mkdir()
    back_up(live, folder / "mapapp.sqlite")
    monkeypatch.setenv("MAPAPP_INSTANCE", str(folder))
    monkeypatch.delenv("MAPAPP_DATABASE_URL", raising=False)
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (of_the_future, "version de mapapp plus récente"),
        (of_another_program, "autre logiciel"),
        (overwritten, "abîmée"),
        (truncated, "abîmée"),
        (beginning_alone, "abîmée"),
        (random_bytes, "n’est pas une base de données"),
        (a_text, "n’est pas une base de données"),
        (a_folder, "dossier"),
    ],
)
def test_every_command_says_so_and_touches_nothing(
    instance: Path, tmp_path: Path, damage: Damage, said: str
) -> None:
    """``init`` as well as what only reads, and ``restore``, which would replace it."""
    sound = tmp_path / "sauvegarde.sqlite"
    sound.write_bytes((instance / "mapapp.sqlite").read_bytes())
    damage(instance / "mapapp.sqlite")
    before = state(instance)
    rows = tmp_path / "rows.csv"
    rows.write_text("identifiant,nom,commune\n1,A,Stains\n", encoding="utf-8")
    for words in (
        ["init"],
        ["serve"],
        ["check"],
        ["stats"],
        ["runs"],
        ["locate", "2.38", "48.95"],
        ["export", "qpv", str(tmp_path / "qpv.csv")],
        ["backup", str(tmp_path / "b.sqlite")],
        ["snapshot"],
        ["rollback", "1"],
        ["import", "initiatives", str(rows), "--source", "essai", "--yes"],
        ["restore", str(sound), "--yes"],
    ):
        result = CliRunner().invoke(main, words)
        told = result.stderr.replace("\u00a0", " ")
        assert result.exit_code == 2, (words, told)
        [sentence] = told.splitlines()
        assert said in sentence
        assert str(instance / "mapapp.sqlite") in sentence
        assert "Rien n’a été changé" in sentence
    assert state(instance) == before


@pytest.mark.sqlite
def test_an_empty_file_is_a_database_to_be_made(instance: Path, small_data: Path) -> None:
    """As a command leaves one that is killed before its first write."""
    (instance / "mapapp.sqlite").write_bytes(b"")
    result = CliRunner().invoke(main, ["stats"])
    assert result.exit_code == 2
    assert "mapapp init" in result.stderr.replace("\u00a0", " ")
    engine = open_engine(f"sqlite:///{instance / 'mapapp.sqlite'}")
    assert initialise(engine, small_data).changed
    require_schema(engine)
    engine.dispose()


def test_a_newer_schema_is_told_on_either_database(live: Engine, small_data: Path) -> None:
    """``init`` writes nothing into it."""
    with live.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (lambda: initialise(live, small_data), lambda: require_schema(live)):
        with pytest.raises(UnusableStore, match="plus récente"):
            ask()
    with live.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
