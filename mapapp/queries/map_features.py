"""What the map draws: initiatives gathered into clusters, and QPV contours to the pixel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.clusters import Cluster, clusters
from geo.distance import Box
from geo.qpv_index import QpvIndex
from geo.windows import meeting
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.matching_filters import kept_by
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter

Feature = dict[str, Any]

#: The deepest zoom of the map.
MAX_ZOOM = 19

#: Five decimals are 1.1 m, finer than the shipped contours.
_GRID_DEGREES = 1e-5


@dataclass(frozen=True, slots=True)
class _Pins:
    """The initiatives to draw: ids and degrees, in one order."""

    ids: Sequence[int]
    lons: np.ndarray[Any, np.dtype[np.float64]]
    lats: np.ndarray[Any, np.dtype[np.float64]]


def cluster_features(session: Session, filters: Filters, zoom: int) -> list[Feature]:
    """The located initiatives that the filters keep, alone or in clusters, as GeoJSON features.

    Clusters are made over the whole Earth, then those that meet ``filters.bbox`` are drawn: one
    keeps its members while the map moves, and a button under the focus does not vanish.
    """
    pins = _pins(session, replace(filters, bbox=None))
    found = [c for c in clusters(pins.lons, pins.lats, zoom) if _meets(c.box, filters.bbox)]
    ids = [[pins.ids[member] for member in cluster.members] for cluster in found]
    alone = _alone(session, [members[0] for members in ids if len(members) == 1])
    themes = _themes(session, [i for members in ids if len(members) > 1 for i in members])
    return [
        alone[members[0]] if len(members) == 1 else _cluster(cluster, members, themes)
        for cluster, members in zip(found, ids, strict=True)
    ]


def _meets(box: Box, view: Box | None) -> bool:
    if view is None:
        return True
    (west, south, east, north), (left, bottom, right, top) = box, view
    across = east >= left or west <= right if left > right else west <= right and east >= left
    return across and south <= top and north >= bottom


def _pins(session: Session, filters: Filters) -> _Pins:
    row = ini.Initiative
    statement = kept_by(filters, select(row.id, row.lon, row.lat).where(row.lon.is_not(None)))
    rows = session.execute(statement.order_by(row.id)).all()
    ids, lons, lats = zip(*rows, strict=True) if rows else ((), (), ())
    return _Pins(ids, np.array(lons, dtype=float), np.array(lats, dtype=float))


def _alone(session: Session, ids: Sequence[int]) -> dict[int, Feature]:
    row, commune = ini.Initiative, ter.Commune
    statement = (
        select(
            row.id, row.slug, row.name, row.lon, row.lat, row.precision, row.radius_m,
            commune.name.label("commune"),
        )
        .join(commune, isouter=True)
        .where(row.id.in_(ids))
    )  # fmt: skip
    themes = _themes(session, ids)
    return {
        found.id: _feature(
            found.lon,
            found.lat,
            cluster=False,
            slug=found.slug,
            name=found.name,
            commune=found.commune,
            themes=themes[found.id],
            precision=found.precision,
            radius_m=round(found.radius_m or 0),
        )
        for found in session.execute(statement)
    }


def _themes(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The theme slugs of each initiative, in order."""
    link = ini.InitiativeTheme
    statement = (
        select(link.initiative_id, link.theme_slug)
        .where(link.initiative_id.in_(ids))
        .order_by(link.initiative_id, link.rank)
    )
    themes: dict[int, list[str]] = {i: [] for i in ids}
    for initiative_id, slug in session.execute(statement):
        themes[initiative_id].append(slug)
    return themes


def _cluster(cluster: Cluster, members: Sequence[int], themes: dict[int, list[str]]) -> Feature:
    return _feature(
        cluster.lon,
        cluster.lat,
        cluster=True,
        count=len(members),
        bbox=[round(degrees, 6) for degrees in cluster.box],
        themes=dict(Counter(slug for member in members for slug in themes[member])),
    )


def _feature(lon: float, lat: float, **properties: Any) -> Feature:
    point = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "geometry": point, "properties": properties}


@dataclass(frozen=True, slots=True)
class DrawnContours:
    """The QPVs of a generation as drawn at a zoom: ready GeoJSON texts, and their boxes."""

    texts: tuple[str, ...]
    tree: shapely.STRtree

    def within(self, box: Box | None) -> list[str]:
        """The features whose contour meets the box (all without one)."""
        if box is None:
            return list(self.texts)
        return [self.texts[i] for i in meeting(self.tree, box)]


def drawn_contours(
    session: Session, memory: Memory, generation: int, zoom: int | None
) -> DrawnContours:
    """The contours of a generation simplified to a pixel of ``zoom`` (whole without one)."""
    index = memory.index(session, generation)
    return memory.hold(session, ("drawn", generation, zoom), lambda: _draw(index, zoom))


def _draw(index: QpvIndex, zoom: int | None) -> DrawnContours:
    outlines = np.array([qpv.geometry for qpv in index.contours.qpvs], dtype=object)
    shapes = outlines if zoom is None else to_the_pixel(outlines, 360 / 256 / 2**zoom)
    texts = (
        json.dumps(
            {
                "type": "Feature",
                "geometry": json.loads(geometry),
                "properties": {
                    "code": qpv.code,
                    "name": qpv.name,
                    "generation": index.contours.generation,
                },
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for qpv, geometry in zip(
            index.contours.qpvs,
            shapely.to_geojson(shapely.set_precision(shapes, _GRID_DEGREES)),
            strict=True,
        )
    )
    return DrawnContours(tuple(texts), shapely.STRtree(outlines))


def to_the_pixel(outlines: Any, pixel_degrees: float) -> Any:
    """Contours simplified to a pixel; one that is smaller than three pixels is drawn as a point.

    Away from the equator a pixel is fewer degrees of latitude: 0.6 of them at 53° north, the
    northernmost of France, hence the factor.
    """
    west, south, east, north = shapely.bounds(outlines).T
    large = np.maximum(east - west, north - south) >= 3 * pixel_degrees
    drawn = np.asarray(shapely.centroid(outlines))
    # Simplified one by one, the parts of a neighbourhood may come to cross: they are mended.
    drawn[large] = shapely.make_valid(
        shapely.simplify(outlines[large], 0.6 * pixel_degrees),
        method="structure",
        keep_collapsed=False,
    )
    return drawn


def contours_text(features: Iterator[str] | list[str], about: dict[str, Any]) -> str:
    """A FeatureCollection of ready features."""
    head = json.dumps({"type": "FeatureCollection"} | about, ensure_ascii=False)
    return f'{head[:-1]}, "features": [{",".join(features)}]}}'
