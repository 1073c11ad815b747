"""Distances measured together are those measured one by one, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import index_of
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scattered import DRAWN, anywhere, around_one, places_of_all_kinds

from geo.bulk_distances import BulkDistances
from geo.position import Position
from geo.qpv_index import Neighbour, QpvIndex

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def drawn() -> QpvIndex:
    """The index of the drawn contours."""
    return index_of(*DRAWN)


def degrees(positions: list[Position]) -> Floats:
    """Positions as the rows of an array."""
    return np.array([position.lon_lat for position in positions]).reshape(-1, 2)


def check_within(index: QpvIndex, positions: list[Position], radii_m: Floats) -> None:
    """Within a radius: the same QPVs, in the same order, at the very same distances."""
    found = BulkDistances(index).within(degrees(positions), radii_m)
    for rank, (position, radius_m) in enumerate(zip(positions, radii_m.tolist(), strict=True)):
        mine = found.where(found.position == rank)
        told = [
            Neighbour(index.contours.qpvs[area], metres)
            for area, metres in zip(mine.qpv.tolist(), mine.distance_m.tolist(), strict=True)
        ]
        assert told == index.within(position, radius_m)


def check_nearest(index: QpvIndex, positions: list[Position]) -> None:
    """The nearest: the same QPV at the very same distance."""
    found = BulkDistances(index).nearest(degrees(positions))
    assert found.position.tolist() == list(range(len(positions)))
    pairs = zip(positions, found.qpv.tolist(), found.distance_m.tolist(), strict=True)
    for position, area, metres in pairs:
        assert index.nearest(position) == Neighbour(index.contours.qpvs[area], metres)


@pytest.mark.parametrize("generation", [2015, 2024])
def test_around_the_shipped_qpvs_nothing_differs(
    indexes: dict[int, QpvIndex], generation: int
) -> None:
    """1,500 places: on vertices, a metre from a border, inside, kilometres away, in the ocean."""
    index = indexes[generation]
    positions = places_of_all_kinds(index, 1_500, generation)
    radii_m = np.random.default_rng(1).choice([0.0, 12.0, 300.0, 5_000.0], len(positions))
    check_within(index, positions, radii_m)
    check_nearest(index, positions)


@given(st.lists(anywhere | around_one, max_size=6), st.floats(0, 5_000))
@example([Position(180, -16), Position(-180, -16), Position(179.98, -16.01)], 3_000.0)
@example([Position(0, 90), Position(133.7, -90), Position(-20, 89.9999)], 0.0)
@example([Position(-90, 10)], 2e7)
def test_around_drawn_qpvs_nothing_differs(
    drawn: QpvIndex, positions: list[Position], radius_m: float
) -> None:
    """Both hemispheres, the antimeridian, the poles; overlapping, touching and holed areas."""
    check_within(drawn, positions, np.full(len(positions), radius_m))
    check_nearest(drawn, positions)


def test_a_pair_that_is_asked_for_is_measured(indexes: dict[int, QpvIndex]) -> None:
    """Whatever the distance, in the order asked, more vertices than go into one call."""
    index = indexes[2024]
    positions = places_of_all_kinds(index, 20, 7)
    at = np.repeat(np.arange(len(positions)), 60)
    areas = np.random.default_rng(2).integers(0, len(index.contours.qpvs), len(at))
    measured = BulkDistances(index).measure(degrees(positions), at, areas)
    for rank, area, metres in zip(at.tolist(), areas.tolist(), measured.distance_m, strict=True):
        code = index.contours.qpvs[area].code
        assert index.seen_from(positions[rank], code).distance_m == metres


def test_no_position_is_near_nothing(drawn: QpvIndex) -> None:
    """An empty question has an empty answer."""
    distances = BulkDistances(drawn)
    assert len(distances.nearest(np.empty((0, 2))).position) == 0
    assert len(distances.within(np.empty((0, 2)), np.empty(0)).position) == 0
