"""What the map draws: initiatives gathered into clusters, and QPV contours to the pixel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from geo.clusters import Cluster, Scatter, clusters
from geo.distance import Box
from geo.qpv_index import QpvIndex
from geo.windows import meeting
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.lone_pins import LonePin, lone_pins

Feature = dict[str, Any]

#: The deepest zoom of the map.
MAX_ZOOM = 19

#: Pixels that a view may have: those of a screen of 3,840 × 2,160 with a margin around it. A larger
#: one is no view of a screen at its zoom, and is drawn as one that is farther away.
MOST_PIXELS = 4_096.0**2

#: Features in one answer. A screen of that size holds some 2,300 places for markers that do not
#: touch; views of a million initiatives have some hundred.
MOST_FEATURES = 2_000

#: A pixel of that zoom is 1.7 m at the latitudes of France, finer than any contour: what is deeper
#: is drawn with the same, which keeps few sets of contours in memory.
DEEPEST_CONTOURS = 16

#: Five decimals are 1.1 m, finer than the shipped contours.
_GRID_DEGREES = 1e-5


def cluster_features(
    questions: Initiatives, filters: Filters, zoom: int
) -> tuple[list[Feature], int]:
    """The located initiatives that the filters keep, alone or in clusters, as GeoJSON features.

    Clusters are those of the whole Earth, of which those that meet ``filters.bbox`` are drawn: one
    keeps its members while the map moves, and a button under the focus does not vanish.

    Returns:
        At most ``MOST_FEATURES``, and the zoom at which they are: the one asked for, or, where
        that would draw more than a screen shows, the deepest that does not.
    """
    kept = questions.kept_by(replace(filters, bbox=None)).located
    points, view = kept.columns.points, filters.bbox
    if kept.count > MOST_FEATURES:
        zoom = bounded_zoom(view, kept.box(), zoom)
    found = clusters(points, zoom, view=view, kept=kept.mask)
    while len(found) > MOST_FEATURES and zoom:
        zoom -= 1
        found = clusters(points, zoom, view=view, kept=kept.mask)
    groups = [cluster for cluster in found if len(cluster.members) > 1]
    alone = [int(cluster.members[0]) for cluster in found if len(cluster.members) == 1]
    themes = kept.columns.themes.in_groups([group.members for group in groups])
    drawn = [_cluster(group, counts) for group, counts in zip(groups, themes, strict=True)]
    pins = [_pin(pin) for pin in lone_pins(questions.session, kept.columns, alone)]
    return drawn + pins, zoom


def bounded_zoom(view: Box | None, held: Box | None, zoom: int) -> int:
    """The zoom asked for, or the deepest at which a view has at most ``MOST_PIXELS``.

    Args:
        view: what is looked at (degrees), the whole Earth without it.
        held: the box of what there is to see: the view is no larger.
        zoom: the one asked for.
    """
    if held is None:
        return zoom
    pixels = sum(_pixels_at_0(part, held) for part in _unwrapped(view or held))
    while zoom and pixels * 4.0**zoom > MOST_PIXELS:
        zoom -= 1
    return zoom


def _unwrapped(box: Box) -> Iterator[Box]:
    """The box, in two where it crosses the antimeridian."""
    west, south, east, north = box
    if west <= east:
        yield box
    else:
        yield west, south, 180.0, north
        yield -180.0, south, east, north


def _pixels_at_0(box: Box, held: Box) -> float:
    """The area that two boxes have in common, in square pixels of zoom 0."""
    west, south = max(box[0], held[0]), max(box[1], held[1])
    east, north = min(box[2], held[2]), min(box[3], held[3])
    if west > east or south > north:
        return 0.0
    corners = Scatter.of(np.array([west, east]), np.array([north, south]))
    (left, top), (right, bottom) = corners.pixels(0).tolist()
    return float((right - left) * (bottom - top))


def _cluster(cluster: Cluster, themes: dict[str, int]) -> Feature:
    return _feature(
        cluster.lon,
        cluster.lat,
        cluster=True,
        count=len(cluster.members),
        bbox=[round(degrees, 6) for degrees in cluster.box],
        themes=themes,
    )


def _pin(pin: LonePin) -> Feature:
    return _feature(
        pin.lon,
        pin.lat,
        cluster=False,
        slug=pin.slug,
        name=pin.name,
        commune=pin.commune,
        themes=pin.themes,
        precision=pin.precision,
        radius_m=round(pin.radius_m or 0),
    )


def _feature(lon: float, lat: float, **properties: Any) -> Feature:
    point = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "geometry": point, "properties": properties}


@dataclass(frozen=True, slots=True, eq=False)
class DrawnContours:
    """The QPVs of a generation as drawn at a zoom: those that were asked for are ready GeoJSON."""

    index: QpvIndex
    zoom: int | None
    ready: dict[int, str] = field(default_factory=dict)

    def within(self, box: Box | None) -> list[str]:
        """The features whose contour meets the box (all without one)."""
        everyone = range(len(self.index.outlines))
        ranks = everyone if box is None else meeting(self.index.tree, box)
        wanted = [int(rank) for rank in ranks]
        missing = [rank for rank in wanted if rank not in self.ready]
        self.ready.update(zip(missing, _drawn(self.index, missing, self.zoom), strict=True))
        return [self.ready[rank] for rank in wanted]


def drawn_contours(
    session: Session, memory: Memory, generation: int, zoom: int | None
) -> DrawnContours:
    """The contours of a generation simplified to a pixel of ``zoom`` (whole without one).

    Beyond ``DEEPEST_CONTOURS`` they are those of that zoom.
    """
    index = memory.index(session, generation)
    zoom = None if zoom is None else min(zoom, DEEPEST_CONTOURS)
    return memory.hold(session, ("drawn", generation, zoom), lambda: DrawnContours(index, zoom))


def _drawn(index: QpvIndex, ranks: Sequence[int], zoom: int | None) -> Iterator[str]:
    """Some contours as GeoJSON texts."""
    outlines = index.outlines[ranks]
    shapes = outlines if zoom is None else to_the_pixel(outlines, 360 / 256 / 2**zoom)
    geometries = shapely.to_geojson(shapely.set_precision(shapes, _GRID_DEGREES))
    for rank, geometry in zip(ranks, geometries, strict=True):
        qpv = index.contours.qpvs[rank]
        about = {"code": qpv.code, "name": qpv.name, "generation": index.contours.generation}
        drawn = {"type": "Feature", "geometry": json.loads(geometry), "properties": about}
        yield json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))


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
