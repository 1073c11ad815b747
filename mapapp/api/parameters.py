"""What each parameter may be, for the OpenAPI file: JSON Schema, and an example that answers.

Nothing is validated by these: :mod:`mapapp.filters` and the views give every parameter its one
meaning and its French sentences. A test asks the API whether both agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.verdict import NEAR_M, Status
from mapapp.filters import (
    DEFAULT_RAYON_M,
    DEFAULT_SORT,
    LARGEST_RAYON_M,
    LONGEST_QUERY,
    NEWEST_GENERATION,
    SORTS,
)
from mapapp.queries.distances import LARGEST_DISTANCE_M
from mapapp.queries.map_features import MAX_ZOOM

Schema = Mapping[str, Any]

_NUMBER = r"-?\d+(\.\d+)?"


def _text(example: str, **rules: Any) -> Schema:
    return {"type": "string", "examples": [example], **rules}


def _code(example: str, pattern: str) -> Schema:
    return _text(example, pattern=f"^{pattern}$")


def _number(example: float, lowest: float, highest: float, **rules: Any) -> Schema:
    bounds = {"minimum": lowest, "maximum": highest}
    return {"type": "number", "examples": [example], **bounds, **rules}


def _integer(example: int, lowest: int, highest: int, **rules: Any) -> Schema:
    return {**_number(example, lowest, highest, **rules), "type": "integer"}


def _choice(example: str, *allowed: str, **rules: Any) -> Schema:
    return _text(example, enum=list(allowed), **rules)


#: By the name of a query parameter; the same name means the same everywhere.
PARAMETERS: Mapping[str, Schema] = {
    "q": _text("regie", maxLength=LONGEST_QUERY),
    "theme": {"type": "array", "items": _code("mobilite", "[a-z]+(-[a-z]+)*")},
    "qpv": _code("QN08604M", r"[Qq][NnPp][0-9A-Za-z]{6}"),
    "commune": _code("86194", r"[0-9][0-9ABab][0-9]{3}"),
    "departement": _code("86", r"[0-9][0-9AB][0-9]?"),
    "region": _code("75", r"[0-9]{2}"),
    "epci": _code("200069854", r"[0-9]{9}"),
    "source": _text("rtes-2022"),
    "etat": _choice("inside", *(status.value for status in Status)),
    "generation": _choice("2015", "2015", "2024", default=str(NEWEST_GENERATION)),
    "distance": _number(1000, 1, LARGEST_DISTANCE_M, default=NEAR_M),
    "population": _integer(1000, 0, 9_999_999, default=0),
    "tri": _choice("nom", *SORTS, default=DEFAULT_SORT),
    "tous": _choice("1", "0", "1", default="0"),
    "lat": _number(46.58, -90, 90),
    "lon": _number(0.34, -180, 180),
    "rayon": _number(1000, 1, LARGEST_RAYON_M, default=DEFAULT_RAYON_M),
    "bbox": _code("0.3,46.5,0.5,46.7", f"{_NUMBER}(,{_NUMBER}){{3}}"),
    "page": _integer(1, 1, 9_999_999, default=1),
    "zoom": _integer(12, 0, MAX_ZOOM),
    "genre": _code(
        "commune,qpv", "(commune|qpv|initiative|ressource)(,(commune|qpv|initiative|ressource))*"
    ),
}

#: Where a parameter is something else than its name says elsewhere.
ELSEWHERE: Mapping[tuple[str, str], Schema] = {
    ("/api/v1/locate", "rayon"): _number(900, 0, LARGEST_RAYON_M, default=0),
    ("/api/v1/locate", "generation"): _choice("2024", "2015", "2024"),
}

#: What an operation cannot do without.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "/api/v1/locate": ("lon", "lat"),
    "/api/v1/nearby": ("lon", "lat"),
}

#: A record that is there, for each parameter of a path.
RECORDS: Mapping[str, str] = {"slug": "centre-de-sante-des-3-cites", "code": "QN08604M"}


def schema_of(path: str, name: str) -> Schema:
    """What a query parameter of an operation may be."""
    return ELSEWHERE.get((path, name)) or PARAMETERS[name]
