"""A scale bar: a round length on the ground and the pixels that it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.windows import Window
from geo.wording import NBSP


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A length in metres, as it is said in French, and in pixels at the middle of the window."""

    metres: float
    label: str
    pixels: float


def scale_bar(window: Window, longest_px: float) -> ScaleBar:
    """The longest bar of 1, 2 or 5 × 10^n metres that fits, true along the middle parallel."""
    most = window.metres_per_px * longest_px
    power = 10 ** math.floor(math.log10(most))
    length = next(digit * power for digit in (5, 2, 1) if digit * power <= most)
    return ScaleBar(length, _said(length), length / window.metres_per_px)


def _said(metres: float) -> str:
    if metres >= 1000:
        return f"{metres / 1000:,.0f}{NBSP}km".replace(",", "\u202f")
    return f"{metres:g}{NBSP}m".replace(".", ",")
