"""The map and its list, ``/``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, render_template
from markupsafe import Markup

from geo.distance import Box
from mapapp.filters import Filters, box_text
from mapapp.maps.shell import map_container
from mapapp.maps.territories import METROPOLE, OVERSEAS
from mapapp.pages.dessin import svg_address
from mapapp.pages.listing import listing, theme_choices
from mapapp.queries.extent import extent
from mapapp.queries.listened import OF_INITIATIVES
from mapapp.queries.nearby import distances
from mapapp.web.assets import static
from mapapp.web.context import filters, initiatives
from mapapp.web.counts import departement_counts, holdings

bp = Blueprint("carte", __name__)

#: The drawn map on a telephone, as wide and high as its frame, so that its texts can be read.
TALL_PX = (380, 560)


@dataclass(frozen=True, slots=True)
class Move:
    """A territory to move the map to, and how many initiatives it shows there."""

    label: str
    count: int
    url: str


@bp.get("/")
def carte() -> str:
    """The map with the list of the same initiatives beside it."""
    asked, questions = filters().only(OF_INITIATIVES), initiatives()
    page = questions.page(asked)
    located = tuple(card for card in page.items if card.located)
    return render_template(
        "carte.html",
        filters=asked,
        themes=theme_choices(),
        listing=listing(page, "/", asked, indexed=()),
        located=located,
        unlocated=[card for card in page.items if not card.located],
        distances=distances(asked.place, located),
        held=holdings(),
        moves=_moves(asked),
        frame=box_text(extent(questions, asked) or METROPOLE),
        circle=_circle(asked),
        map_html=Markup(map_container()),
        map_styles=[static("leaflet/leaflet.css")],
        map_scripts=_scripts(),
        drawn_url=svg_address(asked),
        drawn_tall_url=svg_address(asked, *TALL_PX),
        outlines_url=static("departements.geojson"),
    )


def _scripts() -> list[tuple[str, bool]]:
    """Address of each script in loading order, and whether it is a module."""
    return [
        (static("leaflet/leaflet.js"), False),
        (static("js/layers.js"), True),
        (static("folium.js"), False),
        (static("js/carte.js"), True),
    ]


def _moves(asked: Filters) -> list[Move]:
    counts = departement_counts()
    overseas = sum(counts.get(code, 0) for code, _, _ in OVERSEAS)
    moves = [_move("Métropole", sum(counts.values()) - overseas, METROPOLE, asked)]
    return moves + [_move(name, counts.get(code, 0), box, asked) for code, name, box in OVERSEAS]


def _move(label: str, count: int, box: Box, asked: Filters) -> Move:
    there = replace(asked, bbox=box, page=1)
    return Move(label, count, f"/{there.query_string()}")


def _circle(asked: Filters) -> str:
    """The circle searched, ``lat,lon,metres``; empty when none is."""
    place = asked.place
    return f"{place.lat!r},{place.lon!r},{asked.rayon!r}" if place else ""
