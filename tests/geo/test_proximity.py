"""What surrounds an outline: measured again one by one, with geodesics, by an independent ruler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from drawn import border_m, moved, ring, square
from hypothesis import given
from hypothesis import strategies as st

from geo.position import Position
from geo.proximity import Outlines, Places

BONDY = Position(2.4828, 48.9022)
TAVEUNI = Position(179.999, -16.8)

centres = st.builds(Position, st.floats(-180, 180), st.floats(-75, 75))
azimuths = st.floats(0, 360)


def places(positions: Sequence[Position], radii_m: Sequence[float] | None = None) -> Places:
    """The positions, as sure as told."""
    lon_lat = np.array([position.lon_lat for position in positions]).reshape(-1, 2)
    return Places.of(lon_lat, np.array(radii_m or [0.0] * len(positions)))


@given(centres, st.floats(20, 5_000), azimuths, st.floats(0, 300_000))
def test_a_distance_is_the_geodesic_to_the_border(
    centre: Position, side_m: float, azimuth: float, away_m: float
) -> None:
    """To 0.1 % and half a metre, on both sides of the antimeridian; nothing inside."""
    area, seen_from = square(centre, side_m), moved(centre, azimuth, away_m)
    [metres] = Outlines([area]).distances_m(0, places([seen_from]))
    assert metres == pytest.approx(max(border_m(seen_from, area), 0), rel=0.001, abs=0.5)


@pytest.mark.parametrize("centre", [BONDY, TAVEUNI])
def test_a_court_is_outside(centre: Position) -> None:
    """In the middle of a ring one is as far as its inner side."""
    [metres] = Outlines([ring(BONDY, 1_000, 400)]).distances_m(0, places([BONDY]))
    assert metres == pytest.approx(200, abs=0.5)


@st.composite
def scenes(draw: Any) -> tuple[list[Any], list[Position], list[float], int, dict[int, Any]]:
    """Squares and places around one centre, near or far, some places excluded for a square."""
    centre = draw(st.sampled_from([BONDY, TAVEUNI, Position(-52.3, 4.9)]))
    around = st.tuples(azimuths, st.floats(0, 1) | st.floats(0, 60_000) | st.floats(0, 9_000_000))
    areas = [
        square(moved(centre, *draw(around)), draw(st.floats(100, 3_000)))
        for _ in range(draw(st.integers(1, 4)))
    ]
    found = [moved(centre, *draw(around)) for _ in range(draw(st.integers(0, 90)))]
    radii = [draw(st.sampled_from([0.0, 0.0, 500.0, 12_000.0])) for _ in found]
    excluded = {}
    if found:
        ranks = st.sets(st.integers(0, len(found) - 1), max_size=len(found))
        excluded = {0: np.array(sorted(draw(ranks)), dtype=np.int64)}
    return areas, found, radii, draw(st.integers(1, 4)), excluded


@given(scenes())
def test_the_nearest_are_those_that_measuring_everything_finds(scene: Any) -> None:
    """By reach, the excluded left out; as many as there are when there are fewer."""
    areas, found, radii, count, excluded = scene
    outlines, asked = Outlines(areas), places(found, radii)
    answered = dict(outlines.nearest(asked, count, excluded))
    for rank in range(len(areas)):
        reaches = outlines.distances_m(rank, asked) + asked.radii_m
        reaches[excluded.get(rank, [])] = np.inf
        wanted = np.sort(reaches[np.isfinite(reaches)])[:count]
        if not len(wanted):
            assert rank not in answered
            continue
        told = answered[rank]
        assert told.reaches_m == pytest.approx(wanted, abs=1e-6)
        assert told.reaches_m == pytest.approx(reaches[told.ranks], abs=1e-6)
        assert told.distances_m == pytest.approx((reaches - asked.radii_m)[told.ranks], abs=1e-6)
        assert len(set(told.ranks.tolist())) == len(told.ranks)


def test_many_places_are_bounded_by_shares_and_none_is_lost() -> None:
    """More places than shares of a row, in an order that puts the nearest ones anywhere."""
    chance = np.random.default_rng(2_024)
    lon_lat = np.column_stack([chance.uniform(1, 4, 5_000), chance.uniform(48, 50, 5_000)])
    asked = Places.of(lon_lat, chance.choice([0.0, 200.0, 6_000.0], 5_000))
    outlines = Outlines([square(Position(x, 49), 900) for x in (1.5, 2.5, 3.5)])
    for rank, told in outlines.nearest(asked, 3, {}):
        reaches = np.sort(outlines.distances_m(rank, asked) + asked.radii_m)
        assert told.reaches_m == pytest.approx(reaches[:3], abs=1e-6)


def test_without_places_nothing_is_near() -> None:
    """A theme that no initiative has yet."""
    assert list(Outlines([square(BONDY, 500)]).nearest(places([]), 3, {})) == []


def test_an_outline_of_two_parts_is_near_by_either() -> None:
    """Nothing is measured from the void between them."""
    both = shapely.union(square(BONDY, 200), square(moved(BONDY, 90, 4_000), 200))
    [metres] = Outlines([both]).distances_m(0, places([moved(BONDY, 90, 3_000)]))
    assert metres == pytest.approx(900, abs=1)
