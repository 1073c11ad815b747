"""Initiatives imported: what is stored, what is told, and what is left as it was."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import shapely
from click.testing import CliRunner
from effort import tried
from hostile import TEXTS
from imported import SIAE_COLUMNS, contents, import_words, imported, wanted
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from stores import Stores

from mapapp.checking import store_faults
from mapapp.cli import main
from mapapp.errors import AppError, BadInput
from mapapp.importing.initiatives import Preview, preview_initiatives
from mapapp.importing.planning import Outcome
from mapapp.importing.sources import SourceFacts
from mapapp.paths import shipped
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.store.runs import Run

pytestmark = pytest.mark.both_databases

Write = Callable[..., Path]

HEADERS = ["identifiant", "nom", "themes", "code_insee", "commune", "latitude", "longitude"]
DIJON = ["a", "La Coursive", "culture", "21231", "Dijon", "47.33", "5.05"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines as a CSV file, encoded as asked."""

    def written(*lines: list[str], encoding: str = "utf-8", **dialect: Any) -> Path:
        text = io.StringIO()
        csv.writer(text, **dialect).writerows([HEADERS, *lines])
        path = tmp_path / "lignes.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return written


def previewed(engine: Engine, path: Path, **asked: Any) -> Preview:
    """What an import would do."""
    with sessions(engine)() as session:
        return preview_initiatives(session, wanted(path, **asked))


def sentences(preview: Preview) -> list[str]:
    """What is told, whatever its spaces."""
    return [line.replace("\u00a0", " ") for line in preview.lines()]


def outcomes(preview: Preview) -> list[str]:
    """How each row ends."""
    return [row.outcome.value for row in preview.plan.rows]


# The real file -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def siae(extracts: Path) -> Path:
    """705 real work-integration enterprises of 2020, every odd one among them."""
    return extracts / "siae_2020.csv.gz"


@pytest.fixture(scope="module")
def france(stores: Stores, siae: Path) -> Iterator[Engine]:
    """A store of the whole country, into which the file was imported."""
    with stores.opened(shipped("data")) as engine:
        imported(engine, siae, **SIAE_COLUMNS)
        yield engine


@pytest.fixture(scope="module")
def siae_again(france: Engine, siae: Path) -> Preview:
    """What the same file would do once imported."""
    return previewed(france, siae, **SIAE_COLUMNS)


def siae_lines(siae: Path) -> list[dict[str, str]]:
    """The lines of the real file, the first being line 2."""
    with gzip.open(siae, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_line_of_the_real_file_is_stored_or_rejected(
    france: Engine, siae_again: Preview
) -> None:
    """705 lines: 12 repeat a SIRET and are rejected, the others are in the store."""
    assert len(siae_again.plan.rows) == 705
    with sessions(france)() as session:
        stored = select(func.count()).where(ini.Initiative.source_id == "siae")
        assert session.scalar(stored) == 705 - 12
    assert not store_faults(france)


def test_a_repeated_siret_names_the_first_line(siae: Path, siae_again: Preview) -> None:
    """Each of the 12 says where the number came first."""
    lines = siae_lines(siae)
    first: dict[str, int] = {}
    expected = []
    for number, cells in enumerate(lines, 2):
        if first.setdefault(cells["siret"], number) != number:
            expected.append((number, f"identifiant déjà employé ligne {first[cells['siret']]}"))
    issues = [issue for row in siae_again.plan.rows for issue in row.issues]
    told = [(issue.line, issue.message) for issue in issues if issue.column == "identifiant"]
    assert len(expected) == 12
    assert told == expected


def test_a_type_that_is_not_always_ess_is_told(siae: Path, france: Engine) -> None:
    """The ETTI and GEIQ, 105 here, are stored as they are, each with its line and a sentence."""
    lines = enumerate(siae_lines(siae), 2)
    expected = [(n, cells["type"]) for n, cells in lines if cells["type"] in ("ETTI", "GEIQ")]
    with sessions(france)() as session:
        issues = session.scalars(select(Run.issues).where(Run.source_id == "siae")).one()
    told = [issue for issue in issues if issue["column"] == "type"]
    assert len(expected) == 105
    assert [(issue["line"], issue["value"]) for issue in told] == expected
    assert all("ne sont pas toutes de l’ESS" in issue["message"] for issue in told)


def test_a_line_without_coordinates_is_to_review(siae: Path, siae_again: Preview) -> None:
    """The 32 whose position nobody gave, and only they, say so."""
    without = [n for n, cells in enumerate(siae_lines(siae), 2) if not cells["lon"]]
    told = [r.line for r in siae_again.plan.rows if "Sans coordonnées" in (r.doubt or "")]
    assert len(without) == 32
    assert told == without


def test_a_point_outside_its_departement_is_to_review(siae: Path, siae_again: Preview) -> None:
    """Those farther than the outlines are coarse (some 3 km): each with a sentence."""
    features = json.loads((shipped("data") / "departements.geojson").read_text("utf-8"))["features"]
    outlines = {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in features
    }
    strays = {
        number
        for number, cells in enumerate(siae_lines(siae), 2)
        if cells["lon"] and _degrees_away(cells, outlines[cells["departement"]]) > 0.04
    }
    doubts = {row.line: row.doubt for row in siae_again.plan.rows if row.doubt}
    assert len(strays) == 21
    assert strays <= set(doubts)
    assert all("ne répond" in doubts[n] or "Le point est à" in doubts[n] for n in strays)


def _degrees_away(cells: dict[str, str], outline: shapely.Geometry) -> float:
    return float(outline.distance(shapely.Point(float(cells["lon"]), float(cells["lat"]))))


def test_the_same_file_again_changes_nothing(siae_again: Preview) -> None:
    """Every row is unchanged, but those that are rejected."""
    assert siae_again.plan.counts == {
        "created": 0,
        "updated": 0,
        "unchanged": 693,
        "doubtful": 0,
        "rejected": 12,
        "retired": 0,
    }
    assert siae_again.plan.absent == 0


def test_one_corrected_cell_is_one_updated_row(france: Engine, siae: Path, tmp_path: Path) -> None:
    """With its field, before and after; nothing else moves."""
    lines = siae_lines(siae)
    name = lines[2]["nom"]
    lines[2]["nom"] = "Nouveau nom"
    path = tmp_path / "siae.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)

    preview = previewed(france, path, **SIAE_COLUMNS)

    [row] = [row for row in preview.plan.rows if row.outcome is Outcome.UPDATED]
    assert (row.line, row.changes) == (4, {"nom": (name, "Nouveau nom")})
    assert preview.plan.counts["unchanged"] == 692
    assert f"Ligne 4 ({row.key}), nom : « {name} » devient « Nouveau nom »." in sentences(preview)


# What an import leaves alone -------------------------------------------------------------------


def test_a_preview_writes_nothing(live: Engine, write: Write) -> None:
    """Not even the source."""
    before = contents(live)
    assert outcomes(previewed(live, write(DIJON))) == ["created"]
    assert contents(live) == before


def test_a_new_source_has_a_name_and_a_publisher(live: Engine, write: Write) -> None:
    """Nothing is written before it does."""
    before = contents(live)
    with pytest.raises(BadInput, match="--nom-source"):
        imported(live, write(DIJON), facts=SourceFacts(name="Sans éditeur"))
    assert contents(live) == before


def test_what_ships_is_not_an_import(live: Engine, write: Write) -> None:
    """Its records, facts and mapping: neither now nor after a file that changes nothing."""
    before = contents(live)
    for asked in ({"facts": SourceFacts()}, {"facts": SourceFacts(name="Autre")}):
        with pytest.raises(BadInput, match="est livrée avec mapapp"):
            imported(live, write(DIJON), source_id="rtes-2022", **asked)
    imported(live, write(), source_id="rtes-2022", facts=SourceFacts())
    with pytest.raises(BadInput, match="est livrée avec mapapp"):
        imported(live, write(DIJON), source_id="rtes-2022", facts=SourceFacts())
    assert contents(live) == before


def test_a_record_that_the_file_forgets_stays(live: Engine, write: Write) -> None:
    """It is counted, and left as it is."""
    imported(live, write(DIJON, ["b", *DIJON[1:]]))
    assert previewed(live, write(DIJON)).plan.absent == 1
    imported(live, write(DIJON))
    with sessions(live)() as session:
        assert session.scalar(select(func.count()).where(ini.Initiative.source_id == "siae")) == 2


# Hostile rows ----------------------------------------------------------------------------------


def test_hostile_texts_are_stored_as_they_are(live: Engine, write: Write) -> None:
    """Text is text: it comes back letter for letter, and the store is sound."""
    imported(live, write(*[[f"h{n}", text, *DIJON[2:]] for n, text in enumerate(TEXTS)]))
    with sessions(live)() as session:
        row = ini.Initiative
        query = select(row.name).where(row.source_id == "siae").order_by(row.rank)
        assert session.scalars(query).all() == list(TEXTS)
    assert not store_faults(live)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_accents_survive_any_spreadsheet(
    live: Engine, write: Write, encoding: str, delimiter: str
) -> None:
    """What a spreadsheet saves is read, whatever its habits."""
    line = ["é", "L’Épicerie « d’à côté » ; ça, oui", *DIJON[2:]]
    preview = previewed(live, write(line, encoding=encoding, delimiter=delimiter))
    [row] = preview.plan.rows
    assert (row.key, row.told["nom"]) == ("é", line[1])


@pytest.mark.parametrize(
    ("cells", "outcome", "said"),
    [
        (["", "Sans identifiant", *DIJON[2:]], "rejected", "une valeur est obligatoire"),
        (["x", "", *DIJON[2:]], "rejected", "une valeur est obligatoire"),
        (["x", "Nulle part", "", "", "", "", ""], "rejected", "est nécessaire"),
        (["x", "Inconnue", "", "99999", "Nulle-Part", "47.3", "5.0"], "doubtful", "code INSEE"),
        (["x", "Échangées", *DIJON[2:5], "5.05", "47.33"], "doubtful", "inversées"),
        (["x", "Océan", *DIJON[2:5], "45.0", "-30.0"], "doubtful", "hors de tout territoire"),
        (["x", "Lambert", *DIJON[2:5], "6695000", "853000"], "created", "Lambert-93"),
        (["x", "Autre ville", *DIJON[2:5], "48.85", "2.35"], "doubtful", "Le point est à"),
        (["x", "Infini", *DIJON[2:5], "nan", "inf"], "doubtful", "un nombre est attendu"),
        (["x", "Thème", "poterie", *DIJON[3:]], "created", "thème inconnu"),
        (["x", "=1+1", *DIJON[2:]], "created", None),
        (["x", "M" * 1_000_000, *DIJON[2:]], "rejected", "plus de 32000 caractères"),
        (["x", "Trop large", *DIJON[2:], "de", "trop"], "doubtful", "9 cellules au lieu de 7"),
        (["x", "Trop court", "culture", "21231"], "doubtful", "4 cellules au lieu de 7"),
    ],
)
def test_each_fault_is_told(
    live: Engine, write: Write, cells: list[str], outcome: str, said: str | None
) -> None:
    """The row ends as it should, with its line and a sentence."""
    preview = previewed(live, write(DIJON, cells))
    row = preview.plan.rows[1]
    assert row.outcome == outcome
    told = [line for line in sentences(preview) if line.startswith("Ligne 3")]
    assert any(said in line for line in told) if said else not told


def test_two_verduns_are_a_question(france: Engine, write: Write) -> None:
    """A name that two communes bear is not guessed; an INSEE code is an answer."""
    lines = [["1", "Laquelle", "", "", "Verdun", "", ""], ["2", "Elle", "", "55545", "", "", ""]]
    asked, answered = previewed(france, write(*lines)).plan.rows
    assert (asked.outcome, answered.outcome) == ("doubtful", "created")
    assert "« Verdun »" in (asked.doubt or "").replace("\u00a0", " ")


def broken_lines(count: int) -> Iterator[list[str]]:
    """Lines of every fault, in turn."""
    points = [("5.05", "47.33"), ("6695000", "853000"), ("45", "-30"), ("abc", ""), ("1e999", "0")]
    places = [("99999", ""), ("", "Verdun"), ("1231", "Dijon"), ("2A9999", "Ajaccio"), ("", "")]
    texts = [*TEXTS, "=HYPERLINK(1)", "\x00\x07", "\ud800".encode("utf-8", "replace").decode(), "é"]
    for rank in range(count):
        (lat, lon), (code, commune) = points[rank % 5], places[rank // 5 % 5]
        text = texts[rank % len(texts)]
        yield [f"id{rank // 2}", text, text, code, commune, lat, lon][: 7 - (rank % 11 == 0)]


def test_broken_rows_by_thousands_are_each_stored_or_told(live: Engine, write: Write) -> None:
    """None is lost, each that is not plain has a line and a sentence; in seconds, not minutes."""
    count = tried("BROKEN_ROWS", 2_000, 10_000)
    path = write(*broken_lines(count))
    begun = time.process_time()
    preview = imported(live, path)
    assert time.process_time() - begun < 60  # a hang, not a slow machine

    rows = preview.plan.rows
    assert [row.line for row in rows] == list(range(2, count + 2))
    assert all(row.issues or row.doubt for row in rows)
    stored = [row for row in rows if row.outcome is not Outcome.REJECTED]
    assert all(any(issue.grave for issue in r.issues) for r in rows if r not in stored)
    with sessions(live)() as session:
        keys = select(ini.Initiative.key).where(ini.Initiative.source_id == "siae")
        assert sorted(session.scalars(keys)) == sorted(row.key for row in stored)
    assert not store_faults(live)
    assert set(outcomes(previewed(live, path))) == {"unchanged", "rejected"}


# The command -----------------------------------------------------------------------------------


def run(engine: Engine, *words: str) -> Any:
    """What the command line answers."""
    return CliRunner(env={"MAPAPP_DATABASE_URL": str(engine.url)}).invoke(main, words)


def test_the_command_previews_then_publishes(live: Engine, write: Write) -> None:
    """The preview says that nothing was written, the publication bears a number."""
    path = write(DIJON)
    told = run(live, *import_words(path), "--dry-run")
    assert (told.exit_code, "rien n’a été écrit" in told.stdout) == (0, True)
    told = run(live, *import_words(path))
    assert (told.exit_code, "Publication 1." in told.stdout) == (0, True)
    answer = json.loads(run(live, *import_words(path), "--json").stdout)
    assert (answer["run"], answer["counts"]["unchanged"]) == (2, 1)


def test_a_rejected_row_is_exit_one(live: Engine, write: Write) -> None:
    """The others are published, and the row is told."""
    told = run(live, *import_words(write(DIJON, DIJON)))
    assert told.exit_code == 1
    assert "déjà employé ligne 2" in told.stdout


def test_the_runs_have_the_shape_of_the_contract(live: Engine, write: Write) -> None:
    """Number, kind, source, state and counts."""
    imported(live, write(DIJON))
    [told] = json.loads(run(live, "runs", "--json").stdout)
    shown = {name: told[name] for name in ("run", "kind", "source", "state", "counts")}
    counts = {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "doubtful": 0,
        "rejected": 0,
        "retired": 0,
    }
    assert shown == {
        "run": 1,
        "kind": "initiatives",
        "source": "siae",
        "state": "published",
        "counts": counts,
    }


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04tronque", b"\x1f\x8bx", b'identifiant\n"a'])
def test_an_unreadable_file_is_one_sentence(live: Engine, tmp_path: Path, content: bytes) -> None:
    """Exit 2, the file named, the store as it was."""
    path = tmp_path / "abime.csv"
    path.write_bytes(content)
    before = contents(live)
    told = run(live, *import_words(path))
    assert told.exit_code == 2
    assert "abime.csv" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert contents(live) == before


def test_a_fault_in_the_middle_leaves_the_former_state(
    live: Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks once rows are written, the transaction takes them back."""
    before = contents(live)

    def fail(_session: Session, _what: str) -> None:
        raise AppError("au milieu")

    monkeypatch.setattr("mapapp.importing.publishing.mark_change", fail)
    with pytest.raises(AppError, match="au milieu"):
        imported(live, write(DIJON))
    assert contents(live) == before


def test_long_texts_are_kept_whole_and_long_identifiers_refused(live: Engine, write: Write) -> None:
    """A name is as long as its cell; what is looked up by has the length of a word."""
    letters = Random(1).choices("abcdefghijklmnopqrstuvwxyzéèàç", k=12_000)  # nothing to compress
    name = "".join(letters)
    preview = imported(live, write([DIJON[0], name, *DIJON[2:]], [name[:256], *DIJON[1:]]))
    assert outcomes(preview) == ["created", "rejected"]
    assert any("255 caractères au plus" in line for line in sentences(preview))
    with sessions(live)() as session:
        kept = session.scalar(select(ini.Initiative.name).where(ini.Initiative.key == DIJON[0]))
    assert kept == name
