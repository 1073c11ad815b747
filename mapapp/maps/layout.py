"""Where the panels stand on a sheet: the map, insets beside or below it, notes at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from geo.distance import Box
from geo.windows import Window

#: The notes are set in 11 px; a letter of a sans-serif is half as wide on average.
NOTE_PX, LINE_PX, LETTER_PX = 11, 15, 5.6

#: Half of the widest mark, so that none is cut by the edge.
MARGIN_PX = 34.0

#: Insets as a share of the sheet: large enough to tell Saint-Denis from Saint-Paul.
_INSET_SHARE = 0.15
_GAP_PX, _INSET_MARGIN_PX = 6.0, 8.0

#: Under this height there is no map to be seen, whatever the notes.
_LEAST_MAP_PX = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a panel on the sheet (pixels), and its window on the Earth."""

    left: float
    top: float
    window: Window


def note_lines(notes: Sequence[str], width: int) -> list[str]:
    """The notes as lines that fit the sheet."""
    letters = max(20, int((width - 16) / LETTER_PX))
    return [line for note in notes for line in wrap(note, letters, break_long_words=False)]


def map_height(height: int, lines: int) -> float:
    """What the notes leave to the map."""
    return max(_LEAST_MAP_PX, height - lines * LINE_PX - 8)


def places(width: float, height: float, main: Box, insets: Sequence[Box]) -> list[Place]:
    """The place of the main panel, then of each inset: in a column, or a row on a tall sheet."""
    if not insets:
        return [Place(0, 0, Window.on(main, width, height, _margin(width, height)))]
    if width >= height:
        column = width * _INSET_SHARE
        tall = (height - _GAP_PX) / len(insets) - _GAP_PX
        spots = [(_GAP_PX, _GAP_PX + rank * (tall + _GAP_PX)) for rank in range(len(insets))]
        first = Place(
            column + 2 * _GAP_PX, 0, Window.on(main, width - column - 2 * _GAP_PX, height)
        )
        return [first, *(_inset(*s, column, tall, b) for s, b in zip(spots, insets, strict=True))]
    row = height * _INSET_SHARE
    wide = (width - _GAP_PX) / len(insets) - _GAP_PX
    top = height - row - _GAP_PX
    spots = [(_GAP_PX + rank * (wide + _GAP_PX), top) for rank in range(len(insets))]
    first = Place(0, 0, Window.on(main, width, top - _GAP_PX))
    return [first, *(_inset(*s, wide, row, b) for s, b in zip(spots, insets, strict=True))]


def _inset(left: float, top: float, width: float, height: float, box: Box) -> Place:
    return Place(left, top, Window.on(box, width, height, _INSET_MARGIN_PX))


def _margin(width: float, height: float) -> float:
    return min(MARGIN_PX, width / 5, height / 5)
