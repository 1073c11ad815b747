"""The contours of one generation of QPVs, in the GeoJSON form that ships with the product.

A FeatureCollection with a foreign member ``contours`` (generation, edition, accuracy…) and one
feature per line, so that a change of one neighbourhood is a change of one line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from geo.generalise import EmptyContourError, Polygonal, polygons_of

#: 2015: QP, département on three characters, rank. 2024: QN, département on two or three, rank on
#: three or two, and M, I, N or C for how the contour was drawn (kept, changed, new, redrawn).
CODE_PATTERNS = {
    2015: re.compile(r"QP(\d{3}|02[AB])\d{3}"),
    2024: re.compile(r"QN(\d{5}|02[AB]\d{2})[IMNC]"),
}

LICENCE = "Licence Ouverte 2.0"

#: What the coordinates are written with; a contour finer than five decimals keeps seven (1 cm).
DECIMALS = 7


class ContoursError(ValueError):
    """Not a whole set of contours; the French message names the file and the feature."""


@dataclass(frozen=True, slots=True)
class Qpv:
    """A neighbourhood: its code, its INSEE commune codes, and its area in WGS 84 degrees."""

    code: str
    name: str
    communes: tuple[str, ...]
    geometry: Polygonal


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory by INSEE code; ``bbox`` is west, south, east, north in degrees."""

    code: str
    name: str
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Contours:
    """All the QPVs of one generation and where they come from.

    ``accuracy_m`` bounds how far a boundary may be from the true one (metres), ``tolerance_m`` the
    part of it that generalisation took. ``uncovered`` are territories that have QPVs of this
    generation which the edition lacks. ``checksum`` is the sha256 of the file read, ``sources``
    the sha256 of each official file by name.
    """

    generation: int
    edition: str
    producer: str
    accuracy_m: float
    checksum: str
    uncovered: tuple[Territory, ...]
    qpvs: tuple[Qpv, ...]
    licence: str = LICENCE
    tolerance_m: float = 0.0
    sources: Mapping[str, str] = field(default_factory=dict)
    computed_on: str = ""


def read_contours(path: Path) -> Contours:
    """Read and check a file written by :func:`write_contours`; invalid areas are repaired.

    Raises:
        ContoursError: the file is damaged or a feature breaks a rule.
    """
    content = _content(path)
    document = _document(path, content)
    about = _about(path, document)
    pattern = CODE_PATTERNS[about["generation"]]
    qpvs = tuple(_qpvs(path, _required(document, "features", list, path.name), pattern))
    return Contours(checksum=hashlib.sha256(content).hexdigest(), qpvs=qpvs, **about)


def write_contours(contours: Contours, path: Path) -> None:
    """Write the contours, one feature per line; the same contours give the same bytes."""
    about = _dumps(_about_member(contours))
    lines = ",\n".join(_dumps(_feature(qpv)) for qpv in contours.qpvs)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(
        f'{{"type":"FeatureCollection","contours":{about},"features":[\n{lines}\n]}}\n',
        encoding="utf-8",
    )
    draft.replace(path)  # a reader finds the former file or the new one, whole


def _about_member(contours: Contours) -> dict[str, Any]:
    return {
        "generation": contours.generation,
        "edition": contours.edition,
        "producer": contours.producer,
        "licence": contours.licence,
        "source_file_sha256": dict(contours.sources),
        "accuracy_m": contours.accuracy_m,
        "tolerance_m": contours.tolerance_m,
        "uncovered": [
            {"code": t.code, "nom": t.name, "bbox": list(t.bbox)} for t in contours.uncovered
        ],
        "computed_on": contours.computed_on,
    }


def _feature(qpv: Qpv) -> dict[str, Any]:
    properties = {"code": qpv.code, "nom": qpv.name, "communes": list(qpv.communes)}
    geometry = {"type": qpv.geometry.geom_type, "coordinates": _coordinates(qpv.geometry)}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _coordinates(geometry: Polygonal) -> list[Any]:
    parts = [
        [_ring(ring) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(geometry)
    ]
    return parts[0] if geometry.geom_type == "Polygon" else parts


def _ring(ring: Any) -> list[list[float]]:
    rounded: list[list[float]] = np.round(shapely.get_coordinates(ring), DECIMALS).tolist()
    return rounded


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ContoursError(f"{path.name} : fichier illisible ({error.strerror}).") from error


def _document(path: Path, content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ContoursError(f"{path.name} : ce n’est pas du JSON entier ({error}).") from error
    if not isinstance(document, dict):
        raise ContoursError(f"{path.name} : une FeatureCollection est attendue.")
    return document


def _refuse(constant: str) -> None:
    """NaN and Infinity are not JSON, though Python reads them."""
    raise ValueError(constant)


def _about(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of :class:`Contours` that the member ``contours`` holds."""
    member = _required(document, "contours", dict, path.name)
    where = f"{path.name}, contours"
    generation = _required(member, "generation", int, where)
    if generation not in CODE_PATTERNS:
        raise ContoursError(f"{where} : génération {generation} inconnue (2015 ou 2024).")
    accuracy_m = _required(member, "accuracy_m", (int, float), where)
    if not 0 <= accuracy_m < 1000:
        raise ContoursError(f"{where} : précision de {accuracy_m} m, entre 0 et 1 000 attendue.")
    return {
        "generation": generation,
        "edition": _required(member, "edition", str, where),
        "producer": _required(member, "producer", str, where),
        "licence": _required(member, "licence", str, where),
        "accuracy_m": float(accuracy_m),
        "tolerance_m": float(_required(member, "tolerance_m", (int, float), where)),
        "sources": _required(member, "source_file_sha256", dict, where),
        "computed_on": _required(member, "computed_on", str, where),
        "uncovered": tuple(
            _territory(territory, f"{where}, uncovered")
            for territory in _required(member, "uncovered", list, where)
        ),
    }


def _territory(member: Mapping[str, Any], where: str) -> Territory:
    bbox = _required(member, "bbox", list, where)
    try:
        west, south, east, north = map(float, bbox)
    except (TypeError, ValueError) as error:
        raise ContoursError(f"{where} : bbox {bbox}, quatre nombres attendus.") from error
    code, name = (_required(member, key, str, where) for key in ("code", "nom"))
    return Territory(code, name, (west, south, east, north))


def _qpvs(path: Path, features: list[Any], pattern: re.Pattern[str]) -> Iterator[Qpv]:
    seen: set[str] = set()
    for rank, feature in enumerate(features, 1):
        qpv = _qpv(feature, f"{path.name}, objet {rank}", pattern)
        if qpv.code in seen:
            raise ContoursError(f"{path.name}, objet {rank} : {qpv.code} figure deux fois.")
        seen.add(qpv.code)
        yield qpv


def _qpv(feature: Any, where: str, pattern: re.Pattern[str]) -> Qpv:
    if not isinstance(feature, dict):
        raise ContoursError(f"{where} : un objet GeoJSON est attendu.")
    properties = _required(feature, "properties", dict, where)
    code = _required(properties, "code", str, where)
    if not pattern.fullmatch(code):
        raise ContoursError(f"{where} : « {code} » n’est pas un code de cette génération.")
    where = f"{where} ({code})"
    name = _required(properties, "nom", str, where)
    communes = _required(properties, "communes", list, where)
    return Qpv(code, name, tuple(map(str, communes)), _area(feature, where))


def _area(feature: dict[str, Any], where: str) -> Polygonal:
    """The geometry, repaired when needed."""
    geometry = _shape(_required(feature, "geometry", dict, where), where)
    west, south, east, north = shapely.bounds(geometry)
    # Written so that a coordinate that is not a number fails too.
    if not geometry.is_empty and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ContoursError(f"{where} : coordonnées hors de la Terre (degrés WGS 84 attendus).")
    if geometry.is_valid and geometry.geom_type in ("Polygon", "MultiPolygon") and geometry.area:
        return geometry  # type: ignore[no-any-return]
    try:
        return polygons_of(geometry)
    except (EmptyContourError, ShapelyError) as error:
        raise ContoursError(f"{where} : géométrie sans surface.") from error


def _shape(member: dict[str, Any], where: str) -> Any:
    try:
        return shape(member)
    except (AttributeError, KeyError, TypeError, ValueError, ShapelyError) as error:
        raise ContoursError(f"{where} : géométrie illisible.") from error


def _required(
    member: Mapping[str, Any], key: str, kind: type | tuple[type, ...], where: str
) -> Any:
    value = member.get(key) if isinstance(member, dict) else None
    # In Python a boolean is an integer; in a contour file it is an error.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ContoursError(f"{where} : « {key} » manque ou n’est pas du type attendu.")
    return value
