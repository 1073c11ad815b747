"""The initiatives of a panel: a pin where a point is known, else a disc in its area, or a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

import numpy as np

from mapapp.maps.elements import add, look, moved
from mapapp.maps.icons import icon_name
from mapapp.maps.labels import Rectangle
from mapapp.maps.sheet import Group, Mark, Panel, Town

#: A drop 24 px wide with its tip at the origin, around a disc centred 17 px above.
_PIN = "M0 0C-2.5-5-12-9-12-17a12 12 0 1 1 24 0C12-9 2.5-5 0 0z"
_HEAD_PX, _REACH_PX, _ICON_PX = 17, 13, 14

#: Smaller, an area would be hidden by its own mark.
_LEAST_AREA_PX = 16


def at(panel: Panel, lon: float, lat: float) -> tuple[float, float]:
    """The pixel of a place in a panel."""
    ((x, y),) = panel.window.at(np.array([lon]), np.array([lat])).tolist()
    return x, y


def all_at(panel: Panel, placed: Sequence[Mark | Group | Town]) -> list[list[float]]:
    """The pixels of what has a place, in the same order."""
    lons, lats = ([getattr(one, name) for one in placed] for name in ("lon", "lat"))
    pixels: list[list[float]] = panel.window.at(np.array(lons), np.array(lats)).tolist()
    return pixels


def draw_areas(view: ET.Element, panel: Panel) -> None:
    """The dashed circle in which an initiative lies, where no point stands for it."""
    for mark in panel.marks:
        radius = panel.window.length_px(mark.area_m or 0, mark.lat)
        if radius >= _LEAST_AREA_PX:
            x, y = at(panel, mark.lon, mark.lat)
            add(view, "circle", look("aire", mark.theme), cx=x, cy=y, r=radius)


def draw_marks(view: ET.Element, panel: Panel) -> None:
    """The initiatives that stand alone."""
    for mark, (x, y) in zip(panel.marks, all_at(panel, panel.marks), strict=True):
        _draw_mark(view, mark, moved(x, y))


def _draw_mark(view: ET.Element, mark: Mark, place: str) -> None:
    """One initiative, as a link: the icon of its theme, in its colour."""
    link = add(view, "a", look("marque", mark.theme), href=mark.url, transform=place)
    add(link, "title", text=mark.title)
    if mark.area_m is None:
        add(link, "path", look("bord"), d=_PIN)
    else:  # no tip and a dashed ring: nothing suggests a door
        add(link, "circle", look("pointille", mark.theme), r=12)
        add(link, "circle", r=9.5)
    half, middle = _ICON_PX // 2, 0 if mark.area_m is not None else -_HEAD_PX
    corner = {"x": -half, "y": middle - half, "width": _ICON_PX, "height": _ICON_PX}
    icon = f"#dessin-{icon_name(mark.theme)}"
    add(link, "use", look("icone"), href=icon, **corner)


def draw_groups(view: ET.Element, panel: Panel) -> None:
    """The initiatives that are too close to be told apart."""
    for group, (x, y) in zip(panel.groups, all_at(panel, panel.groups), strict=True):
        _draw_group(view, group, moved(x, y))


def _draw_group(view: ET.Element, group: Group, place: str) -> None:
    """Several initiatives, as a link to their list."""
    link = add(view, "a", look("groupe"), href=group.url, transform=place)
    add(link, "title", text=f"{group.count} initiatives regroupées : voir leur liste")
    add(link, "circle", r=_radius(group))
    add(link, "text", look("compte"), text=f"{group.count}", y=4)


def _radius(group: Group) -> int:
    return 14 if group.count < 10 else 17 if group.count < 1000 else 20


def rectangles(panel: Panel) -> Iterator[Rectangle]:
    """What the marks and groups cover, in pixels."""
    for mark, (x, y) in zip(panel.marks, all_at(panel, panel.marks), strict=True):
        up = _REACH_PX if mark.area_m is not None else _HEAD_PX + _REACH_PX
        down = _REACH_PX if mark.area_m is not None else 0
        yield x - _REACH_PX, y - up, x + _REACH_PX, y + down
    for group, (x, y) in zip(panel.groups, all_at(panel, panel.groups), strict=True):
        radius = _radius(group) + 2
        yield x - radius, y - radius, x + radius, y + radius
