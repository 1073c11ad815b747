"""How much of a neighbourhood lies in another: which QPV of one generation became which.

Shares are ratios of areas. Areas are measured in Lambert's cylindrical projection (longitude, sine
of the latitude), which keeps them on the sphere; the flattening of the Earth changes the ratio of
two areas a few kilometres apart by less than one in 10,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.contours import Contours, Qpv
from geo.distance import ELLIPSOID
from geo.generalise import Polygonal

#: An overlap under one hundredth of both neighbourhoods is how two drawings of a shared border
#: miss each other (generalised to 5 m, a QPV of 20 ha moves by about 1 %), not a succession.
#: Lower, every neighbour becomes a successor; higher, real fragments are lost.
NEGLIGIBLE = 0.01

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two QPVs have in common, as shares (0 to 1) of the area of each."""

    old_code: str
    new_code: str
    share_of_old: float
    share_of_new: float


def overlaps(old: Contours, new: Contours) -> list[Overlap]:
    """The QPVs of two generations that overlap, by old code, the largest share of it first.

    Overlaps that are ``NEGLIGIBLE`` for both are left out.
    """
    olds, news = _outlines(old.qpvs), _outlines(new.qpvs)
    here, there = shapely.STRtree(news).query(olds, predicate="intersects")
    common = areas(shapely.intersection(olds[here], news[there]))
    of_old = common / areas(olds)[here]
    of_new = common / areas(news)[there]
    found = [
        Overlap(old.qpvs[i].code, new.qpvs[j].code, float(share_of_old), float(share_of_new))
        for i, j, share_of_old, share_of_new in zip(here, there, of_old, of_new, strict=True)
        if max(share_of_old, share_of_new) >= NEGLIGIBLE
    ]
    return sorted(found, key=lambda one: (one.old_code, -one.share_of_old, one.new_code))


def moved_share(before: Polygonal, after: Polygonal) -> float:
    """The share (0 to 1) of the ground of either that is not in both; 0 when nothing moved."""
    apart, either = areas([before.symmetric_difference(after), before.union(after)])
    return float(apart / either)


def common_shift_m(before: Sequence[Polygonal], after: Sequence[Polygonal]) -> float:
    """How far (metres) neighbourhoods moved together, pair by pair: 0 when each moved its own way.

    A datum that was forgotten moves all of them the same way, a new drawing moves few.
    """
    centres = [shapely.get_coordinates(shapely.centroid(list(ones))) for ones in (before, after)]
    _, _, away_m = ELLIPSOID.inv(*centres[0].T, *(centres[0] + _median_move(*centres)).T)
    return float(np.median(away_m))


def _median_move(before: Floats, after: Floats) -> Floats:
    move: Floats = np.median(after - before, axis=0)
    return move


def areas(geometries: Sequence[Any] | NDArray[np.object_]) -> Floats:
    """Areas of geometries (degrees) that compare with one another; the unit has no name."""
    flat = shapely.transform(np.asarray(geometries, dtype=object), _equal_area)
    measured: Floats = shapely.area(flat)
    return measured


def _outlines(qpvs: Sequence[Qpv]) -> NDArray[np.object_]:
    return np.array([qpv.geometry for qpv in qpvs], dtype=object)


def _equal_area(lon_lat: Floats) -> Floats:
    return np.column_stack([lon_lat[:, 0], np.sin(np.radians(lon_lat[:, 1]))])
