"""The QPVs of one generation, ready to be asked what is around a position.

An STR tree over the outlines (degrees) gives the few candidates; each is then measured in metres:
the nearest point of its border is found in the plane tangent at the position, and the geodesic to
that point is the distance. Outside the outline it is positive, inside negative.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.communes import PARENT_COMMUNE, parent_commune
from geo.contours import Contours, Qpv, Territory
from geo.distance import (
    SPHERE_ERROR,
    LocalPlane,
    boxes_around,
    distance_m,
    farthest_m,
    on_sphere_m,
    unit_vectors,
)
from geo.position import Position, Precision


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A QPV seen from a position: metres to its border, negative when the position is inside."""

    qpv: Qpv
    distance_m: float


class QpvIndex:
    """Answers about one generation of contours. Read-only once built, so threads may share it.

    Attributes:
        contours: the contours; the arrays below are in the order of its QPVs (their rank).
        outlines: their areas, prepared.
        borders: the lines around the areas, holes included.
        tree: the areas by bounding box.
        centre_vectors: unit vectors of their centres.
        reaches_m: metres from the centre to the farthest vertex.
    """

    def __init__(self, contours: Contours) -> None:
        self.contours = contours
        self.outlines = np.array([qpv.geometry for qpv in contours.qpvs], dtype=object)
        self.borders = shapely.boundary(self.outlines)
        shapely.prepare(self.outlines)
        self.tree = shapely.STRtree(self.outlines)
        centres = shapely.get_coordinates(shapely.centroid(self.outlines))
        self.centre_vectors = unit_vectors(centres)
        self.reaches_m = np.array(
            [
                farthest_m(Position(*centre), outline)
                for centre, outline in zip(centres, self.outlines, strict=True)
            ]
        )
        self._by_code = {qpv.code: place for place, qpv in enumerate(contours.qpvs)}
        self._by_commune = _places_by_commune(contours)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Qpv | None:
        """The QPV of that code, or None."""
        place = self._by_code.get(code)
        return None if place is None else self.contours.qpvs[place]

    def rank(self, code: str) -> int | None:
        """The rank of the QPV of that code among the contours, or None."""
        return self._by_code.get(code)

    def seen_from(self, position: Position, code: str) -> Neighbour:
        """One QPV seen from a position; KeyError when this generation has no such code."""
        return self._measure(position, LocalPlane.around(position), self._by_code[code])

    def within(self, position: Position, radius_m: float) -> list[Neighbour]:
        """The QPVs at most ``radius_m`` metres away, deepest inside first, then nearest first."""
        plane = LocalPlane.around(position)
        found = (self._measure(position, plane, i) for i in self._candidates(position, radius_m))
        return sorted(
            (near for near in found if near.distance_m <= radius_m),
            key=lambda near: (near.distance_m, near.qpv.code),
        )

    def nearest(self, position: Position) -> Neighbour | None:
        """The QPV whose border is nearest (or that holds the position); None without contours."""
        # A QPV is no nearer than its centre less its reach: beyond the best, nothing to measure.
        here = unit_vectors(np.array([position.lon_lat]))
        to_centre = on_sphere_m(here, self.centre_vectors)
        no_nearer = to_centre * (1 - SPHERE_ERROR) - self.reaches_m
        plane, best = LocalPlane.around(position), None
        while len(no_nearer):
            place = int(np.argmin(no_nearer))
            if best and no_nearer[place] > max(best.distance_m, 0):
                break
            near = self._measure(position, plane, place)
            best = min(best or near, near, key=lambda n: (n.distance_m, n.qpv.code))
            no_nearer[place] = np.inf
        return best

    def of_commune(self, insee_code: str, position: Position | None = None) -> tuple[Qpv, ...]:
        """The QPVs of a commune or arrondissement.

        A file that only knows the commune (75056) says nothing of its arrondissements: then those
        of the commune that reach into the arrondissement's disc (``position``) are returned.
        """
        named = [self.contours.qpvs[i] for i in self._by_commune.get(insee_code, ())]
        if insee_code not in PARENT_COMMUNE:
            return tuple(named)
        parent = PARENT_COMMUNE[insee_code]
        vague = {q.code for q in self.of_commune(parent) if parent in q.communes}
        around = self.within(position, position.radius_m) if position and vague else []
        return tuple(named + [near.qpv for near in around if near.qpv.code in vague])

    def uncovered_at(self, position: Position) -> Territory | None:
        """The territory around the position for which these contours are missing, if any."""
        lon, lat = position.lon_lat
        for territory in self.contours.uncovered:
            west, south, east, north = territory.bbox
            if west <= lon <= east and south <= lat <= north:
                return territory
        return None

    def _candidates(self, position: Position, radius_m: float) -> NDArray[np.int64]:
        boxes = [shapely.box(*box) for box in boxes_around(position, radius_m)]
        return np.unique(self.tree.query(boxes)[1])

    def _measure(self, position: Position, plane: LocalPlane, place: int) -> Neighbour:
        here = shapely.Point(position.lon_lat)
        path = shapely.shortest_line(shapely.Point(0, 0), plane.project(self.borders[place]))
        reached = plane.position(*shapely.get_coordinates(path)[-1])
        sign = -1 if shapely.covers(self.outlines[place], here) else 1
        return Neighbour(self.contours.qpvs[place], sign * distance_m(position, reached))


def _places_by_commune(contours: Contours) -> dict[str, list[int]]:
    """Ranks of the QPVs of each commune and arrondissement."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, qpv in enumerate(contours.qpvs):
        for code in {*qpv.communes, *map(parent_commune, qpv.communes)}:
            places[code].append(place)
    return dict(places)  # a plain dict: asking for an unknown commune adds nothing


def lies_in(qpv: Qpv, insee_code: str | None) -> bool:
    """Whether a QPV lies, at least in part, in a commune; True when the commune is not known."""
    parents = {parent_commune(code) for code in qpv.communes}
    return not insee_code or parent_commune(insee_code) in parents


def point_inside(qpv: Qpv) -> Position:
    """A quartier position for the whole QPV: its centre when inside, else a point well inside."""
    centre = shapely.centroid(qpv.geometry)
    if not shapely.contains(qpv.geometry, centre):
        centre = shapely.point_on_surface(qpv.geometry)
    point = Position(float(shapely.get_x(centre)), float(shapely.get_y(centre)))
    radius_m = farthest_m(point, qpv.geometry)
    return Position(*point.lon_lat, Precision.QUARTIER, radius_m)
