"""The OpenAPI 3.1 file: what flask-openapi3 tells of the API, made true and whole.

It leaves « null » where nothing is declared, says « application/json » of every shape, and knows
query parameters as optional texts; what they may be stands in :mod:`mapapp.api.parameters`.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

from flask import current_app
from flask_openapi3 import OpenAPI

from mapapp.api.answers import LICENCE
from mapapp.api.parameters import RECORDS, REQUIRED, schema_of
from mapapp.web.site import absolute, site

Document = dict[str, Any]

_GEO = "application/geo+json"

#: Shapes that are GeoJSON.
_GEOJSON = ("InitiativeCollection", "InitiativeFeature", "NearbyCollection", "MapCollection")

_ABOUT = (
    "Initiatives de l’économie sociale et solidaire, quartiers prioritaires de la politique de la "
    "ville (QPV) des deux générations, ressources et verdicts. Ouverte, sans clé ; chaque réponse "
    "dit ses sources, sa licence et la version de ses données, et se revalide par son ETag."
)

_NOT_MODIFIED = {"description": "Rien n’a changé depuis la réponse dont If-None-Match dit l’ETag."}


def openapi_document() -> Document:
    """The description of this instance's API."""
    document: Document = deepcopy(cast(OpenAPI, current_app).api_doc)
    document["info"] |= _info()
    document["servers"] = [{"url": absolute("")}]
    document["components"] = {name: kept for name, kept in document["components"].items() if kept}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    return document


def _info() -> Document:
    told: Document = {
        "description": _ABOUT,
        "license": {
            "name": LICENCE,
            "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        },
    }
    contact = site().contact
    if contact:
        told["contact"] = {"email" if "@" in contact and "/" not in contact else "url": contact}
    return told


def _complete(path: str, method: str, operation: Document) -> None:
    for parameter in operation.get("parameters", ()):
        _tell_parameter(path, parameter)
    _tell_geojson(operation["responses"]["200"]["content"])
    if method == "get":
        operation["responses"]["304"] = _NOT_MODIFIED


def _tell_geojson(content: Document) -> None:
    schema = content.get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith(_GEOJSON):
        content[_GEO] = content.pop("application/json")
    elif _GEO in content:  # a download: told as bytes, though it is JSON
        content[_GEO] = {"schema": {"type": "object", "required": ["type", "features"]}}


def _tell_parameter(path: str, parameter: Document) -> None:
    name = parameter["name"]
    if parameter["in"] == "path":
        parameter["schema"] = {"type": "string", "examples": [RECORDS[name]]}
        return
    parameter["schema"] = dict(schema_of(path, name))
    parameter["required"] = name in REQUIRED.get(path, ())
    parameter.pop("explode", None)
