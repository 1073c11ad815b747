"""The icons of the sprite, as elements to draw with: a standalone image can fetch nothing."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

SPRITE = Path(__file__).resolve().parent.parent / "static" / "icons.svg"

_SVG = "{http://www.w3.org/2000/svg}"

#: What stands for an initiative without a theme, as on the interactive map.
NO_THEME = "document"


def icon_name(theme: str | None) -> str:
    """The icon of a theme."""
    name = f"theme-{theme}"
    return name if name in _sprite() else NO_THEME


def symbol(name: str) -> ET.Element:
    """The symbol of that name, ready to be put in a drawing as ``dessin-<name>``."""
    return deepcopy(_sprite()[name])


@cache
def _sprite() -> dict[str, ET.Element]:
    root = ET.fromstring(SPRITE.read_text(encoding="utf-8"))
    return {found.get("id", ""): _renamed(found) for found in root.iter(f"{_SVG}symbol")}


def _renamed(found: ET.Element) -> ET.Element:
    """The symbol without namespaces, its id apart from those of a page."""
    for element in found.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.tail = element.text = None
    symbol = deepcopy(found)
    symbol.set("id", f"dessin-{found.get('id')}")
    return symbol
