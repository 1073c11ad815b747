"""What is read in a written address, and what is left to the postman."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses import Written, house_number, question_text, read_address


@pytest.mark.parametrize(
    ("text", "numbers", "street", "place"),
    [
        ("12 rue Carnot 93140 Bondy", ("12",), "rue Carnot", "93140 Bondy"),
        ("12, rue Carnot, 93140 Bondy", ("12",), "rue Carnot", "93140 Bondy"),
        ("n° 12 r. Carnot, Bondy", ("12",), "r. Carnot", "Bondy"),
        ("12bis rue Carnot 93140 Bondy", ("12 bis",), "rue Carnot", "93140 Bondy"),
        ("12 B rue Carnot 93140 Bondy", ("12 bis",), "rue Carnot", "93140 Bondy"),
        ("12-14 rue Carnot 93140 Bondy", ("12", "14"), "rue Carnot", "93140 Bondy"),
        ("12 à 14, rue Carnot 93140 Bondy", ("12", "14"), "rue Carnot", "93140 Bondy"),
        ("45, 47 rue Carnot 93140 Bondy", ("45", "47"), "rue Carnot", "93140 Bondy"),
        ("BP 12, 3 place Carnot 59000 LILLE CEDEX 9", ("3",), "place Carnot", "59000 LILLE"),
        ("3 place Carnot CS 70012 59009 Lille Cedex", ("3",), "place Carnot", "59009 Lille"),
        ("Bât B, escalier 3, 42bis r. Carnot, Bondy", ("42 bis",), "r. Carnot", "Bondy"),
        ("2e étage 5 rue Carnot Bondy", ("5",), "rue Carnot Bondy", ""),
        ("3 rue Carnot résidence du Parc, Bondy", ("3",), "rue Carnot", "Bondy"),
        ("Maison des familles 5 rue Carnot\n75 020 Paris", ("5",), "rue Carnot", "75020 Paris"),
        ("Lieu-dit Le Bourg, 23000 Guéret", (), "Le Bourg", "23000 Guéret"),
        ("rue du 8 mai 1945, Bondy", (), "rue du 8 mai 1945", "Bondy"),
        ("1 rue du 4 septembre 93140 Bondy", ("1",), "rue du 4 septembre", "93140 Bondy"),
        ("12 a la rue, Bondy", ("12",), "a la rue", "Bondy"),
    ],
)
def test_an_address_is_read(text: str, numbers: tuple[str, ...], street: str, place: str) -> None:
    """Its numbers, street and place; post boxes, storeys and buildings are passed over."""
    written = read_address(text)
    assert (written.numbers, written.street, written.place) == (numbers, street, place)


def test_the_text_stays_as_it_was_written() -> None:
    """Whatever was read in it."""
    text = "  BP 12,\n3  place Carnot 59000 LILLE CEDEX 9 "
    assert read_address(text).text == text


def test_columns_win_over_the_text() -> None:
    """The columns of a file are read as they are named."""
    written = read_address(
        street="12 rue Carnot", postcode="93140", commune="BONDY CEDEX", insee_code="93010"
    )
    assert written == Written(
        "12 rue Carnot, 93140 BONDY CEDEX", ("12",), "rue Carnot", "93140", "BONDY", "93010"
    )


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("QPV Les Grésilles, Dijon", "Les Grésilles"),
        ("quartier prioritaire Fives, 59000 Lille", "Fives"),
        ("Quartier Fives, 12 rue Carnot, 59000 Lille", "Fives"),
    ],
)
def test_a_neighbourhood_is_no_street(text: str, area: str) -> None:
    """It is kept aside."""
    written = read_address(text)
    assert written.area == area
    assert "ives" not in written.street


@pytest.mark.parametrize(
    ("text", "number"),
    [("012B", "12 bis"), ("4 TER", "4 ter"), ("4 c", "4 c"), ("7", "7"), ("", ""), ("bis", "")],
)
def test_a_number_has_one_form(text: str, number: str) -> None:
    """« 12 B », « 12bis » and « 012 BIS » are the same number."""
    assert house_number(text) == number


def test_a_question_is_in_whole_words() -> None:
    """Two ways to write an address are one question."""
    texts = ["12, av. du Gal Leclerc 93140 BONDY", "BP 3, 12 Avenue du Général-Leclerc 93140 Bondy"]
    asked = {question_text(read_address(text), "12") for text in texts}
    assert asked == {"12 avenue du general leclerc 93140 bondy"}


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever is typed, something is read in it, and the text stays."""
    written = read_address(text)
    assert written.text == (text or "")
    assert '"' not in question_text(written, "1")


def test_a_hostile_text_is_read_at_once() -> None:
    """No pattern takes longer than the text is long: a megabyte of nothing is read."""
    for piece in ("1 ", "1,", "bat ", "- 1", "rue ", "12 bis "):
        assert read_address(piece * 50_000).text
