"""What a drawn map shows, as plain values: a sheet with panels, and what stands in each.

Positions and shapes are in degrees, sizes of the sheet in pixels, lengths on the ground in metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.windows import Window


@dataclass(frozen=True, slots=True)
class Contour:
    """A QPV: its outline at the pixel, or a point when it is too small; ``asked``: the subject.

    ``lack``, on a map of white spots: « tout » lacks an example, « partie », « rien ».
    """

    url: str
    name: str
    generation: int
    shape: Any
    asked: bool = False
    lack: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One initiative. ``area_m``: the radius in which it lies, where no point stands for it."""

    lon: float
    lat: float
    url: str
    title: str
    theme: str | None
    area_m: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Initiatives too close to be told apart, as a link to their list."""

    lon: float
    lat: float
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class Town:
    """A commune's name, to find one's way."""

    lon: float
    lat: float
    name: str


@dataclass(frozen=True, slots=True)
class Ring:
    """What is at most ``radius_m`` metres from a place."""

    lon: float
    lat: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the sheet; an inset has a ``name``. ``towns``: the first ones have priority.

    ``land``: what stands out of the sea; None when the coast is not known well enough to be drawn.
    """

    left: float
    top: float
    window: Window
    name: str = ""
    land: Sequence[Any] | None = ()
    contours: Sequence[Contour] = ()
    ring: Ring | None = None
    marks: Sequence[Mark] = ()
    groups: Sequence[Group] = ()
    towns: Sequence[Town] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole drawing. ``notes``: what is said under it; ``description``: what it shows."""

    width: int
    height: int
    title: str
    description: str
    notes: Sequence[str]
    panels: Sequence[Panel]
