"""French names compared as people write them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.names import name_key, plain

FRENCH = "abcdefghijklmnopqrstuvwxyzàâäéèêëîïôöùûüÿçœæ0123456789 -’'"
names = st.text(st.sampled_from(FRENCH + FRENCH.upper()), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("Mons-en-Barœul", "mons en baroeul"),
        ("  Cœur D'Agglo ", "coeur d agglo"),
        ("Sœurs Janin", "soeurs janin"),
        ("Saint-Étienne (42)", "saint etienne 42"),
        ("Lætitia\u00a0: «\u202fÇa\u202f»", "laetitia ca"),
        ("Plan\u2011d’Aou", "plan d aou"),
        ("?", ""),
        ("", ""),
    ],
)
def test_plain_text_has_neither_case_nor_accent_nor_punctuation(text: str, expected: str) -> None:
    """Letters and digits between single spaces."""
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("quartier des 3 Cités", "Trois Cités"),
        ("Quartier prioritaire des Trois-Cités", "3 CITES"),
        ("Les Grésilles", "gresilles"),
        ("St Denis", "Saint-Denis"),
        ("Ste-Marie", "Sainte Marie"),
        ("L'Haÿ-les-Roses", "l’hay les roses"),
        ("Boulogne sur mer", "Boulogne-sur-Mer"),
        ("Fbg de Béthune", "Faubourg de Béthune"),
        ("Paris 20e", "Paris 20ème"),
        ("Paris 20e", "Paris 20"),
        ("Lyon 1er", "Lyon 1"),
        ("Le Havre", "Havre"),
        ("secteur Nord Est", "Nord-Est"),
    ],
)
def test_two_ways_of_writing_a_name_are_one(one: str, other: str) -> None:
    """What people add, drop or shorten does not tell."""
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trois Cités", "Deux Cités"),
        ("Saint-Denis", "Saint-Ouen"),
        ("Paris 2e", "Paris 20e"),
        ("Centre Ville", "Ville"),
        ("Montreuil", "Montreuil-sous-Bois"),
        ("Saint-Denis", "Sainte-Denis"),
    ],
)
def test_two_names_are_two(one: str, other: str) -> None:
    """What tells them apart stays."""
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("text", ["Les", "Le Quartier", "En Sur", "d’"])
def test_a_name_made_of_small_words_keeps_them(text: str) -> None:
    """Empty words are only empty beside others."""
    assert name_key(text) == tuple(plain(text).split())


@given(names)
def test_a_name_in_capitals_or_without_accents_is_the_same(name: str) -> None:
    """Nor does it matter how accents are coded, or which apostrophe and hyphen are typed."""
    unaccented = "".join(
        c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)
    )
    for written in (
        name.upper(),
        name.lower(),
        unaccented,
        unicodedata.normalize("NFD", name),
        name.replace("-", " "),
        name.replace(" ", "-"),
        name.replace("'", "’"),
        f"  {name}\u00a0",
    ):
        assert plain(written) == plain(name)
        assert name_key(written) == name_key(name)


@given(st.text(max_size=40))
def test_any_text_has_a_plain_form_and_it_stays_so(text: str) -> None:
    """Emoji, right-to-left marks, other scripts: nothing breaks, and twice is once."""
    once = plain(text)
    assert plain(once) == once
    assert once == once.strip()
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert bool(name_key(text)) == bool(once)
