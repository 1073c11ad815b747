"""Places judged together get the verdicts that they get one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import index_of, qpv, square
from hypothesis import given
from hypothesis import strategies as st
from scattered import DRAWN, anywhere, around_one, places_of_all_kinds

from geo.bulk_verdict import BulkJudge
from geo.contours import Territory
from geo.gazetteer import Commune
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, Place, Status, judge

#: The radius of a position, in metres, and how often it is drawn.
RADII_M = (0.0, 20.0, 200.0, 400.0, 1_500.0)

CODES = (*(area.code for area in DRAWN), "QN99999M", "QP001001", "QP097101")


@pytest.fixture(scope="module")
def drawn() -> QpvIndex:
    """Drawn contours known to 7 m, that lack a territory."""
    island = Territory("01", "Île", (0.34, 46.55, 0.36, 46.56))
    return index_of(*DRAWN, accuracy_m=7.0, uncovered=[island])


def test_on_the_shipped_contours_every_verdict_is_the_same(
    indexes: dict[int, QpvIndex], communes: dict[str, Commune]
) -> None:
    """5,000 places of every precision around the QPVs of both generations, overseas included."""
    draw = np.random.default_rng(20)
    codes = [area.code for index in indexes.values() for area in index.contours.qpvs]
    insee_codes = [*draw.choice(list(communes), 40), "75120", "69383", "13215", "75056"]
    for index in indexes.values():
        places = [
            Place(
                Position(
                    *position.lon_lat,
                    Precision(draw.choice([p for p in Precision if p is not Precision.NONE])),
                    float(draw.choice(RADII_M)),
                ),
                str(draw.choice(insee_codes)) if draw.random() < 0.5 else None,
                tuple(map(str, draw.choice(codes, draw.integers(1, 3))))
                if draw.random() < 0.2
                else (),
            )
            for position in places_of_all_kinds(index, 2_500, 21)
        ]
        together = BulkJudge(index).judge(places)
        assert together == [judge(place, index) for place in places]
        assert len({verdict.status for verdict in together}) >= 6


def test_communes_judged_together_are_judged_the_same(
    indexes: dict[int, QpvIndex], communes: dict[str, Commune]
) -> None:
    """Whole communes and arrondissements, declared or not, and no position at all."""
    chosen = [c for code, c in communes.items() if code[:3] in ("751", "132", "693", "211", "974")]
    places = [Place(c.position, c.insee_code) for c in chosen]
    places += [Place(c.position, c.insee_code, ("QN02103M", "QP021004")) for c in chosen[:50]]
    places += [Place(c.position) for c in chosen[:50]]
    places += [Place(None), Place(None, "21231"), Place(None, None, ("QN02103M", "QP973001"))]
    for index in indexes.values():
        assert BulkJudge(index).judge(places) == [judge(place, index) for place in places]


positions = st.builds(
    lambda at, precision, radius_m: Position(*at.lon_lat, precision, radius_m),
    anywhere | around_one,
    st.sampled_from([precision for precision in Precision if precision is not Precision.NONE]),
    st.sampled_from(RADII_M),
)
told = st.builds(
    Place,
    st.none() | positions,
    st.sampled_from([None, "99001", "75120", "39001"]),
    st.lists(st.sampled_from(CODES), max_size=3).map(tuple),
)


@given(st.lists(told, max_size=5), st.sampled_from([0.0, NEAR_M, 500.0]))
def test_whatever_is_told_both_ways_say_the_same(
    drawn: QpvIndex, places: list[Place], near_m: float
) -> None:
    """Any position, precision, radius, commune and declarations; any « near »."""
    together = BulkJudge(drawn).judge(places, near_m)
    assert together == [judge(place, drawn, near_m) for place in places]


def test_without_contours_every_place_is_outside() -> None:
    """A generation without QPV answers as it does to one place."""
    places = [
        Place(Position(0.35, 46.565)),
        Place(None),
        Place(Position(1, 2), None, ("QN00101M",)),
    ]
    index = index_of()
    assert BulkJudge(index).judge(places) == [judge(place, index) for place in places]
    assert BulkJudge(index).judge([]) == []


def test_more_places_than_are_measured_together(drawn: QpvIndex) -> None:
    """The order is kept from one lot to the next."""
    lots = [Place(Position(0.35, 46.565)), *[Place(Position(10, 46))] * 2_500]
    lots.append(Place(Position(-149.56, -17.54)))
    statuses = [verdict.status for verdict in BulkJudge(drawn).judge(lots)]
    assert statuses[0] is statuses[-1] is Status.INSIDE
    assert set(statuses[1:-1]) == {Status.OUTSIDE}


def test_a_qpv_that_overlaps_another_is_told_too() -> None:
    """Two squares on the same place: both, by code."""
    here = Position(2.35, 48.9)
    index = index_of(qpv("QN00102M", square(here, 500)), qpv("QN00101M", square(here, 500)))
    (verdict,) = BulkJudge(index).judge([Place(here)])
    assert [named.code for named in verdict.qpvs] == ["QN00101M", "QN00102M"]
    assert verdict == judge(Place(here), index)
