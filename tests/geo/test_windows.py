"""Windows on the Earth: what they frame is seen, and a pixel is worth what they say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import Box, distance_m
from geo.position import Position
from geo.windows import Window, enclosing, meeting

lons, lats = st.floats(-180, 180), st.floats(-80, 80)
sizes = st.floats(50, 2000)
boxes = st.tuples(lons, lats, st.floats(0, 170), lats).map(
    lambda b: (b[0], min(b[1], b[3]), (b[0] + b[2] + 180) % 360 - 180, max(b[1], b[3]))
)


def corners(box: Box) -> tuple[np.ndarray, np.ndarray]:
    """The four corners, as longitudes and latitudes."""
    west, south, east, north = box
    return np.array([west, west, east, east]), np.array([south, north, south, north])


@given(boxes, sizes, sizes)
def test_a_framed_box_is_seen_whole(box: Box, width: float, height: float) -> None:
    """With its margin, over the antimeridian too, whatever the shape of the sheet."""
    window = Window.on(box, width, height, margin_px=10)
    assert window.sees(*corners(box), border_px=10 - 1e-3).all()


@given(lons, lats, sizes, sizes)
def test_a_place_is_framed_in_the_middle(
    lon: float, lat: float, width: float, height: float
) -> None:
    """A box without extent is a place: it stands in the middle of a deep view."""
    window = Window.on((lon, lat, lon, lat), width, height)
    ((x, y),) = window.at(np.array([lon]), np.array([lat]))
    assert (x, y) == pytest.approx((width / 2, height / 2), abs=1e-3)
    assert window.zoom == pytest.approx(17)


@pytest.mark.parametrize("lat", [-21.1, 0.0, 4.9, 43.3, 51.0, 70.0])
@pytest.mark.parametrize("span", [0.01, 0.3, 5.0])
def test_a_pixel_is_worth_what_is_said(lat: float, span: float) -> None:
    """Metres per pixel, and pixels per length, against the geodesic: to 1 %."""
    window = Window.on((2, lat - span / 2, 2 + span, lat + span / 2), 900, 700)
    middle = window.middle
    far = Position(middle.lon + 100 * window.degrees_per_px, middle.lat)
    metres = distance_m(middle, far)
    assert 100 * window.metres_per_px == pytest.approx(metres, rel=0.01)
    assert window.length_px(metres, middle.lat) == pytest.approx(100, rel=0.01)


@given(boxes, sizes, sizes)
def test_the_box_of_a_window_holds_what_it_frames(box: Box, width: float, height: float) -> None:
    """What a window sees is at least the box that it was made for."""
    west, south, east, north = Window.on(box, width, height).box
    across, _ = corners(box)
    span = (east - west) % 360 or 360
    assert south <= box[1] + 1e-6
    assert north >= box[3] - 1e-6
    if (west, east) != (-180, 180):
        assert ((across - west + 1e-6) % 360 <= span + 2e-6).all()


def test_places_on_both_sides_of_the_antimeridian_are_enclosed_the_short_way() -> None:
    """Fidji and Samoa: 11 degrees, not 349."""
    assert enclosing(np.array([178.0, -171.0]), np.array([-17.0, -13.0])) == (
        178.0,
        -17.0,
        -171.0,
        -13.0,
    )


def test_a_box_over_the_antimeridian_meets_both_sides() -> None:
    """And nothing of the rest of the Earth."""
    tree = shapely.STRtree([shapely.Point(lon, 0) for lon in (179.5, -179.5, 0, 10)])
    assert meeting(tree, (179, -1, -179, 1)).tolist() == [0, 1]
