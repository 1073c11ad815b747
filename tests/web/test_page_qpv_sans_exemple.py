"""``/qpv-sans-exemple`` and the sheet of a QPV, as people read them."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from urllib.parse import parse_qs

import pytest
from invariants import CheckingClient
from sqlalchemy.orm import Session

from mapapp.catalogue import load_catalogue
from mapapp.filters import Filters, read_filters
from mapapp.queries.coverage import Coverage, State


def text_of(client: CheckingClient, path: str) -> str:
    """What is read on a page, spaces made plain."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    bare = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(unescape(bare).replace("\u202f", " ").replace("\u00a0", " ").split())


SELECTIONS = {
    "": Filters(),
    "?generation=2015": Filters(generation=2015),
    "?departement=93&theme=mobilite": Filters(departement="93", theme=("mobilite",)),
    "?region=27&distance=5000": Filters(region="27", distance=5_000.0),
    "?commune=21231&generation=2015": Filters(commune="21231", generation=2015),
}


@pytest.mark.parametrize("query", SELECTIONS)
def test_the_figures_are_those_of_the_coverage(
    client: CheckingClient, session: Session, query: str
) -> None:
    """QPVs, cells by state, and how many lack an example: the same on the page."""
    coverage = Coverage(session, load_catalogue(session), SELECTIONS[query])
    text = text_of(client, f"/qpv-sans-exemple{query}")
    total, states = coverage.total(), coverage.states()
    assert f"quartiers QPV {SELECTIONS[query].generation}" in text
    assert f"{total.cells:,} cases".replace(",", " ") in text
    count = coverage.page().count
    assert f"{count:,} quartiers à qui il manque un exemple".replace(",", " ") in text
    empty = states[State.NONE_KNOWN]
    assert f"ne donnent que des exemples {empty:,}".replace(",", " ") in text


def test_a_line_says_where_the_nearest_example_is(client: CheckingClient) -> None:
    """Les Grésilles have an example on culture, the other themes have none known."""
    text = text_of(client, "/qpv-sans-exemple?commune=21231&tri=nom")
    line = text[text.index("Les Grésilles Dijon") :]
    assert line.startswith("Les Grésilles Dijon (21) inconnu 11 sur 12 ici")
    assert line.count("1 exemple") == 1


def test_states_are_said_in_words_and_shapes(client: CheckingClient) -> None:
    """Every cell holds a word, and an icon that differs by its shape."""
    page = client.get("/qpv-sans-exemple?region=27&tous=1").get_data(as_text=True)
    for state in ("example", "near", "possible", "none_known", "none"):
        assert f"#etat-{state}" in page
    assert re.search(r'class="etat etat-none_known">.*?<span>aucun connu</span>', page, re.DOTALL)


def test_a_territory_leads_to_those_below_it(client: CheckingClient) -> None:
    """France, région, département, EPCI, commune: each line of the table narrows the question."""
    path, seen = "/qpv-sans-exemple", []
    down = {"region": "27", "departement": "21", "epci": "242100410", "commune": "21231"}
    for kind, code in down.items():
        page = client.get(path).get_data(as_text=True)
        links = re.findall(rf'href="(/qpv-sans-exemple\?[^"]*{kind}=[^"]+)"', page)
        below = [unescape(link) for link in links if link not in seen]
        assert below, (path, kind)
        path = next((link for link in below if f"{kind}={code}" in link), "")
        assert path, below
        seen.append(path)
    assert "Dijon" in text_of(client, path)


def test_the_order_is_a_link_and_is_told(client: CheckingClient) -> None:
    """Readers of a table hear which column it is sorted by."""
    page = client.get("/qpv-sans-exemple?tri=population&region=76").get_data(as_text=True)
    assert re.search(r'aria-sort="descending">\s*Habitants', page)
    assert "tri=distance" in page


@pytest.mark.parametrize(
    "query",
    ["departement=999", "theme=inconnu", "distance=-3", "distance=1e9", "population=x", "tri=x",
     "tous=oui", "generation=2030", "page=0", "epci=1", "commune=Dijon"],
)  # fmt: skip
def test_what_has_no_meaning_is_said(client: CheckingClient, query: str) -> None:
    """A sentence with status 400, never an empty page."""
    response = client.get(f"/qpv-sans-exemple?{query}")
    assert response.status_code == 400
    assert "<h1" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("region=27&departement=93", "Aucun quartier prioritaire ne répond à ces critères"),
        ("population=2000", "La population des QPV 2024 n’est pas encore publiée"),
        ("commune=21231&generation=2015&theme=culture&q=gresilles", "Chaque quartier a au moins"),
    ],
)
def test_an_empty_answer_helps(client: CheckingClient, query: str, sentence: str) -> None:
    """It says why, and what to ask instead."""
    assert sentence in text_of(client, f"/qpv-sans-exemple?{query}")


def test_it_says_what_no_example_known_means(client: CheckingClient) -> None:
    """And names the sources that were read."""
    text = text_of(client, "/qpv-sans-exemple")
    assert "Que les sources lues ici n’en citent pas, rien de plus" in text
    assert "Catalogue de ressources Politique de la ville & ESS" in text


def test_a_sheet_tells_each_theme(client: CheckingClient) -> None:
    """State, nearest elsewhere, resources; who can accompany in the région."""
    text = text_of(client, "/qpv/QN02103M")
    assert "Culture 1 exemple La Coursive Boutaric" in text
    assert "Qui peut accompagner en Bourgogne-Franche-Comté" in text
    assert "Trajectoire Ressources" in text
    assert "Dijon Métropole" in text


def test_a_sheet_follows_the_distance_asked_for(client: CheckingClient) -> None:
    """Fontaine d’Ouche, 2015: the example of Les Grésilles is near from 8 km on."""
    assert "Un exemple est « proche » jusqu’à 300 m" in text_of(client, "/qpv/QP021003")
    far = text_of(client, "/qpv/QP021003?distance=8000")
    assert "Un exemple est « proche » jusqu’à 8 km" in far
    assert client.get("/qpv/QP021003?distance=-3").status_code == 400


@pytest.mark.parametrize("query", ["", "theme=culture&region=27", "generation=2015&departement=93"])
def test_the_map_says_what_the_table_says(
    client: CheckingClient, session: Session, query: str
) -> None:
    """As many QPVs of each look as the coverage counts, each a link; no initiative in the way."""
    svg = client.get(f"/carte.svg?manques=1&{query}").get_data(as_text=True)
    asked = read_filters(parse_qs(query), session)
    lacks = Coverage(session, load_catalogue(session), asked).lacks()
    counts = Counter(lacks.values())
    told = svg.replace("\u00a0", " ")
    assert f"Vides : {counts['tout']} QPV sans aucun exemple connu" in told
    assert f"Pleins : {counts['rien']} avec un exemple" in told
    drawn = {code: svg.count(f'href="/qpv/{code}"') for code in lacks}
    assert all(drawn.values()), [code for code, count in drawn.items() if not count][:5]
    assert "/initiatives/" not in svg
