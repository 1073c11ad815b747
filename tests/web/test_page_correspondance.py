"""The page that tells which QPV of 2015 became which of 2024, and what QPV pages say of it."""

from __future__ import annotations

import html
import re

import pytest
from invariants import CheckingClient

PATH = "/qpv/correspondance"


def text_of(client: CheckingClient, path: str, status: int = 200) -> str:
    """The visible text of a page on one line, with plain spaces."""
    response = client.get(path)
    assert response.status_code == status
    body = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(html.unescape(body).split())


def test_a_search_shows_both_qpvs_with_their_shares(client: CheckingClient) -> None:
    """By name and commune: links to both pages, the share of each."""
    page = client.get(f"{PATH}?q=gresilles").get_data(as_text=True)
    assert 'href="/qpv/QP021004"' in page
    assert 'href="/qpv/QN02103M"' in page
    assert re.search(
        r"Les Grésilles QP021004 .*QN02103M Dijon \(21\) \d+ % \d+ %",
        text_of(client, f"{PATH}?q=gresilles"),
    )


def test_the_table_reads_without_eyes(client: CheckingClient) -> None:
    """Every column and every line has its header, the region its name and the keyboard."""
    page = client.get(f"{PATH}?departement=93").get_data(as_text=True)
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert page.count('scope="col"') == 5
    assert body.count("<tr>") == body.count('<th scope="row">') > 10
    assert re.search(r'role="region" aria-label="[^"]+" tabindex="0"', page)


def test_gone_and_new_qpvs_are_listed(client: CheckingClient) -> None:
    """Those without counterpart are in two lists, and say so on their line."""
    text = text_of(client, PATH)
    assert "QPV de 2015 où il n’y a plus de QPV (40)" in text
    assert "QPV de 2024 où il n’y en avait pas (118)" in text


def test_where_contours_are_missing_nothing_is_called_new(client: CheckingClient) -> None:
    """Guyane in 2015 is not at hand."""
    text = text_of(client, f"{PATH}?departement=973")
    assert "Contours 2015 non disponibles" in text
    assert "rien n’y est dit" in text
    assert "nouveau en 2024" not in text
    assert "où il n’y en avait pas" not in text


def test_pages_keep_the_filters(client: CheckingClient) -> None:
    """The next page is of the same search; beyond the last one there is none."""
    page = client.get(f"{PATH}?departement=93").get_data(as_text=True)
    assert f'href="{PATH}?departement=93&amp;page=2"' in page
    assert "Page 2 sur" in text_of(client, f"{PATH}?departement=93&page=2")
    text_of(client, f"{PATH}?page=99", 404)


@pytest.mark.parametrize("query", ["departement=00", "page=x", "generation=2016"])
def test_a_value_without_meaning_is_refused(client: CheckingClient, query: str) -> None:
    """As everywhere: 400 and a sentence."""
    text_of(client, f"{PATH}?{query}", 400)


def test_a_search_without_answer_leads_back(client: CheckingClient) -> None:
    """Hostile texts find nothing and stay texts."""
    text = text_of(client, f"{PATH}?q=%24%7Balert%281%29%7D%3Cimg+onerror%3E")
    assert "Aucune correspondance" in text
    assert "Voir toutes les correspondances" in text


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("QP021004", r"En 2024 .*QN02103M\) , sur \d+ % de ce quartier"),
        ("QN02103M", r"En 2015 .*QP021004\) , sur \d+ % de ce quartier"),
        ("qn02103m", r"En 2015 .*QP021004\)"),
        ("QN97301C", "En 2015 Contours 2015 non disponibles : Guyane"),
    ],
)
def test_a_qpv_page_tells_its_twins(client: CheckingClient, code: str, told: str) -> None:
    """With the share of its own area, or why nothing can be said."""
    if code == "QN97301C":
        found = re.search(r"/qpv/(QN973\w+)", client.get("/qpv?departement=973").text)
        assert found
        code = found[1]
    assert re.search(told, text_of(client, f"/qpv/{code}"))


def test_a_qpv_without_twin_says_so(client: CheckingClient) -> None:
    """The first of those that are gone."""
    page = client.get(PATH).get_data(as_text=True)
    gone = page[page.index("<details") :]
    found = re.search(r"/qpv/(QP\w+)", gone)
    assert found
    assert "En 2024 Aucun QPV 2024 ici" in text_of(client, f"/qpv/{found[1]}")
