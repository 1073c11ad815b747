"""GeoJSON as records: the properties of each object, and the position of its point."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mapapp.errors import DataFault
from mapapp.tables.bounds import LARGEST_UNPACKED
from mapapp.tables.unpacking import check_unpacked

_COORDINATES = ("longitude", "latitude")
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


def feature_records(path: Path, notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The headers (line 0), then each object by its rank from 1.

    Raises:
        DataFault: not a whole GeoJSON file.
    """
    members, told = _members(path)
    headers = list(dict.fromkeys(name for cells in told for name in cells))
    shapes = [member["geometry"]["type"] for member in members if member.get("geometry")]
    if others := sum(shape != "Point" for shape in shapes):
        notes.append(f"{others} objets ne sont pas des points\u00a0: leur position n’est pas lue.")
    yield 0, headers
    for rank, cells in enumerate(told, 1):
        yield rank, [cells.get(name, "") for name in headers]


def _members(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The objects, and the properties of each as texts."""
    try:
        document = json.loads(_content(path))
        members = document["features"]
        for member in members:
            _check(member)
        return list(members), [_told(member) for member in members]
    except (
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:
        raise DataFault(
            f"{path.name}\u00a0: ce n’est pas un GeoJSON entier "
            "(«\u00a0FeatureCollection\u00a0» attendue)."
        ) from error


def _check(member: Any) -> None:
    geometry = member.get("geometry") if isinstance(member, dict) else 0
    if not isinstance(geometry, dict | None) or (geometry and "type" not in geometry):
        raise TypeError(member)
    if not isinstance(member.get("properties"), dict | None):
        raise TypeError(member)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if not packed:
        return path.read_bytes()
    content = bytearray()
    with gzip.open(path) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            check_unpacked(path.name, path.stat().st_size, len(content), LARGEST_UNPACKED)
    return bytes(content)


def _told(member: Mapping[str, Any]) -> dict[str, str]:
    """The properties as texts; the point speaks where they have no place for a position.

    Properties named longitude and latitude, even empty, are the source's own word: in what mapapp
    exports, the point is where an initiative is placed, which may be deduced.
    """
    cells = {str(name): text_of(value) for name, value in (member["properties"] or {}).items()}
    geometry = member.get("geometry") or {}
    if geometry.get("type") == "Point" and not all(name in cells for name in _COORDINATES):
        point = geometry.get("coordinates")
        numbers = point[:2] if isinstance(point, list) else []
        cells |= dict(zip(_COORDINATES, map(text_of, numbers), strict=False))
    return cells


def text_of(value: object) -> str:
    """A JSON value as a cell: several values are joined by ``|``, an object stays JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "|".join(map(text_of, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
