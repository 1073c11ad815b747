"""A point on the Earth and how well it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class PositionError(ValueError):
    """The coordinates are not a place on the Earth; the message (French) says which and why."""


class Precision(StrEnum):
    """What the point stands for, from the most to the least precise."""

    POINT = "point"  # coordinates given as they are, with the radius their giver states
    ADDRESS = "address"
    STREET = "street"
    PLACE = "place"
    QUARTIER = "quartier"
    COMMUNE = "commune"
    NONE = "none"


#: Radius in metres when nothing better is known. A house number of the Base Adresse Nationale
#: lies on its plot or its door, 20 m is a plot's depth; a French street is some 400 m long, so
#: its middle is within 200 m of any door; a named place (lieu-dit) has no drawn limit, 400 m is
#: the usual size of a hamlet. A quartier or a commune has a limit: its own radius is computed.
DEFAULT_RADIUS_M = {
    Precision.POINT: 0.0,
    Precision.ADDRESS: 20.0,
    Precision.STREET: 200.0,
    Precision.PLACE: 400.0,
}

#: Precisions at which the point itself can be compared with a boundary.
PINNED = frozenset({Precision.POINT, Precision.ADDRESS, Precision.STREET, Precision.PLACE})


@dataclass(frozen=True, slots=True)
class Position:
    """A WGS 84 point (degrees), what it stands for, and the radius (m) that holds the place.

    Raises:
        PositionError: a coordinate is not a number in range, or the radius is negative.
    """

    lon: float
    lat: float
    precision: Precision = Precision.POINT
    radius_m: float = 0.0

    def __post_init__(self) -> None:
        _check_range("Longitude", self.lon, 180)
        _check_range("Latitude", self.lat, 90)
        if not (math.isfinite(self.radius_m) and self.radius_m >= 0):
            raise PositionError(f"Rayon {self.radius_m} : un nombre de mètres positif est attendu.")

    @classmethod
    def at(cls, lon: float, lat: float, precision: Precision) -> Position:
        """A position with the default radius of its precision (a quartier or commune has none)."""
        return cls(lon, lat, precision, DEFAULT_RADIUS_M[precision])

    @property
    def lon_lat(self) -> tuple[float, float]:
        """``(lon, lat)``, the order of GeoJSON and Shapely."""
        return (self.lon, self.lat)

    @property
    def lat_lon(self) -> tuple[float, float]:
        """``(lat, lon)``, the order of geopy, Folium and Leaflet."""
        return (self.lat, self.lon)

    @property
    def pinned(self) -> bool:
        """Whether the point may be shown as a pin rather than as an area."""
        return self.precision in PINNED


def _check_range(name: str, value: float, limit: int) -> None:
    if not (math.isfinite(value) and -limit <= value <= limit):
        raise PositionError(f"{name} {value} : attendue entre −{limit} et {limit} degrés.")
