"""What the store holds and where it comes from: counts, sources, contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo.position import Precision
from mapapp.errors import NotReady
from mapapp.store import State
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Holdings:
    """Counts of the store. ``by_precision``, ``by_status``: initiatives by position and verdict."""

    data_version: str
    loaded_on: str
    initiatives: int
    located: int
    resources: int
    publishers: int
    communes: int
    qpvs: dict[int, int]
    by_precision: dict[str, int]
    by_status: dict[int, dict[str, int]]


def holdings(session: Session) -> Holdings:
    """The counts of the store; NotReady when it is empty."""
    state = {row.key: row.value for row in session.scalars(select(State))}
    if "data_version" not in state:
        raise NotReady.empty()
    by_precision = _grouped(session, ini.Initiative.precision)
    total = sum(by_precision.values())
    return Holdings(
        data_version=state["data_version"],
        loaded_on=state["loaded_on"],
        initiatives=total,
        located=total - by_precision.get(Precision.NONE.value, 0),
        resources=_count(session, cat.Resource, cat.Resource.retired.is_(False)),
        publishers=_count(session, cat.Publisher),
        communes=_count(session, ter.Commune),
        qpvs=_grouped(session, ter.Qpv.generation),
        by_precision=by_precision,
        by_status=_by_status(session),
    )


def all_contours(session: Session) -> list[ter.Contours]:
    """The contours in force, newest first."""
    return list(session.scalars(select(ter.Contours).order_by(ter.Contours.generation.desc())))


def all_sources(session: Session) -> list[tuple[cat.Source, int]]:
    """The sources of initiatives, each with how many it has."""
    counts = _grouped(session, ini.Initiative.source_id)
    return [
        (source, counts.get(source.id, 0))
        for source in session.scalars(select(cat.Source).order_by(cat.Source.id))
    ]


def theme_counts(session: Session) -> dict[str, int]:
    """How many initiatives each theme slug has."""
    return _grouped(session, ini.InitiativeTheme.theme_slug)


def departement_counts(session: Session) -> dict[str, int]:
    """How many located initiatives each département code has."""
    rows = session.execute(
        select(ter.Commune.departement_code, func.count())
        .join(ini.Initiative, ini.Initiative.insee_code == ter.Commune.insee_code)
        .where(ini.Initiative.lon.is_not(None))
        .group_by(ter.Commune.departement_code)
    )
    return dict(rows.all())


def _by_status(session: Session) -> dict[int, dict[str, int]]:
    rows = session.execute(
        select(ini.Verdict.generation, ini.Verdict.status, func.count())
        .group_by(ini.Verdict.generation, ini.Verdict.status)
        .order_by(ini.Verdict.generation, ini.Verdict.status)
    )
    counts: dict[int, dict[str, int]] = {}
    for generation, status, count in rows:
        counts.setdefault(generation, {})[status] = count
    return counts


def _count(session: Session, model: type[object], *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _grouped(session: Session, column: InstrumentedAttribute[K]) -> dict[K, int]:
    rows = session.execute(select(column, func.count()).group_by(column).order_by(column))
    return dict(rows.all())
