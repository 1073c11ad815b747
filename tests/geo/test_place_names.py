"""Names as people type them: whole, begun, in an address, misspelled."""

from __future__ import annotations

import pytest

from geo.place_names import Kind, NamedPlace, PlaceNames
from geo.position import Position, Precision

SOMEWHERE = Position(2.0, 47.0, Precision.COMMUNE, 3_000)


def commune(
    code: str, name: str, postcode: str, around: str, population: int, alias: str = ""
) -> NamedPlace:
    """A commune; ``around`` is the code and the words of its département."""
    return NamedPlace(
        Kind.COMMUNE,
        code,
        name,
        around,
        SOMEWHERE,
        insee_code=code,
        population=population,
        alias=alias,
        codes=(code, postcode),
        around=frozenset(around.split()),
    )


def qpv(code: str, name: str, generation: int) -> NamedPlace:
    """A QPV of Verdun."""
    told = frozenset({"verdun", "55", "meuse", str(generation)})
    return NamedPlace(
        Kind.QPV,
        code,
        name,
        "Verdun",
        SOMEWHERE,
        insee_code="55545",
        generation=generation,
        codes=(code.lower(),),
        around=told,
    )


NAMES = PlaceNames(
    [
        commune("55545", "Verdun", "55100", "55 meuse", 16_000),
        commune("09328", "Verdun", "09310", "09 ariege", 200),
        commune("55100", "Chattancourt", "55840", "55 meuse", 200),
        commune("80665", "Rue", "80120", "80 somme", 3_000),
        commune("13055", "Marseille", "13001", "13 bouches rhone", 870_000),
        commune("13201", "Marseille 1er Arrondissement", "13001", "13 bouches rhone", 40_000),
        commune("93066", "Saint-Denis", "93200", "93 seine saint denis", 110_000),
        commune("93066", "Saint-Denis", "93200", "93 seine saint denis", 110_000, "Pierrefitte"),
        qpv("QN05501M", "Cité Verte", 2024),
        qpv("QP055001", "Cité Verte", 2015),
        qpv("QN05502M", "Planchettes", 2024),
        qpv("QN05503M", "Planchettes", 2024),
    ]
)


def codes(places: list[NamedPlace]) -> list[str]:
    """Their codes."""
    return [place.code for place in places]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("verdun", ["55545", "09328"]),
        ("Verdun (09)", ["09328"]),
        ("VERDUN, meuse", ["55545"]),
        ("55100", ["55545", "55100"]),
        ("55100 Verdun", ["55545"]),
        ("13001 Marseille", ["13201"]),
        ("Marseille", ["13055"]),
        ("marseille 1er", ["13201"]),
        ("st denis", ["93066"]),
        ("pierrefitte", ["93066"]),
        ("cité verte", ["QN05501M"]),
        ("cite verte 2015", ["QP055001"]),
        ("qp055001", ["QP055001"]),
        ("planchettes verdun", ["QN05502M", "QN05503M"]),
        ("verdun somme", []),
        ("12 rue de verdun", []),
        ("", []),
        ("«\u00a0»", []),
    ],
)
def test_a_whole_name_and_what_tells_where_it_lies(text: str, found: list[str]) -> None:
    """Every word typed is the place's or its surroundings'; the most populous first."""
    assert codes(NAMES.named(text)) == found


def test_a_label_names_its_place_alone() -> None:
    """What a list proposes is understood when it comes back."""
    for place in NAMES.places:
        assert NAMES.named(place.label)[0].code == place.code
        assert len(NAMES.named(place.label)) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("verd", ["55545", "09328", "QN05501M", "QP055001"]),
        ("marseil", ["13055", "13201"]),
        ("cit meuse", ["QN05501M"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_the_beginning_of_a_name(text: str, found: list[str]) -> None:
    """A commune that begins so comes before a quarter with such a word; QPVs newest first."""
    assert codes(NAMES.begun(text))[: len(found)] == found[: len(NAMES.begun(text))]
    assert bool(NAMES.begun(text)) == bool(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 rue des Tilleuls 55100 Verdun", ["55545"]),
        ("12 rue de Verdun, 80120 Rue", ["80665"]),
        ("12 rue de Verdun Saint-Denis", ["93066"]),
        ("rue Paradis 13001 Marseille", ["13201"]),
        ("rue Paradis Marseille", ["13055"]),
        ("3 place du marché, Verdun", ["55545", "09328"]),
        ("3 place du marché, Verdun, Ariège", ["09328"]),
        ("3 place du marché", []),
    ],
)
def test_the_commune_of_an_address(text: str, found: list[str]) -> None:
    """The postcode confirms it, else the address ends with it: a street's name is no commune."""
    assert codes(NAMES.mentioned(text)) == found


def test_what_is_misspelled_is_proposed() -> None:
    """« Verdum » looks like the two Verduns, « qqqq » like nothing."""
    assert codes(NAMES.alike("Verdum", 2)) == ["55545", "09328"]
    assert NAMES.alike("qqqq", 5) == []


def test_the_largest_communes_of_a_departement() -> None:
    """By population; an arrondissement is not one."""
    assert codes(NAMES.largest("55", 5)) == ["55545", "55100"]
    assert codes(NAMES.largest("13", 5)) == ["13055"]
