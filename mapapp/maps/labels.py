"""Names on a map, each where it hides nothing, the first ones first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: A letter of a bold sans-serif is a little wider than half its height.
LETTER_SHARE = 0.56

#: Between a town's dot and its name.
_OFF_PX = 5.0

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name to write at a pixel, ``size`` pixels high; beside it, or ``centred`` on it.

    ``around``: other pixels to centre it on when there is no room there.
    """

    x: float
    y: float
    text: str
    size: float
    kind: str
    centred: bool = False
    around: tuple[tuple[float, float], ...] = ()

    @property
    def length(self) -> float:
        """About how wide it is, in pixels."""
        return len(self.text) * self.size * LETTER_SHARE


@dataclass(frozen=True, slots=True)
class Written:
    """A name with its ``text-anchor`` and the pixel where that stands, on the base line."""

    wanted: Wanted
    x: float
    y: float
    anchor: str


def write(
    wanted: Iterable[Wanted], taken: Iterable[Rectangle], width: float, height: float, limit: int
) -> list[Written]:
    """The names, ``limit`` at most, that find room on ``width × height`` pixels beside the rest."""
    occupied = list(taken)
    written: list[Written] = []
    for name in wanted:
        if len(written) >= limit:
            break
        for place, rectangle in _tries(name):
            if _inside(rectangle, width, height) and not _touches(rectangle, occupied):
                occupied.append(rectangle)
                written.append(place)
                break
    return written


def _tries(name: Wanted) -> Iterator[tuple[Written, Rectangle]]:
    if name.centred:
        for x, y in ((name.x, name.y), *name.around):
            half, reach = name.length / 2, name.size * 0.6
            rectangle = (x - half, y - reach, x + half, y + reach)
            yield Written(name, x, y + name.size * 0.35, "middle"), rectangle
        return
    up, down, base = (name.y + name.size * share for share in (-0.6, 0.6, 0.35))
    right, left = name.x + _OFF_PX, name.x - _OFF_PX
    yield Written(name, right, base, "start"), (name.x - 3, up, right + name.length, down)
    yield Written(name, left, base, "end"), (left - name.length, up, name.x + 3, down)


def _inside(rectangle: Rectangle, width: float, height: float) -> bool:
    left, top, right, bottom = rectangle
    return left >= 2 and top >= 2 and right <= width - 2 and bottom <= height - 2


def _touches(rectangle: Rectangle, occupied: list[Rectangle]) -> bool:
    left, top, right, bottom = rectangle
    return any(
        west < right and east > left and north < bottom and south > top
        for west, north, east, south in occupied
    )
