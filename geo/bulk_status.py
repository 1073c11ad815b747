"""Statuses of millions of points, all known to the same radius: the rules of :mod:`geo.verdict`.

Of most points the status is known by where they lie: far from every QPV, deep in one, or at a
distance of one alone that leaves no doubt. These zones (:mod:`geo.status_zones`) go into two cell
indexes (:mod:`geo.cell_index`), and looking a point up answers. The others, one in a hundred among
people spread as they live, are measured (:mod:`geo.bulk_distances`), and the rules are applied to
whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.bulk_distances import BulkDistances, Floats, Ranks
from geo.cell_building import build_index
from geo.cell_files import Tables, fingerprint, opened
from geo.cell_index import CellIndex, Cells
from geo.qpv_index import QpvIndex
from geo.status_zones import AROUND, FARTHEST_REACH_M, Zones, draw_zones
from geo.verdict import NEAR_M, Status

#: The statuses that a point may have, in the order of the codes of :class:`Statuses`.
STATUSES = (Status.UNKNOWN, Status.OUTSIDE, Status.NEAR, Status.BORDER, Status.INSIDE)
_UNKNOWN, _OUTSIDE, _NEAR, _BORDER, _INSIDE = range(len(STATUSES))

#: The code that each kind of zone stands for; the kinds that tell something come first.
_CODES = np.array([_INSIDE, _BORDER, _NEAR], np.int8)

#: Points measured together: bounds the memory of the pairs.
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Statuses:
    """The status of each point, as a rank in ``STATUSES``, and the QPVs that it speaks of.

    ``qpv`` is the rank of the first QPV of each verdict, −1 when it names none; those that a
    verdict names after the first are in ``others``, by point (``other_of``), in its order.
    """

    code: NDArray[np.int8]
    qpv: NDArray[np.int32]
    other_of: Ranks
    others: Ranks


class BulkStatus:
    """Judges bare points for the generation of an index. Read-only once built.

    The zones take some ten seconds to draw; they are kept in ``folder`` and found there again.

    Raises:
        ValueError: a reach beyond ``FARTHEST_REACH_M``.
    """

    def __init__(
        self,
        index: QpvIndex,
        radius_m: float = 0.0,
        near_m: float = NEAR_M,
        folder: Path | None = None,
    ) -> None:
        self._index = index
        self._fingerprint = fingerprint(index.contours)
        self._near_m = near_m
        self._doubt_m = radius_m + index.contours.accuracy_m
        self._reach_m = max(self._doubt_m, near_m)
        if self._reach_m > FARTHEST_REACH_M:
            raise ValueError(f"reach of {self._reach_m} m: {FARTHEST_REACH_M} m at most")
        self._distances = BulkDistances(index)
        self._zones = self._kept(folder, "zones", Zones, self._draw)
        is_around, outlines = self._zones.kind == AROUND, self._zones.outlines
        self._around = self._indexed(outlines[is_around], folder, "around")
        self._told = self._indexed(outlines[~is_around], folder, "told")
        self._code = _CODES[self._zones.kind[~is_around]]
        self._qpv = self._zones.qpv[~is_around]

    def _draw(self) -> Zones:
        return draw_zones(self._index, self._doubt_m, self._near_m)

    def _indexed(self, areas: NDArray[np.object_], folder: Path | None, name: str) -> CellIndex:
        cells = self._kept(folder, name, Cells, lambda: build_index(areas).cells)
        return CellIndex(cells, areas)

    def _kept(
        self, folder: Path | None, name: str, kind: type[Tables], build: Callable[[], Tables]
    ) -> Tables:
        if folder is None:
            return build()
        metres = f"{self._doubt_m:g}-{self._near_m:g}"
        return opened(folder / f"{name}-{metres}-{self._fingerprint}", kind, build)

    def judge(self, lon: Floats, lat: Floats) -> Statuses:
        """The status of each point (degrees); what is not a place on the Earth is unknown."""
        code = np.full(len(lon), _OUTSIDE, np.int8)
        qpv = np.full(len(lon), -1, np.int32)
        unknown = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)) | self._uncovered(lon, lat)
        code[unknown] = _UNKNOWN
        around = np.flatnonzero((self._around.locate(lon, lat) >= 0) & ~unknown)
        zone = self._told.locate(lon[around], lat[around])
        told, left = around[zone >= 0], around[zone < 0]
        zone = zone[zone >= 0]
        code[told], qpv[told] = self._code[zone], self._qpv[zone]
        others = [
            self._judge_some(left[start : start + _AT_ONCE], lon, lat, code, qpv)
            for start in range(0, len(left), _AT_ONCE)
        ]
        other_of, other = np.concatenate([np.empty((2, 0), np.int64), *others], axis=1)
        return Statuses(code, qpv, other_of, other)

    def _judge_some(
        self,
        ranks: Ranks,
        lon: Floats,
        lat: Floats,
        code: NDArray[np.int8],
        qpv: NDArray[np.int32],
    ) -> Ranks:
        """Write the statuses of the points of some ranks and their first QPVs; the others."""
        lon_lat = np.column_stack([lon[ranks], lat[ranks]])
        found = self._distances.within(lon_lat, np.full(len(ranks), self._reach_m))
        sure = found.distance_m <= -self._doubt_m
        unsure = ~sure & (found.distance_m < self._doubt_m)
        near = _begins(found.position) & (found.distance_m <= self._near_m)
        status = np.full(len(ranks), _OUTSIDE, np.int8)
        of_each = ((_NEAR, near), (_BORDER, unsure), (_INSIDE, sure))
        for of, holds in of_each:  # a surer status replaces the former
            status[found.position[holds]] = of
        code[ranks] = status
        told = status[found.position]
        named = found.where(np.any([holds & (told == of) for of, holds in of_each], axis=0))
        first = _begins(named.position)
        qpv[ranks[named.position[first]]] = named.qpv[first]
        return np.stack([ranks[named.position[~first]], named.qpv[~first]])

    def _uncovered(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        missing = np.zeros(len(lon), bool)
        for territory in self._index.contours.uncovered:
            west, south, east, north = territory.bbox
            missing |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return missing


def _begins(position: Ranks) -> NDArray[np.bool_]:
    """Which pairs are the first of their position; pairs come by position."""
    begins: NDArray[np.bool_] = np.diff(position, prepend=-1) != 0
    return begins
