"""Statuses of bare points judged together are those of the rules, point by point."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import index_of, qpv, square
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scattered import DRAWN, anywhere, around_one, points_where_answers_change

from geo.bulk_status import FARTHEST_REACH_M, STATUSES, BulkStatus
from geo.contours import Territory
from geo.position import Position
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, Place, Status, judge

Floats = NDArray[np.float64]


def check(index: QpvIndex, lon: Floats, lat: Floats, radius_m: float, near_m: float) -> None:
    """Same status, same QPVs in the same order, same distances."""
    found = BulkStatus(index, radius_m, near_m).judge(lon, lat)
    told: dict[int, list[tuple[str, float]]] = {}
    spoken_of = found.spoken_of
    for rank, area, metres in zip(
        spoken_of.position.tolist(),
        spoken_of.qpv.tolist(),
        spoken_of.distance_m.tolist(),
        strict=True,
    ):
        told.setdefault(rank, []).append((index.contours.qpvs[area].code, round(metres, 1)))
    for rank, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        verdict = judge(Place(Position(x, y, radius_m=radius_m)), index, near_m)
        assert STATUSES[found.code[rank]] is verdict.status
        assert told.get(rank, []) == [(named.code, named.distance_m) for named in verdict.qpvs]


@pytest.mark.parametrize(("generation", "radius_m"), [(2015, 0.0), (2024, 20.0)])
def test_around_the_shipped_qpvs_every_status_is_that_of_the_rules(
    indexes: dict[int, QpvIndex], generation: int, radius_m: float
) -> None:
    """Points on, beside and around the borders; 2015 lacks overseas territories."""
    index = indexes[generation]
    lon, lat = points_where_answers_change(index.outlines, 1_500, generation)
    check(index, lon, lat, radius_m, NEAR_M)
    codes = BulkStatus(index, radius_m).judge(lon, lat).code
    assert len(set(codes.tolist())) >= 4


@pytest.fixture(scope="module")
def drawn() -> QpvIndex:
    """Drawn contours known to 7 m, that lack a territory."""
    return index_of(
        *DRAWN, accuracy_m=7.0, uncovered=[Territory("01", "Île", (0.34, 46.55, 0.36, 46.56))]
    )


@given(
    st.lists(anywhere | around_one, max_size=5),
    st.sampled_from([(0.0, NEAR_M), (20.0, 0.0), (400.0, NEAR_M), (0.0, 5_000.0)]),
)
def test_around_drawn_qpvs_every_status_is_that_of_the_rules(
    drawn: QpvIndex, positions: list[Position], metres: tuple[float, float]
) -> None:
    """Both hemispheres, the antimeridian, overlapping, touching and holed areas."""
    lon_lat = np.array([position.lon_lat for position in positions]).reshape(-1, 2)
    check(drawn, lon_lat[:, 0], lon_lat[:, 1], *metres)


def test_what_is_not_a_place_is_unknown(drawn: QpvIndex) -> None:
    """Not a number, infinite or off the Earth: no status, no QPV."""
    lon = np.array([np.nan, 0.35, 400, np.inf, 0.35])
    lat = np.array([46.565, np.nan, 46.565, 46.565, 46.565])
    found = BulkStatus(drawn).judge(lon, lat)
    statuses = [STATUSES[code] for code in found.code]
    assert statuses == [Status.UNKNOWN] * 4 + [Status.INSIDE]
    assert set(found.spoken_of.position.tolist()) == {4}


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
