"""How far a commune reaches when its outline is not at hand, and whether a point can be in it.

A commune without a known outline is given its share of the département: the places nearer to its
centre than to any other commune's (Voronoi cell), cut by the département's outline. Measured
against the coarse outlines of 34,867 communes (``data/README.md``), the cell's reach from the town
hall is 0.99 of the commune's (median; 0.70 to 1.57 for nine communes in ten).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.distance import LocalPlane, distance_m, farthest_m
from geo.generalise import plane_of, to_degrees
from geo.position import Position

#: The outlines at hand are coarse (some 36 vertices): QPVs of 2024 stray out of them by up to
#: 128 m (QN06712I in Strasbourg), so this is added to their reach.
OUTLINE_MARGIN_M = 150

#: The cell's reach is multiplied by this, so that 97 communes in 100 lie wholly within the radius
#: (half of them by 48 % or more). 1.7 would hold 99 in 100 and draw circles over the neighbours.
CELL_FACTOR = 1.5

#: A town is larger than the communes around it, and its cell stops half-way to them: the factor
#: above holds only 85 in 100 of the 484 communes of more than 20,000 inhabitants, this one 98.
TOWN_INHABITANTS = 20_000
TOWN_FACTOR = 2.0

#: A town hall may lie outside its commune's cell, but no farther than this share of the cell's
#: reach. Against the same outlines, of 34,822 town halls 1,577 are more than 1 km outside their
#: commune; 0.5 keeps 249 of these, the worst 3.8 km outside, and refuses 57 that are right; 0.4
#: would keep 141 and refuse 107, among them Saint-Laurent-du-Maroni's.
STRAY_SHARE = 0.5

#: Without any outline of the territory, the radius is this many times the way to the nearest
#: commune's centre: communes of Polynesia hold islets beyond their neighbours (Maiao is 77 km from
#: Moorea, whose nearest neighbour is at 39 km; Hereheretue 350 km from Hao, whose is at 142 km).
NEIGHBOUR_FACTOR = 2.5

#: At least this, the reach of Saint-Martin and Saint-Barthélemy, each alone in its territory.
ISLAND_REACH_M = 15_000

#: At most this: the southern districts lie thousands of kilometres apart and nobody lives there.
WIDEST_REACH_M = 400_000

#: A centre farther than this off its département is out at sea between a town and its islands
#: (Granville and the Chausey, Le Conquet and Béniguet); smaller distances are the outline's.
OFFSHORE_M = 2_000


@dataclass(frozen=True, slots=True)
class Extent:
    """The area (degrees) where a commune lies: its outline when ``known``, else its likely share.

    ``seed`` is the commune's centre, or its town hall when the centre is at sea.
    """

    seed: Position
    area: BaseGeometry
    known: bool

    def holds(self, town_hall: Position) -> bool:
        """Whether the commune may have its town hall there."""
        stray_m = _off_m(town_hall, self.area)
        if not stray_m or self.known:
            return stray_m <= OUTLINE_MARGIN_M
        return stray_m <= STRAY_SHARE * farthest_m(self.seed, self.area)

    def radius_m(self, point: Position, inhabitants: int) -> int:
        """Metres from the point that hold the whole commune, as far as known."""
        reach_m = farthest_m(point, self.area)
        factor = TOWN_FACTOR if inhabitants > TOWN_INHABITANTS else CELL_FACTOR
        return round(reach_m + OUTLINE_MARGIN_M if self.known else reach_m * factor)


def seed_of(centre: Position, town_hall: Position | None, land: BaseGeometry) -> Position:
    """What stands for a commune among the others of its département: its centre, unless at sea."""
    at_sea = _off_m(centre, land) > OFFSHORE_M
    return town_hall if town_hall and at_sea and not _off_m(town_hall, land) else centre


def likely_extents(seeds: Mapping[str, Position], land: BaseGeometry) -> dict[str, Extent]:
    """The share of ``land`` (a département, degrees) of each commune by INSEE code."""
    plane = plane_of(land)
    cells = _cells(plane, list(seeds.values()), plane.project(land))
    shares = zip(seeds.items(), cells, strict=True)
    return {
        code: Extent(seed, to_degrees(plane, cell), known=False)
        for (code, seed), cell in shares
        if not cell.is_empty
    }


def isolated_radius_m(centre: Position, others: Iterable[Position]) -> int:
    """Metres that hold a commune of which nothing is known but the centres of the ``others``."""
    nearest_m = min((distance_m(centre, other) for other in others), default=0.0)
    return round(min(WIDEST_REACH_M, max(ISLAND_REACH_M, NEIGHBOUR_FACTOR * nearest_m)))


def _off_m(point: Position, area: BaseGeometry) -> float:
    """Metres from a point to an area (degrees), 0 inside."""
    if shapely.intersects_xy(area, *point.lon_lat):
        return 0.0
    return float(LocalPlane.around(point).project(area).distance(shapely.Point(0, 0)))


def _cells(
    plane: LocalPlane, seeds: Sequence[Position], land_m: BaseGeometry
) -> NDArray[np.object_]:
    """The part of the land nearer to each seed than to the others, in metres of the plane."""
    if len(seeds) == 1:
        return np.array([land_m])
    points = plane.project(shapely.multipoints([seed.lon_lat for seed in seeds]))
    drawn = shapely.voronoi_polygons(points, extend_to=land_m, ordered=True)
    cells: NDArray[np.object_] = shapely.intersection(shapely.get_parts(drawn), land_m)
    return cells
