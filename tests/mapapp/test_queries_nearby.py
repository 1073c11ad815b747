"""What is around a place: by distance, no more precisely than each position allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from geo.distance import distance_m
from geo.position import Position
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries import nearby as near
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

LYON = Filters(lat=45.76, lon=4.85)


@pytest.fixture
def questions(engine: Engine, memory: Memory) -> Iterator[Initiatives]:
    """The questions about the shipped initiatives."""
    with sessions(engine)() as session:
        yield Initiatives(session, memory)


@pytest.mark.parametrize("rayon", [500, 5_000, 100_000])
def test_the_nearest_come_first_and_none_is_beyond_the_radius(
    questions: Initiatives, rayon: float
) -> None:
    """Against a geodesic measured one by one over all the initiatives."""
    filters = replace(LYON, rayon=rayon)
    page = near.nearby(questions, filters)
    here = Position(4.85, 45.76)
    everything = questions.page(Filters(), 1_000).items
    apart = {
        c.slug: distance_m(here, Position(c.lon, c.lat)) for c in everything if c.lon and c.lat
    }
    expected = sorted(slug for slug, metres in apart.items() if metres <= rayon)
    assert sorted(found.card.slug for found in page.items) == expected
    assert page.count == len(expected)
    assert all(a.distance_m <= b.distance_m + 1 for a, b in pairwise(page.items))


@pytest.mark.parametrize(
    ("precision", "radius_m", "lon", "sentence"),
    [
        ("address", 20, 0.01, "à 1,1\u00a0km à l’est"),
        ("point", 0, 0.0, "ici même"),
        ("street", 200, 0.01, "à environ 1,1\u00a0km à l’est"),
        ("street", 200, 0.001, "à environ 110\u00a0m à l’est"),
        ("place", 400, 0.01, "à environ 1,1\u00a0km à l’est"),
        ("quartier", 700, 0.01, "dans le quartier, à environ 1,1\u00a0km à l’est"),
        ("quartier", 700, 0.001, "dans le quartier, lieu exact inconnu"),
        ("commune", 3_000, 0.1, "dans la commune, à environ 11\u00a0km à l’est"),
        ("commune", 3_000, 0.0, "dans la commune, lieu exact inconnu"),
    ],
)
def test_a_sentence_says_no_more_than_the_precision(
    questions: Initiatives, precision: str, radius_m: float, lon: float, sentence: str
) -> None:
    """A door is at so many metres; what is known to its commune is « à environ », or unknown."""
    card = replace(some_card(questions), lon=lon, lat=0.0, precision=precision, radius_m=radius_m)
    seen = near.seen_from(Position(0, 0), card)
    assert seen is not None
    assert seen.sentence == sentence
    assert (seen.direction is None) == (" à l’est" not in sentence)


def some_card(questions: Initiatives) -> InitiativeCard:
    """A card to change."""
    return questions.page(Filters(), 1).items[0]


def test_what_is_not_located_is_not_near(questions: Initiatives) -> None:
    """It has no distance; in its commune it is told apart."""
    card = replace(some_card(questions), lon=None, lat=None)
    assert near.seen_from(Position(0, 0), card) is None
    assert near.distances(Position(0, 0), [card]) == {}
    assert near.unlocated(questions, LYON, "") == ()


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_from_anywhere_there_are_three_nearest(
    engine: Engine, memory: Memory, lon: float, lat: float
) -> None:
    """Even from the far side of the Earth, in the order of their distances."""
    with sessions(engine)() as session:
        found = near.nearest(Initiatives(session, memory), Filters(lat=lat, lon=lon))
    assert len(found) == near.NEAREST
    assert all(a.distance_m <= b.distance_m for a, b in pairwise(found))


def test_a_wider_radius_reaches_the_nearest(questions: Initiatives) -> None:
    """The smallest usual one that holds it; none when it is beyond them all."""
    filters = replace(LYON, lat=45.8, lon=4.6, rayon=500)
    found = near.nearest(questions, filters)
    radius = near.wider(filters, found)
    assert radius in near.RADII_M
    assert near.nearby(questions, replace(filters, rayon=float(radius or 0))).count
    assert near.wider(filters, ()) is None
    far = replace(LYON, lat=0.0, lon=0.0)
    assert near.wider(far, near.nearest(questions, far)) is None


def test_the_themes_around_do_not_depend_on_those_asked_for(questions: Initiatives) -> None:
    """So that each chip tells what it would keep."""
    wide = replace(LYON, rayon=100_000)
    around = near.themes_around(questions, wide)
    assert around
    assert near.themes_around(questions, replace(wide, theme=("sante",))) == around
    cards = [found.card for found in near.nearby(questions, wide).items]
    assert around == {slug: sum(slug in card.subject.themes for card in cards) for slug in around}


def test_resources_share_the_themes_found_and_never_fail(questions: Initiatives) -> None:
    """Two themes in turn; without any, the publisher of the region, then how to act."""
    shared = near.resources_around(questions.catalogue, ["alimentation", "mobilite"], None)
    assert [match.reason for match in shared[:2]] == [
        "Sur le thème\u00a0: Alimentation",
        "Sur le thème\u00a0: Mobilité",
    ]
    region = near.region_of(questions, "67482")
    assert region == ("44", "Grand Est")
    of_region = near.resources_around(questions.catalogue, [], region)
    assert of_region[0].reason.startswith("Éditeur de sa région (Grand Est)")
    act = near.resources_around(questions.catalogue, [], near.region_of(questions, ""))
    assert {match.reason for match in act} == {"Pour passer à l’action"}
    assert len(shared) == len(of_region) == len(act) == near.RESOURCES
