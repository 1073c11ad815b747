"""Official files as they are published: GeoJSON, Shapefile, GeoPackage, FlatGeobuf, CSV."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from mapapp.errors import DataFault
from mapapp.packing.gis_files import LARGEST_UNPACKED, layers_of
from mapapp.tables.unpacking import DAMAGED, check_unpacked

GZIP_MAGIC = b"\x1f\x8b"
WGS84 = CRS.from_epsg(4326)

#: What GeoJSON is in when it says nothing (RFC 7946).
GEOJSON_CRS = "OGC:CRS84"

#: An object without geometry stays an object, so that it can be reported by its code.
NOTHING = {"type": "Polygon", "coordinates": []}


@dataclass(frozen=True, slots=True)
class Feature:
    """An object of an official file: rank from 1, columns (lower case), shape in WGS 84."""

    rank: int
    properties: Mapping[str, str]
    geometry: BaseGeometry


def read_features(path: Path, *columns: str) -> list[Feature]:
    """The objects of a file, in longitude and latitude whatever its coordinate system.

    GeoJSON (``.geojson``, ``.json``, also ``.gz``) needs nothing; the other formats need the extra
    ``gis``.

    Raises:
        DataFault: unreadable file, unknown coordinate system, missing extra, or missing column.
    """
    plain_name = path.name.lower().removesuffix(".gz")
    is_geojson = plain_name.endswith((".geojson", ".json"))
    features = _geojson_features(path) if is_geojson else _gis_features(path, (*columns, "")[0])
    check_columns(path, features[0].properties if features else (), columns)
    return features


def read_table(path: Path, *columns: str) -> list[dict[str, str]]:
    """The lines of a CSV file (also ``.gz``) in UTF-8 that has these columns.

    Raises:
        DataFault: unreadable file, or a column is missing.
    """
    try:
        text = content_of(path).decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFault(f"{path.name} : ce n’est pas un CSV en UTF-8 ({error}).") from error
    check_columns(path, lines[0] if lines else (), columns)
    return lines


def check_columns(path: Path, present: Iterable[str], expected: Iterable[str]) -> None:
    """Refuse a file that lacks a column.

    Raises:
        DataFault: names the columns that are missing.
    """
    missing = [column for column in expected if column not in set(present)]
    if missing:
        raise DataFault(f"{path.name} : il manque {', '.join(f'« {name} »' for name in missing)}.")


def write_table(path: Path, header: Iterable[str], lines: Iterable[Iterable[object]]) -> None:
    """A CSV file as all tables of ``data/`` are: UTF-8, commas, Unix line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def content_of(path: Path) -> bytes:
    """The bytes of a file, unzipped when it is gzipped.

    Raises:
        DataFault: unreadable or damaged file.
    """
    try:
        content = path.read_bytes()
        return _unzipped(path, content) if content.startswith(GZIP_MAGIC) else content
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or error
        raise DataFault(f"{path.name} : fichier illisible ({reason}).") from error


def _unzipped(path: Path, content: bytes) -> bytes:
    with gzip.open(io.BytesIO(content)) as packed:
        unpacked = packed.read(LARGEST_UNPACKED + 1)
    check_unpacked(path.name, len(content), len(unpacked), LARGEST_UNPACKED)
    return unpacked


def sha256_of(path: Path) -> str:
    """The fingerprint of the file as it lies on the disk."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _geojson_features(path: Path) -> list[Feature]:
    try:
        document = json.loads(content_of(path))
        members = document["features"]
        shapes = [shape(member["geometry"] or NOTHING) for member in members]
        columns = [member["properties"] or {} for member in members]
    except (AttributeError, KeyError, TypeError, ValueError, ShapelyError) as error:
        raise DataFault(f"{path.name} : ce n’est pas un GeoJSON entier ({error}).") from error
    return _features(path, columns, shapes, _named_crs(document))


def _named_crs(document: Mapping[str, Any]) -> str:
    """The system that GeoJSON named before 2016, when a file still does."""
    name = ((document.get("crs") or {}).get("properties") or {}).get("name")
    return str(name) if name else GEOJSON_CRS


def _gis_features(path: Path, wanted: str) -> list[Feature]:
    """The objects of every layer of a file; of a database, the layer that has a wanted column."""
    try:
        from pyogrio import list_layers, read_info
        from pyogrio.errors import DataLayerError, DataSourceError
        from pyogrio.raw import read
    except ImportError as error:
        raise DataFault(
            f"{path.name} : pour lire ce format, installez mapapp[gis] ; le GeoJSON s’en passe."
        ) from error

    def layer_of(source: str) -> str:
        names = [str(name) for name, _ in list_layers(source)]
        fitting = [n for n in names if wanted in map(str.lower, read_info(source, n)["fields"])]
        return (fitting or names)[0]

    features: list[Feature] = []
    try:
        for source in layers_of(path):
            features += _layer_features(path, *read(source, layer_of(source)))
    except (DataLayerError, DataSourceError, UnicodeDecodeError, IndexError) as error:
        raise DataFault(f"{path.name} : fichier géographique illisible.") from error
    return features


def _layer_features(
    path: Path, meta: Mapping[str, Any], _: Any, shapes: Any, values: Iterable[Any]
) -> list[Feature]:
    if shapes is None:
        raise DataFault(f"{path.name} : une table sans contours ; un fichier SIG est attendu.")
    if not meta["crs"]:
        raise DataFault(f"{path.name} : le système de coordonnées manque (fichier .prj).")
    names = [str(name) for name in meta["fields"]]
    columns = [dict(zip(names, line, strict=True)) for line in zip(*values, strict=True)]
    return _features(path, columns, _shapes(shapes), meta["crs"])


def _shapes(published: Iterable[bytes | None]) -> list[BaseGeometry]:
    return [shapely.from_wkb(wkb) if wkb else shape(NOTHING) for wkb in published]


def _features(
    path: Path, columns: Iterable[Mapping[str, Any]], shapes: Iterable[Any], crs: str
) -> list[Feature]:
    to_wgs84 = _transformer(path, crs)
    return [
        Feature(rank, _texts(line), to_wgs84(shape_))
        for rank, (line, shape_) in enumerate(zip(columns, shapes, strict=True), 1)
    ]


def _texts(line: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.lower(): "" if value is None else _once_encoded(str(value))
        for name, value in line.items()
    }


def _once_encoded(text: str) -> str:
    """The text, put right when UTF-8 was read as another encoding: « CitÃ© » is « Cité ».

    A Shapefile without ``.cpg`` does not say its encoding, and some say the wrong one. No French
    name is UTF-8 once more by chance: an accented letter never comes alone there.
    """
    for mistaken in () if text.isascii() else ("latin-1", "cp1252"):
        try:
            return text.encode(mistaken).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _transformer(path: Path, crs: str) -> Any:
    try:
        source = CRS.from_user_input(crs)
    except CRSError as error:
        raise DataFault(f"{path.name} : système de coordonnées inconnu « {crs} ».") from error
    if source.equals(WGS84, ignore_axis_order=True):
        return shapely.force_2d
    transformer = Transformer.from_crs(source, WGS84, always_xy=True)

    def forward(published: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(*published.T))

    return lambda shape_: shapely.transform(shapely.force_2d(shape_), forward)
