"""What is inside, where it comes from, under which licence; and whether the service is well."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from mapapp.queries.facts import all_contours, all_sources
from mapapp.web.context import catalogue, data_version, session
from mapapp.web.counts import holdings

bp = Blueprint("donnees", __name__)


@bp.get("/donnees")
def donnees() -> str:
    """Counts, sources, licences, and how to read a verdict."""
    return render_template(
        "donnees.html",
        held=holdings(),
        sources=all_sources(session()),
        theme_labels={theme.slug: theme.label for theme in catalogue().themes},
        contours=all_contours(session()),
    )


@bp.get("/healthz")
def healthz() -> Response:
    """Whether the store answers, and which version of the data is served."""
    response = jsonify({"ok": True, "data_version": data_version()})
    response.headers["Cache-Control"] = "no-store"
    return response
