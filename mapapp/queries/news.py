"""The initiatives last published here: what is known of the day is in the runs that brought them.

What ships with mapapp was brought by no run: when it first appeared here is not known, and it comes
after what is dated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mapapp.filters import Filters
from mapapp.queries.columns import read_ids
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.matching_filters import Kept
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.runs import Run, RunChange


@dataclass(frozen=True, slots=True)
class News:
    """An initiative, who tells of it, and when (UTC, ISO 8601).

    ``published``: when it was first published here, None when that is not known. ``updated``: the
    last import that changed it, else the day of its source (to the year or month), else None.
    """

    card: InitiativeCard
    publisher: str
    published: str | None
    updated: str | None


def news(questions: Initiatives, filters: Filters, most: int) -> list[News]:
    """The initiatives that the filters keep, last published first, those of no known day last."""
    session = questions.session
    kept = questions.kept_by(filters)
    dated = _dated(session, kept, most)
    others = _undated(session, kept, most - len(dated))
    cards = {card.slug: card for card in questions.cards([*dated, *others])}
    changed = _last_changes(session, dated)
    sources = {source.id: source for source in session.scalars(select(cat.Source))}
    return [
        News(
            cards[slug],
            sources[cards[slug].source].publisher,
            dated.get(slug),
            changed.get(slug) or sources[cards[slug].source].date,
        )
        for slug in (*dated, *others)
    ]


#: Initiatives and the runs of their sources that wrote them.
_WRITTEN = (
    select(ini.Initiative.id)
    .join(RunChange, RunChange.key == ini.Initiative.key)
    .join(Run, (Run.id == RunChange.run_id) & (Run.source_id == ini.Initiative.source_id))
    .where(Run.kind == "initiatives", Run.state == "published")
)


def _dated(session: Session, kept: Kept, most: int) -> dict[str, str]:
    """Slug → when the run that brought the initiative was published, newest first.

    Runs are asked one by one, newest first: the last ones are enough in general, and are small
    beside the initiatives.
    """
    runs = session.execute(
        select(Run.id, Run.published_at)
        .where(Run.kind == "initiatives", Run.state == "published")
        .order_by(Run.published_at.desc(), Run.id.desc())
    ).all()
    brought = _WRITTEN.where(RunChange.before.is_(None), RunChange.after.is_not(None))
    found: dict[str, str] = {}
    for run_id, published_at in runs:
        if len(found) >= most:
            break
        ids = read_ids(session, brought.where(Run.id == run_id))
        for slug in _first(session, kept.but(kept.columns.among(ids)), most - len(found)):
            found.setdefault(slug, published_at)
    return found


def _undated(session: Session, kept: Kept, most: int) -> list[str]:
    """Slugs of initiatives that no run brought, in the order of their source."""
    if most <= 0:
        return []
    return _first(session, kept.but(~kept.columns.among(read_ids(session, _WRITTEN))), most)


def _first(session: Session, kept: Kept, most: int) -> list[str]:
    """The slugs of the first initiatives, in the order in which their sources tell them."""
    ids = kept.ids(kept.ranks[:most])
    row = ini.Initiative
    slugs = dict(session.execute(select(row.id, row.slug).where(row.id.in_(ids))).all())
    return [slugs[each] for each in ids]


def _last_changes(session: Session, slugs: Iterable[str]) -> dict[str, str]:
    """Slug → when the last published import that changed the initiative was published."""
    row = ini.Initiative
    changed = (
        select(row.slug, func.max(Run.published_at))
        .join(RunChange, RunChange.key == row.key)
        .join(Run, (Run.id == RunChange.run_id) & (Run.source_id == row.source_id))
        .where(row.slug.in_(list(slugs)), Run.kind == "initiatives", Run.state == "published")
        .group_by(row.slug)
    )
    return dict(session.execute(changed).all())
