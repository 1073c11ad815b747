"""Where the status of a bare point is known beforehand, and which QPV it speaks of.

With *t* the doubt and *near* the radius of the rules (:mod:`geo.verdict`), around each QPV:

- **inside**: deeper than *t*, and in no other QPV as deep: the verdict names this one alone;
- **border**: within *t* of its border, and no other QPV within *t*;
- **near**: between *t* and *near* metres, and no other QPV within reach;
- **around**: whatever is within reach of some QPV. What none of the former tells is measured there;
  a point that is not around is outside.

**Why it is exact.** An area is grown or shrunk in the plane tangent at its centre. There a length
is wrong by 0.4 % at most (20 km, up to 60 degrees of latitude), a curve drawn with 8 segments a
quarter falls 0.5 % short, and needless corners are cut by half a metre. So the points at most *x*
metres away hold all of the area grown by *x* less a margin of 2 % and a metre, and lie all in that
grown by *x* plus the margin. A zone takes its own limits by the narrow side and those of other QPVs
by the wide one; what lies between the two is measured. What rounding moves a corner of a zone is a
millionth of what the margin has to spare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.distance import LocalPlane
from geo.position import Position
from geo.qpv_index import QpvIndex

Areas = NDArray[np.object_]

#: What a zone tells.
INSIDE, BORDER, NEAR, AROUND = range(4)

#: How far a drawn limit may be from the one that is meant: a share of its distance, and metres.
_SHARE, _METRES = 0.02, 1.0
#: How far the corners that are left out may have been from what is drawn without them, in metres.
_CUT_M = 0.5

#: Beyond this reach the planes in which areas are grown are no longer right to 1 %.
FARTHEST_REACH_M = 20_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Areas (degrees), as tables that can be kept in files. Those of one kind do not overlap.

    Attributes:
        wkb: their outlines in WKB, one after the other.
        ends: where each ends in ``wkb``.
        kind: what each tells, one of the constants above.
        qpv: the rank of the QPV that it speaks of, −1 around.
    """

    wkb: NDArray[np.uint8]
    ends: NDArray[np.int64]
    kind: NDArray[np.int8]
    qpv: NDArray[np.int32]

    @property
    def outlines(self) -> Areas:
        """The areas."""
        content, starts = self.wkb.tobytes(), [0, *self.ends[:-1].tolist()]
        parts = [content[begin:end] for begin, end in zip(starts, self.ends.tolist(), strict=True)]
        return np.asarray(shapely.from_wkb(np.array(parts, dtype=object)))


def draw_zones(index: QpvIndex, doubt_m: float, near_m: float) -> Zones:
    """The zones of a generation for positions that are all known as well (metres)."""
    reach_m = max(doubt_m, near_m)
    around = _Limits(index.outlines, reach_m)
    doubtful, deep = _Limits(index.outlines, doubt_m), _Limits(index.outlines, -doubt_m)
    inside = shapely.difference(deep.narrow, deep.others())
    border = shapely.difference(shapely.difference(doubtful.narrow, deep.wide), doubtful.others())
    close = around if near_m == reach_m else _Limits(index.outlines, near_m)
    near = shapely.difference(shapely.difference(close.narrow, doubtful.wide), around.others())
    return _tables([inside, border, near], shapely.get_parts(shapely.union_all(around.wide)))


def _tables(told: Sequence[Areas], around: Areas) -> Zones:
    """The zones that are somewhere, by kind and QPV."""
    areas = np.concatenate([*told, around])
    kind = np.repeat(range(AROUND + 1), [*map(len, told), len(around)]).astype(np.int8)
    qpv = np.concatenate([*(np.arange(len(of_kind)) for of_kind in told), np.full(len(around), -1)])
    some = np.flatnonzero(~shapely.is_empty(areas))
    wkb = shapely.to_wkb(areas[some]).tolist()
    return Zones(
        np.frombuffer(b"".join(wkb), np.uint8),
        np.cumsum([len(area) for area in wkb], dtype=np.int64),
        kind[some],
        qpv[some].astype(np.int32),
    )


class _Limits:
    """All that is at most so many metres from each QPV (negative: so deep inside), on both sides.

    ``narrow`` holds nothing that is farther, ``wide`` misses nothing that is not.
    """

    def __init__(self, outlines: Areas, metres: float) -> None:
        margin = abs(metres) * _SHARE + _METRES
        self.narrow = _moved(outlines, metres - margin)
        self.wide = _moved(outlines, metres + margin)

    def others(self) -> Areas:
        """For each QPV, what is within the wide limit of another."""
        tree = shapely.STRtree(self.wide)
        mine, theirs = tree.query(self.narrow, predicate="intersects")
        mine, theirs = mine[mine != theirs], theirs[mine != theirs]
        order = np.argsort(mine, kind="stable")
        mine, theirs = mine[order], theirs[order]
        found = np.full(len(self.wide), shapely.Polygon(), dtype=object)
        starts = np.flatnonzero(np.diff(mine, prepend=-1))
        for at, areas in zip(mine[starts], np.split(self.wide[theirs], starts[1:]), strict=False):
            found[at] = shapely.union_all(areas)
        return found


def _moved(outlines: Areas, metres: float) -> Areas:
    """Areas (degrees) grown or shrunk by so many metres."""
    found = np.empty(len(outlines), dtype=object)
    for rank, outline in enumerate(outlines):
        found[rank] = _moved_one(outline, metres)
    return found


def _moved_one(outline: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Part by part: two halves that touch at the antimeridian have each a border there."""
    centre = shapely.centroid(outline)
    plane = LocalPlane.around(Position(shapely.get_x(centre), shapely.get_y(centre)))
    parts = shapely.get_parts(plane.project(outline))
    moved = shapely.union_all(shapely.buffer(parts, metres, quad_segs=8))
    flat = shapely.simplify(moved, _CUT_M)
    scale = np.array([plane.x_per_degree, plane.y_per_degree])
    origin = np.array(plane.origin.lon_lat)
    return _on_earth(shapely.transform(flat, lambda x_y: x_y / scale + origin))


def _on_earth(area: shapely.Geometry) -> shapely.Geometry:
    """The same area with longitudes between −180 and 180 degrees, cut at the antimeridian."""
    west, _, east, _ = shapely.bounds(area)
    if not (west <= -180 or east >= 180):
        return area
    turned = [_turned(area, degrees) for degrees in (-360, 0, 360)]
    earth = shapely.box(-180, -90, 180, 90)
    return shapely.union_all(shapely.intersection(turned, earth))


def _turned(area: shapely.Geometry, degrees: float) -> shapely.Geometry:
    return shapely.transform(area, lambda lon_lat: lon_lat + np.array([degrees, 0]))
