"""Metres are those of the ellipsoid, everywhere on the Earth."""

from __future__ import annotations

import math

import pytest
import shapely
from drawn import GEOD, border_m, moved, square
from hypothesis import example, given
from hypothesis import strategies as st

from geo.distance import (
    COMPASS,
    LocalPlane,
    Reckoning,
    boxes_around,
    direction,
    distance_m,
    farthest_m,
)
from geo.position import Position

anywhere = st.builds(Position, st.floats(-180, 180), st.floats(-90, 90))
# Where a tangent plane has a sense: no QPV lies beyond Dunkirk (51°) or the Austral islands (28°).
inhabited = st.builds(Position, st.floats(-180, 180), st.floats(-60, 60))
azimuths = st.floats(0, 360, exclude_max=True)

POITIERS = Position(0.34, 46.58)


def sexagesimal(degrees: int, minutes: int, seconds: float) -> float:
    """Degrees with decimals, the sign carried by the degrees."""
    return math.copysign(abs(degrees) + minutes / 60 + seconds / 3600, degrees)


KNOWN = {
    # Geoscience Australia's worked example of Vincenty's formulas on GRS 80.
    "Flinders Peak to Buninyong": (
        Position(sexagesimal(144, 25, 29.52440), sexagesimal(-37, 57, 3.72030)),
        Position(sexagesimal(143, 55, 35.38390), sexagesimal(-37, 39, 10.15610)),
        54_972.271,
    ),
    # The quadrant of the meridian and the equator of GRS 80 (Moritz, Geodetic Reference System
    # 1980, derived constants).
    "a quarter of the meridian": (Position(2, 0), Position(2, 90), 10_001_965.7293),
    "a degree of the equator": (Position(-52, 0), Position(-51, 0), math.radians(6_378_137)),
    "across the antimeridian": (Position(179.5, 0), Position(-179.5, 0), math.radians(6_378_137)),
}


@pytest.mark.parametrize(("start", "end", "metres"), KNOWN.values(), ids=KNOWN)
def test_a_known_geodesic_has_its_published_length(
    start: Position, end: Position, metres: float
) -> None:
    """To the millimetre, in both directions."""
    assert distance_m(start, end) == pytest.approx(metres, abs=0.001)
    assert distance_m(end, start) == pytest.approx(metres, abs=0.001)


@pytest.mark.parametrize("rank", range(8))
def test_a_direction_is_one_of_eight(rank: int) -> None:
    """The compass card turns clockwise from the north, each word on both sides of its wind."""
    for azimuth in (45 * rank - 20, 45 * rank, 45 * rank + 20):
        assert direction(POITIERS, moved(POITIERS, azimuth, 5_000)) == COMPASS[rank]


def test_a_direction_is_said_as_people_say_it() -> None:
    """Lyon lies to the east of Poitiers, and Stains to the north-east."""
    assert direction(POITIERS, Position(4.84, 45.76)) == "à l’est"
    assert direction(POITIERS, Position(2.38, 48.95)) == "au nord-est"


@given(inhabited, azimuths, st.floats(0, 10_000))
def test_the_plane_keeps_lengths_to_a_percent_and_finds_the_way_back(
    origin: Position, azimuth: float, metres: float
) -> None:
    """Within 10 km: the plane only chooses the nearest point, the geodesic measures it.

    At latitude φ the error of a length L is L·tan φ / 2R of it: 0.14 % here at worst.
    """
    there = moved(origin, azimuth, metres)
    plane = LocalPlane.around(origin)
    flat = plane.project(shapely.Point(there.lon_lat))
    assert math.hypot(flat.x, flat.y) == pytest.approx(metres, rel=0.0015, abs=0.001)
    assert distance_m(plane.position(flat.x, flat.y), there) < 0.001


@given(anywhere, inhabited, st.floats(10, 5_000))
@example(Position(-177.65, 48.87), Position(2.35, 48.87), 300.0)
def test_a_neighbourhood_is_never_torn_by_the_far_side_of_the_earth(
    seen_from: Position, centre: Position, side_m: float
) -> None:
    """Seen from any place, even from its own antipodal meridian, it is as wide as it is."""
    area = square(centre, side_m)
    width = 2 * ((moved(centre, 90, side_m / 2).lon - centre.lon + 180) % 360 - 180)
    plane = LocalPlane.around(seen_from)
    west, _, east, _ = plane.project(area).bounds
    assert east - west == pytest.approx(width * plane.x_per_degree, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("lat", [90, -90, 89.9999999])
def test_at_a_pole_the_plane_still_answers(lat: float) -> None:
    """Longitude has no length there: what comes back is a position, not a division by zero."""
    plane = LocalPlane.around(Position(0, lat))
    flat = plane.project(shapely.Point(120, lat))
    assert math.isfinite(flat.x)
    assert plane.position(flat.x, flat.y).lat == pytest.approx(lat)


@given(
    st.builds(Position, st.floats(-180, 180), st.floats(-75, 75)), azimuths, st.floats(1, 100_000)
)
def test_reckoning_holds_a_thousandth_up_to_a_hundred_kilometres(
    origin: Position, azimuth: float, length_m: float
) -> None:
    """What a database adds and multiplies is the geodesic, on both sides of the antimeridian."""
    there = moved(origin, azimuth, length_m)
    east = (there.lon - origin.lon + 180) % 360 - 180
    squared = Reckoning.around(origin).squared_m2(east, there.lat - origin.lat)
    assert math.sqrt(squared) == pytest.approx(length_m, rel=0.001, abs=0.001)


@given(inhabited, st.floats(10, 20_000))
def test_the_farthest_point_of_a_square_is_a_corner(centre: Position, side_m: float) -> None:
    """Half a diagonal away, across the antimeridian as elsewhere."""
    half_diagonal = side_m / math.sqrt(2)
    assert farthest_m(centre, square(centre, side_m)) == pytest.approx(half_diagonal, rel=0.005)


@given(anywhere, st.floats(0, 21_000_000), azimuths, st.floats(0, 1))
@example(Position(2.35, 89.99), 3_000.0, 0.0, 1.0)
@example(Position(180.0, -16.5), 50_000.0, 90.0, 1.0)
@example(Position(-149.5, -17.5), 19_900_000.0, 270.0, 1.0)
def test_the_boxes_hold_every_point_of_the_disc(
    centre: Position, radius_m: float, azimuth: float, share: float
) -> None:
    """At the poles, across the antimeridian, up to the whole Earth."""
    point = moved(centre, azimuth, radius_m * share)
    assert any(
        west - 1e-9 <= point.lon <= east + 1e-9 and south - 1e-9 <= point.lat <= north + 1e-9
        for west, south, east, north in boxes_around(centre, radius_m)
    )


@given(anywhere, st.floats(0, 21_000_000))
def test_the_boxes_are_boxes_of_the_map(centre: Position, radius_m: float) -> None:
    """West before east, south before north, nothing beyond the edges; one box, or two."""
    boxes = boxes_around(centre, radius_m)
    assert len(boxes) in (1, 2)
    for west, south, east, north in boxes:
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


@pytest.mark.parametrize("lon", [-179.99, 179.99])
def test_a_disc_across_the_antimeridian_has_a_box_on_each_side(lon: float) -> None:
    """50 km around a place a kilometre away from it: each box ends there."""
    west_of_it, east_of_it = sorted(boxes_around(Position(lon, -16.5), 50_000), reverse=True)
    assert west_of_it[2] == 180
    assert east_of_it[0] == -180
    assert 179 < west_of_it[0] < 180
    assert -180 < east_of_it[2] < -179


@given(st.builds(Position, st.floats(-170, 170), st.floats(-60, 60)), st.floats(1, 50_000))
def test_the_boxes_are_hardly_larger_than_the_disc(centre: Position, radius_m: float) -> None:
    """A search around a point stays a search around it: 3 % more on each side at most."""
    ((west, south, east, north),) = boxes_around(centre, radius_m)
    assert distance_m(centre, Position(centre.lon, north)) <= 1.03 * radius_m
    assert distance_m(centre, Position(centre.lon, south)) <= 1.03 * radius_m
    assert distance_m(centre, Position(west, centre.lat)) <= 1.03 * radius_m
    assert distance_m(centre, Position(east, centre.lat)) <= 1.03 * radius_m


def test_the_ruler_of_these_tests_agrees_with_geodesics() -> None:
    """The independent projection is right about a square drawn with forward geodesics."""
    area = square(POITIERS, 1_000)
    assert border_m(POITIERS, area) == pytest.approx(-500, abs=0.1)
    assert border_m(moved(POITIERS, 0, 740), area) == pytest.approx(240, abs=0.1)
    assert GEOD.a == 6_378_137
