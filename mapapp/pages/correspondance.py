"""Which QPV of 2015 became which of 2024: a table to search and to leaf through."""

from __future__ import annotations

from flask import Blueprint, render_template

from mapapp.pages.listing import listing
from mapapp.queries.qpvs import communes_of
from mapapp.queries.successors import page_of, percent, successors
from mapapp.web.context import filters, memory, session

bp = Blueprint("correspondance", __name__)


@bp.get("/qpv/correspondance")
def correspondance() -> str:
    """The QPVs of both generations side by side, those that are gone and those that are new."""
    asked = filters()
    lines = successors(session(), memory()).asked(session(), asked)
    page = page_of(lines, asked.page)
    codes = {code for line in page.items for code in line.codes}
    return render_template(
        "correspondance.html",
        filters=asked,
        listing=listing(page, "/qpv/correspondance", asked),
        communes=communes_of(session(), codes),
        gone=[line.old for line in lines if line.is_gone],
        come=[line.new for line in lines if line.is_new],
        unknown=sorted({line.unknown for line in lines if line.unknown}),
        percent=percent,
    )
