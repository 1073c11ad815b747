"""« Près de moi »: a place typed, pointed at or told by the browser, and what is around it."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fault_server import BROKEN, BUSY, HTML, FaultServer, Reply, fault_server, found, place, slow
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from invariants import CheckingClient
from sqlalchemy import Engine
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError

from mapapp import address_lookup, create_app
from mapapp.address_lookup import AddressLookup
from mapapp.web.headers import CONTENT_SECURITY_POLICY


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """A geocoder that answers as it is told."""
    with fault_server() as server:
        yield server


@pytest.fixture(scope="module")
def own_app(engine: Engine) -> Flask:
    """An application of this module's own, whose geocoder each test chooses."""
    app = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    return app


@pytest.fixture
def visitor(own_app: Flask, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> CheckingClient:
    """Someone on a site that asks this geocoder, with little patience."""
    monkeypatch.setattr(address_lookup, "PATIENCE_S", 0.2)
    server.will(found(place()))
    server.received.clear()
    own_app.extensions["mapapp"].addresses = AddressLookup(server.address)
    return own_app.test_client()  # type: ignore[return-value]


def text_of(client: Any, status: int = 200, **query: object) -> str:
    """The text of the page below the form, its blanks folded."""
    response = client.get("/pres-de-moi", query_string=query)
    assert response.status_code == status, response.get_data(as_text=True)
    body = response.get_data(as_text=True).partition("<main")[2]
    below = body.partition("</form>")[2] or body
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", below)).split())


def links(client: Any, **query: object) -> list[str]:
    """The addresses that the page leads to."""
    page = client.get("/pres-de-moi", query_string=query).get_data(as_text=True)
    return [html.unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def test_the_empty_form_says_what_can_be_typed(visitor: CheckingClient) -> None:
    """With examples that all lead to a place or a choice."""
    assert "Comment chercher" in text_of(visitor)
    examples = [url for url in links(visitor) if url.startswith("/pres-de-moi?")]
    assert len(examples) == 6
    for url in examples:
        assert visitor.get(url).status_code == 200
    assert text_of(visitor, rayon="5000", ou="") == text_of(visitor)


def test_initiatives_come_by_distance_with_what_is_known_of_it(visitor: CheckingClient) -> None:
    """Around Stains: one in the commune, one in another; QPVs; resources of their themes."""
    text = text_of(visitor, ou="Stains")
    assert "Autour de Stains (93, Seine-Saint-Denis)" in text
    assert "2 initiatives à moins de 5 km" in text
    here = text.index("Dans la commune, lieu exact inconnu")
    there = text.index("Dans la commune, à environ 4,2 km au sud-ouest")
    assert here < there
    assert "QPV 2024 Peut-être : 3 QPV dans la commune" in text
    assert "QPV 2015 Peut-être : 3 QPV dans la commune" in text
    assert "Indicatif, ne vaut pas attestation" in text
    assert "Sur le thème : Alimentation" in text


def test_a_point_gets_its_verdicts_with_the_nearest_quarter(visitor: CheckingClient) -> None:
    """Outside: the distance to the nearest, and a link to it, for both generations."""
    text = text_of(visitor, lat="46.58", lon="0.34")
    assert "Autour de 46,5800 ; 0,3400" in text
    assert "QPV 2024 Hors QPV ; le plus proche : Trois Cités, à 1,2 km" in text
    assert {"/qpv/QN08604M", "/qpv/QP086004"} <= set(links(visitor, lat="46.58", lon="0.34"))


def test_what_the_browser_knows_of_its_error_counts(visitor: CheckingClient) -> None:
    """A position known within two kilometres may be in the quarter: it is not said outside."""
    text = text_of(visitor, lat="46.58", lon="0.34", exactitude="2000")
    assert "Hors QPV" not in text
    assert "Position connue à 2 km près" in text


def test_a_quarter_is_told_as_itself(visitor: CheckingClient) -> None:
    """Searching a QPV of 2024 tells of it, and judges it against 2015 only."""
    text = text_of(visitor, ou="Les Grésilles, Dijon")
    assert "Ce lieu est un QPV : voir le quartier (QN02103M)" in text
    assert "QPV 2015 Peut-être dans le QPV Les Grésilles" in text
    assert "La Coursive Boutaric" in text


def test_where_there_is_nothing_the_nearest_are_given(visitor: CheckingClient) -> None:
    """Three with their distances, a wider radius when one reaches them, and how to act."""
    text = text_of(visitor, ou="Guéret")
    assert "Aucune initiative à moins de 5 km" in text
    assert text.count("à environ") == 3
    assert "Ressources pour passer à l’action" in text
    wider = [url for url in links(visitor, ou="Givors", rayon=500) if "&rayon=" in url]
    wider = [url for url in wider if url.startswith("/")]  # but its own canonical address
    assert len(wider) == 3  # the map, the list, and this page
    assert wider[2].startswith("/pres-de-moi?ou=Givors+%2869%2C+Rh%C3%B4ne%29&rayon=")
    assert "Aucune initiative" not in visitor.get(wider[2]).get_data(as_text=True)


def test_filters_hold_around_a_place(visitor: CheckingClient) -> None:
    """Themes keep their meaning; a theme without any gives the nearest of that theme."""
    kept = text_of(visitor, ou="Stains", theme="numerique")
    assert "1 initiative à moins de 5 km" in kept
    none = text_of(visitor, ou="Stains", theme="mobilite")
    assert "Aucune initiative à moins de 5 km" in none
    assert none.count("plus loin que le rayon choisi") == 1
    nothing = text_of(visitor, ou="Stains", theme="sport")
    assert "Chercher sur tous les thèmes" in nothing


def test_a_link_reopens_the_same_view(visitor: CheckingClient) -> None:
    """The links of a result find the place again: by name, or by its point for an address."""
    shown = links(visitor, ou="93240", rayon=20000, theme="alimentation")
    assert any(url.startswith("/initiatives?theme=alimentation&lat=48.9") for url in shown)
    assert any(url.startswith("/?theme=alimentation&lat=48.9") for url in shown)
    address = links(visitor, ou="12 rue des Tilleuls 93240 Stains", theme="sport")
    again = [url for url in address if url.startswith("/pres-de-moi?lat=48.95&lon=2.38")]
    assert again == ["/pres-de-moi?lat=48.95&lon=2.38&exactitude=20"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Verdun", ("« Verdun » : quel lieu ?", "55, Meuse", "09, Ariège")),
        ("Saint-Denis", ("93, Seine-Saint-Denis", "974, La Réunion")),
        ("centre-ville", ("Et 30 autres", "ajoutez un mot")),
        ("Stainz", ("Aucun lieu ne s’appelle « Stainz »", "Vouliez-vous dire", "Stains")),
        ("qqqqqqq", ("Aucun lieu ne s’appelle « qqqqqqq »", "Essayez")),
        ("<script>alert(1)</script>", ("« <script>alert(1)</script> »",)),
    ],
)
def test_an_uncertain_text_is_a_question(
    visitor: CheckingClient, text: str, sentences: tuple[str, ...]
) -> None:
    """What was understood, and what to choose or to type instead."""
    shown = text_of(visitor, ou=text)
    if not text.startswith("<"):
        for sentence in sentences:
            assert sentence in shown
    page = visitor.get("/pres-de-moi", query_string={"ou": text}).get_data(as_text=True)
    assert "<script>alert" not in page
    for url in [url for url in links(visitor, ou=text) if "ou=" in url]:
        assert "Autour de" in visitor.get(url).get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"ou": "Stains", "rayon": "-3"}, "rayon « -3 »"),
        ({"ou": "Stains", "rayon": "10000000"}, "rayon « 10000000 »"),
        ({"rayon": "loin"}, "rayon « loin »"),
        ({"lat": "46.58"}, "lon manque"),
        ({"lat": "91", "lon": "0"}, "lat « 91 »"),
        ({"lat": "46.58", "lon": "est"}, "lon « est »"),
        ({"lat": "46.58", "lon": "0.34", "exactitude": "-1"}, "exactitude « -1 »"),
        ({"ou": "a" * 101}, "trop longue"),
        ({"ou": "a\x00b"}, "illisible"),
        ({"ou": "Stains", "theme": "x"}, "Thème inconnu"),
        ({"ou": "Stains", "bbox": "9,9,1,1"}, "bbox"),
    ],
)
def test_a_value_without_meaning_is_refused(
    visitor: CheckingClient, query: dict[str, str], sentence: str
) -> None:
    """400, with a sentence that names it."""
    assert sentence in text_of(visitor, 400, **query)


def test_a_frame_across_the_antimeridian_is_understood(visitor: CheckingClient) -> None:
    """Around Fidji with a frame that goes on past 180°: nothing there, and the nearest are none."""
    text = text_of(visitor, lat="-17.5", lon="179.9", bbox="170,-30,190,0")
    assert "hors de France" in text
    assert "Aucune initiative" in text


def test_a_page_too_far_is_a_404(visitor: CheckingClient) -> None:
    """As on every list."""
    assert "la liste est plus courte" in text_of(visitor, 404, ou="Stains", page=9)


def test_a_point_at_sea_is_said_so(visitor: CheckingClient) -> None:
    """With the nearest commune and the way there; swapped coordinates are recognised."""
    text = text_of(visitor, lat="47", lon="-6")
    assert "hors de France, en mer ou à l’étranger" in text
    assert "Île-de-Sein (29, Finistère) , à 144 km au nord-est" in text
    swapped = text_of(visitor, ou="2,38 ; 48,95")
    assert "Latitude et longitude sont peut-être inversées : 48,9500 ; 2,3800" in swapped


def test_an_address_is_found(visitor: CheckingClient) -> None:
    """By the geocoder, within the commune of the text, with the precision of a door."""
    text = text_of(visitor, ou="12 rue des Tilleuls 93240 Stains")
    assert "Autour de 12 Rue des Tilleuls 93240 Stains" in text
    assert "Position connue à 20 m près" in text


@pytest.mark.parametrize("reply", [BUSY, BROKEN, HTML, slow(9)], ids=["429", "500", "HTML", "slow"])
def test_without_the_geocoder_the_page_still_answers(
    visitor: CheckingClient, server: FaultServer, reply: Reply
) -> None:
    """It says so, shows the commune of the address, and everything else works as before."""
    server.will(reply)
    text = text_of(visitor, ou="12 rue des Tilleuls 93240 Stains")
    assert "Les adresses ne peuvent pas être cherchées en ce moment. Voici la commune." in text
    assert "Autour de Stains" in text
    unknown = text_of(visitor, ou="8 rue de Nulle-part-ici")
    assert "Les adresses ne peuvent pas être cherchées en ce moment" in unknown


def test_a_typed_place_is_not_logged(
    visitor: CheckingClient, server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither found, nor unknown, nor when the geocoder breaks down."""
    caplog.set_level(logging.INFO)
    server.will(BROKEN)
    for ou in ("Stains", "zzzzz", "12 rue Secrète 93240 Stains"):
        text_of(visitor, ou=ou)
    assert not re.search("stains|zzzzz|secr", caplog.text, re.IGNORECASE)


def test_a_failing_store_is_logged_without_what_was_searched(
    engine: Engine,
) -> None:
    """A statement that fails is told without its parameters."""
    with engine.connect() as connection, pytest.raises(OperationalError) as told:
        connection.execute(sql("SELECT * FROM nowhere WHERE name = :name"), {"name": "secret"})
    assert "secret" not in str(told.value)


@given(
    ou=st.text(max_size=110),
    rayon=st.sampled_from(["", "500", "-3", "1e9", "nan"]),
    lat=st.sampled_from(["", "48.95", "-90", "90", "inf"]),
    lon=st.sampled_from(["", "2.38", "180", "-180", "x"]),
)
def test_any_request_gets_a_page(own_app: Flask, ou: str, rayon: str, lat: str, lon: str) -> None:
    """200 or 400, never a fault, whatever is written."""
    own_app.extensions["mapapp"].addresses = AddressLookup("http://127.0.0.1:1")
    client = own_app.test_client()
    query = {"ou": ou.encode("utf-8", "replace"), "rayon": rayon, "lat": lat, "lon": lon}
    response = client.get("/pres-de-moi", query_string=query)
    assert response.status_code in (200, 400)
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_the_lists_say_how_far_things_are(client: CheckingClient) -> None:
    """/initiatives and / with lat, lon, rayon: nearest first, and a way to undo."""
    for path in ("/", "/initiatives"):
        page = client.get(f"{path}?lat=45.76&lon=4.85&rayon=50000&theme=vers-l-emploi")
        body = html.unescape(page.get_data(as_text=True))
        assert "À moins de 50\u00a0km du point 45,7600" in body
        assert f'href="{path}?theme=vers-l-emploi"' in body
        assert 'class="distance"' in body
        assert 'class="distance"' not in client.get(path).get_data(as_text=True)
