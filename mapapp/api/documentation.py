"""The OpenAPI file, and a page of our own origin that says the same in French."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from mapapp.api.description import openapi_document
from mapapp.api.parameters import RECORDS
from mapapp.web.site import absolute

bp = Blueprint("documentation", __name__)

#: Parameters that make a telling request of each operation; what each may be is told elsewhere.
_EXAMPLES = {
    "/api/v1/initiatives": "?theme=alimentation&region=44",
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
    "/api/v1/locate": "?lon=0.35&lat=46.565&rayon=900",
    "/api/v1/nearby": "?lon=0.34&lat=46.58&rayon=20000",
    "/api/v1/search": "?q=gresilles",
}


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
    return jsonify(openapi_document())


@bp.get("/api")
def page() -> str:
    """The documentation for people who write programs."""
    return render_template(
        "api.html",
        base_url=absolute("/api/v1/"),
        openapi_url="/api/v1/openapi.json",
        operations=list(_operations(openapi_document())),
    )


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
    return Parameter(
        name=told["name"],
        required=bool(told.get("required")),
        type=_kind(told["schema"]),
        description=told.get("description", ""),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """What may be written, in French: « nombre de −90 à 90 », « texte, par exemple QN08604M »."""
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema["type"] == "array":
        return _kind(schema["items"])
    if "minimum" in schema:
        kind = "entier" if schema["type"] == "integer" else "nombre"
        return f"{kind} de {_written(schema['minimum'])} à {_written(schema['maximum'])}"
    return f"texte, par exemple {schema['examples'][0]}"


def _written(number: float) -> str:
    return f"{number:,.0f}".replace(",", "\u202f").replace("-", "−")


def _example(path: str) -> str:
    for name, record in RECORDS.items():
        path = path.replace(f"{{{name}}}", record)
    return path + _EXAMPLES.get(path, "")
