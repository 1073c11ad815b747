"""The command line: what each command says, how it ends, and that it never shows a trace."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from shipped_copy import correct
from sqlalchemy import Engine

from mapapp import __version__
from mapapp.cli import main


def run(*arguments: str) -> Result:
    """Run a command as a shell would."""
    return CliRunner().invoke(main, arguments, prog_name="mapapp")


def refusal(*arguments: str) -> str:
    """What a command that can do nothing says: one sentence on stderr, code 2, no trace."""
    told = run(*arguments)
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    (sentence,) = told.stderr.splitlines()
    assert sentence.endswith(".")
    return sentence


@pytest.fixture
def instance(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder that is not there yet, and the small data to fill it."""
    path = tmp_path / "nouvelle" / "instance"
    monkeypatch.setenv("MAPAPP_INSTANCE", str(path))
    monkeypatch.delenv("MAPAPP_DATABASE_URL", raising=False)
    monkeypatch.setattr("mapapp.cli.data.shipped", lambda _name: folder)
    return path


@pytest.fixture
def filled(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of the shipped data."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(engine.url))


def commands(group: click.Group = main, *names: str) -> Iterator[tuple[str, ...]]:
    """Every command, by its words."""
    yield names
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


@pytest.mark.parametrize("names", list(commands()), ids=" ".join)
def test_every_command_explains_itself_with_an_example(names: tuple[str, ...]) -> None:
    """``--help`` says in French what the command does, and shows one that works as written."""
    told = run(*names, "--help")
    assert told.exit_code == 0
    example = re.search(r"Exemple\s:\s(mapapp .+)", told.stdout)
    assert example, told.stdout
    assert example[1].split()[1 : 1 + len(names)] == list(names) or len(names) < 2


def test_the_version_is_told() -> None:
    """``--version`` is the version of the package."""
    told = run("--version")
    assert (told.exit_code, told.stdout.strip()) == (0, f"mapapp {__version__}")


def test_init_makes_the_database_then_finds_it_made(instance: Path) -> None:
    """The first run builds the database where it says; the second changes nothing, and says so."""
    first = run("init")
    assert first.exit_code == 0, first.output
    assert "Base à jour" in first.stdout
    assert (instance / "mapapp.sqlite").is_file()
    second = run("init")
    assert (second.exit_code, "rien n’a changé" in second.stdout) == (0, True)


def test_init_refuses_damaged_data_in_one_sentence(instance: Path, folder: Path) -> None:
    """A fault in a table: its file and line, nothing written, code 2."""
    correct(folder, "themes", 3, chapitre="quatre")
    sentence = refusal("init")
    assert "themes.csv, ligne 3" in sentence
    assert "Rien n’a été écrit" in sentence


def test_check_finds_nothing_in_sound_data(instance: Path) -> None:
    """Sound tables and a database made from them: code 0."""
    run("init")
    told = run("check")
    assert (told.exit_code, told.stdout.strip()) == (0, "Tout est bon.")
    assert json.loads(run("check", "--json").stdout) == {"ok": True, "faults": []}


def test_check_tells_every_fault_of_the_tables(instance: Path, folder: Path) -> None:
    """Each damaged line is told, then how many there are: code 1."""
    run("init")
    correct(folder, "quartiers", 2, rayon_m="loin")
    correct(folder, "quartiers", 3, latitude="91")
    told = run("check")
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert ["ligne 2" in lines[0], "ligne 3" in lines[1], lines[2]] == [True, True, "2 fautes."]
    faults = json.loads(run("check", "--json").stdout)
    assert (faults["ok"], faults["faults"]) == (False, lines[:2])


def test_check_tells_a_broken_rule(instance: Path, folder: Path) -> None:
    """A rule between columns is checked too: one fault, in the singular."""
    run("init")
    correct(folder, "initiatives", 2, resume="Tél. 03 87 65 43 21")
    told = run("check")
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (1, "1 faute.")


def test_check_tells_a_damaged_database(instance: Path) -> None:
    """The database itself is checked: code 1."""
    run("init")
    with sqlite3.connect(instance / "mapapp.sqlite") as connection:
        connection.execute("DELETE FROM verdict WHERE initiative_id = 1 AND generation = 2015")
    connection.close()
    told = run("check")
    assert told.exit_code == 1
    assert "de verdict pour chaque génération de QPV (1)" in told.stdout


def test_check_says_that_there_is_no_database(instance: Path) -> None:
    """Sound tables without a database are not « all is well »: what to run is said."""
    told = run("check")
    assert told.exit_code == 1
    assert "mapapp init" in told.stdout


@pytest.mark.usefixtures("filled")
def test_stats_counts_what_the_database_holds() -> None:
    """For programs in JSON, for people in lines: the same figures."""
    told = json.loads(run("stats", "--json").stdout)
    assert (told["initiatives"], told["resources"], told["publishers"]) == (24, 80, 34)
    assert told["qpvs"] == {"2015": 1345, "2024": 1584}
    assert sum(told["by_precision"].values()) == 24
    lines = run("stats").stdout
    assert re.search(r"Ressources +80", lines)
    assert re.search(r"QPV 2024 +1584", lines)
    assert told["data_version"] in lines


@pytest.mark.usefixtures("filled")
def test_locate_answers_in_words() -> None:
    """One sentence per generation, the newest first, and that it is no certificate."""
    told = run("locate", "0.35", "46.565", "--radius", "50")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert [line[:8] for line in lines[:2]] == ["QPV 2024", "QPV 2015"]
    assert lines[2] == "(indicatif, ne vaut pas attestation)"
    one = run("locate", "0.35", "46.565", "--radius", "50", "--generation", "2015").stdout
    assert one.splitlines() == [lines[1], lines[2]]


@pytest.mark.usefixtures("filled")
def test_locate_takes_negative_degrees() -> None:
    """West and south are written with a minus sign, like any number."""
    told = run("locate", "-52.3", "4.9", "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert answer["position"] == {"lon": -52.3, "lat": 4.9, "precision": "point", "radius_m": 0.0}
    assert list(answer["verdicts"]) == ["2015", "2024"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("200", "46"), "Longitude"),
        (("2", "91"), "Latitude"),
        (("nan", "46"), "Longitude"),
        (("2", "46", "--radius", "-1"), "Rayon"),
    ],
)
def test_a_point_off_the_earth_is_refused_in_one_sentence(
    arguments: tuple[str, ...], told: str
) -> None:
    """Which number is wrong and what is expected, code 2, no trace."""
    assert told in refusal("locate", *arguments)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "arguments",
    [
        ("locate", "est", "46"),
        ("locate", "2"),
        ("locate", "2", "46", "3"),
        ("locate", "2", "46", "--generation", "2016"),
        ("inconnue",),
        ("stats", "--inconnue"),
        ("init", "en-trop"),
    ],
)
def test_a_wrong_usage_does_nothing(arguments: tuple[str, ...]) -> None:
    """Words that a command does not take: nothing is done, code 2, no trace."""
    told = run(*arguments)
    assert told.exit_code == 2
    assert told.stdout == ""
    assert told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("arguments", [("stats",), ("locate", "2", "46")])
def test_without_a_database_the_command_says_what_to_run(
    instance: Path, arguments: tuple[str, ...]
) -> None:
    """Nothing is made in silence: the sentence names the missing file and « mapapp init »."""
    sentence = refusal(*arguments)
    assert "Base absente" in sentence
    assert "mapapp init" in sentence
    assert not instance.exists()


@pytest.mark.parametrize("arguments", [("stats",), ("locate", "2", "46")])
def test_an_empty_database_is_told(
    instance: Path, folder: Path, arguments: tuple[str, ...]
) -> None:
    """After a first ``init`` that refused the data, there are tables and nothing in them."""
    sound = (folder / "themes.csv").read_bytes()
    (folder / "themes.csv").unlink()
    refusal("init")
    assert "mapapp init" in refusal(*arguments)
    (folder / "themes.csv").write_bytes(sound)
    assert run("init").exit_code == 0
    assert run(*arguments).exit_code == 0


def test_a_file_that_is_no_database_is_told(instance: Path) -> None:
    """Another file under the name of the database: one sentence, and the file is left alone."""
    instance.mkdir(parents=True)
    (instance / "mapapp.sqlite").write_bytes(b"ceci n'est pas une base" * 100)
    assert "base de données" in refusal("stats")
    assert "base de données" in refusal("init")
    assert (instance / "mapapp.sqlite").read_bytes().startswith(b"ceci")


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An instance folder under a file: one sentence that names it."""
    (tmp_path / "fichier").write_text("rien", encoding="utf-8")
    monkeypatch.setenv("MAPAPP_INSTANCE", str(tmp_path / "fichier" / "instance"))
    assert "fichier" in refusal("init")


def test_debug_shows_the_trace(instance: Path) -> None:
    """Developers may ask for the exception itself."""
    told = run("--debug", "stats")
    assert type(told.exception).__name__ == "NotReady"


def test_a_database_may_be_elsewhere(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``MAPAPP_DATABASE_URL`` names another database: nothing is made in the instance folder."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", f"sqlite:///{tmp_path / 'ailleurs.sqlite'}")
    told = run("init")
    assert "ailleurs.sqlite" in told.stdout
    assert json.loads(run("stats", "--json").stdout)["initiatives"] == 24
    assert not instance.exists()
