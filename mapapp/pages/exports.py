"""The selection of ``/qpv-sans-exemple`` as a file: ``.csv``, ``.xlsx``, ``.geojson``."""

from __future__ import annotations

from flask import Blueprint, Response

from mapapp.web.coverage_files import send_coverage

bp = Blueprint("exports", __name__)


@bp.get("/qpv-sans-exemple.<any(csv, xlsx, geojson):form>")
def coverage_file(form: str) -> Response:
    """White spots for the filters of the page, all of them: ``page`` changes nothing."""
    return send_coverage(form)
