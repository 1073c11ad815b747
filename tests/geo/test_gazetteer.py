"""A place is found by its name, or its name is a question; it is never guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.gazetteer import Ambiguous, Answer, Commune, Found, Gazetteer, NamedArea, NotFound
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex


def code_of(answer: Answer) -> str:
    """The QPV found, else the commune found."""
    assert isinstance(answer, Found), answer
    return (answer.area and answer.area.qpv_code) or answer.commune.insee_code


# What ships


@pytest.mark.parametrize(
    ("asked", "code", "label"),
    [
        ("quartier des 3 Cités, Poitiers", "QN08604M", "Trois Cités, Poitiers (86, Vienne)"),
        ("Les Grésilles, Dijon", "QN02103M", "Les Grésilles, Dijon (21, Côte-d'Or)"),
        ("QPV Les Grésilles, 21000 Dijon", "QN02103M", "Les Grésilles, Dijon (21, Côte-d'Or)"),
        ("Trois Cités, 86000 Poitiers", "QN08604M", "Trois Cités, Poitiers (86, Vienne)"),
        ("La Duchère, Lyon", "QN06934M", "Duchère, Lyon (69, Rhône)"),
        ("59000 Lille", "59350", "Lille (59, Nord)"),
        ("Lille 59800", "59350", "Lille (59, Nord)"),
        ("55100 Verdun", "55545", "Verdun (55, Meuse)"),
        ("09310 Verdun", "09328", "Verdun (09, Ariège)"),
        ("55545", "55545", "Verdun (55, Meuse)"),
        ("93200 St Denis", "93066", "Saint-Denis (93, Seine-Saint-Denis)"),
        ("Rémire-Montjoly", "97309", "Remire-Montjoly (973, Guyane)"),
        ("Paris", "75056", "Paris (75, Paris)"),
        ("Paris 20e", "75120", "Paris 20e Arrondissement (75, Paris)"),
        ("Paris 20ème arrondissement", "75120", "Paris 20e Arrondissement (75, Paris)"),
        ("75020 Paris", "75120", "Paris 20e Arrondissement (75, Paris)"),
        ("75020", "75120", "Paris 20e Arrondissement (75, Paris)"),
        ("75116 Paris", "75116", "Paris 16e Arrondissement (75, Paris)"),
        ("Lyon 1er", "69381", "Lyon 1er Arrondissement (69, Rhône)"),
        ("69003 Lyon", "69383", "Lyon 3e Arrondissement (69, Rhône)"),
    ],
)
def test_a_place_is_found_as_people_write_it(
    gazetteer: Gazetteer, asked: str, code: str, label: str
) -> None:
    """A QPV inside its commune, a commune by name, postcode or INSEE code, an arrondissement."""
    answer = gazetteer.ask(asked)
    assert isinstance(answer, Found)
    assert (code_of(answer), answer.label) == (code, label)


@pytest.mark.parametrize(
    ("asked", "choices"),
    [
        ("Verdun", ("Verdun (09, Ariège)", "Verdun (55, Meuse)")),
        (
            "St Denis",
            (
                "Saint-Denis (11, Aude)",
                "Saint-Denis (30, Gard)",
                "Saint-Denis (93, Seine-Saint-Denis)",
                "Saint-Denis (974, La Réunion)",
            ),
        ),
        # Aix-en-Provence for INSEE, Marseille for La Poste; likewise in Gironde.
        (
            "13001",
            (
                "Aix-en-Provence (13, Bouches-du-Rhône)",
                "Marseille 1er Arrondissement (13, Bouches-du-Rhône)",
            ),
        ),
        ("33300", ("Naujac-sur-Mer (33, Gironde)", "Bordeaux (33, Gironde)")),
    ],
)
def test_a_name_of_several_places_is_a_question(
    gazetteer: Gazetteer, asked: str, choices: tuple[str, ...]
) -> None:
    """With a label for each, told apart by its département."""
    assert gazetteer.ask(asked) == Ambiguous(choices)
    assert gazetteer.ask(f"Centre, {asked}") == Ambiguous(choices)


def test_a_postcode_of_several_communes_is_a_question(gazetteer: Gazetteer) -> None:
    """55100 is Verdun and the villages around."""
    answer = gazetteer.ask("55100")
    assert isinstance(answer, Ambiguous)
    assert "Verdun (55, Meuse)" in answer.choices
    assert len(answer.choices) > 10


@pytest.mark.parametrize(
    "asked",
    ["Trifouilly-les-Oies", "99999", "59000 Verdun", "Les Grésilles, Nulle Part", "", ",", " , "],
)
def test_what_nobody_knows_is_not_found(gazetteer: Gazetteer, asked: str) -> None:
    """No commune of that name, or none with that postcode: no guess."""
    assert isinstance(gazetteer.ask(asked), NotFound)


@pytest.mark.parametrize(
    "area", ["Nulle part", "12 rue de la Liberté", "?", "-", "n°", "quartier", ""]
)
def test_an_unknown_area_leaves_the_commune(gazetteer: Gazetteer, area: str) -> None:
    """An address, a sign that means « unknown », nothing: the commune is what is known."""
    for commune in ("Dijon", "Cachan", "Lons-le-Saunier"):
        answer = gazetteer.find(area=area, commune=commune)
        assert isinstance(answer, Found)
        assert answer.area is None
        assert answer.position == answer.commune.position
        assert answer.position.precision is Precision.COMMUNE


def test_a_neighbourhood_that_is_no_qpv_is_found_too(gazetteer: Gazetteer) -> None:
    """Fives in Lille, by its approximate centre."""
    answer = gazetteer.ask("Fives, Lille")
    assert isinstance(answer, Found)
    assert answer.area is not None
    assert answer.area.qpv_code is None
    assert answer.position.precision is Precision.QUARTIER
    assert answer.position.radius_m == 900


@pytest.mark.parametrize("commune", ["Stains", "93072", "Saint-Denis, 93", "93066"])
def test_a_qpv_of_two_communes_is_found_from_each(gazetteer: Gazetteer, commune: str) -> None:
    """Floréal Saussaie Allende lies in Stains and in Saint-Denis."""
    name, _, departement = commune.partition(", ")
    found = (
        gazetteer.find(area="Floréal Saussaie Allende", insee_code=name)
        if name.isdigit()
        else gazetteer.find(
            area="Floréal Saussaie Allende",
            commune=name,
            postcode=f"{departement}200" if departement else "",
        )
    )
    assert code_of(found) == "QN09339M"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("Les Amandiers, Paris 20e", "QN07520M"),
        ("Les Amandiers, Paris", "QN07520M"),
        ("Petit Belleville, 75020", "QN07518M"),
        ("Air Bel, Marseille 11e", "QN01338I"),
    ],
)
def test_a_qpv_of_2024_is_found_from_its_arrondissement(
    gazetteer: Gazetteer, asked: str, code: str
) -> None:
    """Though its file only names the city."""
    assert code_of(gazetteer.ask(asked)) == code


def test_a_qpv_of_another_arrondissement_is_not_found_from_this_one(gazetteer: Gazetteer) -> None:
    """Air Bel lies in the 11th of Marseille, not in the 1st."""
    assert code_of(gazetteer.ask("Air Bel, Marseille 1er")) == "13201"


@pytest.mark.parametrize("generation", [2015, 2024])
def test_every_qpv_is_found_by_its_own_name_in_each_of_its_communes(
    gazetteer: Gazetteer, indexes: dict[int, QpvIndex], generation: int
) -> None:
    """By whole name: itself, or the newer QPV of the same name in that commune."""
    for qpv in indexes[generation].contours.qpvs:
        for insee_code in qpv.communes:
            answer = gazetteer.find(area=qpv.name, insee_code=insee_code)
            assert isinstance(answer, Found), (qpv.code, answer)
            assert answer.area is not None, qpv.code
            if generation == 2024:
                assert answer.area.qpv_code == qpv.code


def test_part_of_a_name_is_enough_when_it_is_one_area_s(gazetteer: Gazetteer) -> None:
    """Otherwise it is a question, and each choice is listed once."""
    assert code_of(gazetteer.ask("Saussaie, Stains")) == "QN09339M"
    answer = gazetteer.ask("Centre Ville, Marseille")
    assert isinstance(answer, Ambiguous)
    assert len(set(answer.choices)) == len(answer.choices) > 1


# The same answer however it is written

WRITINGS: list[Callable[[str], str]] = [
    str.upper,
    str.lower,
    str.title,
    lambda text: text.replace("-", " "),
    lambda text: text.replace("’", "'"),
    lambda text: text.replace("'", "’"),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "".join(
        c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
    ),
    lambda text: f"  {text}\u00a0",
    lambda text: text.replace(",", " , "),
]
ASKED = [
    "Les Grésilles, Dijon",
    "quartier des 3 Cités, Poitiers",
    "L’Haÿ-les-Roses",
    "Mons-en-Barœul",
    "59000 Lille",
    "Verdun",
    "Saint-Denis",
    "Paris 20e",
    "Sœurs Janin, Lyon",
    "Plan d’Aou Saint-Antoine, Marseille",
    "Rémire-Montjoly",
    "Nulle part, Châteauroux",
]


@given(st.sampled_from(ASKED), st.lists(st.sampled_from(WRITINGS), max_size=4))
def test_case_accents_and_hyphens_never_change_the_answer(
    gazetteer: Gazetteer, asked: str, writings: list[Callable[[str], str]]
) -> None:
    """Capitals without accents as on an envelope, decomposed accents as on a Mac, and so on."""
    written = asked
    for writing in writings:
        written = writing(written)
    expected = gazetteer.ask(asked)
    assert not isinstance(expected, NotFound)
    assert gazetteer.ask(written) == expected


@given(st.text(max_size=60))
def test_any_text_has_an_answer(gazetteer: Gazetteer, text: str) -> None:
    """Found, a question with choices, or not found; never an error."""
    answer = gazetteer.ask(text)
    if isinstance(answer, Ambiguous):
        assert len(answer.choices) > 1


@pytest.mark.parametrize("insee_code", ["55545", "09328", "75056", "75120", "2A004", "97309"])
def test_an_insee_code_is_always_one_place(
    gazetteer: Gazetteer, communes: dict[str, Commune], insee_code: str
) -> None:
    """In a column of INSEE codes the number has one meaning, whatever the name beside it."""
    answer = gazetteer.find(insee_code=insee_code, commune="Verdun")
    assert answer == Found(communes[insee_code].position, communes[insee_code])


def test_an_unknown_insee_code_is_not_found(gazetteer: Gazetteer) -> None:
    """Even beside a known name: the record contradicts itself, which is for a person to see."""
    assert gazetteer.find(insee_code="99999", commune="Dijon") == NotFound("99999, Dijon")


# Drawn cases


def drawn_commune(insee_code: str, name: str, *postcodes: str) -> Commune:
    """A commune of the Vienne."""
    position = Position(0.34, 46.58, Precision.COMMUNE, 5_000)
    return Commune(insee_code, name, "86", "Vienne", postcodes, position)


def drawn_area(name: str, code: str | None, *communes: str, lon: float = 0.35) -> NamedArea:
    """A QPV, or a neighbourhood without code."""
    return NamedArea(name, communes, Position(lon, 46.57, Precision.QUARTIER, 500), code)


def test_two_qpvs_of_one_name_in_a_commune_are_a_question() -> None:
    """In one generation they are two places: their codes tell them apart."""
    gazetteer = Gazetteer(
        [drawn_commune("86194", "Poitiers")],
        [drawn_area("Centre", "QN08601M", "86194"), drawn_area("Le Centre", "QN08602M", "86194")],
    )
    assert gazetteer.ask("Centre, Poitiers") == Ambiguous(
        ("Centre (QN08601M), Poitiers (86, Vienne)", "Le Centre (QN08602M), Poitiers (86, Vienne)")
    )


@pytest.mark.parametrize("former", ["3 Cités", "Cités (Trois)", "Quartier des Trois Cités"])
def test_the_two_generations_of_a_qpv_are_one_answer(former: str) -> None:
    """The newest, which is given first, even when its words have changed places."""
    newest = drawn_area("Trois Cités", "QN08604M", "86194")
    gazetteer = Gazetteer(
        [drawn_commune("86194", "Poitiers")],
        [newest, drawn_area(former, "QP086004", "86194"), drawn_area(former, None, "86194")],
    )
    answer = gazetteer.ask("Trois Cités, Poitiers")
    assert isinstance(answer, Found)
    assert answer.area is newest


def test_a_question_offers_each_choice_once() -> None:
    """Both generations bear the same two names: two choices, not four."""
    names = ("Couronneries Nord", "Couronneries Sud")
    areas = [
        drawn_area(name, f"{generation}{rank}", "86194")
        for generation in ("QN0860", "QP08600")
        for rank, name in enumerate(names)
    ]
    gazetteer = Gazetteer([drawn_commune("86194", "Poitiers")], areas)
    assert gazetteer.ask("Couronneries, Poitiers") == Ambiguous(
        tuple(f"{name}, Poitiers (86, Vienne)" for name in names)
    )


def test_a_whole_name_comes_before_part_of_another() -> None:
    """« Nord » is Nord, though « Nord Est » holds the word; « Est » is then Nord Est."""
    gazetteer = Gazetteer(
        [drawn_commune("86194", "Poitiers")],
        [drawn_area("Nord Est", "QN08601M", "86194"), drawn_area("Nord", "QN08602M", "86194")],
    )
    assert code_of(gazetteer.ask("Nord, Poitiers")) == "QN08602M"
    assert code_of(gazetteer.ask("Est, Poitiers")) == "QN08601M"


def test_an_area_is_only_known_in_its_commune() -> None:
    """The same name next door finds the commune."""
    gazetteer = Gazetteer(
        [drawn_commune("86194", "Poitiers"), drawn_commune("86041", "Buxerolles")],
        [drawn_area("Couronneries", "QN08605M", "86194")],
    )
    assert code_of(gazetteer.ask("Couronneries, Poitiers")) == "QN08605M"
    assert code_of(gazetteer.ask("Couronneries, Buxerolles")) == "86041"


def test_a_number_that_is_a_code_and_the_postcode_of_the_same_commune_is_no_question() -> None:
    """One place, whichever way the number is read."""
    gazetteer = Gazetteer([drawn_commune("86190", "Vouillé", "86190")], [])
    assert code_of(gazetteer.ask("86190")) == "86190"


def test_a_city_gives_way_to_its_arrondissement() -> None:
    """Both bear the postcode; a name that says only the city does not contradict it."""
    gazetteer = Gazetteer(
        [
            drawn_commune("75056", "Paris", "75019", "75020"),
            drawn_commune("75119", "Paris 19e Arrondissement", "75019"),
            drawn_commune("75120", "Paris 20e Arrondissement", "75020"),
        ],
        [],
    )
    assert code_of(gazetteer.find(postcode="75020", commune="Paris")) == "75120"
    assert code_of(gazetteer.find(postcode="75020", commune="Paris 20e")) == "75120"
    assert isinstance(gazetteer.find(postcode="75019", commune="Paris 20e"), NotFound)
    assert code_of(gazetteer.find(commune="Paris")) == "75056"
