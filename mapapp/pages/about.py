"""What this is, for whom it works, and who answers for it."""

from __future__ import annotations

from flask import Blueprint, render_template

from mapapp.queries.facts import all_contours
from mapapp.web.context import session
from mapapp.web.counts import holdings

bp = Blueprint("about", __name__)

#: The version that the tests run, and the day when the statement was last read against them.
AXE_VERSION = "4.12.1"
STATED_ON = "2026-11-24"


@bp.get("/a-propos")
def about() -> str:
    """What it is, for whom, how to read it, how to cite it and how to report an error."""
    return render_template("a_propos.html", held=holdings(), contours=all_contours(session()))


@bp.get("/accessibilite")
def accessibility() -> str:
    """What was tested for everyone's use, what was not, and where to tell a difficulty."""
    return render_template("accessibilite.html", axe_version=AXE_VERSION, stated_on=STATED_ON)


@bp.get("/mentions-legales")
def legal_notice() -> str:
    """Who publishes and hosts this instance, as its operator declares, and what it keeps."""
    return render_template("mentions_legales.html")
