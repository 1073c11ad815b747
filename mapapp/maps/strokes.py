"""Outlines as the data of SVG paths: tenths of a pixel, relative, without what shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.windows import Window

#: A border is cut this far outside the window, where its edge is not seen.
_OUTSIDE_PX = 8.0


def path_data(shape: Any, window: Window) -> str:
    """The part of an area (pixels) that the window shows; empty when there is none."""
    far = (-_OUTSIDE_PX, -_OUTSIDE_PX, window.width + _OUTSIDE_PX, window.height + _OUTSIDE_PX)
    seen = shapely.clip_by_rect(shape, *far)
    return "".join(filter(None, map(_ring_data, _rings(seen))))


def _rings(shape: Any) -> Iterator[NDArray[np.float64]]:
    for polygon in shapely.get_parts(shape):
        if polygon.geom_type == "Polygon":
            for ring in (polygon.exterior, *polygon.interiors):
                yield shapely.get_coordinates(ring)


def _ring_data(ring: NDArray[np.float64]) -> str:
    """One closed ring; nothing when it is smaller than a tenth of a pixel."""
    tenths = np.rint(ring * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[steps.any(axis=1)][:-1]  # the last one is what « z » draws
    if len(steps) < 2:
        return ""
    start, rest = (" ".join(map(_tenth, part.ravel().tolist())) for part in (tenths[0], steps))
    return f"M{start}l{rest}z"


@lru_cache(maxsize=1 << 14)
def _tenth(value: int) -> str:
    """« 12.3 », « 12 », « -.4 » for a number of tenths."""
    whole, rest = divmod(abs(value), 10)
    text = f"{whole or ''}.{rest}" if rest else f"{whole}"
    return f"-{text}" if value < 0 else text
