"""``/carte.svg``: the same filters as everywhere, an inert document, faults told in French."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from invariants import CheckingClient

SVG = "{http://www.w3.org/2000/svg}"


#: A straight apostrophe of the visitor's is cited as it is: the invariants would take it for ours.
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="'"), max_size=20)


def links(client: CheckingClient, query: str = "") -> list[str]:
    """The addresses that a map links to."""
    response = client.get(f"/carte.svg{query}")
    assert response.status_code == 200, response.get_data(as_text=True)
    return [a.get("href", "") for a in ET.fromstring(response.data).iter(f"{SVG}a")]


def test_it_is_an_svg_document(client: CheckingClient) -> None:
    """With its type, a tag, a title and a description, in French."""
    response = client.get("/carte.svg")
    assert response.mimetype == "image/svg+xml"
    assert response.headers["ETag"]
    root = ET.fromstring(response.data)
    assert root.tag == f"{SVG}svg"
    assert root.get("lang") == "fr"
    assert root.findtext(f"{SVG}title") == "Carte des initiatives\u00a0: France"
    description = root.findtext(f"{SVG}desc") or ""
    assert "4 initiatives non localisées ne sont pas sur la carte." in description
    assert "Contours\u00a0: ANCT, IGN, INSEE" in description


def test_an_unchanged_map_is_not_sent_again(client: CheckingClient) -> None:
    """The tag that it was sent with is enough."""
    tag = client.get("/carte.svg?departement=93").headers["ETag"]
    again = client.get("/carte.svg?departement=93", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?commune=21231", "/initiatives/la-coursive-boutaric", "/initiatives/la-coop-des-domes"),
        ("?qpv=QN08604M", "/qpv/QN08604M", "/qpv/QN02103M"),
        ("?qpv=QP086004", "/qpv/QP086004", "/qpv/QP021004"),
        ("?departement=973", "/initiatives/groupe-diverscite", "/qpv/QN08604M"),
        ("?theme=culture", "/initiatives/la-coursive-boutaric", "/initiatives/vrac-strasbourg"),
        ("?generation=2015&departement=21", "/qpv/QP021004", "/qpv/QN02103M"),
        ("?lat=47.333&lon=5.067&rayon=2000", "/initiatives/la-coursive-boutaric", "/qpv/QN08604M"),
        ("?bbox=4.9,47.2,5.2,47.4", "/initiatives/la-coursive-boutaric", "/qpv/QN08604M"),
    ],
)
def test_filters_mean_what_they_mean_everywhere(
    client: CheckingClient, query: str, there: str, absent: str
) -> None:
    """What they keep is linked, what they do not is not."""
    found = links(client, query)
    assert there in found
    assert absent not in found


def test_overseas_is_never_left_out(client: CheckingClient) -> None:
    """The map of France links to the QPVs and initiatives of each territory."""
    found = links(client)
    assert "/initiatives/groupe-diverscite" in found
    for departement in ("971", "972", "973", "974", "976", "978", "987"):
        assert any(link.startswith(f"/qpv/QN{departement}") for link in found), departement


def test_every_link_leads_somewhere(client: CheckingClient) -> None:
    """To a page of ours that answers, a group to the list of its initiatives."""
    for link in links(client, "?region=32") + links(client, "?departement=21"):
        assert client.get(link).status_code == 200, link
    (group,) = [link for link in links(client, "?region=32") if link.startswith("/initiatives?")][
        :1
    ]
    assert "bbox=" in group
    assert "region=32" in group


def test_the_size_can_be_told(client: CheckingClient) -> None:
    """In pixels, within reason."""
    root = ET.fromstring(client.get("/carte.svg?largeur=500&hauteur=300").data)
    assert (root.get("width"), root.get("height")) == ("500", "300")
    assert root.get("viewBox") == "0 0 500 300"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?largeur=199", "un nombre de pixels entre 200 et 2000"),
        ("?hauteur=2001", "un nombre de pixels entre 200 et 2000"),
        ("?largeur=grand", "un nombre de pixels entre 200 et 2000"),
        ("?largeur=1e3", "un nombre de pixels entre 200 et 2000"),
        ("?largeur=٣٠٠", "un nombre de pixels entre 200 et 2000"),
        ("?theme=nulle-part", "Thème inconnu"),
        ("?qpv=QN00000X", "QPV inconnu"),
        ("?bbox=1,2,3", "bbox"),
        ("?lat=48", "lon manque"),
    ],
)
def test_what_has_no_meaning_is_refused_with_a_sentence(
    client: CheckingClient, query: str, sentence: str
) -> None:
    """A 400 in French, as on every page."""
    response = client.get(f"/carte.svg{query}")
    assert response.status_code == 400
    assert sentence in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "?bbox=170,-20,190,-10",
        "?bbox=-180,-90,180,90",
        "?bbox=2,88,3,90",
        "?bbox=2,48,2,48",
        "?lat=90&lon=0&rayon=1000",
        "?lat=0&lon=180&rayon=100000",
        "?q=zzzz",
        "?page=99",
        "?largeur=200&hauteur=200",
        "?largeur=200&hauteur=2000",
    ],
)
def test_the_ends_of_the_earth_are_drawn(client: CheckingClient, query: str) -> None:
    """Over the antimeridian, at the poles, on a point, with nothing to show."""
    links(client, query)


@given(
    query=st.dictionaries(
        st.sampled_from(["largeur", "hauteur", "bbox", "lat", "lon", "q", "rayon"]),
        any_text,
    )
)
def test_nothing_that_is_asked_breaks_it(app: Flask, query: dict[str, str]) -> None:
    """Any text in any parameter is a map or a 400."""
    app.test_client_class = CheckingClient
    response = app.test_client().get("/carte.svg", query_string=query)
    assert response.status_code in (200, 400)


def test_a_qpv_page_shows_its_map(client: CheckingClient) -> None:
    """Drawn in the page, with the way to the document and to the interactive map."""
    page = client.get("/qpv/QN08604M").get_data(as_text=True)
    assert page.count('class="dessin"') == 1
    assert 'href="/carte.svg?qpv=QN08604M"' in page
    assert re.search(r'href="/\?qpv=QN08604M"', page)


def test_the_map_page_shows_the_same_without_script(client: CheckingClient) -> None:
    """With the same filters, in a ``noscript``: nobody else pays for it."""
    page = client.get("/?theme=culture&departement=21").get_data(as_text=True)
    (without_script,) = re.findall("<noscript>(.*?)</noscript>", page, re.DOTALL)[:1]
    assert 'src="/carte.svg?theme=culture&amp;departement=21"' in without_script
