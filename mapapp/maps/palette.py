"""The colours of the site in the light, read from its sheet: a drawing that stands alone has none.

What is drawn takes them as presentation attributes, which any rule of the sheet overrides: shown
inside a page, the same drawing follows the page's colours, dark and print included.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SHEET = Path(__file__).resolve().parent.parent / "static" / "css" / "mapapp.css"

_COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6});")


@cache
def palette() -> dict[str, str]:
    """Hexadecimal colours by the name of their custom property, without its dashes."""
    light, _ = _schemes()
    return dict(_COLOUR.findall(light))


@cache
def dark_palette() -> dict[str, str]:
    """The same for who prefers the dark."""
    _, dark = _schemes()
    return dict(_COLOUR.findall(dark))


def _schemes() -> tuple[str, str]:
    """What the sheet declares for the light, and for the dark: its first two rules."""
    light, dark, *_ = SHEET.read_text(encoding="utf-8").split(":root {")[1:]
    return light, dark


def theme_colour(slug: str | None) -> str:
    """The colour of a theme; the accent without one."""
    return palette().get(f"theme-{slug}", palette()["accent"])
