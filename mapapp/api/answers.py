"""How an answer of the API is sent, and what every collection tells of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response
from pydantic import BaseModel

from mapapp.filters import Filters
from mapapp.queries.paging import Page
from mapapp.web.context import data_version
from mapapp.web.site import asked_address, asked_page

LICENCE = "Licence Ouverte 2.0"

ANCT = "ANCT, quartiers prioritaires de la politique de la ville"
RTES = "RTES, Catalogue de ressources Politique de la ville & ESS, 2022"
INSEE = "INSEE, IGN, DGCL, La Poste"


def send(answer: BaseModel, mimetype: str = "application/json") -> Response:
    """The answer as JSON."""
    return Response(answer.model_dump_json(by_alias=True), mimetype=mimetype)


def send_geojson(answer: BaseModel) -> Response:
    """The answer as GeoJSON."""
    return send(answer, "application/geo+json")


def about(
    count: int, sources: Iterable[str], links: dict[str, str] | None = None
) -> dict[str, Any]:
    """What every collection tells of itself."""
    return {
        "count": count,
        "links": {"self": asked_address()} | (links or {}),
        "licence": LICENCE,
        "sources": list(sources),
        "data_version": data_version(),
    }


def page_links(page: Page[Any], filters: Filters) -> dict[str, str]:
    """Addresses of the pages before and after."""
    numbers = {"previous": page.previous, "next": page.next}
    return {
        name: asked_page() + filters.query_string(page=number)
        for name, number in numbers.items()
        if number
    }
