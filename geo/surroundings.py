"""What a verdict asks about the QPVs around a place.

:class:`geo.qpv_index.QpvIndex` measures when asked; :mod:`geo.bulk_verdict` has measured many
places beforehand. Both answer the same rules (:func:`geo.verdict.judge`), which are written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from geo.contours import Contours, Qpv, Territory
from geo.position import Position
from geo.qpv_index import Neighbour


class Surroundings(Protocol):
    """The QPVs of one generation, asked about one position at a time."""

    @property
    def contours(self) -> Contours:
        """The contours asked about."""

    def get(self, code: str) -> Qpv | None:
        """The QPV of that code, or None."""

    def seen_from(self, position: Position, code: str) -> Neighbour:
        """One QPV seen from a position."""

    def within(self, position: Position, radius_m: float) -> Sequence[Neighbour]:
        """The QPVs at most ``radius_m`` metres away, deepest inside first, then nearest first."""

    def nearest(self, position: Position) -> Neighbour | None:
        """The QPV whose border is nearest, or that holds the position."""

    def of_commune(self, insee_code: str, position: Position | None = None) -> tuple[Qpv, ...]:
        """The QPVs of a commune, or of an arrondissement around a position."""

    def uncovered_at(self, position: Position) -> Territory | None:
        """The territory around the position for which the contours are missing, if any."""
