"""The searchable list of QPVs, and the page of each."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template

from mapapp.filters import Filters
from mapapp.pages.dessin import drawn
from mapapp.pages.listing import listing
from mapapp.queries.listened import OF_QPVS
from mapapp.queries.needs import accompaniment, needs
from mapapp.queries.qpvs import qpv_page, qpv_sheet
from mapapp.queries.successors import percent, successors
from mapapp.web.context import catalogue, filters, initiatives, memory, session
from mapapp.web.counts import holdings

bp = Blueprint("qpv", __name__)

#: As wide as a paragraph, so that its 12 px texts keep the size of the page's.
MAP_WIDTH, MAP_HEIGHT = 720, 460


@bp.get("/qpv")
def qpv_list() -> str:
    """The QPVs of a generation, by name, code or commune."""
    asked = filters().only(OF_QPVS)
    page = qpv_page(session(), asked)
    return render_template(
        "quartiers.html",
        filters=asked,
        listing=listing(page, "/qpv", asked, indexed=("generation", "page")),
    )


@bp.get("/qpv/<code>")
def qpv(code: str) -> str:
    """One QPV: what it has and lacks theme by theme, its initiatives, its other generation."""
    asked, questions = filters(), initiatives()
    sheet = qpv_sheet(session(), questions, code)
    there = Filters(qpv=sheet.card.code, generation=sheet.card.generation)
    return render_template(
        "qpv.html",
        sheet=sheet,
        kin=successors(session(), memory()).of(sheet.card.code),
        percent=percent,
        distance=asked.distance,
        needs=needs(session(), questions, sheet, asked),
        help=accompaniment(catalogue(), sheet),
        held=holdings(),
        today=date.today().isoformat(),
        drawn=drawn(there, MAP_WIDTH, MAP_HEIGHT),
    )
