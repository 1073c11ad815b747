"""The filters as SQL: what they must keep, said in another way than the product's."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from geo.distance import Box, Reckoning, boxes_around
from geo.position import Position
from mapapp.filters import Filters
from mapapp.queries.matching_filters import communes_asked
from mapapp.store import initiatives as ini

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


def kept_by(filters: Filters, statement: S) -> S:
    """``statement`` (over initiatives) restricted to those that the filters keep."""
    return statement.where(*_conditions(filters))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [ini.Initiative.search_text.contains(word) for word in filters.words]
    if filters.q and not conditions:
        conditions.append(ini.Initiative.id.is_(None))  # nothing searchable was written
    if filters.theme:
        with_theme = select(ini.InitiativeTheme.initiative_id).where(
            ini.InitiativeTheme.theme_slug.in_(filters.theme)
        )
        conditions.append(ini.Initiative.id.in_(with_theme))
    if filters.source:
        conditions.append(ini.Initiative.source_id == filters.source)
    if filters.bbox:
        conditions.append(within(filters.bbox))
    if filters.place:
        conditions.append(around(filters.place, filters.rayon))
    communes = communes_asked(filters)
    if communes is not None:
        conditions.append(ini.Initiative.insee_code.in_(communes))
    return conditions + _by_verdict(filters)


def within(box: Box) -> ColumnElement[bool]:
    """Initiatives whose point lies in the box; west > east crosses the antimeridian."""
    west, south, east, north = box
    lon, lat = ini.Initiative.lon, ini.Initiative.lat
    between = or_(lon >= west, lon <= east) if west > east else lon.between(west, east)
    return and_(between, lat.between(south, north))


def around(place: Position, radius_m: float) -> ColumnElement[bool]:
    """Initiatives whose point is at most so many metres from a place, to 0.1 %."""
    boxes = or_(*map(within, boxes_around(place, radius_m)))
    return and_(boxes, squared_m2(place) <= radius_m * radius_m)


def squared_m2(place: Position) -> ColumnElement[float]:
    """Squared metres from a place to the point of an initiative, to sort by."""
    lon, lat = ini.Initiative.lon, ini.Initiative.lat
    apart = lon - place.lon
    east = case((apart > 180, apart - 360), (apart < -180, apart + 360), else_=apart)
    squared: ColumnElement[float] = Reckoning.around(place).squared_m2(east, lat - place.lat)
    return squared


def _by_verdict(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.qpv:
        naming = select(ini.VerdictQpv.initiative_id).where(
            ini.VerdictQpv.qpv_code == filters.qpv, ini.VerdictQpv.conflict.is_(False)
        )
        conditions.append(ini.Initiative.id.in_(naming))
    if filters.etat:
        judged = select(ini.Verdict.initiative_id).where(
            ini.Verdict.generation == filters.generation, ini.Verdict.status == filters.etat
        )
        conditions.append(ini.Initiative.id.in_(judged))
    return conditions
