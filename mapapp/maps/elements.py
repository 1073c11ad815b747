"""Elements of a drawing: built as a tree, so that a text of the data stays a text.

Each has the look of its kind twice: as a class, for the rules of ``mapapp.css`` when the drawing is
shown inside a page, and as presentation attributes, which any rule overrides, when it stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from mapapp.maps.palette import palette, theme_colour

#: What XML 1.0 has no character for.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: How each kind looks; colours by the name they have in the sheet, ``theme`` being that of a theme.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "papier": {"fill": "fond"},
    "mer": {"fill": "mer"},
    "sol": {"fill": "terre"},
    "terre": {"fill": "terre", "stroke": "cote", "stroke-width": ".8", "stroke-linejoin": "round"},
    "cadre": {"fill": "none", "stroke": "trait-fort"},
    "qpv": {"fill": "brique", "fill-opacity": ".2", "stroke": "brique", "stroke-width": "1.4"},
    "qpv-2015": {
        "fill": "brique", "fill-opacity": ".1", "stroke": "brique", "stroke-width": "1.4",
        "stroke-dasharray": "5 4",
    },
    "qpv-point": {"fill": "brique", "fill-opacity": ".6"},
    "qpv-choisi": {
        "fill": "brique", "fill-opacity": ".34", "stroke": "brique", "stroke-width": "3",
    },
    "qpv-tout": {"fill": "surface", "stroke": "brique", "stroke-width": "1.5"},
    "qpv-partie": {
        "fill": "doute", "fill-opacity": ".5", "stroke": "brique", "stroke-width": "1.5",
        "stroke-dasharray": "2.5 2",
    },
    "qpv-rien": {"fill": "theme-transitions", "stroke": "theme-transitions", "stroke-width": "1.5"},
    "rayon": {"fill": "none", "stroke": "accent", "stroke-width": "1.6"},
    "aire": {
        "fill": "theme", "fill-opacity": ".1", "stroke": "theme", "stroke-width": "1.6",
        "stroke-dasharray": "2 5", "stroke-linecap": "round",
    },
    "marque": {"fill": "theme"},
    "bord": {"stroke": "surface", "stroke-width": "2"},
    "pointille": {
        "fill": "surface", "fill-opacity": ".75", "stroke": "theme", "stroke-width": "1.8",
        "stroke-dasharray": "3.2 2.4",
    },
    "icone": {"color": "sur-theme"},
    "groupe": {"fill": "encre", "stroke": "surface", "stroke-width": "2.5"},
    "compte": {
        "fill": "fond", "stroke": "none", "font-size": "12", "font-weight": "700",
        "text-anchor": "middle",
    },
    "ville": {
        "fill": "encre-douce", "stroke": "terre", "stroke-width": "3", "stroke-linejoin": "round",
        "paint-order": "stroke",
    },
    "point": {"fill": "encre-douce"},
    "nom": {
        "fill": "brique", "stroke": "terre", "stroke-width": "3", "stroke-linejoin": "round",
        "paint-order": "stroke", "font-weight": "600",
    },
    "echelle": {"fill": "none", "stroke": "encre", "stroke-width": "1.5"},
    "note": {"fill": "encre"},
}  # fmt: skip


def look(kind: str, theme: str | None = None) -> dict[str, str]:
    """The class and the presentation attributes of a kind, in the colours of a theme."""
    colours = palette() | {"theme": theme_colour(theme)}
    class_name = f"dessin-{kind}" + (f" theme-{clean(theme)}" if theme else "")
    drawn = {name: colours.get(value, value) for name, value in LOOKS[kind].items()}
    return {"class": class_name} | drawn


def add(
    parent: ET.Element, tag: str, attributes: Mapping[str, str] | None = None, /, **others: Any
) -> ET.Element:
    """A new element; ``text`` is what it says, in ``others`` numbers are pixels to a tenth."""
    text = others.pop("text", "")
    element = ET.SubElement(parent, tag, dict(attributes or {}))
    for name, value in others.items():
        element.set(name.replace("_", "-"), _written(value))
    if text:
        element.text = clean(text)
    return element


def clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _written(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else clean(str(value))


def moved(x: float, y: float) -> str:
    """The transformation that puts the origin there."""
    return f"translate({x:.1f} {y:.1f})"
