"""``mapapp coverage`` and ``mapapp export coverage`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mapapp.cli import main
from mapapp.exporting.coverage import LINE_COLUMNS
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, small_data: Path) -> str:
    """The address of a small store."""
    address = f"sqlite:///{tmp_path_factory.mktemp('cli') / 'mapapp.sqlite'}"
    engine = open_engine(address)
    initialise(engine, small_data)
    engine.dispose()
    return address


@pytest.fixture(autouse=True)
def _store(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAPAPP_DATABASE_URL", database)


def run(*words: str | Path) -> Result:
    """Run a command as a shell would."""
    return CliRunner().invoke(main, [*map(str, words)], prog_name="mapapp")


def test_a_person_reads_totals_and_the_first_qpvs() -> None:
    """Territory, totals with their rate, states in words, territories below, first QPVs."""
    told = run("coverage", "--departement", "21", "--theme", "culture", "--all")
    assert (told.exit_code, told.stderr) == (0, "")
    assert "QPV 2024, Côte-d’Or" in told.stdout
    assert "1 avec un exemple" in told.stdout
    for label in ("Exemple", "À proximité", "Peut-être", "Aucun connu", "Aucun"):
        assert label in told.stdout
    assert "Par intercommunalité" in told.stdout
    assert "QN02103M" in told.stdout


def test_a_program_reads_the_same() -> None:
    """Totals, states, territories and lines add up."""
    told = run("coverage", "--region", "27", "--all", "--json")
    assert told.exit_code == 0
    answer = json.loads(told.stdout)
    assert answer["generation"] == 2024
    assert answer["total"]["qpvs"] == len(answer["items"]) > 0
    assert sum(answer["states"].values()) == answer["total"]["cells"] == 12 * len(answer["items"])
    assert {one["kind"] for one in answer["territories"]} == {"departement"}
    assert all(len(line["cells"]) == 12 for line in answer["items"])


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_the_selection_is_written(tmp_path: Path, suffix: str) -> None:
    """As a file of each form, and how many lines it has is said."""
    path = tmp_path / f"a{suffix}"
    told = run("coverage", "--departement", "21", "--output", path)
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.endswith(f"dans {path}.\n")
    assert path.stat().st_size


def test_a_file_and_json_together(tmp_path: Path) -> None:
    """The standard output stays JSON."""
    told = run("coverage", "--departement", "21", "--output", tmp_path / "a.csv", "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["total"]["qpvs"]
    assert "a.csv" in told.stderr


def test_a_smaller_distance_has_fewer_near() -> None:
    """The filters mean what they mean on the page."""
    near = [
        json.loads(run("coverage", "--distance", metres, "--json", "--all").stdout)["states"][
            "near"
        ]
        for metres in ("300", "50000")
    ]
    assert near[0] < near[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--theme", "licorne"), "Thème inconnu"),
        (("--departement", "999"), "Département inconnu"),
        (("--distance", "beaucoup"), "distance"),
        (("--generation", "1999"), "2015 ou 2024"),
        (("--tri", "hasard"), "Tri inconnu"),
        (("--output", "a.ods"), ".xlsx"),
        (("--licorne",), "Option inconnue"),
    ],
)
def test_what_has_no_meaning_is_refused(words: tuple[str, ...], said: str) -> None:
    """One French sentence, code 2, nothing written."""
    told = run("coverage", *words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_export_writes_both_generations_or_one(tmp_path: Path) -> None:
    """Every QPV and theme, those that lack nothing too."""
    path = tmp_path / "a.csv"
    counts = {}
    for words in ((), ("--generation", "2015"), ("--generation", "2024")):
        assert run("export", "coverage", path, *words).exit_code == 0
        header, *lines = path.read_text("utf-8-sig").splitlines()
        assert header == ";".join(LINE_COLUMNS)
        assert len(lines) % 12 == 0
        counts[words[1:]] = len(lines)
    assert counts[()] == counts["2015",] + counts["2024",]


def test_export_refuses_a_distance_that_is_none(tmp_path: Path) -> None:
    """As the page does, and nothing is written."""
    told = run("export", "coverage", tmp_path / "a.csv", "--distance", "-1")
    assert told.exit_code == 2
    assert "distance" in told.stderr
    assert not (tmp_path / "a.csv").exists()
