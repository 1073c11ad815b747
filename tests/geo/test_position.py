"""A position is a place on the Earth and how well it is known, or it is refused."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.position import DEFAULT_RADIUS_M, PINNED, Position, PositionError, Precision


def test_each_library_gets_its_own_order() -> None:
    """Longitude first for GeoJSON and Shapely, latitude first for geopy and Leaflet."""
    poitiers = Position(0.34, 46.58)
    assert poitiers.lon_lat == (0.34, 46.58)
    assert poitiers.lat_lon == (46.58, 0.34)


@pytest.mark.parametrize("lon", [-180, 0, 180])
@pytest.mark.parametrize("lat", [-90, 0, 90])
def test_the_edges_of_the_map_are_places(lon: float, lat: float) -> None:
    """Poles and antimeridian included."""
    assert Position(lon, lat).lon_lat == (lon, lat)


@pytest.mark.parametrize("lon", [180.001, -181, math.nan, math.inf, -math.inf])
def test_a_longitude_that_is_none_is_named(lon: float) -> None:
    """The sentence says which coordinate is wrong and what is expected."""
    with pytest.raises(PositionError, match=r"^Longitude .* −180 et 180 degrés"):
        Position(lon, 46.58)


@pytest.mark.parametrize("lat", [90.001, -91, math.nan, math.inf, 6_600_000])
def test_a_latitude_that_is_none_is_named(lat: float) -> None:
    """Lambert-93 metres in the latitude column are refused too."""
    with pytest.raises(PositionError, match=r"^Latitude .* −90 et 90 degrés"):
        Position(0.34, lat)


@pytest.mark.parametrize("radius_m", [-1, -0.001, math.nan, math.inf])
def test_a_radius_is_a_number_of_metres(radius_m: float) -> None:
    """Neither negative nor endless nor missing."""
    with pytest.raises(PositionError, match="Rayon"):
        Position(0.34, 46.58, Precision.ADDRESS, radius_m)


@given(st.floats(), st.floats(), st.floats())
def test_whatever_the_numbers_a_position_is_on_the_earth_or_refused(
    lon: float, lat: float, radius_m: float
) -> None:
    """Nothing in between: no position holds a coordinate that is not a place."""
    try:
        position = Position(lon, lat, Precision.POINT, radius_m)
    except PositionError:
        assert not (abs(lon) <= 180 and abs(lat) <= 90 and 0 <= radius_m < math.inf)
    else:
        assert abs(position.lon) <= 180
        assert abs(position.lat) <= 90
        assert 0 <= position.radius_m < math.inf


@pytest.mark.parametrize(
    ("precision", "radius_m"),
    [
        (Precision.POINT, 0),
        (Precision.ADDRESS, 20),
        (Precision.STREET, 200),
        (Precision.PLACE, 400),
    ],
)
def test_the_radius_of_a_geocoded_point_follows_from_its_precision(
    precision: Precision, radius_m: float
) -> None:
    """20 m for a house number, 200 m for a street, 400 m for a named place."""
    assert Position.at(0.34, 46.58, precision) == Position(0.34, 46.58, precision, radius_m)


def test_an_area_has_no_usual_radius() -> None:
    """A quartier or a commune has its own limit: no default stands in for it."""
    assert not {Precision.QUARTIER, Precision.COMMUNE, Precision.NONE} & set(DEFAULT_RADIUS_M)


@pytest.mark.parametrize("precision", Precision)
def test_only_a_point_is_pinned(precision: Precision) -> None:
    """A quartier or a commune is drawn as an area, what has no position is listed only."""
    position = Position(0.34, 46.58, precision, 100)
    assert position.pinned == (precision in {"point", "address", "street", "place"})
    assert position.pinned == (precision in PINNED)


def test_a_position_never_changes() -> None:
    """It may be shared between threads and kept as a key."""
    position = Position(0.34, 46.58)
    with pytest.raises(dataclasses.FrozenInstanceError):
        position.lon = 2.35  # type: ignore[misc]
    assert {position: "Poitiers"}[Position(0.34, 46.58)] == "Poitiers"
