"""The drawn map: every initiative once, a true scale, inert texts, the colours of the site."""

from __future__ import annotations

import gzip
import re
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from filters_in_sql import kept_by
from hostile import TEXTS
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.distance import distance_m
from geo.position import Position
from geo.windows import Window
from mapapp.filters import Filters, read_filters
from mapapp.maps.drawing import svg_map
from mapapp.maps.elements import LOOKS
from mapapp.maps.palette import SHEET, palette
from mapapp.maps.scale import scale_bar
from mapapp.maps.sheet import Contour, Group, Mark, Panel, Ring, Sheet, Town
from mapapp.memory import Memory
from mapapp.queries.drawn_map import drawn_map
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions

SVG = "{http://www.w3.org/2000/svg}"

#: In bytes as they travel.
FRANCE_LIMIT, PLACE_LIMIT = 60_000, 30_000

THEMES = ("alimentation", "culture", "vers-l-emploi", "sport")
one_filter = st.one_of(
    st.just({}),
    st.lists(st.sampled_from(THEMES), min_size=1, unique=True).map(lambda t: {"theme": tuple(t)}),
    st.sampled_from(["93", "69", "21", "973", "59"]).map(lambda code: {"departement": code}),
    st.sampled_from(["69123", "21231", "86194", "13055"]).map(lambda code: {"commune": code}),
    st.sampled_from(["11", "27", "84", "03"]).map(lambda code: {"region": code}),
    st.sampled_from(["QN08604M", "QP086004", "QN02103M"]).map(lambda code: {"qpv": code}),
    st.sampled_from(["possible", "declared", "outside"]).map(lambda status: {"etat": status}),
    st.tuples(st.floats(-5, 8), st.floats(42, 51)).map(
        lambda p: {"lon": p[0], "lat": p[1], "rayon": 100_000.0}
    ),
    st.tuples(st.floats(-60, 8), st.floats(4, 51)).map(
        lambda p: {"bbox": (p[0], p[1] - 5, p[0] + 20, p[1] + 5)}
    ),
    st.sampled_from(["la", "atelier", "rien-de-tel"]).map(lambda word: {"q": word}),
)
some_filters = st.lists(one_filter, max_size=2).map(
    lambda parts: Filters(**{k: v for part in parts for k, v in part.items()})  # type: ignore[arg-type]
)


def panel(**parts: object) -> Panel:
    """A panel on Dijon, 600 × 400 pixels."""
    return Panel(0, 0, Window.on((5.0, 47.28, 5.1, 47.36), 600, 400), **parts)  # type: ignore[arg-type]


def sheet(*panels: Panel, title: str = "Essai") -> Sheet:
    """A sheet of these panels."""
    return Sheet(600, 440, title, "Ce que montre la carte.", ["Une note."], panels)


def drawn(session: Session, memory: Memory, filters: Filters) -> str:
    """The SVG of some filters at the usual size."""
    return svg_map(drawn_map(session, memory, filters, 960, 720))


def members(session: Session, filters: Filters, group: Group) -> set[str]:
    """The slugs that the link of a group lists."""
    arguments: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(group.url).query):
        arguments.setdefault(name, []).append(value)
    asked = read_filters(arguments, session)
    return set(session.scalars(kept_by(asked, select(ini.Initiative.slug))))


@given(some_filters, st.integers(200, 2000), st.integers(200, 2000))
def test_every_located_initiative_is_drawn_once(
    engine: Engine, memory: Memory, filters: Filters, width: int, height: int
) -> None:
    """In one mark or one group, inside its panel; a group's link lists its members at least."""
    with sessions(engine)() as session:
        drawing = drawn_map(session, memory, filters, width, height)
        located = kept_by(
            filters, select(ini.Initiative.slug).where(ini.Initiative.lon.is_not(None))
        )
        kept = set(session.scalars(located))
        alone = [mark.url.rpartition("/")[2] for p in drawing.panels for mark in p.marks]
        groups = [group for p in drawing.panels for group in p.groups]
        assert len(alone) == len(set(alone))
        assert len(alone) + sum(group.count for group in groups) == len(kept)
        listed = set().union(*(members(session, filters, group) for group in groups))
        assert set(alone) | listed >= kept
        assert set(alone) <= kept
    for shown in drawing.panels:
        for placed in (*shown.marks, *shown.groups):
            assert shown.window.sees(np.array([placed.lon]), np.array([placed.lat])).all()


@given(some_filters)
def test_what_has_no_position_is_told(engine: Engine, memory: Memory, filters: Filters) -> None:
    """The note counts what the map cannot show, so that nothing disappears silently."""
    with sessions(engine)() as session:
        row = ini.Initiative
        missing = kept_by(filters, select(row.id).where(row.lon.is_(None)))
        count = len(session.scalars(missing).all())
        description = drawn_map(session, memory, filters, 960, 720).description
    said = re.search(r"(\d+) initiatives? non localisée", description)
    assert (int(said[1]) if said else 0) == count


@pytest.mark.parametrize(
    ("filters", "limit"),
    [
        (Filters(), FRANCE_LIMIT),
        (Filters(generation=2015), FRANCE_LIMIT),
        (Filters(departement="93"), PLACE_LIMIT),
        (Filters(departement="59"), PLACE_LIMIT),
        (Filters(departement="974"), PLACE_LIMIT),
        (Filters(commune="13055"), PLACE_LIMIT),
        (Filters(qpv="QN08604M"), PLACE_LIMIT),
    ],
)
def test_a_drawing_is_light_and_sound(
    session: Session, memory: Memory, filters: Filters, limit: int
) -> None:
    """It is XML, weighs what is promised, and holds nothing that acts or fetches."""
    text = drawn(session, memory, filters)
    assert len(gzip.compress(text.encode())) <= limit
    root = ET.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "title", "desc", "defs", "symbol", "g", "a", "path", "circle", "rect", "line",
            "polyline", "text", "use", "ellipse",
        }  # fmt: skip
        assert not {name for name in element.attrib if name.startswith("on") or name == "style"}
        assert re.match(r"/(?:qpv|initiatives)[/?]|#dessin-|$", element.get("href", ""))


@pytest.mark.parametrize("text", [*TEXTS, "\x00\x0b\ufffe\ud800 & <a>"])
def test_a_hostile_text_stays_a_text(text: str) -> None:
    """In every place where a text of the data is drawn."""
    contours = [
        Contour("/qpv/A", text, 2024, shapely.box(5.02, 47.3, 5.06, 47.33), asked=True),
        Contour("/qpv/B", text, 2024, shapely.Point(5.01, 47.29)),
    ]
    shown = panel(
        name=text,
        contours=contours,
        marks=[Mark(5.08, 47.35, "/initiatives/a", text, text)],
        towns=[Town(5.03, 47.35, text)],
    )
    plain = panel(
        name="a",
        contours=[Contour(c.url, "a", 2024, c.shape, c.asked) for c in contours],
        marks=[Mark(5.08, 47.35, "/initiatives/a", "a", "a")],
        towns=[Town(5.03, 47.35, "a")],
    )
    hostile, harmless = (
        ET.fromstring(svg_map(sheet(p, title=t))) for p, t in ((shown, text), (plain, "a"))
    )
    assert {e.tag for e in hostile.iter()} == {e.tag for e in harmless.iter()}
    assert {n for e in hostile.iter() for n in e.attrib} == {
        n for e in harmless.iter() for n in e.attrib
    }
    assert [e.get("href") for e in hostile.iter() if e.tag == f"{SVG}a"] == [
        e.get("href") for e in harmless.iter() if e.tag == f"{SVG}a"
    ]
    assert hostile.findtext(f"{SVG}title")


@given(st.floats(-60, 60), st.floats(0.001, 8), st.floats(120, 1900))
def test_the_scale_bar_is_true(lat: float, span: float, width: float) -> None:
    """To 2 % at the middle latitude, with a round length, as long as it may be or half as long."""
    window = Window.on((3, lat, 3 + span, lat + span / 100), width, width)
    bar = scale_bar(window, 120)
    middle = window.middle
    end = Position(middle.lon + bar.pixels * window.degrees_per_px, middle.lat)
    assert distance_m(middle, end) == pytest.approx(bar.metres, rel=0.02)
    assert 48 <= bar.pixels <= 120.001
    assert re.fullmatch(r"[125]0*", f"{bar.metres:.0f}") or bar.metres < 1
    number, unit = bar.label.split("\u00a0")
    value = float(number.replace("\u202f", "").replace(",", "."))
    assert value * {"m": 1, "km": 1000}[unit] == pytest.approx(bar.metres)


def test_a_small_qpv_is_not_on_the_way_of_the_keyboard() -> None:
    """A contour that a finger can hit takes the focus, a dot leaves it to the list of QPVs."""
    contours = [
        Contour("/qpv/A", "A", 2024, shapely.box(5.02, 47.3, 5.06, 47.33)),
        Contour("/qpv/B", "B", 2024, shapely.Point(5.01, 47.29)),
    ]
    root = ET.fromstring(svg_map(sheet(panel(contours=contours))))
    reach = {link.get("href"): link.get("tabindex") for link in root.iter(f"{SVG}a")}
    assert reach == {"/qpv/A": None, "/qpv/B": "-1"}


def test_an_area_is_drawn_as_an_area() -> None:
    """A dashed circle of its radius where no point stands for the place; a pin has none."""
    known, vague = (
        Mark(5.05, 47.32, "/initiatives/a", "a", "culture", radius) for radius in (None, 900.0)
    )
    for mark, expected in ((known, []), (vague, [900.0])):
        shown = panel(marks=[mark])
        root = ET.fromstring(svg_map(sheet(shown)))
        circles = [c for c in root.iter(f"{SVG}circle") if "dessin-aire" in c.get("class", "")]
        metres = [float(c.get("r", "")) * shown.window.metres_per_px for c in circles]
        assert metres == pytest.approx(expected, rel=0.01)


def test_the_circle_searched_is_drawn() -> None:
    """With its true radius."""
    shown = panel(ring=Ring(5.05, 47.32, 1500.0))
    (circle,) = ET.fromstring(svg_map(sheet(shown))).iter(f"{SVG}circle")
    radius_m = float(circle.get("r", "")) * shown.window.metres_per_px
    assert radius_m == pytest.approx(1500, rel=0.01)


def test_the_sheet_of_styles_dresses_every_kind() -> None:
    """Inside a page, each colour of a drawing follows the custom property of the same name."""
    css = SHEET.read_text(encoding="utf-8")
    for kind, attributes in LOOKS.items():
        rules = "".join(re.findall(rf"\.dessin-{kind}(?:, [^{{]*)? {{([^}}]*)}}", css))
        for name in ("fill", "stroke", "color"):
            value = attributes.get(name)
            if value in palette():
                assert f"{name}: var(--{value})" in rules, (kind, name)
            elif value == "theme":
                assert f"{name}: var(--couleur, var(--accent))" in rules, (kind, name)
