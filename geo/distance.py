"""Metres on the ellipsoid, and the flat neighbourhood of a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from geo.position import Position

#: GRS 80, the ellipsoid of RGF93 and of the overseas systems; WGS 84 differs by 0.1 mm.
ELLIPSOID = Geod(ellps="GRS80")

COMPASS = (
    "au nord", "au nord-est", "à l’est", "au sud-est",
    "au sud", "au sud-ouest", "à l’ouest", "au nord-ouest",
)  # fmt: skip


def distance_m(start: Position, end: Position) -> float:
    """Geodesic distance in metres between two positions (Karney's algorithm)."""
    return float(ELLIPSOID.inv(*start.lon_lat, *end.lon_lat)[2])


def direction(start: Position, end: Position) -> str:
    """Where ``end`` lies seen from ``start``, in French: « au nord-est »."""
    azimuth = ELLIPSOID.inv(*start.lon_lat, *end.lon_lat)[0] % 360
    return COMPASS[round(azimuth / 45) % 8]


def metres_per_degree(lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres of a degree east and of a degree north, at latitudes in degrees."""
    phi = np.radians(lat)
    curvature = 1 - ELLIPSOID.es * np.sin(phi) ** 2
    prime_vertical = ELLIPSOID.a / np.sqrt(curvature)
    meridian = prime_vertical * (1 - ELLIPSOID.es) / curvature
    # At a pole a degree of longitude has no length: keep the scale invertible.
    parallel = np.maximum(prime_vertical * np.cos(phi), 1e-6)
    return np.radians(parallel), np.radians(meridian)


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """A plane tangent to the ellipsoid at an origin: x east and y north, in metres.

    Degrees are scaled by the two radii of curvature at the origin. The error of a length ``L`` at
    latitude φ is about ``L × L·tan φ / 2R``: 0.1 % is reached near 10 km in metropolitan France,
    so the plane serves to find *which* point of an outline is nearest, and :func:`distance_m`
    measures it.
    """

    origin: Position
    x_per_degree: float
    y_per_degree: float

    @classmethod
    def around(cls, origin: Position) -> LocalPlane:
        """The plane tangent at ``origin``."""
        x_per_degree, y_per_degree = metres_per_degree(np.array([origin.lat]))
        return cls(origin, float(x_per_degree[0]), float(y_per_degree[0]))

    def project(self, geometry: Any) -> Any:
        """The geometry (degrees) in metres of this plane, the short way round the Earth."""
        return shapely.transform(geometry, self._to_metres)

    def _to_metres(self, lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        # The first vertex goes the short way and the others follow it: taken one by one, those of
        # an outline on the far side of the Earth would be torn between both ways.
        first = lon_lat[:1, 0]
        east = short_way(first - self.origin.lon) + short_way(lon_lat[:, 0] - first)
        north = lon_lat[:, 1] - self.origin.lat
        return np.column_stack([east * self.x_per_degree, north * self.y_per_degree])

    def position(self, x_m: float, y_m: float) -> Position:
        """The position of a point of the plane."""
        lon = self.origin.lon + x_m / self.x_per_degree
        lat = self.origin.lat + y_m / self.y_per_degree
        return Position(float(short_way(lon)), min(90.0, max(-90.0, lat)))


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Plane reckoning around an origin, in arithmetic that a database can do.

    With ``east`` and ``north`` in degrees from the origin (the short way), the metres are
    ``east × (x + x_slope × north)`` and ``north × (y + y_slope × north)``: the scales are those of
    the middle latitude, which keeps a length of 100 km within 0.1 % up to 75 degrees of latitude
    (the mid-latitude formula of navigators).
    """

    origin: Position
    x: float
    x_slope: float
    y: float
    y_slope: float

    @classmethod
    def around(cls, origin: Position) -> Reckoning:
        """The reckoning from ``origin``; the slopes are measured over half a degree."""
        here = LocalPlane.around(origin)
        step = 0.5 if origin.lat < 0 else -0.5  # towards the equator: never past a pole
        there = LocalPlane.around(Position(origin.lon, origin.lat + step))
        # Half, for the middle of the way.
        x_slope = (there.x_per_degree - here.x_per_degree) / step / 2
        y_slope = (there.y_per_degree - here.y_per_degree) / step / 2
        return cls(origin, here.x_per_degree, x_slope, here.y_per_degree, y_slope)

    def squared_m2(self, east: Any, north: Any) -> Any:
        """Squared metres for degrees from the origin: numbers, arrays or columns of a table."""
        x = east * (self.x + self.x_slope * north)
        y = north * (self.y + self.y_slope * north)
        return x * x + y * y


def short_way(degrees: Any) -> Any:
    """The same angle between −180 and 180 degrees."""
    return (degrees + 180) % 360 - 180


def farthest_m(origin: Position, geometry: Any) -> float:
    """Metres from ``origin`` to the farthest vertex of ``geometry`` (degrees)."""
    lon_lat = shapely.get_coordinates(geometry)
    lons, lats = np.full(len(lon_lat), origin.lon), np.full(len(lon_lat), origin.lat)
    return float(ELLIPSOID.inv(lons, lats, lon_lat[:, 0], lon_lat[:, 1])[2].max())


#: How much a distance on the mean sphere may differ from the geodesic: 0.56 % at most, hence 0.6 %.
SPHERE_ERROR = 0.006


def unit_vectors(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, 2)`` degrees as ``(n, 3)`` points of a sphere of radius 1."""
    lon, lat = np.radians(lon_lat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def on_sphere_m(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres on the mean sphere between ``(n, 3)`` unit vectors, or from one to each of many.

    Within ``SPHERE_ERROR``. By chords, which ask for less trigonometry than angles do: places are
    ranked by the thousand.
    """
    apart = ends - starts
    half_chords = np.sqrt(np.einsum("ij,ij->i", apart, apart)) / 2
    metres: NDArray[np.float64] = 2 * 6_371_008.8 * np.arcsin(np.minimum(half_chords, 1))
    return metres


Box = tuple[float, float, float, float]


def boxes_around(center: Position, radius_m: float) -> list[Box]:
    """Boxes ``(west, south, east, north)`` in degrees that hold a disc; two at the antimeridian.

    The boxes may be a little larger than the disc, never smaller: 1 % is added for the flattening
    of the Earth (the radii of curvature differ by 0.67 % at most).
    """
    angle = 1.01 * radius_m / ELLIPSOID.b
    south, north = center.lat - np.degrees(angle), center.lat + np.degrees(angle)
    reach = np.cos(np.radians(center.lat))
    if south <= -90 or north >= 90 or np.sin(min(angle, np.pi / 2)) >= reach:
        return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    half_width = float(np.degrees(np.arcsin(np.sin(angle) / reach)))
    west, east = center.lon - half_width, center.lon + half_width
    if west < -180:
        return [(-180.0, south, east, north), (west + 360, south, 180.0, north)]
    if east > 180:
        return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
    return [(west, south, east, north)]


def boxes_around_each(
    lon_lat: NDArray[np.float64], radius_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The boxes of :func:`boxes_around` for many discs: rank of the disc, ``(n, 4)`` degrees.

    Across the antimeridian a disc has a second box, shifted by a turn.
    """
    lon, lat = lon_lat.T
    angle = 1.01 * radius_m / ELLIPSOID.b
    height, reach = np.degrees(angle), np.cos(np.radians(lat))
    sine = np.sin(np.minimum(angle, np.pi / 2))
    all_round = (np.abs(lat) + height >= 90) | (sine >= reach)
    width = np.where(all_round, 180.0, np.degrees(np.arcsin(np.where(all_round, 0, sine / reach))))
    boxes = np.column_stack([lon - width, lat - height, lon + width, lat + height])
    turned = [boxes + np.array([turn, 0, turn, 0]) for turn in (0, -360, 360)]
    met = [(at[:, 0] <= 180) & (at[:, 2] >= -180) for at in turned]
    ranks = np.concatenate([np.flatnonzero(some) for some in met])
    return ranks, np.concatenate([at[some] for at, some in zip(turned, met, strict=True)])
