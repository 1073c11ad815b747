"""A sheet set down as SVG: inert, complete in itself, and dressed by the page that shows it.

There is no script, no style and nothing to fetch. What each kind of element looks like is in
:mod:`mapapp.maps.elements`.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from mapapp.maps.elements import add, look
from mapapp.maps.ground import draw_contours, draw_land, draw_names, draw_ring, draw_scale
from mapapp.maps.icons import icon_name, symbol
from mapapp.maps.layout import LINE_PX, NOTE_PX
from mapapp.maps.pins import draw_areas, draw_groups, draw_marks
from mapapp.maps.sheet import Panel, Sheet

_FONT = "'Segoe UI', system-ui, -apple-system, Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

_FROM_THE_GROUND_UP = (
    draw_land,
    draw_contours,
    draw_ring,
    draw_areas,
    draw_names,
    draw_marks,
    draw_groups,
)


def svg_map(sheet: Sheet, new_tab: bool = False) -> str:
    """The SVG of a sheet; safe inside an HTML page as it is.

    ``new_tab``: its links open there, as they must from inside another site's page.
    """
    root = ET.Element("svg", _root_attributes(sheet))
    add(root, "title", text=sheet.title, id="dessin-titre")
    add(root, "desc", text=sheet.description, id="dessin-description")
    _define_icons(root, sheet.panels)
    add(root, "rect", look("papier"), width=sheet.width, height=sheet.height)
    for panel in sheet.panels:
        _draw_panel(root, panel)
    _draw_notes(root, sheet)
    for link in root.iter("a") if new_tab else ():
        link.set("target", "_blank")
        link.set("rel", "noopener")
    return ET.tostring(root, encoding="unicode")


def _root_attributes(sheet: Sheet) -> dict[str, str]:
    return {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "dessin",
        "viewBox": f"0 0 {sheet.width} {sheet.height}",
        "width": f"{sheet.width}",
        "height": f"{sheet.height}",
        "lang": "fr",
        "role": "group",
        "aria-labelledby": "dessin-titre",
        "aria-describedby": "dessin-description",
        "font-family": _FONT,
        "font-size": "12",
    }


def _define_icons(root: ET.Element, panels: Iterable[Panel]) -> None:
    names = {icon_name(mark.theme) for panel in panels for mark in panel.marks}
    if names:
        add(root, "defs").extend(symbol(name) for name in sorted(names))


def _draw_panel(root: ET.Element, panel: Panel) -> None:
    size = {"width": panel.window.width, "height": panel.window.height}
    view = add(root, "svg", x=panel.left, y=panel.top, **size)
    for draw in _FROM_THE_GROUND_UP:
        draw(view, panel)
    if panel.name:
        add(view, "rect", look("cadre"), **size)
        add(view, "text", look("ville"), text=panel.name, x=6, y=15)
    else:
        draw_scale(view, panel)


def _draw_notes(root: ET.Element, sheet: Sheet) -> None:
    first = sheet.height - LINE_PX * len(sheet.notes) + 8
    for rank, line in enumerate(sheet.notes):
        y = first + rank * LINE_PX
        add(root, "text", look("note"), text=line, x=8, y=y, font_size=NOTE_PX)
