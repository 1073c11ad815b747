"""The initiatives of one panel of a drawn map: alone as marks, too close as groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.clusters import Cluster, clusters
from geo.distance import Box
from geo.position import Precision
from geo.windows import Window
from geo.wording import metres
from mapapp.filters import Filters
from mapapp.maps.sheet import Group, Mark
from mapapp.queries.lone_pins import LonePin, lone_pins
from mapapp.queries.matching_filters import Kept
from mapapp.store import catalogue as cat

#: Marks are 24 px wide and groups up to 42: centres this far apart hardly overlap, and each keeps
#: the room that a finger needs (WCAG 2.2, target size).
APART_PX = 44.0

#: Precisions whose place is an area, not a point, as on the interactive map.
AREAS = frozenset({Precision.QUARTIER.value, Precision.COMMUNE.value})


def marks_and_groups(
    session: Session, filters: Filters, kept: Kept, window: Window
) -> tuple[list[Mark], list[Group]]:
    """Each of the initiatives kept in exactly one mark or group."""
    found = clusters(kept.columns.points, window.zoom, APART_PX, kept=kept.mask)
    alone = sorted(int(cluster.members[0]) for cluster in found if len(cluster.members) == 1)
    groups = [_group(cluster, filters) for cluster in found if len(cluster.members) > 1]
    labels = dict(session.execute(select(cat.Theme.slug, cat.Theme.label)).all())
    marks = [_mark(pin, labels) for pin in lone_pins(session, kept.columns, alone)]
    return marks, groups


def _group(cluster: Cluster, filters: Filters) -> Group:
    url = f"/initiatives{filters.query_string(bbox=_rounded(cluster.box), page=1)}"
    return Group(cluster.lon, cluster.lat, url, len(cluster.members))


def _rounded(box: Box) -> Box:
    """A box to five decimals (1.1 m), outward: an address that holds all of it and is short."""
    west, south, east, north = (degrees * 1e5 for degrees in box)
    low, high = (math.floor(west), math.floor(south)), (math.ceil(east), math.ceil(north))
    return (low[0] / 1e5, low[1] / 1e5, high[0] / 1e5, high[1] / 1e5)


def _mark(pin: LonePin, labels: Mapping[str, str]) -> Mark:
    is_area = pin.precision in AREAS
    return Mark(
        lon=pin.lon,
        lat=pin.lat,
        url=f"/initiatives/{quote(pin.slug)}",
        title=_title(pin, [labels[slug] for slug in pin.themes], is_area),
        theme=next(iter(pin.themes), None),
        area_m=pin.radius_m if is_area else None,
    )


def _title(pin: LonePin, themes: Sequence[str], is_area: bool) -> str:
    """« Pôle S, Saint-Denis (Culture), situé à 2,2 km près »."""
    place = f"{pin.name}, {pin.commune}" if pin.commune else pin.name
    about = f" ({', '.join(themes)})" if themes else ""
    doubt = f", emplacement connu à {metres(pin.radius_m)} près" if is_area and pin.radius_m else ""
    return place + about + doubt
