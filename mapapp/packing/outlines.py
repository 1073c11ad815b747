"""The outlines of the départements as a light base map: shared borders stay shared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from mapapp.packing.reading import Feature, read_features, sha256_of

Floats: TypeAlias = NDArray[np.float64]

EDITION = "IGN, généralisé par l’ANCT, juillet 2026"
LICENCE = "Licence Ouverte 2.0"

#: Side (m on a Mercator map) of the square whose area a vertex must change to stay: seven pixels at
#: zoom 8. It keeps the file under 40 kB once compressed; half of it doubles the file.
TOLERANCE_M = 4_400

#: Islands, from Corsica down, keep more of their shape, or the smallest would become triangles.
ISLAND_KM2 = 10_000
ISLAND_TOLERANCE_M = 1_000

#: Smaller islands are dropped: at zoom 9 half a square kilometre is five pixels. Houat, Hœdic and
#: Aix are larger, and so are all enclaves.
SMALLEST_KM2 = 0.5

#: Paris and its small neighbours are simplified as if drawn three times larger, like the inset of
#: an atlas: centre (Mercator m) and radius of what is enlarged, some 30 km on the ground.
INSET_CENTRE_M = (261_000, 6_250_000)
INSET_RADIUS_M = 45_000
INSET_SCALE = 3

#: 1e-4 degree is 11 m, a thirtieth of a pixel at zoom 9.
DECIMALS = 4

#: Mercator of a sphere; no more than a drawing scale.
EARTH_RADIUS_M = 6_378_137


def pack_outlines(source: Path, target: Path) -> int:
    """Write the simplified départements of ``source`` to ``target`` (GeoJSON); returns how many.

    Raises:
        DataFault: the source cannot be read.
    """
    features = read_features(source, "insee_dep", "lib_dep")
    outlines = simplified([feature.geometry for feature in features])
    about = {
        "edition": EDITION,
        "licence": LICENCE,
        "source_file_sha256": {source.name: sha256_of(source)},
        "tolerance_m": TOLERANCE_M,
    }
    lines = [_line(feature, outline) for feature, outline in zip(features, outlines, strict=True)]
    target.write_text(
        f'{{"type":"FeatureCollection","contours":{_dumps(about)},"features":[\n'
        + ",\n".join(lines)
        + "\n]}\n",
        encoding="utf-8",
    )
    return len(lines)


def simplified(geometries: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The same areas (degrees) with fewer vertices; neighbours keep one common border.

    Simplified as the map draws them, in Mercator, so that Mayotte and the Nord look alike.
    """
    parts, owners = shapely.get_parts(np.array(geometries), return_index=True)
    land_km2 = _land_km2(parts)
    is_island = land_km2 < ISLAND_KM2
    drawn = shapely.transform(parts, _to_drawing)
    light = np.empty_like(drawn)
    light[is_island] = shapely.coverage_simplify(drawn[is_island], ISLAND_TOLERANCE_M)
    light[~is_island] = shapely.coverage_simplify(drawn[~is_island], TOLERANCE_M)
    degrees = shapely.transform(light, _from_drawing)
    kept = land_km2 >= SMALLEST_KM2
    return [_whole(degrees[kept & (owners == owner)]) for owner in range(len(geometries))]


def _land_km2(parts: NDArray[np.object_]) -> Floats:
    """How large the land is that each part (degrees) belongs to, over borders."""
    lands = shapely.get_parts(shapely.union_all(parts))
    _, land_of = shapely.STRtree(lands).query(
        shapely.point_on_surface(parts), predicate="intersects"
    )
    areas_km2: Floats = shapely.area(shapely.transform(lands, _to_equal_area_km))[land_of]
    return areas_km2


def _to_equal_area_km(lon_lat: Floats) -> Floats:
    """A cylinder that keeps areas; a sphere is 0.5 % off, enough to tell islets."""
    lon, lat = np.radians(lon_lat).T
    unit: Floats = np.column_stack([lon, np.sin(lat)])
    return unit * EARTH_RADIUS_M / 1000


def _to_drawing(lon_lat: Floats) -> Floats:
    lon, lat = np.radians(lon_lat).T
    mercator: Floats = np.column_stack([lon, np.arcsinh(np.tan(lat))])
    return _around_inset(mercator * EARTH_RADIUS_M, _enlarged)


def _from_drawing(drawn: Floats) -> Floats:
    x, y = _around_inset(drawn, _reduced).T / EARTH_RADIUS_M
    degrees: Floats = np.degrees(np.column_stack([x, np.arctan(np.sinh(y))]))
    return degrees.round(DECIMALS)


def _around_inset(points: Floats, rescale: Callable[[Floats], Floats]) -> Floats:
    """The points with their distance to the inset's centre rescaled."""
    offsets = points - INSET_CENTRE_M
    away = np.maximum(np.hypot(*offsets.T), 1e-9)  # the centre itself stays where it is
    moved: Floats = INSET_CENTRE_M + offsets * (rescale(away) / away)[:, np.newaxis]
    return moved


def _enlarged(away_m: Floats) -> Floats:
    drawn_m: Floats = away_m + np.minimum(away_m, INSET_RADIUS_M) * (INSET_SCALE - 1)
    return drawn_m


def _reduced(away_m: Floats) -> Floats:
    edge_m = INSET_RADIUS_M * INSET_SCALE
    return np.where(away_m < edge_m, away_m / INSET_SCALE, away_m - edge_m + INSET_RADIUS_M)


def _whole(parts: NDArray[np.object_]) -> BaseGeometry:
    return MultiPolygon(list(parts)) if len(parts) > 1 else parts[0]


def _line(feature: Feature, outline: BaseGeometry) -> str:
    properties = {
        "code": feature.properties["insee_dep"],
        "nom": feature.properties["lib_dep"],
    }
    geometry = json.loads(shapely.to_geojson(outline))
    return _dumps({"type": "Feature", "properties": properties, "geometry": geometry})


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
