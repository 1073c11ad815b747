"""Street names compared as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.acceptance import LEAD, MOST_APART
from geo.street_names import TOO_MANY, distance, whole_words


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("av. du Mal Foch", "Avenue du Maréchal Foch"),
        ("R ST LOUIS PROLONGEE", "Rue Saint-Louis Prolongée"),
        ("rue république", "Rue de la République"),
        ("rue des cinq ormes", "Rue des 5 Ormes"),
        ("place du Onze novembre 1918", "Place du 11 Novembre 1918"),
        ("rd pt du Verger", "Rond-Point du Verger"),
        ("route d'Aulnay", "Route d’Aulnay"),
    ],
)
def test_the_same_name(written: str, found: str) -> None:
    """Abbreviations, accents, small words and figures make no difference."""
    assert distance(written, found) == 0


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("rue Edouard Vailant", "Rue Édouard Vaillant"),
        ("rue Vaillant", "Rue Édouard Vaillant"),
        ("rue E. Vaillant", "Rue Édouard Vaillant"),
        ("rue Vaillant Edouard", "Rue Édouard Vaillant"),
        ("Edouard Vaillant", "Rue Édouard Vaillant"),
        ("avenuee Carnot", "Avenue Carnto"),
    ],
)
def test_a_name_that_may_be_forgiven(written: str, found: str) -> None:
    """A slip, a first name left out or an initial, swapped words, no kind of street."""
    assert 0 < distance(written, found) <= MOST_APART


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("villa Carnot", "Avenue Carnot"),
        ("rue Michelet", "Passage Michelet"),
        ("rue des Lilas", "Rue des Tilleuls"),
        ("rue Paul Vaillant", "Rue Édouard Vaillant"),
        ("rue du 8 mai 1945", "Rue du 9 mai 1945"),
        ("allée r. des", "Allée des Roses"),
        ("27 a Barbusse".removeprefix("27 "), "Avenue Henri Barbusse"),
        ("rue", "Rue Goya"),
        ("", "Rue Goya"),
    ],
)
def test_another_name(written: str, found: str) -> None:
    """Another kind, another word, another figure, or nothing but an initial."""
    assert distance(written, found) > MOST_APART


def test_a_slip_between_two_names_is_nearer_to_none() -> None:
    """« ben air » is as far from « Bel-Air » as from « Bon-Air »: less than the lead apart."""
    two = [distance("rue du ben air", name) for name in ("Rue du Bel-Air", "Rue du Bon-Air")]
    assert abs(two[0] - two[1]) < LEAD


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_have_a_distance(written: str, found: str) -> None:
    """None is negative, and a text is at no distance from itself when it has a word."""
    assert distance(written, found) >= 0
    assert distance(written, written) == 0
    assert TOO_MANY > MOST_APART


def test_whole_words_keep_what_they_do_not_know() -> None:
    """« r » is a street at the beginning only, and a name of one word stays."""
    assert whole_words("r. R. Rolland") == "rue r rolland"
    assert whole_words("Place") == "place"
    assert whole_words("…") == ""
