"""What a panel shows under the initiatives: land, QPVs, the circle searched, names, the scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import shapely
from shapely import Point

from mapapp.maps.elements import add, look
from mapapp.maps.labels import LETTER_SHARE, Rectangle, Wanted, write
from mapapp.maps.pins import all_at, at, rectangles
from mapapp.maps.scale import scale_bar
from mapapp.maps.sheet import Contour, Panel
from mapapp.maps.strokes import path_data

#: A smaller contour is no target for a finger (WCAG 2.2, 2.5.8): the pointer may still hit it, but
#: it is not on the keyboard's way, which the list of QPVs is.
TARGET_PX = 24.0

#: One name for so many square pixels; with more, a map is a list.
_ROOM_PER_NAME_PX2 = 22_000

_NAME_PX, _TOWN_PX = 12.5, 12.0

#: The looks of QPVs, from the bottom to the top.
_KINDS = ("qpv", "qpv-2015", "qpv-point", "qpv-rien", "qpv-partie", "qpv-tout", "qpv-choisi")

#: A dot shows where; on a map of white spots it shows how full it is, too.
_DOT_PX, _RING_PX = 2, 3.5


def draw_land(view: ET.Element, panel: Panel) -> None:
    """The départements out of the sea; ground everywhere when they are not known."""
    size = {"width": panel.window.width, "height": panel.window.height}
    add(view, "rect", look("sol" if panel.land is None else "mer"), **size)
    group = add(view, "g", look("terre"))
    for shape in panel.window.project(list(panel.land or ())):
        if data := path_data(shape, panel.window):
            add(group, "path", d=data)


def draw_contours(view: ET.Element, panel: Panel) -> None:
    """The QPVs as links, those of one look together; what is asked for on top."""
    shapes = panel.window.project([contour.shape for contour in panel.contours])
    by_kind = defaultdict(list)
    for contour, shape in zip(panel.contours, shapes, strict=True):
        by_kind[_kind(contour, shape)].append((contour, shape))
    for kind in _KINDS:
        if by_kind[kind]:
            group = add(view, "g", look(kind))
            for contour, shape in by_kind[kind]:
                _draw_contour(group, panel, contour, shape)


def _kind(contour: Contour, shape: Any) -> str:
    if contour.asked:
        return "qpv-choisi"
    if contour.lack:
        return f"qpv-{contour.lack}"
    if isinstance(shape, Point):
        return "qpv-point"
    return "qpv-2015" if contour.generation == 2015 else "qpv"


def _draw_contour(group: ET.Element, panel: Panel, contour: Contour, shape: Any) -> None:
    if isinstance(shape, Point):
        ((x, y),) = shapely.get_coordinates(shape).tolist()
        radius = _RING_PX if contour.lack else _DOT_PX
        add(_link(group, contour, reachable=False), "circle", cx=round(x), cy=round(y), r=radius)
    elif data := path_data(shape, panel.window):
        add(_link(group, contour, min(_sides(shape)) >= TARGET_PX), "path", d=data)


def _link(group: ET.Element, contour: Contour, reachable: bool) -> ET.Element:
    """The link of a QPV with its name, on the keyboard's way or not."""
    link = add(group, "a", {} if reachable else {"tabindex": "-1"}, href=contour.url)
    add(link, "title", text=f"QPV {contour.name}{_LACKS[contour.lack]}")
    return link


_LACKS = {
    "": "",
    "tout": " : aucun exemple connu",
    "partie": " : des thèmes sans exemple connu",
    "rien": " : un exemple pour chaque thème",
}


def _sides(shape: Any) -> tuple[float, float]:
    left, top, right, bottom = shape.bounds
    return right - left, bottom - top


def draw_ring(view: ET.Element, panel: Panel) -> None:
    """The circle that is searched, with a cross in its middle."""
    if panel.ring:
        x, y = at(panel, panel.ring.lon, panel.ring.lat)
        group = add(view, "g", look("rayon"))
        radius = panel.window.length_px(panel.ring.radius_m, panel.ring.lat)
        add(group, "circle", cx=x, cy=y, r=radius)
        add(group, "path", d=f"M{x - 6:.1f} {y:.1f}h12m-6-6v12")


def draw_names(view: ET.Element, panel: Panel) -> None:
    """The names of QPVs and towns that find room."""
    width, height = panel.window.width, panel.window.height
    limit = int(width * height / _ROOM_PER_NAME_PX2) + 1
    taken: list[Rectangle] = [*rectangles(panel), (0, height - 40, 160, height)]
    for name in write(_wanted(panel), taken, width, height, limit):
        if name.wanted.kind == "ville":
            add(view, "circle", look("point"), cx=name.wanted.x, cy=name.wanted.y, r=1.6)
        attributes = look(name.wanted.kind) | {"text-anchor": name.anchor}
        add(view, "text", attributes, text=name.wanted.text, x=name.x, y=name.y)


def _wanted(panel: Panel) -> Iterator[Wanted]:
    """The QPV asked for, the towns, then the QPVs wide enough to hold their name."""
    areas = [contour for contour in panel.contours if not isinstance(contour.shape, Point)]
    shapes = panel.window.project([contour.shape for contour in areas])
    named = [(contour, shape) for contour, shape in zip(areas, shapes, strict=True)]
    for contour, shape in named:
        if contour.asked:
            yield _qpv_name(contour, shape)
    for town, (x, y) in zip(panel.towns, all_at(panel, panel.towns), strict=True):
        yield Wanted(x, y, town.name, _TOWN_PX, "ville")
    for contour, shape in named:
        width = len(contour.name) * _NAME_PX * LETTER_SHARE
        if not contour.asked and _sides(shape)[0] >= 0.8 * width:
            yield _qpv_name(contour, shape)


def _qpv_name(contour: Contour, shape: Any) -> Wanted:
    """The name of a QPV in its middle; of the one asked for, else under it or above."""
    middle = shape.representative_point()
    left, top, right, bottom = shape.bounds
    under, above = bottom + _NAME_PX, top - _NAME_PX
    around = (((left + right) / 2, under), ((left + right) / 2, above)) if contour.asked else ()
    return Wanted(middle.x, middle.y, contour.name, _NAME_PX, "nom", centred=True, around=around)


def draw_scale(view: ET.Element, panel: Panel) -> None:
    """The scale bar, in the lower left corner."""
    bar = scale_bar(panel.window, min(130.0, panel.window.width / 3))
    left, bottom = 12.0, panel.window.height - 12
    add(view, "path", look("echelle"), d=f"M{left:.1f} {bottom - 6:.1f}v6h{bar.pixels:.1f}v-6")
    add(view, "text", look("ville"), text=bar.label, x=left + 4, y=bottom - 5)
