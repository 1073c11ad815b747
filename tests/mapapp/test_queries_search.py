"""One search for people who type a few letters: communes, QPVs, initiatives, resources."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.queries.initiatives import Initiatives
from mapapp.queries.search import PER_KIND, Hit, search
from mapapp.words import search_text, search_words

pytestmark = pytest.mark.both_databases


def found(initiatives: Initiatives, text: str, kind: str) -> list[Hit]:
    """The answers of a kind."""
    return [hit for hit in search(initiatives, text) if hit.kind == kind]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Lille", "59350"),
        ("L'HAY LES ROSES", "94038"),
        ("l’haÿ-les-roses", "94038"),
        ("mons en baroeul", "59410"),
        ("Mons-en-Barœul", "59410"),
        ("st denis", "97411"),
        ("Saint-Denis", "97411"),
        ("st etienne", "42218"),
        ("ste genevieve des bois", "91549"),
        ("93072", "93072"),
        ("2a004", "2A004"),
        ("55100", "55545"),
        ("97354", "97309"),
        ("clermont ferrand", "63113"),
        ("paris 20", "75120"),
    ],
)
def test_the_commune_that_is_meant_comes_first(
    initiatives: Initiatives, text: str, code: str
) -> None:
    """By name in any spelling, INSEE code or postcode: the whole name first, then the largest."""
    assert found(initiatives, text, "commune")[0].code == code


def test_two_communes_of_one_name_are_both_proposed(initiatives: Initiatives) -> None:
    """Verdun is in the Meuse and in the Ariège: each says its département."""
    hits = found(initiatives, "verdun", "commune")
    exact = [(hit.code, hit.detail) for hit in hits if hit.label == "Verdun"]
    assert exact == [("55545", "Meuse (55)"), ("09328", "Ariège (09)")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gresilles", "QN02103M"),
        ("Grésilles Dijon", "QN02103M"),
        ("QN08604M", "QN08604M"),
        ("qp086004", "QP086004"),
        ("trois cites poitiers", "QP086004"),
    ],
)
def test_a_qpv_is_found_by_name_code_or_commune(
    initiatives: Initiatives, text: str, code: str
) -> None:
    """A neighbourhood is known by what people call it, or by its code in any case."""
    assert code in {hit.code for hit in found(initiatives, text, "qpv")}


def test_every_kind_is_searched(initiatives: Initiatives) -> None:
    """A word that all know brings answers of each kind, five at most, in a fixed order."""
    hits = search(initiatives, "quartier")
    hits += search(initiatives, "lille")
    assert set(Counter(hit.kind for hit in hits)) == {"commune", "qpv", "initiative", "ressource"}
    for text in ("a", "saint", "75", "lille"):
        counts = Counter(hit.kind for hit in search(initiatives, text))
        assert max(counts.values()) <= PER_KIND


def test_a_hit_leads_to_its_page(initiatives: Initiatives) -> None:
    """An initiative, a resource and a QPV lead to their pages, a commune to its territory."""
    for text in ("digifab", "lille", "epicerie", "gresilles"):
        for hit in search(initiatives, text):
            start = {"commune": "/territoires/", "ressource": "/ressources/"}.get(
                hit.kind, f"/{hit.kind}s/" if hit.kind == "initiative" else "/qpv/"
            )
            assert hit.url == f"{start}{hit.code}"
            assert hit.label.strip()


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "…", "« »", "zzzzzz", "lille zzzzzz", "' --"]
)
def test_what_names_nothing_finds_nothing(initiatives: Initiatives, text: str) -> None:
    """Blanks, signs and unknown words have no answer: « % » is no joker."""
    assert search(initiatives, text) == []


@given(text=st.text(max_size=80))
def test_no_text_breaks_the_search(initiatives: Initiatives, text: str) -> None:
    """Whatever is typed, the search answers, with hits that hold a word of it or none at all."""
    hits = search(initiatives, text[:100])
    assert not hits or search_words(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("St-Denis", ["saint", "denis"]),
        ("Ste Marie", ["sainte", "marie"]),
        ("st", ["st"]),
        ("bourg st", ["bourg", "st"]),
        ("Stains", ["stains"]),
        ("", []),
        ("…", []),
    ],
)
def test_st_before_a_name_is_saint(text: str, words: list[str]) -> None:
    """« St » is spelled out before another word; alone it may be the beginning of Strasbourg."""
    assert search_words(text) == words


@given(text=st.text(), other=st.text())
def test_what_is_stored_is_found_by_its_own_words(text: str, other: str) -> None:
    """A text searched by its own words is always found, whatever it holds."""
    stored = search_text(text, None, other, "fin")
    assert all(word in stored for word in search_words(f"{text} {other} fin"))
