"""White spots, ``/qpv-sans-exemple``: which QPVs have no example known, theme by theme."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from mapapp.filters import SORTS, Filters
from mapapp.pages.dessin import drawn_lacks, lacks_address
from mapapp.pages.listing import export_links, listing, theme_choices
from mapapp.queries.coverage import Coverage, Totals
from mapapp.queries.facts import all_sources
from mapapp.queries.listened import OF_COVERAGE
from mapapp.queries.territory_choices import territory_choices, territory_named
from mapapp.web.context import catalogue, filters, memory, session

bp = Blueprint("qpv_sans_exemple", __name__)

PATH = "/qpv-sans-exemple"

#: How far an example may be to count as near, in metres: next door, on foot, by bicycle.
DISTANCES_M = (300.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0)

#: The map of a territory, in pixels: half as high as wide, the table follows.
MAP_WIDTH, MAP_HEIGHT = 960, 520


@dataclass(frozen=True, slots=True)
class Narrower:
    """A territory below the one asked for, with the address that keeps the other filters."""

    totals: Totals
    url: str | None


@bp.get(PATH)
def qpv_sans_exemple() -> str:
    """A matrix of QPVs and themes, with totals and rates by territory."""
    asked = filters().only(OF_COVERAGE)
    coverage = Coverage(session(), catalogue(), asked, memory())
    territory = territory_named(session(), asked)
    return render_template(
        "qpv_sans_exemple.html",
        filters=asked,
        themes=theme_choices(),
        columns=coverage.themes,
        listing=listing(coverage.page(), PATH, asked),
        total=coverage.total(),
        states=coverage.states(),
        territory=territory,
        # The map of a territory is part of the page; that of France would weigh more than the page.
        drawn=drawn_lacks(asked, MAP_WIDTH, MAP_HEIGHT) if territory else None,
        drawn_url=lacks_address(asked),
        choices=territory_choices(session()),
        narrower=[_narrower(totals, asked) for totals in coverage.by_territory()],
        sources=all_sources(session()),
        distances=sorted({*DISTANCES_M, asked.distance}),
        rounded=_is_rounded(asked),
        sorts=SORTS,
        exports=export_links(PATH, asked),
    )


def _is_rounded(asked: Filters) -> bool:
    """Whether another distance was asked for than the step that is reckoned with."""
    given = [text for text in request.args.getlist("distance") if text.strip()]
    return bool(given) and float(given[-1].replace(",", ".")) != asked.distance


def _narrower(totals: Totals, asked: Filters) -> Narrower:
    address = PATH + asked.query_string(page=1, **{totals.kind: totals.code})
    return Narrower(totals, address if totals.code else None)
