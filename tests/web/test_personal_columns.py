"""A file with the names and numbers of the staff: none is shown, answered or exported."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from imported import imported, rolled_back
from sqlalchemy import Engine, select, update

from mapapp import create_app
from mapapp.cli import main
from mapapp.importing.initiatives import Preview, Wanted, publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.opendata.taking import take_snapshot
from mapapp.shipping import initialise
from mapapp.store import State
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.store.runs import Run
from mapapp.words import search_text

#: As a network sends them: a person in columns of her own, in a text, as an identifier.
ROWS = (
    {
        "id": "1",
        "nom": "Association X",
        "resume": "Un café. Contact : Zoé Vaillant 06 11 22 33 44, zoe.vaillant@exemple.fr",
        "commune": "Stains",
        "code_insee": "93072",
        "courriel": "zoe.vaillant@exemple.fr",
        "contact": "Zoé Vaillant",
        "telephone": "06 11 22 33 44",
        "horaires": "9 h à 17 h",
        "remarque": "voir Zoé Vaillant",
        "suivi": "Zoé Vaillant",
    },
    {
        "id": "zoe.vaillant@exemple.fr",
        "nom": "Atelier Y",
        "resume": "",
        "commune": "Stains",
        "code_insee": "93072",
        "courriel": "contact@exemple.fr",
        "contact": "",
        "telephone": "01 22 33 44 55",
        "horaires": "10 h à 12 h",
        "remarque": "",
        "suivi": "Zoé Vaillant",
    },
)
PERSONAL = ("vaillant", "06 11 22", "0611223344", "zoe.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    path = tmp_path / "personnel.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return path


@pytest.fixture(params=["imported", "stored by a former version"])
def store(request: pytest.FixtureRequest, live: Engine, small_data: Path, path: Path) -> Engine:
    """A store that holds them, imported today or before this rule was there."""
    imported(live, path, source_id="reseau")
    if request.param != "imported":
        with sessions(live).begin() as session:
            of_source = ini.Initiative.source_id == "reseau"
            for row in session.scalars(select(ini.Initiative).where(of_source)):
                row.summary = row.told.get("resume")
                row.search_text = search_text(row.name, row.summary)
            session.execute(update(State).where(State.key == "shipped").values(value="former"))
        assert initialise(live, small_data).changed
    return live


@pytest.fixture
def client(store: Engine) -> FlaskClient:
    """Anybody."""
    return create_app(store).test_client()


def texts_of(body: bytes) -> Iterator[str]:
    """What a file says, a workbook unpacked."""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield from (archive.read(name).decode(errors="replace") for name in archive.namelist())
    else:
        yield body.decode(errors="replace")


def personal(body: bytes) -> list[str]:
    """What is personal in an answer."""
    return [word for text in texts_of(body) for word in PERSONAL if word in text.lower()]


def slugs(store: Engine) -> list[str]:
    """The addresses of the records."""
    with sessions(store)() as session:
        of_source = ini.Initiative.source_id == "reseau"
        return list(session.scalars(select(ini.Initiative.slug).where(of_source)))


def test_no_answer_holds_anything_personal(store: Engine, client: FlaskClient) -> None:
    """Pages, API, files, feed, map, embed, in each form."""
    addresses = slugs(store)
    assert len(addresses) == 2
    asked = [f"/initiatives/{slug}" for slug in addresses]
    asked += [f"/api/v1/initiatives/{slug}" for slug in addresses]
    asked += [
        "/?commune=93072", "/initiatives?source=reseau", "/api/v1/initiatives?source=reseau",
        "/api/v1/initiatives.csv?source=reseau", "/api/v1/initiatives.xlsx?source=reseau",
        "/api/v1/initiatives.geojson?source=reseau", "/donnees/initiatives.csv",
        "/donnees/initiatives.jsonld", "/donnees/initiatives-situees.csv",
        "/initiatives.atom?source=reseau", "/embed?commune=93072", "/carte.svg?commune=93072",
        "/sitemap-initiatives-1.xml", "/api/v1/search?q=association", "/territoires/93072",
        "/api/v1/clusters?bbox=2,48,3,49&zoom=12", "/api/v1/nearby?lon=2.38&lat=48.95&rayon=5000",
    ]  # fmt: skip
    seen = 0
    for address in asked:
        answer = client.get(address)
        assert not personal(answer.data), address
        seen += answer.status_code == 200 and b"Association X" in answer.data
    assert seen >= 10
    for query in ("vaillant", "0611223344", "zoe"):
        found = client.get(f"/api/v1/initiatives?q={query}").get_json()
        assert found["count"] == 0


def test_columns_that_nobody_chose_are_not_on_the_page(store: Engine, client: FlaskClient) -> None:
    """Even without anything personal: the source gave them to its editor."""
    for slug in slugs(store):
        page = client.get(f"/initiatives/{slug}").get_data(as_text=True)
        assert "Autres colonnes" not in page
        assert "17 h" not in page


def test_a_snapshot_holds_nothing_personal(store: Engine, tmp_path: Path) -> None:
    """In any form."""
    taken = take_snapshot(store, tmp_path / "snapshots", lambda path: path)
    assert taken
    files = list((tmp_path / "snapshots" / taken.name).iterdir())
    assert len(files) > 10
    assert [file.name for file in files if personal(file.read_bytes())] == []


def export(store: Engine, target: Path, *words: str) -> tuple[bytes, str]:
    """A file that the operator exports, and what the command says."""
    environment = {"MAPAPP_DATABASE_URL": store.url.render_as_string(hide_password=False)}
    command = ["export", "initiatives", str(target), "--source", "reseau", *words]
    done = CliRunner().invoke(main, command, env=environment)
    assert done.exit_code == 0, done.stderr
    return target.read_bytes(), done.stdout


def test_an_export_may_be_published_unless_asked_otherwise(store: Engine, tmp_path: Path) -> None:
    """The operator has everything with the option, for her eyes alone."""
    shown, said = export(store, tmp_path / "a.csv")
    assert not personal(shown)
    assert b"17 h" not in shown
    assert "horaires" in said
    assert "--toutes-les-colonnes" in said

    whole, _ = export(store, tmp_path / "b.csv", "--toutes-les-colonnes")
    lines = list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig")), delimiter=";"))
    assert [line["contact"] for line in lines] == ["Zoé Vaillant", ""]
    assert (tmp_path / "b.csv").stat().st_mode & 0o077 == 0


def test_an_editor_chooses_and_nothing_personal_follows(live: Engine, path: Path) -> None:
    """A chosen column is shown, and remembered; a personal one never, and the preview says why."""
    chosen = ("horaires", "contact", "suivi", "remarque")
    preview = published(live, path, chosen)
    assert preview.publication.chosen == ("horaires",)
    kept = preview.publication.kept
    assert kept["contact"] == "son nom parle d’une personne"
    assert kept["suivi"] == "2 noms de personnes"
    assert kept["remarque"] == "1 nom de personne"
    lines = " ".join(preview.lines()).replace("\u00a0", " ")
    assert "Colonnes publiées : identifiant, nom, resume, commune, code_insee, horaires." in lines
    assert "contact (son nom parle d’une personne)" in lines
    assert "« contact » n’est pas publiée bien que demandée" in lines
    assert "resume : 1 nom de personne, 1 numéro de mobile, 1 adresse électronique" in lines
    assert not personal(" ".join(preview.publication.lines()).encode())

    client = create_app(live).test_client()
    for slug in slugs(live):
        page = client.get(f"/initiatives/{slug}")
        assert "Autres colonnes" in page.get_data(as_text=True)
        assert not personal(page.data)
    assert published(live, path, None).publication.chosen == ("horaires",)
    assert published(live, path, ()).publication.chosen == ()


def published(engine: Engine, path: Path, chosen: tuple[str, ...] | None) -> Preview:
    """Import the file with the columns chosen."""
    facts = SourceFacts(name="Réseau", publisher="Réseau")
    with sessions(engine).begin() as session:
        wanted = Wanted(path, "reseau", facts, {}, {}, chosen)
        preview, _ = publish_initiatives(session, wanted, "essai")
        return preview


def test_a_column_is_judged_by_all_that_is_stored_of_it(live: Engine, path: Path) -> None:
    """A later file with a harmless line does not open what an earlier one gave."""
    imported(live, path, source_id="reseau")
    later = path.with_name("later.csv")
    later.write_text("id,nom,commune,suivi\n9,Z,Stains,mensuel\n", encoding="utf-8")
    assert published(live, later, ("suivi",)).publication.kept["suivi"] == "2 noms de personnes"


def test_a_choice_is_taken_back_with_its_run(live: Engine, path: Path) -> None:
    """A rollback brings the former choice; a run of an older version can be taken back as well."""
    published(live, path, None)
    published(live, path, ("horaires",))
    with sessions(live).begin() as session:
        (first, second) = session.scalars(select(Run.id).order_by(Run.id)).all()
        for change in session.get_one(Run, first).changes:
            if change.key == "":  # as an older version noted the source
                assert change.after
                after = {k: v for k, v in change.after.items() if k != "publishes"}
                change.after = json.loads(json.dumps(after))
    rolled_back(live, second)
    with sessions(live)() as session:
        assert session.get_one(cat.Source, "reseau").publishes is None
    rolled_back(live, first)
    with sessions(live)() as session:
        assert session.get(cat.Source, "reseau") is None
