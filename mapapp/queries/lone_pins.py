"""What the maps tell of an initiative that stands alone on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.queries.columns import Columns
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter

#: Initiatives asked for in one statement: a view shows some hundred, but any view may be asked.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class LonePin:
    """An initiative on a map: degrees, how well it is located (m), and its theme slugs in order."""

    slug: str
    name: str
    lon: float
    lat: float
    precision: str
    radius_m: float | None
    commune: str | None
    themes: Sequence[str]


def lone_pins(session: Session, columns: Columns, ranks: Sequence[int]) -> Iterator[LonePin]:
    """The initiatives of these ranks, in their order; one that is gone meanwhile is left out."""
    for start in range(0, len(ranks), _BATCH):
        yield from _some(session, columns, ranks[start : start + _BATCH])


def _some(session: Session, columns: Columns, ranks: Sequence[int]) -> Iterator[LonePin]:
    row = ini.Initiative
    ids = columns.ids[ranks].tolist()
    details = (row.slug, row.name, row.lon, row.lat, row.precision, row.radius_m)
    asked = (
        select(row.id, *details, ter.Commune.name.label("commune"))
        .join(ter.Commune, isouter=True)
        .where(row.id.in_(ids))
    )
    found = {told.id: told for told in session.execute(asked)}
    for number, rank in zip(ids, ranks, strict=True):
        told = found.get(number)
        if told and told.lon is not None and told.lat is not None:
            yield LonePin(
                slug=told.slug,
                name=told.name,
                lon=told.lon,
                lat=told.lat,
                precision=told.precision,
                radius_m=told.radius_m,
                commune=told.commune,
                themes=columns.themes.of(rank),
            )
