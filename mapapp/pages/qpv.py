"""The searchable list of QPVs, and the page of each."""

from __future__ import annotations

from flask import Blueprint, render_template

from mapapp.pages.listing import listing
from mapapp.queries.qpvs import qpv_page, qpv_sheet
from mapapp.queries.successors import percent, successors
from mapapp.web.context import filters, initiatives, memory, session

bp = Blueprint("qpv", __name__)


@bp.get("/qpv")
def qpv_list() -> str:
    """The QPVs of a generation, by name, code or commune."""
    asked = filters()
    page = qpv_page(session(), asked)
    return render_template("quartiers.html", filters=asked, listing=listing(page, "/qpv", asked))


@bp.get("/qpv/<code>")
def qpv(code: str) -> str:
    """One QPV, what it is in the other generation, and the initiatives tied to it."""
    sheet = qpv_sheet(session(), initiatives(), code)
    kin = successors(session(), memory()).of(sheet.card.code)
    return render_template("qpv.html", sheet=sheet, kin=kin, percent=percent)
