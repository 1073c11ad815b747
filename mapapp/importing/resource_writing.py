"""Resources as whole plain values, read from the store and written back as they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.reconciling import insert_and_update

Values = dict[str, Any]

#: Beside the columns of the store: who signed a resource, in order.
PUBLISHERS = "publishers"

_RESOURCE: Table = cat.Resource.__table__  # type: ignore[assignment]
_LINK: Table = cat.ResourcePublisher.__table__  # type: ignore[assignment]


def held_resources(session: Session) -> dict[str, Values]:
    """Every resource of the store, retired ones too, by slug: its columns and its publishers."""
    signed: dict[str, list[str]] = defaultdict(list)
    for slug, publisher in session.execute(
        select(_LINK.c.resource_slug, _LINK.c.publisher_id).order_by(_LINK.c.rank)
    ):
        signed[slug].append(publisher)
    rows = session.execute(select(_RESOURCE).order_by(_RESOURCE.c.rank, _RESOURCE.c.slug))
    return {row["slug"]: dict(row) | {PUBLISHERS: signed[row["slug"]]} for row in rows.mappings()}


def write_resources(session: Session, wanted: Mapping[str, Values | None]) -> None:
    """Bring resources to what is wanted of them; None takes one away."""
    whole = [values for values in wanted.values() if values is not None]
    _delete(session, _LINK, "resource_slug", wanted)
    _delete(session, _RESOURCE, "slug", [slug for slug, values in wanted.items() if values is None])
    rows = [{name: value for name, value in v.items() if name != PUBLISHERS} for v in whole]
    insert_and_update(session, cat.Resource, rows)
    links = [
        {"resource_slug": values["slug"], "publisher_id": publisher, "rank": rank}
        for values in whole
        for rank, publisher in enumerate(values[PUBLISHERS])
    ]
    if links:
        session.execute(insert(_LINK), links)


def spoken_of(session: Session, slugs: Iterable[str]) -> set[str]:
    """Those of the resources that an initiative or a replaced resource leads to."""
    told = set(session.scalars(select(ini.InitiativeResource.resource_slug).distinct()))
    told |= set(session.scalars(select(cat.Resource.replaced_by).distinct()))
    return told & set(slugs)


def _delete(session: Session, table: Table, column: str, slugs: Iterable[str]) -> None:
    keys = [{"gone": slug} for slug in slugs]
    if keys:
        session.execute(delete(table).where(table.c[column] == bindparam("gone")), keys)
