"""Whether a point lies in France, judged from the outlines that ship and the communes' points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.communes import departement_of
from geo.distance import direction, distance_m, on_sphere_m, unit_vectors
from geo.place_names import Kind, NamedPlace, PlaceNames
from geo.position import Position
from mapapp.paths import shipped

#: About a kilometre, in degrees: the outlines are generalised, and a quay or a beach is in France.
SHORE_DEGREES = 0.01


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The commune whose point is nearest to a place outside France."""

    nearest: NamedPlace
    distance_m: float
    direction: str


@dataclass(frozen=True, slots=True)
class France:
    """The communes with the unit vectors of their points, and the départements' outlines."""

    communes: tuple[NamedPlace, ...]
    vectors: NDArray[np.float64]

    @classmethod
    def of(cls, names: PlaceNames) -> France:
        """France as the index of names tells it."""
        communes = tuple(p for p in names.places if p.kind is Kind.COMMUNE and not p.alias)
        points = np.array([place.position.lon_lat for place in communes if place.position])
        return cls(communes, unit_vectors(points))

    def outside(self, place: Position) -> Whereabouts | None:
        """What is told of a place at sea or abroad; None in France."""
        outlines, drawn = _outlines()
        if len(outlines.query(shapely.Point(place.lon_lat), "dwithin", SHORE_DEGREES)):
            return None
        here = unit_vectors(np.array([place.lon_lat]))
        nearest = self.communes[int(np.argmin(on_sphere_m(here, self.vectors)))]
        assert nearest.position is not None
        apart_m = distance_m(place, nearest.position)
        # Territories without an outline here (Saint-Martin, Polynésie…): the communes' discs.
        if departement_of(nearest.code) not in drawn and apart_m <= nearest.position.radius_m:
            return None
        return Whereabouts(nearest, apart_m, direction(place, nearest.position))


@cache
def _outlines() -> tuple[shapely.STRtree, frozenset[str]]:
    """The outlines that ship and the codes of their départements."""
    text = (shipped("data") / "departements.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    codes = frozenset(feature["properties"]["code"] for feature in features)
    return shapely.STRtree(shapes), codes
