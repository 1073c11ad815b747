"""The OpenAPI file, and a page of our own origin that says the same in French."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask_openapi3 import OpenAPI

from mapapp.web.site import absolute

bp = Blueprint("documentation", __name__)

#: A request that answers something, for each operation that has parameters.
_EXAMPLES = {
    "/api/v1/initiatives": "?theme=alimentation&region=44",
    "/api/v1/initiatives/{slug}": "centre-de-sante-des-3-cites",
    "/api/v1/initiatives.csv": "?theme=alimentation&region=44",
    "/api/v1/initiatives.xlsx": "?theme=alimentation&region=44",
    "/api/v1/initiatives.geojson": "?theme=alimentation&region=44",
    "/api/v1/coverage": "?departement=93&theme=alimentation&distance=1000",
    "/api/v1/coverage.csv": "?departement=93",
    "/api/v1/coverage.xlsx": "?departement=93",
    "/api/v1/coverage.geojson": "?departement=93",
    "/api/v1/clusters": "?zoom=6&bbox=-5,41,10,52",
    "/api/v1/resources": "?theme=mobilite",
    "/api/v1/qpv": "?bbox=0.3,46.5,0.5,46.7&zoom=12",
    "/api/v1/qpv/{code}": "QN08604M",
    "/api/v1/locate": "?lon=0.35&lat=46.565&rayon=900",
    "/api/v1/nearby": "?lon=0.34&lat=46.58&rayon=20000",
    "/api/v1/search": "?q=gresilles",
}


#: Shapes that are GeoJSON: flask-openapi3 says « application/json » of every one.
_GEOJSON = ("InitiativeCollection", "InitiativeFeature", "NearbyCollection", "MapCollection")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as the page shows it."""

    name: str
    required: bool
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example_url: str


@bp.get("/api/v1/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 description of the API."""
    return jsonify(_document())


@bp.get("/api")
def page() -> str:
    """The documentation for people who write programs."""
    return render_template(
        "api.html",
        base_url=absolute("/api/v1/"),
        openapi_url="/api/v1/openapi.json",
        operations=list(_operations(_document())),
    )


def _document() -> dict[str, Any]:
    """What flask-openapi3 tells of the API, with the media type of GeoJSON where it is sent."""
    document: dict[str, Any] = deepcopy(cast(OpenAPI, current_app).api_doc)
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation["responses"]["200"]["content"]
            schema = content.get("application/json", {}).get("schema", {})
            if schema.get("$ref", "").endswith(_GEOJSON):
                content["application/geo+json"] = content.pop("application/json")
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=told.get("summary", ""),
                description=told.get("description", ""),
                parameters=tuple(map(_parameter, told.get("parameters", ()))),
                example_url=_example(path),
            )


def _parameter(told: Mapping[str, Any]) -> Parameter:
    schema = told.get("schema", {})
    several = schema.get("type") == "array"
    return Parameter(
        name=told["name"],
        required=bool(told.get("required")),
        type="textes" if several else "texte",
        description=told.get("description", ""),
    )


def _example(path: str) -> str:
    example = _EXAMPLES.get(path, "")
    return path.split("{")[0] + example if example else path
