"""Paris, Lyon and Marseille under both their codes, and the département of a code."""

from __future__ import annotations

import pytest

from geo.communes import PARENT_COMMUNE, departement_of, parent_commune, same_commune
from geo.gazetteer import Commune


@pytest.mark.parametrize(
    ("first", "last", "commune"),
    [("75101", "75120", "75056"), ("69381", "69389", "69123"), ("13201", "13216", "13055")],
    ids=["Paris", "Lyon", "Marseille"],
)
def test_an_arrondissement_belongs_to_its_city(first: str, last: str, commune: str) -> None:
    """From the first to the last one; the codes on both sides are not arrondissements."""
    for number in range(int(first), int(last) + 1):
        assert parent_commune(str(number)) == commune
    for outside in (str(int(first) - 1), str(int(last) + 1)):
        assert parent_commune(outside) == outside


def test_there_are_forty_five_arrondissements() -> None:
    """20 in Paris, 9 in Lyon, 16 in Marseille."""
    assert len(PARENT_COMMUNE) == 45


@pytest.mark.parametrize("code", ["75056", "93066", "2A004", "97302", ""])
def test_any_other_code_is_its_own_commune(code: str) -> None:
    """The cities themselves too, and what is no code at all."""
    assert parent_commune(code) == code


def test_the_arrondissements_are_those_of_the_official_list(communes: dict[str, Commune]) -> None:
    """INSEE's list in force names the same ones."""
    listed = {code for code, it in communes.items() if it.name.endswith("Arrondissement")}
    assert listed == set(PARENT_COMMUNE)


@pytest.mark.parametrize(
    ("insee_code", "departement"),
    [
        ("86194", "86"),
        ("01001", "01"),
        ("2A004", "2A"),
        ("2B033", "2B"),
        ("75120", "75"),
        ("97309", "973"),
        ("97608", "976"),
        ("98735", "987"),
    ],
)
def test_a_code_begins_with_its_departement(insee_code: str, departement: str) -> None:
    """Two characters, three overseas, letters in Corsica."""
    assert departement_of(insee_code) == departement


def test_every_commune_is_in_the_departement_its_code_tells(communes: dict[str, Commune]) -> None:
    """For the whole list in force."""
    strangers = [c for c in communes.values() if departement_of(c.insee_code) != c.departement]
    assert strangers == []


@pytest.mark.parametrize(
    ("told", "found", "same"),
    [
        ("93072", "93072", True),
        ("93072", "93066", False),
        ("93059", "93066", True),
        ("93066", "93059", True),
        ("75056", "75120", True),
        ("75120", "75056", True),
        ("75120", "75119", False),
    ],
)
def test_two_codes_of_one_commune(told: str, found: str, same: bool) -> None:
    """A former commune is the one that took it in, a city any of its arrondissements."""
    assert same_commune(told, found, {"93059": "93066"}) is same
