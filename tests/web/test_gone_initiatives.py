"""Addresses of initiatives outlive them: 301 to what replaces one, else 410 with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from imported import imported, rolled_back
from invariants import CheckingClient
from shipped_copy import make_small_copy

from mapapp import create_app
from mapapp.dates import french_date
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine

HOST = "http://localhost"
HEADER = "identifiant,nom,code_insee,remplace"


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckingClient]:
    """A visitor of a site where records were merged, merged again, and taken back."""
    folder = tmp_path_factory.mktemp("gone")
    engine = open_engine(f"sqlite:///{folder / 'mapapp.sqlite'}")
    initialise(engine, make_small_copy(shipped("data"), folder / "data"))
    for lines in (
        ("1,Un,21231,", "2,Deux,21231,", "4,Quatre,93072,"),
        ("3,Un et deux,21231,1|2",),
        ("5,Un deux et quatre,21231,3|4",),
        ("6,Six,21231,",),
    ):
        imported(engine, written(folder / "lignes.csv", *lines))
    rolled_back(engine, 4)
    app = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    yield app.test_client()  # type: ignore[misc]
    engine.dispose()


def written(path: Path, *lines: str) -> Path:
    """A file of initiatives."""
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize("prefix", ["/initiatives/", "/api/v1/initiatives/"])
def test_what_was_merged_leads_to_its_successor(visitor: CheckingClient, prefix: str) -> None:
    """Through all mergers in one step, page and API, the question kept; not remembered for ever."""
    for key in ("1", "2", "3", "4"):
        answer = visitor.get(f"{prefix}siae-{key}?generation=2015")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{prefix}siae-5?generation=2015"
        assert answer.headers["Cache-Control"] == "no-cache"
    assert visitor.get(f"{prefix}siae-5").status_code == 200


def test_what_was_taken_back_says_why_and_when(visitor: CheckingClient) -> None:
    """On the page, with the way to the rest of its source; in the API's one error body."""
    page = visitor.get("/initiatives/siae-6")
    assert page.status_code == 410
    assert 'href="/initiatives?source=siae"' in page.get_data(as_text=True)
    answer = visitor.get("/api/v1/initiatives/siae-6")
    body = json.loads(answer.data)
    assert (answer.status_code, body["ok"], body["status"]) == (410, False, 410)
    for told in (page.get_data(as_text=True), body["error"]):
        assert "la publication qui l’avait apportée a été annulée" in told
        assert french_date(date.today().isoformat()) in told
        assert "Six" not in told


def test_an_embed_of_before_shows_what_replaces_it(visitor: CheckingClient) -> None:
    """On other people's pages too; of one that nothing replaces the frame says why."""
    for path in ("/embed?initiative=siae-1", f"/oembed?url={HOST}/initiatives/siae-1"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "Un deux et quatre" in answer.get_data(as_text=True)
    gone = visitor.get("/embed?initiative=siae-6")
    assert gone.status_code == 200
    assert "a été annulée" in gone.get_data(as_text=True)


def test_nothing_leads_to_what_is_gone(visitor: CheckingClient) -> None:
    """Neither lists, sitemap, search nor exports name a former address."""
    paths = ("initiatives?source=siae", "search?q=deux", "initiatives.geojson?source=siae")
    for path in ("/sitemap.xml", "/initiatives?source=siae", *(f"/api/v1/{one}" for one in paths)):
        told = visitor.get(path).get_data(as_text=True)
        assert "Un deux et quatre" in told or "siae-5" in told
        assert not any(f"siae-{key}" in told for key in "12346")


def test_an_address_that_never_was_stays_unknown(visitor: CheckingClient) -> None:
    """410 is for what existed."""
    assert visitor.get("/initiatives/siae-9").status_code == 404
