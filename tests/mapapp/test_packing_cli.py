"""``mapapp pack`` as a data officer meets it: French sentences and exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result

from geo.contours import read_contours
from mapapp.cli.pack import pack


def run(*arguments: object) -> Result:
    """Run ``mapapp pack …``."""
    return CliRunner().invoke(pack, [str(argument) for argument in arguments])


def plain(text: str) -> str:
    """With plain spaces and on one line, to compare sentences."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def official(path: Path, communes: str) -> Path:
    """A file of one QPV of 2015."""
    feature = {
        "type": "Feature",
        "properties": {"code_qp": "QP093035", "nom_qp": "Ici", "commune_qp": communes},
        "geometry": json.loads(shapely.to_geojson(shapely.box(2.38, 48.95, 2.39, 48.96))),
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def pack_2015(source: Path, target: Path) -> Result:
    """``mapapp pack qpv`` with what it needs."""
    said = ("--generation", "2015", "--edition", "décret d’essai", "--accuracy", "0.1")
    return run("qpv", source, target, *said)


def test_a_sound_file_is_packed(tmp_path: Path) -> None:
    """Exit 0, the count, and what the file does not cover."""
    result = pack_2015(official(tmp_path / "in.geojson", "Stains"), tmp_path / "out.geojson")
    assert result.exit_code == 0
    said = plain(result.output)
    assert f"1 QPV écrits dans {tmp_path / 'out.geojson'}." in said
    assert "Sans contour dans ces fichiers : La Réunion (974)." in said
    assert read_contours(tmp_path / "out.geojson").edition == "décret d’essai"


def test_an_unknown_commune_is_said_and_the_exit_code_is_1(tmp_path: Path) -> None:
    """The file is written, the operator is told what is missing from it."""
    source = official(tmp_path / "in.geojson", "Stains, Sainville-la-Neuve")
    result = pack_2015(source, tmp_path / "out.geojson")
    assert result.exit_code == 1
    assert "« Sainville-la-Neuve » : commune inconnue" in plain(result.stderr)
    assert read_contours(tmp_path / "out.geojson").qpvs[0].communes == ("93072",)


@pytest.mark.parametrize("content", ["", "{", '{"features": []}'])
def test_an_unreadable_file_is_one_sentence_and_exit_2(tmp_path: Path, content: str) -> None:
    """Nothing is written, no traceback."""
    source = tmp_path / "in.geojson"
    source.write_text(content)
    result = pack_2015(source, tmp_path / "out.geojson")
    assert result.exit_code == 2
    assert "in.geojson" in result.stderr
    assert isinstance(result.exception, SystemExit)
    assert not (tmp_path / "out.geojson").exists()


def test_a_missing_extra_is_exit_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install."""
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    (tmp_path / "in.gpkg").write_bytes(b"SQLite format 3\x00")
    result = pack_2015(tmp_path / "in.gpkg", tmp_path / "out.geojson")
    assert result.exit_code == 2
    assert "installez mapapp[gis]" in plain(result.stderr)


def test_a_folder_that_does_not_exist_is_exit_2(tmp_path: Path) -> None:
    """The disk's refusal is a sentence too."""
    source = official(tmp_path / "in.geojson", "Stains")
    result = pack_2015(source, tmp_path / "absent" / "out.geojson")
    assert result.exit_code == 2
    assert "absent" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_communes_and_outlines_are_packed(extracts: Path, tmp_path: Path) -> None:
    """Both commands say what they wrote."""
    outlines = extracts / "departements_dont_outremer_anct.geojson.gz"
    result = run("outlines", outlines, tmp_path / "departements.geojson")
    assert result.exit_code == 0
    assert "11 départements écrits" in plain(result.output)
    refused = run("communes", outlines, outlines, outlines, tmp_path)
    assert refused.exit_code == 2
    assert "departements_dont_outremer" in refused.stderr


@pytest.mark.parametrize("command", [[], ["qpv"], ["communes"], ["outlines"]])
def test_help_is_french_and_has_an_example(command: list[str]) -> None:
    """Each command shows one that can be typed."""
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Exemple : mapapp pack" in plain(result.output)
