"""The pages of territories: each at its address, saying what the lists behind its links say."""

from __future__ import annotations

import html
import re

import pytest
from effort import examples, tried
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import CheckingClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.store import territory as ter
from mapapp.territory_urls import territory_url


def text_of(client: CheckingClient, path: str, status: int = 200) -> str:
    """The visible text of a page on one line, with plain spaces."""
    response = client.get(path)
    assert response.status_code == status, path
    body = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(html.unescape(body).replace("\u202f", "").split())


def links_of(client: CheckingClient, path: str) -> list[str]:
    """Every address of ours that a page leads to."""
    found = re.findall(r'href="(/[^"#]*)', client.get(path).get_data(as_text=True))
    return [html.unescape(link) for link in dict.fromkeys(found) if "/static/" not in link]


def test_every_region_and_departement_has_its_page(
    client: CheckingClient, session: Session
) -> None:
    """All of them, overseas included, with its name and its inhabitants."""
    rows = [("departement", r) for r in session.scalars(select(ter.Departement))]
    rows += [("region", r) for r in session.scalars(select(ter.Region)) if len(r.code) == 2]
    assert len(rows) == 109 + 18
    for kind, row in rows:
        text = text_of(client, territory_url(kind, row.code))
        assert row.name in text
        assert "habitants" in text or "Non connue ici" in text


def test_epci_and_communes_have_their_page(client: CheckingClient, session: Session) -> None:
    """One in forty EPCI, one commune in nine hundred."""
    sirens = session.scalars(select(ter.Epci.siren).order_by(ter.Epci.siren)).all()[::40]
    communes = select(ter.Commune).where(ter.Commune.kind == "COM").order_by(ter.Commune.insee_code)
    for siren in sirens:
        assert client.get(territory_url("epci", siren)).status_code == 200
    for row in session.scalars(communes).all()[::900]:
        assert row.name in text_of(client, territory_url("commune", row.insee_code))


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/territoires/93059", "/territoires/93066"),
        ("/territoires/75118?generation=2015", "/territoires/75056?generation=2015"),
        ("/territoires/2a", "/territoires/2A"),
        ("/territoires/Region-27", "/territoires/region-27"),
        ("/territoires/region-975", "/territoires/975"),
    ],
)
def test_a_territory_has_one_address(client: CheckingClient, path: str, to: str) -> None:
    """The others lead there with the question kept; a browser asks again."""
    response = client.get(path)
    assert response.status_code == 301
    assert response.headers["Location"].removeprefix("http://localhost") == to
    assert response.headers["Cache-Control"] == "no-cache"
    canonical = re.search(r'rel="canonical" href="([^"]+)"', client.get(to).get_data(as_text=True))
    assert canonical
    assert canonical[1].endswith(to)


def test_two_territories_of_one_code_name_each_other(client: CheckingClient) -> None:
    """Eure and Bourgogne-Franche-Comté are both 27."""
    assert "aussi celui d’une région : Bourgogne-Franche-Comté" in text_of(
        client, "/territoires/27"
    )
    assert "aussi celui d’un département : Eure" in text_of(client, "/territoires/region-27")
    assert "aussi celui" not in text_of(client, "/territoires/21")


@pytest.mark.parametrize(
    "code",
    ["00", "96", "999", "00000", "999999999", "region-00", "region-", "r27", "é", "%00", "A"],
)
def test_an_unknown_code_leads_back(client: CheckingClient, code: str) -> None:
    """404, a sentence, and the way to the territories."""
    text = text_of(client, f"/territoires/{code}", 404)
    assert "Aucun territoire ne porte le code" in text
    assert "Les territoires" in text


def test_a_postcode_is_no_code_but_leads_to_its_communes(client: CheckingClient) -> None:
    """What people know by heart."""
    text = text_of(client, "/territoires/21000", 404)
    assert "Dijon · Côte-d’Or (21)" in text


@given(code=st.text(alphabet=st.characters(exclude_characters="/'"), min_size=1, max_size=30))
@settings(examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_code_is_answered(client: CheckingClient, code: str) -> None:
    """A page, a way to one, or a sentence; never a fault of ours."""
    from urllib.parse import quote

    response = client.get(f"/territoires/{quote(code, safe='', errors='replace')}")
    assert response.status_code in (200, 301, 308, 404)


@pytest.mark.parametrize("query", ["generation=2016", "distance=x", "theme=rien"])
def test_a_value_without_meaning_is_refused(client: CheckingClient, query: str) -> None:
    """As everywhere: 400 and a sentence."""
    text_of(client, f"/territoires/93?{query}", 400)


@pytest.mark.parametrize(
    "path",
    [
        "/territoires/region-32",
        "/territoires/59?generation=2015",
        "/territoires/200093201",
        "/territoires/59512",
        "/territoires/01001",
        "/territoires/987?distance=2000",
    ],
)
def test_the_counts_are_those_of_the_lists(client: CheckingClient, path: str) -> None:
    """What the page says of its initiatives and QPVs, and what the lists that it leads to say."""
    text, links = text_of(client, path), links_of(client, path)
    told = re.search(r"\. (\d+|Aucune) initiatives?, (\d+|aucun) quartiers? prioritaires?", text)
    assert told
    for link in links:
        if "bbox=" in link:  # a group of the map: a part of them
            continue
        if link.startswith("/initiatives?") and "theme" not in link:
            assert f" {told[1]} initiative" in text_of(client, link)
        if link.startswith("/qpv?"):
            assert f" {told[2]} quartier" in text_of(client, link)
        if link.startswith("/initiatives?") and "theme" in link:
            assert re.search(r" [1-9]\d* initiative", text_of(client, link))


@pytest.mark.parametrize(
    "path", ["/territoires/region-53", "/territoires/93", "/territoires/69123"]
)
def test_no_link_of_a_territory_is_dead(client: CheckingClient, path: str) -> None:
    """Neither up, sideways, down nor to the lists: each answers without a detour."""
    for link in links_of(client, path)[: tried("LINKS", 60, 1_000)]:
        assert client.get(link).status_code == 200, link


def test_what_is_only_possible_is_not_told_as_sure(client: CheckingClient) -> None:
    """The one initiative of Seine-Saint-Denis is known by its commune; no QPV has it for sure."""
    text = text_of(client, "/territoires/93")
    assert "On n’en connaît que la commune" in text
    assert "avec un exemple possible" in text
    assert "0 % des quartiers ont un exemple (0 sur 75)" in text
    assert "ne veut pas dire qu’il n’en existe pas" in text


def test_who_can_accompany_is_named_or_said_unknown(client: CheckingClient) -> None:
    """Bretagne has a centre de ressources; the catalogue names nobody in Île-de-France."""
    bretagne = text_of(client, "/territoires/region-53")
    assert "Résovilles" in bretagne
    assert "Centre de ressources pour la Bretagne" in bretagne
    nobody = text_of(client, "/territoires/region-11")
    assert "ne nomme ni centre de ressources ni éditeur pour cette région" in nobody
    assert "cela ne veut pas dire qu’il n’y en a pas" in nobody


def test_missing_contours_are_said(client: CheckingClient) -> None:
    """Guyane in 2015, and not « aucun QPV »."""
    text = text_of(client, "/territoires/973?generation=2015")
    assert "Contours 2015 non disponibles : Guyane" in text
    assert "Aucun QPV 2015 ici" not in text
    assert "Aucun QPV 2024 ici" in text_of(client, "/territoires/01001")


def test_a_sum_is_said_as_a_sum(client: CheckingClient) -> None:
    """A commune has its population, a département that of its communes, TAAF none."""
    assert "Somme de 39 communes" in text_of(client, "/territoires/93")
    assert "Somme" not in text_of(client, "/territoires/93066")
    assert "en vigueur en 2026, INSEE" in text_of(client, "/territoires/93066")
    assert "Non connue ici" in text_of(client, "/territoires/984")


def test_the_index_leads_to_every_region_and_departement(
    client: CheckingClient, session: Session
) -> None:
    """And a search to the others."""
    links = links_of(client, "/territoires")
    for code in session.scalars(select(ter.Departement.code)):
        assert territory_url("departement", code) in links
    for code in session.scalars(select(ter.Region.code)):
        assert territory_url("region", code) in links
    assert "/territoires/86194" in links_of(client, "/territoires?q=Poitiers")
    assert "/territoires/200054781" in links_of(client, "/territoires?q=grand+paris")


def test_a_search_without_answer_leads_back(client: CheckingClient) -> None:
    """Hostile texts find nothing and stay texts."""
    text = text_of(client, "/territoires?q=%24%7Balert%281%29%7D%3Cimg+onerror%3E")
    assert "Aucun territoire ne répond" in text
    assert "Voir les régions et les départements" in text


def test_an_initiative_leads_to_its_territories(client: CheckingClient) -> None:
    """Commune, département and région."""
    links = links_of(client, "/initiatives/la-coursive-boutaric")
    assert {"/territoires/21231", "/territoires/21", "/territoires/region-27"} <= set(links)
