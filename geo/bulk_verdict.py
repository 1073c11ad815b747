"""Verdicts on many places at once: those of :func:`geo.verdict.judge`, several times sooner.

The distances that the verdicts rest on are measured for all the places together
(:mod:`geo.bulk_distances`); then the rules are applied to each place by the very function that
judges a single one, which finds the measures ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.bulk_distances import BulkDistances, Measured
from geo.contours import Contours, Qpv, Territory
from geo.position import Position
from geo.qpv_index import Neighbour, QpvIndex
from geo.verdict import NEAR_M, Place, Verdict, is_measured, judge, reach_m

#: Places measured together. Far at sea every QPV may be compared: three million pairs, 100 MB.
_AT_ONCE = 2_000


class BulkJudge:
    """Judges places by the batch for the generation of an index. Read-only once built."""

    def __init__(self, index: QpvIndex) -> None:
        self.index = index
        self._distances = BulkDistances(index)

    def judge(self, places: Sequence[Place], near_m: float = NEAR_M) -> list[Verdict]:
        """The verdict on each place, in order."""
        parts = (places[start : start + _AT_ONCE] for start in range(0, len(places), _AT_ONCE))
        return [verdict for some in parts for verdict in self._judge(some, near_m)]

    def _judge(self, places: Sequence[Place], near_m: float) -> list[Verdict]:
        seen = [_Measures(self.index) for _ in places]
        self._look_around(places, seen, near_m)
        self._look_at_declared(places, seen)
        return [judge(place, ready, near_m) for place, ready in zip(places, seen, strict=True)]

    def _look_around(
        self, places: Sequence[Place], seen: Sequence[_Measures], near_m: float
    ) -> None:
        """Measure what is within reach of the places, and the nearest QPV where nothing is."""
        ranks = [rank for rank, place in enumerate(places) if is_measured(place, self.index)]
        positions = [position for rank in ranks if (position := places[rank].position)]
        if not positions or not self.index.contours.qpvs:
            return
        lon_lat = np.array([position.lon_lat for position in positions])
        reaches_m = np.array([reach_m(at, self.index.contours, near_m) for at in positions])
        around = self._distances.within(lon_lat, reaches_m)
        for at, neighbour in self._neighbours(around):
            seen[ranks[at]].around.append(neighbour)
        alone = np.setdiff1d(np.arange(len(positions)), around.position)
        for at, neighbour in self._neighbours(self._distances.nearest(lon_lat[alone])):
            seen[ranks[alone[at]]].closest = neighbour

    def _look_at_declared(self, places: Sequence[Place], seen: Sequence[_Measures]) -> None:
        """Measure from each position the QPVs that its source declares."""
        pairs = [
            (rank, *place.position.lon_lat, qpv)
            for rank, place in enumerate(places)
            for code in place.declared
            if place.position and (qpv := self.index.rank(code)) is not None
        ]
        if not pairs:
            return
        ranks, lons, lats, qpvs = zip(*pairs, strict=True)
        lon_lat = np.column_stack([lons, lats])
        measured = self._distances.measure(lon_lat, np.arange(len(pairs)), np.array(qpvs))
        for at, neighbour in self._neighbours(measured):
            seen[ranks[at]].declared[neighbour.qpv.code] = neighbour

    def _neighbours(self, measured: Measured) -> list[tuple[int, Neighbour]]:
        qpvs = self.index.contours.qpvs
        columns = (measured.position, measured.qpv, measured.distance_m)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [(at, Neighbour(qpvs[rank], metres)) for at, rank, metres in rows]


@dataclass(slots=True)
class _Measures:
    """What was measured beforehand for one place; it answers for that place only."""

    index: QpvIndex
    around: list[Neighbour] = field(default_factory=list)
    closest: Neighbour | None = None
    declared: dict[str, Neighbour] = field(default_factory=dict)

    @property
    def contours(self) -> Contours:
        return self.index.contours

    def within(self, position: Position, radius_m: float) -> list[Neighbour]:
        return self.around

    def nearest(self, position: Position) -> Neighbour | None:
        return self.closest

    def seen_from(self, position: Position, code: str) -> Neighbour:
        return self.declared[code]

    def get(self, code: str) -> Qpv | None:
        return self.index.get(code)

    def of_commune(self, insee_code: str, position: Position | None = None) -> tuple[Qpv, ...]:
        return self.index.of_commune(insee_code, position)

    def uncovered_at(self, position: Position) -> Territory | None:
        return self.index.uncovered_at(position)
