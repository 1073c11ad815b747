"""The map drawn by the server, ``/carte.svg``: for print, and where there is no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from mapapp.errors import BadInput, cited
from mapapp.filters import DEFAULT_SORT, Filters
from mapapp.maps.drawing import svg_map
from mapapp.queries.coverage import Coverage
from mapapp.queries.drawn_map import drawn_map
from mapapp.queries.listened import OF_INITIATIVES
from mapapp.web.context import catalogue, filters, memory, session

bp = Blueprint("dessin", __name__)

#: A sheet for a screen or a page; smaller shows nothing, larger takes more marks than one reads.
DEFAULT_WIDTH, DEFAULT_HEIGHT = 960, 720
SMALLEST_PX, LARGEST_PX = 200, 2000


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map inside a page: the SVG, its own address, and that of the interactive map."""

    svg: Markup
    url: str
    map_url: str


@bp.get("/carte.svg")
def carte_svg() -> Response:
    """The map of what the filters keep, ``largeur`` × ``hauteur`` pixels.

    With ``manques=1``, the map of QPVs by what they lack.
    """
    width = _pixels("largeur", DEFAULT_WIDTH)
    height = _pixels("hauteur", DEFAULT_HEIGHT)
    asked = filters()
    lacks = _lacks(asked) if request.args.get("manques") == "1" else None
    return Response(_drawing(asked, width, height, lacks), mimetype="image/svg+xml")


def drawn(asked: Filters, width: int, height: int, new_tab: bool = False) -> Drawn:
    """The map of some filters, to be shown inside a page (``carte_dessinee`` in macros.html)."""
    svg = Markup(_drawing(asked, width, height, new_tab=new_tab))
    return Drawn(svg, svg_address(asked), f"/{asked.query_string(page=1)}")


def drawn_lacks(asked: Filters, width: int, height: int) -> Drawn:
    """The map of white spots for some filters, to be shown inside a page."""
    svg = Markup(_drawing(asked, width, height, _lacks(asked)))
    on_the_map = asked.only(OF_INITIATIVES)
    return Drawn(svg, lacks_address(asked), f"/{on_the_map.query_string(page=1)}")


def lacks_address(asked: Filters) -> str:
    """The address of the map of white spots for some filters."""
    address = svg_address(replace(asked, tri=DEFAULT_SORT, tous=False))
    return f"{address}{'&' if '?' in address else '?'}manques=1"


def _lacks(asked: Filters) -> dict[str, str]:
    return Coverage(session(), catalogue(), asked, memory()).lacks()


def svg_address(asked: Filters, width: int | None = None, height: int | None = None) -> str:
    """The address of the map of some filters, of its own size unless told."""
    size = [("largeur", width), ("hauteur", height)]
    pairs = [*asked.pairs(page=1), *((name, str(px)) for name, px in size if px)]
    return f"/carte.svg?{urlencode(pairs)}" if pairs else "/carte.svg"


def _drawing(
    asked: Filters,
    width: int,
    height: int,
    lacks: Mapping[str, str] | None = None,
    new_tab: bool = False,
) -> str:
    return svg_map(drawn_map(session(), memory(), asked, width, height, lacks), new_tab)


def _pixels(name: str, default: int) -> int:
    text = request.args.get(name, "").strip()
    if not text:
        return default
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not SMALLEST_PX <= value <= LARGEST_PX:
        raise BadInput.of(
            name,
            f"{name} « {cited(text)} » : un nombre de pixels entre {SMALLEST_PX} et "
            f"{LARGEST_PX} est attendu.",
        )
    return value
