"""A record is placed by what it tells: a declared QPV, a neighbourhood, a commune, or nothing."""

from __future__ import annotations

import pytest
from drawn import contours, moved, qpv, square

from geo.gazetteer import Commune, Gazetteer, NamedArea
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex, point_inside
from geo.verdict import Place, Status, judge
from mapapp.locating import Located, ToldPlace, locate, qpv_areas

CENTRE = Position(0.35, 46.565)
CITES = qpv("QN08604M", square(CENTRE, 1_000), "Trois Cités", ["86194"])
CITES_2015 = qpv("QP086004", square(CENTRE, 900), "Trois Cités", ["86194"])
NORTH = qpv("QN08605M", square(moved(CENTRE, 0, 3_000), 400), "Couronneries Nord", ["86194"])
SOUTH = qpv("QN08606M", square(moved(CENTRE, 180, 3_000), 400), "Couronneries Sud", ["86194"])
BELLEVILLE = qpv("QN07519M", square(Position(2.38, 48.87), 400), "Belleville", ["75056"])

NOW = QpvIndex(contours(CITES, NORTH, SOUTH, BELLEVILLE))
THEN = QpvIndex(contours(CITES_2015, generation=2015))
NEWEST_FIRST = [NOW, THEN]


def commune(insee_code: str, name: str, postcode: str, lon: float, lat: float) -> Commune:
    """A commune known by its town hall, to 6 km."""
    position = Position(lon, lat, Precision.COMMUNE, 6_000)
    return Commune(
        insee_code, name, insee_code[:2], f"Département {insee_code[:2]}", (postcode,), position
    )


POITIERS = commune("86194", "Poitiers", "86000", 0.34, 46.58)
PARIS_20 = commune("75120", "Paris 20e Arrondissement", "75020", 2.399, 48.865)
VERDUN_MEUSE = commune("55545", "Verdun", "55100", 5.387, 49.1585)
VERDUN_ARIEGE = commune("09328", "Verdun", "09310", 1.68, 42.81)
PONT_NEUF = NamedArea("Pont Neuf", ("86194",), Position(0.353, 46.58, Precision.QUARTIER, 700))

GAZETTEER = Gazetteer(
    [POITIERS, PARIS_20, VERDUN_MEUSE, VERDUN_ARIEGE],
    [*qpv_areas(NOW.contours), *qpv_areas(THEN.contours), PONT_NEUF],
)


def located(told: ToldPlace) -> Located | None:
    """The position of a record among the drawn places."""
    return locate(told, GAZETTEER, NEWEST_FIRST)


def test_a_declared_qpv_places_the_record() -> None:
    """At a point inside it, whose radius holds it all."""
    told = ToldPlace(insee_code="86194", commune="Poitiers", declared=("QN08604M",))
    found = located(told)
    assert found == Located(
        point_inside(CITES), "un point du QPV Trois Cités, déclaré par la fiche"
    )


@pytest.mark.parametrize("declared", [("QP086004", "QN08604M"), ("QN08604M", "QP086004")])
def test_of_two_generations_the_newest_places_the_record(declared: tuple[str, ...]) -> None:
    """In whatever order they are declared."""
    found = located(ToldPlace(declared=declared))
    assert found is not None
    assert found.position == point_inside(CITES)


def test_an_old_declaration_is_enough() -> None:
    """The catalogue of 2022 speaks of the QPVs of 2015."""
    found = located(ToldPlace(declared=("QP086004",)))
    assert found is not None
    assert found.position == point_inside(CITES_2015)


def test_a_declared_qpv_of_another_commune_does_not_move_the_record() -> None:
    """The record says Verdun: there it stays, and the verdict keeps the conflict for review."""
    told = ToldPlace(insee_code="55545", declared=("QN08604M",))
    found = located(told)
    assert found is not None
    assert found.position == VERDUN_MEUSE.position
    verdict = judge(Place(found.position, told.insee_code, told.declared), NOW)
    assert verdict.status is Status.OUTSIDE
    assert [conflict.code for conflict in verdict.conflicts] == ["QN08604M"]


def test_an_arrondissement_does_not_deny_a_qpv_of_its_city() -> None:
    """The contours say 75056, the record 75120."""
    found = located(ToldPlace(insee_code="75120", declared=("QN07519M",)))
    assert found is not None
    assert found.position == point_inside(BELLEVILLE)


def test_an_unknown_declared_code_leaves_what_else_is_told() -> None:
    """QP973001 has no contour here: the commune places the record."""
    found = located(ToldPlace(insee_code="86194", declared=("QP973001",)))
    assert found is not None
    assert found.position == POITIERS.position


@pytest.mark.parametrize(
    ("quartier", "position", "stands_for"),
    [
        ("quartier des 3 Cités", point_inside(CITES), "un point du QPV Trois Cités"),
        ("Pont-Neuf", PONT_NEUF.position, "le centre approché du quartier Pont Neuf"),
        ("Couronneries Nord", point_inside(NORTH), "un point du QPV Couronneries Nord"),
        ("", POITIERS.position, "un point de la commune (Poitiers)"),
        ("Nulle Part", POITIERS.position, "un point de la commune (Poitiers)"),
        ("?", POITIERS.position, "un point de la commune (Poitiers)"),
        # Nord or Sud? The neighbourhood is a question, the commune is not.
        ("Couronneries", POITIERS.position, "un point de la commune (Poitiers)"),
    ],
)
def test_a_neighbourhood_else_the_commune_places_the_record(
    quartier: str, position: Position, stands_for: str
) -> None:
    """And the record says in French what its point stands for."""
    for told in (
        ToldPlace(insee_code="86194", quartier=quartier),
        ToldPlace(commune="POITIERS", quartier=quartier),
        ToldPlace(postcode="86000", commune="Poitiers", quartier=quartier),
        ToldPlace(postcode="86000", quartier=quartier),
    ):
        assert located(told) == Located(position, stands_for)


def test_a_name_of_two_communes_places_nothing() -> None:
    """Verdun alone is a question; its postcode or its INSEE code answers."""
    assert located(ToldPlace(commune="Verdun")) is None
    for told in (
        ToldPlace(commune="Verdun", postcode="55100"),
        ToldPlace(commune="Verdun", insee_code="55545"),
    ):
        found = located(told)
        assert found is not None
        assert found.position == VERDUN_MEUSE.position


@pytest.mark.parametrize(
    "told",
    [
        ToldPlace(),
        ToldPlace(quartier="Trois Cités"),
        ToldPlace(commune="Nulle Part"),
        ToldPlace(insee_code="99999"),
        ToldPlace(postcode="99999"),
        ToldPlace(declared=("QN99999M",)),
    ],
)
def test_what_tells_no_place_is_not_placed(told: ToldPlace) -> None:
    """A neighbourhood without commune, an unknown name or code: no position, no guess."""
    assert located(told) is None


def test_every_qpv_becomes_an_area_of_the_gazetteer() -> None:
    """Its name, its communes, its code, and a point inside."""
    areas = qpv_areas(NOW.contours)
    assert [area.qpv_code for area in areas] == [q.code for q in NOW.contours.qpvs]
    assert areas[0] == NamedArea("Trois Cités", ("86194",), point_inside(CITES), "QN08604M")
