"""Which initiatives another set of contours judges otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.store import initiatives as ini
from mapapp.tables.reading import Issue


def verdicts_of(session: Session, generation: int) -> dict[str, str]:
    """By slug, the verdict in a few words: « inside QN02103M »."""
    kept, named = ini.Verdict, ini.VerdictQpv
    of_it = (named.initiative_id == kept.initiative_id) & (named.generation == kept.generation)
    rows = session.execute(
        select(ini.Initiative.slug, kept.status, named.qpv_code)
        .join(kept, kept.initiative_id == ini.Initiative.id)
        .outerjoin(named, of_it & named.conflict.is_(False))
        .where(kept.generation == generation)
        .order_by(ini.Initiative.id, named.rank)
    )
    said: dict[str, str] = {}
    for slug, status, code in rows:
        said[slug] = " ".join(filter(None, [said.get(slug, status), code]))
    return said


def changes(
    before: Mapping[str, str], after: Mapping[str, str], generation: int
) -> Iterator[Issue]:
    """The verdicts that are not what they were, each as a row of the run."""
    for slug, now in after.items():
        if before.get(slug) != now:
            change = f"« {before.get(slug, 'aucun')} » devient « {now} »"
            yield Issue("initiatives", None, f"verdict {generation}", slug, change)
