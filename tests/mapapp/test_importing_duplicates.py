"""Records that may be the same, told with the reason."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from geo.names import plain
from mapapp.importing.duplicates import ALIKE, WITHIN_M, Duplicate, Known, possible_duplicates

GARDEN = Known("1", "Les Jardins de la Croix-Rouge", 4.07, 49.23, None, None, "a")
OTHER = Known("x", "Régie de quartier nord", 2.38, 48.95, None, None, "b")


def found(row: Known, other: Known) -> str | None:
    """Why a row may repeat another record, None when it may not."""
    duplicates = possible_duplicates([row], [other])
    assert len(duplicates) <= 1
    for duplicate in duplicates:
        assert duplicate == Duplicate(row.key, other.key, other.source, duplicate.reason)
        return duplicate.reason
    return None


def test_the_same_siret_is_a_duplicate() -> None:
    """Whatever the names and places say."""
    siret = "80746931700018"

    reason = found(replace(GARDEN, siret=siret), replace(OTHER, siret=siret))

    assert reason == f"même SIRET ({siret})"


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("http://www.exemple.fr/a/", "https://exemple.fr/a", True),
        ("https://exemple.fr/a", "https://exemple.fr/b", False),
        ("https://exemple.fr/?id=1", "https://exemple.fr/?id=2", False),
        ("https://[", "https://[", False),
    ],
)
def test_the_same_site_is_a_duplicate(one: str, two: str, same: bool) -> None:
    """The same page, whatever its scheme."""
    reason = found(replace(GARDEN, website=one), replace(OTHER, website=two))

    assert (reason == "même site (exemple.fr/a)") is same


@pytest.mark.parametrize(
    ("name", "north_m", "reason"),
    [
        ("LES JARDINS DE LA CROIX ROUGE", 0, "même nom au même endroit"),
        ("La Croix-Rouge (jardin de)", 0, "à 0\u00a0m"),
        ("Jardins de la Croix Rouge (les)", 250, "à 250\u00a0m"),
        ("Les jardin de la Croix-Rouge", 250, "nom proche"),
        ("Les Jardins de la Croix-Rouge", 350, None),
        ("Épicerie solidaire", 0, None),
        ("Les Jardins de la Source Rouge", 0, None),
    ],
)
def test_a_name_alike_nearby_is_a_duplicate(name: str, north_m: float, reason: str | None) -> None:
    """Farther than 300 m, a network's branches bear one name."""
    told = found(GARDEN, replace(OTHER, name=name, lon=4.07, lat=49.23 + north_m / 111_195))

    assert (told is None) if reason is None else (reason in (told or ""))


def test_rows_of_one_file_are_compared() -> None:
    """The later names the earlier."""
    twin = replace(GARDEN, key="2")

    (duplicate,) = possible_duplicates([GARDEN, twin], [])

    assert (duplicate.key, duplicate.other_key, duplicate.other_source) == ("2", "1", "a")


def test_a_records_own_former_state_is_no_duplicate() -> None:
    """But the record of another source behind it is."""
    siret = "80746931700018"
    row = replace(GARDEN, siret=siret)
    elsewhere = replace(OTHER, siret=siret)

    assert not possible_duplicates([row], [row])
    assert [d.other_key for d in possible_duplicates([row], [row, elsewhere])] == ["x"]


def test_many_with_the_same_mark_are_told_once_each() -> None:
    """A site that a whole network shares gives a line per row, not one per pair."""
    rows = [
        replace(OTHER, key=str(n), name=f"{n}" * 9, lat=40 + n / 10, website="https://reseau.fr")
        for n in range(50)
    ]

    duplicates = possible_duplicates(rows, [])

    assert [d.other_key for d in duplicates] == ["0"] * 49


def test_without_a_place_names_are_not_compared() -> None:
    """« Emmaüs » is everywhere."""
    nowhere = replace(GARDEN, lon=None, lat=None)

    assert not possible_duplicates([nowhere, replace(nowhere, key="2")], [nowhere])


def test_in_a_crowd_only_equal_names_are_told() -> None:
    """So many names at one point are those of a commune's town hall."""
    crowd = [replace(OTHER, key=str(n), name=f"atelier {n:04}") for n in range(300)]

    told = possible_duplicates([*crowd, replace(crowd[7], key="again")], [])

    assert [(d.key, d.other_key) for d in told] == [("again", "7")]


NAMES = st.sampled_from(
    ["jardin partagé", "jardins partagés", "jardin partage nord", "régie", "regie", "Épicerie"]
)
PLACES = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(st.lists(st.tuples(NAMES, PLACES), max_size=12), st.integers(0, 12))
def test_pairs_are_those_that_comparing_everything_finds(
    drawn: list[tuple[str, tuple[int, int]]], split: int
) -> None:
    """The index of places forgets no pair and adds none (equal name and point: the first only)."""
    everyone = [
        Known(str(n), name, 2 + east / 900, 48 + north / 900, None, None, "s")
        for n, (name, (east, north)) in enumerate(drawn)
    ]
    others, rows = everyone[:split], everyone[split:]
    distinct = len({(plain(k.name), k.lon, k.lat) for k in everyone}) == len(everyone)

    told = {(d.key, d.other_key) for d in possible_duplicates(rows, others)}
    expected = {
        (row.key, other.key)
        for row in rows
        for other in everyone[: int(row.key)]
        if alike(row, other)
    }

    assert told <= expected
    assert told == expected or not distinct


def alike(one: Known, other: Known) -> bool:
    """The rule, applied to two records."""
    assert one.lon is not None
    assert one.lat is not None
    assert other.lon is not None
    assert other.lat is not None
    east = (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    near = hypot(east, one.lat - other.lat) * 111_195 <= WITHIN_M
    return near and fuzz.token_sort_ratio(plain(one.name), plain(other.name)) >= ALIKE
