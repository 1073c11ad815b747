"""``/api/v1/initiatives`` and ``/api/v1/coverage`` as files: ``.csv``, ``.xlsx``, ``.geojson``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from mapapp.api import schemas
from mapapp.api.blueprint import bp
from mapapp.api.coverage_schemas import CoverageQuery
from mapapp.exporting.listed import listed
from mapapp.queries.listened import OF_INITIATIVES
from mapapp.web.context import filters, initiatives
from mapapp.web.coverage_files import send_coverage
from mapapp.web.files import LIGHT, MEDIA_TYPES, send_extract
from mapapp.web.site import absolute

_FORMS = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON"}


def _declare(path: str, what: str, view_for: Callable[[str], Callable[..., Response]]) -> None:
    for form, name in _FORMS.items():
        content = {MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}}}
        responses: Any = {"200": {"description": name, "content": content}}
        declare = bp.get(
            f"{path}.{form}",
            summary=f"{what} ({name})",
            operation_id=f"{path.strip('/')}_{form}",
            endpoint=f"{path.strip('/')}_{form}",
            responses=responses,
        )
        declare(view_for(form))


def _initiatives(form: str) -> Callable[..., Response]:
    def initiative_file(query: schemas.FilterQuery) -> Response:
        """Toutes les initiatives que gardent les filtres (100 000 au plus), sans pages."""
        asked, questions = filters().only(OF_INITIATIVES), initiatives()
        light = questions.count(asked) <= LIGHT
        return send_extract(
            form, "initiatives", asked, lambda: listed(questions, asked, absolute), light
        )

    return initiative_file


def _coverage(form: str) -> Callable[..., Response]:
    def coverage_file(query: CoverageQuery) -> Response:
        """Tous les QPV que gardent les filtres : une ligne par QPV et thème, ou une carte."""
        return send_coverage(form)

    return coverage_file


_declare("/initiatives", "Les initiatives", _initiatives)
_declare("/coverage", "Les QPV sans exemple", _coverage)
