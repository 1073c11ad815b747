"""Addresses of the catalogue outlive its editions: 200, 301 or 410, never a page that is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from invariants import CheckingClient
from shipped_copy import cells_of, make_small_copy, write_cells

from mapapp import create_app
from mapapp.importing.resources import publish_resources
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine, sessions

GONE, REPLACED, RETITLED = "rapport-2020-de-l-onpv", "la-politique-de-la-ville", "tiers-lieux"
NEW, SHEET = "la-politique-de-la-ville-en-2027", "digifab"


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckingClient]:
    """A visitor of a site where the edition of 2027 is in force."""
    folder = make_small_copy(shipped("data"), tmp_path_factory.mktemp("edition") / "data")
    lines = {cells["id"]: cells | {"remplace": ""} for cells in cells_of(folder / "resources.csv")}
    lines[NEW] = lines.pop(REPLACED) | {"id": NEW, "remplace": REPLACED}
    lines[RETITLED]["titre"] = "Les tiers-lieux en 2027"
    del lines[GONE], lines[SHEET]
    write_cells(folder / "2027.csv", lines.values(), lines[NEW])
    engine = open_engine(f"sqlite:///{folder.parent / 'mapapp.sqlite'}")
    edition = folder / "2027.csv"
    edition = edition.rename(folder.parent / "2027.csv")
    initialise(engine, folder)
    with sessions(engine).begin() as session:
        publish_resources(session, edition, "2027", "camille")
    app = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    yield app.test_client()  # type: ignore[misc]
    engine.dispose()


def test_what_the_edition_holds_has_its_page(visitor: CheckingClient) -> None:
    """The new resource, and the one whose title changed."""
    assert visitor.get(f"/ressources/{NEW}").status_code == 200
    page = visitor.get(f"/ressources/{RETITLED}")
    assert page.status_code == 200
    assert "Les tiers-lieux en 2027" in page.get_data(as_text=True)


def test_a_replaced_resource_leads_to_what_replaces_it(visitor: CheckingClient) -> None:
    """Moved for good, the question kept; to be asked again, since an edition can be taken back."""
    answer = visitor.get(f"/ressources/{REPLACED}?generation=2015")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/ressources/{NEW}?generation=2015"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_strange_question_still_leads_there(visitor: CheckingClient) -> None:
    """Bytes that are no text do not break the way, nor make another header."""
    answer = visitor.get(f"/ressources/{REPLACED}?q=%ff%0d%0aX-Forged:%201")
    assert answer.status_code == 301
    assert "X-Forged" not in answer.headers


def test_a_withdrawn_resource_says_so(visitor: CheckingClient) -> None:
    """Gone, in French, with its title and ways back: not an address badly copied."""
    answer = visitor.get(f"/ressources/{GONE}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 410
    assert "Cette ressource n’est plus au catalogue" in page
    assert "Rapport 2020 de l’ONPV" in page
    assert 'href="/ressources"' in page


def test_an_address_that_never_was_stays_unknown(visitor: CheckingClient) -> None:
    """410 is for what existed."""
    assert visitor.get("/ressources/jamais-vue").status_code == 404


@pytest.mark.parametrize("path", ["/ressources", "/themes/numerique", "/", "/initiatives/digifab"])
def test_no_page_leads_to_a_retired_resource(visitor: CheckingClient, path: str) -> None:
    """Lists, themes and records lead to the edition in force only."""
    answer = visitor.get(path)
    assert answer.status_code == 200
    for slug in (GONE, REPLACED, SHEET):
        assert f'href="/ressources/{slug}"' not in answer.get_data(as_text=True)


def test_the_api_gives_the_edition_in_force(visitor: CheckingClient) -> None:
    """Collection, counts of themes, search and matches of an initiative."""
    listed = json.loads(visitor.get("/api/v1/resources").data)
    slugs = {item["slug"] for item in listed["items"]}
    assert listed["count"] == 78
    assert NEW in slugs
    assert slugs.isdisjoint({GONE, REPLACED, SHEET})
    for path in ("search?q=onpv", "search?q=digifab", "initiatives/digifab"):
        told = visitor.get(f"/api/v1/{path}").get_data(as_text=True)
        assert not any(f"/ressources/{slug}" in told.split('"') for slug in (GONE, SHEET))
