"""The initiatives of one panel of a drawn map: alone as marks, too close as groups."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from urllib.parse import quote

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from geo.clusters import Cluster, clusters
from geo.distance import Box
from geo.position import Precision
from geo.windows import Window
from geo.wording import metres
from mapapp.filters import Filters
from mapapp.maps.sheet import Group, Mark
from mapapp.queries.located import Points
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter

#: Marks are 24 px wide and groups up to 42: centres this far apart hardly overlap, and each keeps
#: the room that a finger needs (WCAG 2.2, target size).
APART_PX = 44.0

#: Precisions whose place is an area, not a point, as on the interactive map.
AREAS = frozenset({Precision.QUARTIER.value, Precision.COMMUNE.value})


def marks_and_groups(
    session: Session, filters: Filters, points: Points, window: Window
) -> tuple[list[Mark], list[Group]]:
    """Each of the points in exactly one mark or group."""
    found = clusters(points.lons, points.lats, window.zoom, APART_PX)
    alone = [points.ids[cluster.members[0]] for cluster in found if len(cluster.members) == 1]
    groups = [_group(cluster, filters) for cluster in found if len(cluster.members) > 1]
    return _marks(session, [int(i) for i in alone]), groups


def _group(cluster: Cluster, filters: Filters) -> Group:
    url = f"/initiatives{filters.query_string(bbox=_rounded(cluster.box), page=1)}"
    return Group(cluster.lon, cluster.lat, url, len(cluster.members))


def _rounded(box: Box) -> Box:
    """A box to five decimals (1.1 m), outward: an address that holds all of it and is short."""
    west, south, east, north = (degrees * 1e5 for degrees in box)
    low, high = (math.floor(west), math.floor(south)), (math.ceil(east), math.ceil(north))
    return (low[0] / 1e5, low[1] / 1e5, high[0] / 1e5, high[1] / 1e5)


def _marks(session: Session, ids: Sequence[int]) -> list[Mark]:
    """The initiatives of these ids: as many as there is room for on a sheet, so some thousands."""
    row, link = ini.Initiative, ini.InitiativeTheme
    rows = session.execute(
        select(
            row.id, row.slug, row.name, row.lon, row.lat, row.precision, row.radius_m,
            ter.Commune.name.label("commune"),
        )
        .join(ter.Commune, isouter=True)
        .where(row.id.in_(ids))
        .order_by(row.id)
    )  # fmt: skip
    themes: dict[int, list[tuple[str, str]]] = {}
    for initiative_id, slug, label in session.execute(
        select(link.initiative_id, link.theme_slug, cat.Theme.label)
        .join(cat.Theme, cat.Theme.slug == link.theme_slug)
        .where(link.initiative_id.in_(ids))
        .order_by(link.initiative_id, link.rank)
    ):
        themes.setdefault(initiative_id, []).append((slug, label))
    return [_mark(found, themes.get(found.id, ())) for found in rows]


def _mark(row: Row[*tuple[object, ...]], themes: Collection[tuple[str, str]]) -> Mark:
    is_area = row.precision in AREAS
    return Mark(
        lon=row.lon,
        lat=row.lat,
        url=f"/initiatives/{quote(row.slug)}",
        title=_title(row, [label for _, label in themes], is_area),
        theme=next((slug for slug, _ in themes), None),
        area_m=row.radius_m if is_area else None,
    )


def _title(row: Row[*tuple[object, ...]], themes: Sequence[str], is_area: bool) -> str:
    """« Pôle S, Saint-Denis (Culture), situé à 2,2 km près »."""
    place = f"{row.name}, {row.commune}" if row.commune else str(row.name)
    about = f" ({', '.join(themes)})" if themes else ""
    doubt = f", emplacement connu à {metres(row.radius_m)} près" if is_area and row.radius_m else ""
    return place + about + doubt
