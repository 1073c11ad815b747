"""Statuses of bare points judged together are those of the rules, point by point."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from drawn import index_of, qpv, square
from effort import tried
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from population import population_points
from scattered import DRAWN, anywhere, around_one, points_where_answers_change

from geo.bulk_distances import BulkDistances, Measured
from geo.bulk_status import STATUSES, BulkStatus
from geo.bulk_verdict import BulkJudge
from geo.contours import Territory
from geo.position import Position
from geo.qpv_index import QpvIndex
from geo.status_zones import FARTHEST_REACH_M, draw_zones
from geo.verdict import NEAR_M, Place, Status, Verdict, judge

Floats = NDArray[np.float64]

#: Points around the shipped contours of each generation.
MANY = tried("STATUSES", 4_000, 40_000)
Told = tuple[Status, list[str]]


def places_at(lon: Floats, lat: Floats, radius_m: float) -> list[Place]:
    """Points, each known to the same radius."""
    degrees = zip(lon.tolist(), lat.tolist(), strict=True)
    return [Place(Position(*at, radius_m=radius_m)) for at in degrees]


def told(statuses: BulkStatus, index: QpvIndex, lon: Floats, lat: Floats) -> list[Told]:
    """Of each point the status, and the codes of the QPVs that it speaks of, in order."""
    found = statuses.judge(lon, lat)
    codes = [qpv.code for qpv in index.contours.qpvs]
    named = [[codes[rank]] if rank >= 0 else [] for rank in found.qpv.tolist()]
    for point, rank in zip(found.other_of.tolist(), found.others.tolist(), strict=True):
        named[point].append(codes[rank])
    return [(STATUSES[code], of) for code, of in zip(found.code, named, strict=True)]


def expected(verdicts: Iterable[Verdict]) -> list[Told]:
    """What verdicts say of it."""
    return [(verdict.status, [qpv.code for qpv in verdict.qpvs]) for verdict in verdicts]


@pytest.mark.parametrize("generation", [2015, 2024])
def test_around_the_shipped_qpvs_every_status_is_that_of_the_rules(
    indexes: dict[int, QpvIndex], zones: Path, generation: int
) -> None:
    """Points on, beside and around the borders; 2015 lacks overseas territories."""
    index = indexes[generation]
    lon, lat = points_where_answers_change(index.outlines, MANY, generation)
    found = told(BulkStatus(index, folder=zones), index, lon, lat)
    places = places_at(lon, lat, 0.0)
    assert found == expected(BulkJudge(index).judge(places))
    assert len({status for status, _ in found}) >= 4


@pytest.fixture(scope="session")
def drawn() -> QpvIndex:
    """Drawn contours known to 7 m, that lack a territory."""
    return index_of(
        *DRAWN, accuracy_m=7.0, uncovered=[Territory("01", "Île", (0.34, 46.55, 0.36, 46.56))]
    )


METRES = ((0.0, NEAR_M), (20.0, 0.0), (400.0, NEAR_M), (0.0, 5_000.0))


@pytest.fixture(scope="session")
def judges(drawn: QpvIndex) -> dict[tuple[float, float], BulkStatus]:
    """By radius and « near », in metres."""
    return {metres: BulkStatus(drawn, *metres) for metres in METRES}


@pytest.mark.parametrize("metres", METRES)
def test_at_every_limit_of_a_zone_the_status_is_that_of_the_rules(
    drawn: QpvIndex, judges: dict[tuple[float, float], BulkStatus], metres: tuple[float, float]
) -> None:
    """On the limits that are drawn, and beside them: overlaps, shared edges, the antimeridian."""
    radius_m, near_m = metres
    outlines = draw_zones(drawn, radius_m + drawn.contours.accuracy_m, near_m).outlines
    lon, lat = points_where_answers_change(outlines, 3_000, 11)
    places = places_at(lon, lat, radius_m)
    verdicts = BulkJudge(drawn).judge(places, near_m)
    assert told(judges[metres], drawn, lon, lat) == expected(verdicts)


@given(st.lists(anywhere | around_one, max_size=5), st.sampled_from(METRES))
def test_around_drawn_qpvs_every_status_is_that_of_the_rules(
    drawn: QpvIndex,
    judges: dict[tuple[float, float], BulkStatus],
    positions: list[Position],
    metres: tuple[float, float],
) -> None:
    """Both hemispheres, the antimeridian, overlapping, touching and holed areas."""
    radius_m, near_m = metres
    lon, lat = np.array([position.lon_lat for position in positions]).reshape(-1, 2).T
    places = places_at(lon, lat, radius_m)
    verdicts = [judge(place, drawn, near_m) for place in places]
    assert told(judges[metres], drawn, lon, lat) == expected(verdicts)


def test_most_points_are_looked_up(indexes: dict[int, QpvIndex], zones: Path) -> None:
    """Of people spread as they live, one in fifty is measured at most; the others are known."""
    index = indexes[2024]
    lon, lat = population_points(100_000, index.outlines)
    measured = 0

    class Counting(BulkDistances):
        def within(self, lon_lat: Floats, radius_m: Floats) -> Measured:
            nonlocal measured
            measured += len(lon_lat)
            return super().within(lon_lat, radius_m)

    statuses = BulkStatus(index, folder=zones)
    statuses._distances = Counting(index)
    statuses.judge(lon, lat)
    assert 0 < measured < 2_000


def test_what_is_not_a_place_is_unknown(drawn: QpvIndex) -> None:
    """Not a number, infinite or off the Earth: no status, no QPV."""
    lon = np.array([np.nan, 0.35, 400, np.inf, 0.35])
    lat = np.array([46.565, np.nan, 46.565, 46.565, 46.565])
    found = BulkStatus(drawn).judge(lon, lat)
    statuses = [STATUSES[code] for code in found.code]
    assert statuses == [Status.UNKNOWN] * 4 + [Status.INSIDE]
    assert [rank >= 0 for rank in found.qpv] == [False] * 4 + [True]


def test_on_the_other_side_of_the_antimeridian_one_is_near() -> None:
    """1.3 km apart, from 179.995 to −179.993 degrees."""
    index = index_of(qpv("QN00101M", square(Position(179.99, -16), 1_000)))
    for metres, status in ((1_400, Status.NEAR), (1_100, Status.OUTSIDE)):
        found = BulkStatus(index, near_m=metres).judge(np.array([-179.993]), np.array([-16.0]))
        assert STATUSES[found.code[0]] is status


def test_a_reach_too_far_for_its_plane_is_refused(drawn: QpvIndex) -> None:
    """Rather than be wrong."""
    with pytest.raises(ValueError, match="at most"):
        BulkStatus(drawn, radius_m=FARTHEST_REACH_M)
