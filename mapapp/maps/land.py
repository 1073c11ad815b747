"""The départements, base of every map: shipped outlines, simplified with their shared borders."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely

from geo.distance import Box
from geo.windows import meeting
from mapapp.paths import shipped

FILE_NAME = "departements.geojson"


@dataclass(frozen=True, slots=True, eq=False)
class Land:
    """Outlines (degrees) by département code; ``tolerance_m``: how far they stray from the true."""

    codes: tuple[str, ...]
    outlines: Any
    tree: shapely.STRtree
    tolerance_m: float

    def within(self, box: Box) -> list[Any]:
        """The outlines that meet a box."""
        return list(self.outlines[meeting(self.tree, box)])

    def box(self, codes: Collection[str]) -> Box | None:
        """The box of some départements; None when the outline of one is missing."""
        ranks = [self.codes.index(code) for code in codes if code in self.codes]
        if not codes or len(ranks) < len(codes):
            return None
        west, south, east, north = shapely.total_bounds(self.outlines[ranks]).tolist()
        return (west, south, east, north)


@cache
def land() -> Land:
    """The shipped outlines."""
    document = json.loads((shipped("data") / FILE_NAME).read_text(encoding="utf-8"))
    features = document["features"]
    outlines = np.array(
        [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    )
    codes = tuple(feature["properties"]["code"] for feature in features)
    return Land(codes, outlines, shapely.STRtree(outlines), document["contours"]["tolerance_m"])
