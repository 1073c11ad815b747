"""Extracts as GeoJSON and GeoPackage, in longitude and latitude (WGS 84)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from mapapp.errors import DataFault
from mapapp.exporting.extracts import Cell, Extract, Record

#: A tenth of a metre: the public contract gives coordinates no more decimals.
DECIMALS = 6

#: The same extract gives the same bytes: no hour of writing.
_NO_TIME = "1980-01-01T00:00:00.000Z"

#: Columns that GeoPackage makes by itself.
_GPKG_OWN = ("fid", "geom")


def write_geojson(extract: Extract, path: Path) -> None:
    """One feature per line (RFC 7946). Every column is there, null where nothing is told.

    Columns that are there, even empty, tell an importer that the geometry is not the source's word.
    """
    # A lone half of a character, which JSON can carry, is written as JSON writes it: \ud83d.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(f'{{"type":"FeatureCollection","name":{_dumps(extract.name)},"features":[')
        for rank, record in enumerate(extract.records):
            file.write((",\n" if rank else "\n") + _dumps(_feature(extract.columns, record)))
        file.write("\n]}\n")


def write_gpkg(extract: Extract, path: Path) -> None:
    """A GeoPackage of one layer; the extract is held in memory, column by column.

    Raises:
        DataFault: the extra ``gis`` is missing.
    """
    try:
        from pyogrio import set_gdal_config_options
        from pyogrio.raw import write
    except ImportError as error:
        raise DataFault("Pour écrire un GeoPackage, installez mapapp[gis].") from error
    set_gdal_config_options({"OGR_CURRENT_DATE": _NO_TIME})
    records = list(extract.records)
    columns = [_field([record.cells[n] for record in records]) for n in range(len(extract.columns))]
    write(
        path,
        _wkb(records) if extract.shapes else None,
        [values for values, _ in columns],
        list(_field_names(extract.columns)),
        field_mask=[mask for _, mask in columns],
        layer=extract.name,
        driver="GPKG",
        geometry_type=extract.shapes,
        crs="EPSG:4326" if extract.shapes else None,
        promote_to_multi=extract.shapes == "MultiPolygon",
    )


def _feature(columns: Sequence[str], record: Record) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": dict(zip(columns, record.cells, strict=True)),
        "geometry": mapping(_published(record.shape)) if record.shape else None,
    }


def _published(shape: BaseGeometry) -> BaseGeometry:
    """Decimals that mean something, outer rings counter-clockwise as RFC 7946 asks."""
    rounded = shapely.transform(shape, lambda points: np.round(points, DECIMALS))
    return shapely.orient_polygons(rounded)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _wkb(records: Iterable[Record]) -> Any:
    shapes = [record.shape for record in records]
    return np.array(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object)


def _field(cells: Sequence[Cell]) -> tuple[Any, Any]:
    """The values of a column, and where there are none: numbers when all are, else texts."""
    mask = np.array([cell is None for cell in cells], dtype=bool)
    if all(isinstance(cell, int | None) for cell in cells) and not mask.all():
        return np.array([cell or 0 for cell in cells], dtype=np.int64), mask
    if all(isinstance(cell, int | float | None) for cell in cells) and not mask.all():
        return np.array([cell or 0.0 for cell in cells], dtype=np.float64), mask
    texts = [None if cell is None else _text(cell) for cell in cells]
    return np.array(texts, dtype=object), mask


def _text(cell: Cell) -> str:
    return str(cell).encode("utf-8", "replace").decode()


def _field_names(columns: Sequence[str]) -> Iterator[str]:
    """The columns, numbered where SQL, to which « Nom » is « nom », would take two for one."""
    taken = set(_GPKG_OWN)
    for column in columns:
        name, number = _text(column), 1
        while name.casefold() in taken:
            number += 1
            name = f"{_text(column)}_{number}"
        taken.add(name.casefold())
        yield name
