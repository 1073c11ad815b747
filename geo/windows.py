"""A window on the Earth: which pixel of a sheet a place falls on, and what a pixel is worth.

The projection is Web Mercator, the interactive map's: north is up, angles are right, and a metre
is drawn longer the farther it lies from the equator. Latitudes are held within ±85.05°.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.clusters import Scatter
from geo.distance import Box, LocalPlane
from geo.position import Position

Floats = NDArray[np.float64]

#: The deepest view: 0.6 m per pixel in France. The contours are exact to 5 m at best.
DEEPEST_WORLD_PX = 256.0 * 2**17

#: A view of a point or of a line has to have some extent (share of the world).
_LEAST_EXTENT = 1e-9


@dataclass(frozen=True, slots=True)
class Window:
    """``width × height`` pixels on what surrounds a place, the whole Earth being ``world_px`` wide.

    ``lon`` (degrees) is the meridian in the middle; ``row_px`` the Mercator row in the middle,
    from the north of the world.
    """

    width: float
    height: float
    lon: float
    row_px: float
    world_px: float

    @classmethod
    def on(cls, box: Box, width: float, height: float, margin_px: float = 0.0) -> Window:
        """The largest view of a box (west > east crosses the antimeridian), with a margin."""
        west, south, east, north = box
        span = (east - west) % 360 if east < west else east - west
        (_, top), (_, bottom) = Scatter.of(np.zeros(2), np.array([north, south])).pixels(0) / 256
        world_px = min(
            max(width - 2 * margin_px, 1.0) / max(span / 360, _LEAST_EXTENT),
            max(height - 2 * margin_px, 1.0) / max(bottom - top, _LEAST_EXTENT),
            DEEPEST_WORLD_PX,
        )
        middle = (west + span / 2 + 180) % 360 - 180
        return cls(width, height, middle, float(top + bottom) / 2 * world_px, world_px)

    @property
    def zoom(self) -> float:
        """The zoom level of web maps, where the world is 256 × 2^zoom pixels wide."""
        return float(np.log2(self.world_px / 256))

    @property
    def degrees_per_px(self) -> float:
        """Degrees of longitude in a pixel."""
        return 360 / self.world_px

    @property
    def middle(self) -> Position:
        """The place in the middle."""
        return Position(self.lon, self._lat(self.row_px))

    @property
    def metres_per_px(self) -> float:
        """Metres in a pixel at the middle latitude, along the parallel."""
        return LocalPlane.around(self.middle).x_per_degree * self.degrees_per_px

    @property
    def box(self) -> Box:
        """What is seen: west > east when the antimeridian is."""
        half = self.width / 2 * self.degrees_per_px
        south, north = (self._lat(self.row_px + side * self.height / 2) for side in (1, -1))
        if half >= 180:
            return (-180.0, south, 180.0, north)
        west, east = ((self.lon + side * half + 180) % 360 - 180 for side in (-1, 1))
        return (west, south, east, north)

    def at(self, lons: Floats, lats: Floats) -> Floats:
        """``(n, 2)`` pixels from the upper left corner, the short way round from the middle."""
        east = (np.asarray(lons) - self.lon + 180) % 360 - 180
        rows = Scatter.of(np.zeros(len(east)), np.asarray(lats)).pixels(self.zoom)[:, 1]
        x = self.width / 2 + east / self.degrees_per_px
        return np.column_stack([x, self.height / 2 + rows - self.row_px])

    def project(self, geometries: Any) -> Any:
        """Geometries (degrees) in pixels; those on the far side of the Earth may be torn."""
        return shapely.transform(geometries, lambda lon_lat: self.at(*lon_lat.T))

    def sees(self, lons: Floats, lats: Floats, border_px: float = 0.0) -> NDArray[np.bool_]:
        """Which places are in the window, so many pixels from its border at least."""
        x, y = self.at(lons, lats).T
        across = (x >= border_px) & (x <= self.width - border_px)
        seen: NDArray[np.bool_] = across & (y >= border_px) & (y <= self.height - border_px)
        return seen

    def length_px(self, metres: float, lat: float) -> float:
        """The pixels of a length, near a latitude."""
        plane = LocalPlane.around(Position(self.lon, min(85.05, max(-85.05, lat))))
        return metres / plane.x_per_degree / self.degrees_per_px

    def _lat(self, row_px: float) -> float:
        share = min(1.0, max(0.0, row_px / self.world_px))
        return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share)))))


def enclosing(lons: Floats, lats: Floats) -> Box:
    """The smallest box around places less than half the Earth apart from the first."""
    east = (np.asarray(lons) - lons[0] + 180) % 360 - 180
    west_lon, east_lon = ((float(lons[0] + e) + 180) % 360 - 180 for e in (east.min(), east.max()))
    return (west_lon, float(np.min(lats)), east_lon, float(np.max(lats)))


def meeting(tree: shapely.STRtree, box: Box) -> NDArray[np.int64]:
    """Ranks of the geometries of a tree that meet a box (west > east: over the antimeridian)."""
    west, south, east, north = box
    halves = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [shapely.box(w, south, e, north) for w, e in halves]
    return np.unique(tree.query(boxes, predicate="intersects")[1])
