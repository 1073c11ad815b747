"""Verdicts of the initiatives in the store: judged, kept, and read back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, RULE, NamedQpv, Place, Scope, Status, Verdict, judge
from mapapp.store import initiatives as ini


def judge_all(session: Session, indexes: Collection[QpvIndex]) -> None:
    """Judge every initiative of the store again, for every generation; the caller commits."""
    session.execute(delete(ini.VerdictQpv))
    session.execute(delete(ini.Verdict))
    everything = select(ini.Initiative).options(selectinload(ini.Initiative.qpv_links))
    for initiative in session.scalars(everything).all():
        place = place_of(initiative)
        session.add_all(_kept(initiative.id, judge(place, index), index) for index in indexes)
    session.flush()


def place_of(initiative: ini.Initiative) -> Place:
    """What the record tells of its place; only a sure « located in » is a declaration."""
    return Place(position_of(initiative), initiative.insee_code, declared_codes(initiative))


def declared_codes(initiative: ini.Initiative) -> tuple[str, ...]:
    """QPV codes in which the source says for sure that the initiative lies."""
    return tuple(
        link.qpv_code
        for link in initiative.qpv_links
        if link.relation == "located_in" and link.confidence == "haute"
    )


def position_of(initiative: ini.Initiative) -> Position | None:
    """The position of a record, None when nothing is known."""
    if initiative.lon is None or initiative.lat is None:
        return None
    precision = Precision(initiative.precision)
    return Position(initiative.lon, initiative.lat, precision, initiative.radius_m or 0.0)


def _kept(initiative_id: int, verdict: Verdict, index: QpvIndex) -> ini.Verdict:
    named = [(qpv, False) for qpv in verdict.qpvs] + [(qpv, True) for qpv in verdict.conflicts]
    return ini.Verdict(
        initiative_id=initiative_id,
        generation=verdict.generation,
        status=verdict.status.value,
        nearest_code=verdict.nearest and verdict.nearest.code,
        nearest_distance_m=verdict.nearest and verdict.nearest.distance_m,
        scope=verdict.scope and verdict.scope.value,
        uncovered=verdict.uncovered,
        contours_id=index.contours.generation,
        rule=RULE,
        near_m=NEAR_M,
        judged_on=date.today(),
        qpvs=[
            ini.VerdictQpv(
                rank=rank, qpv_code=qpv.code, conflict=conflict, distance_m=qpv.distance_m
            )
            for rank, (qpv, conflict) in enumerate(named)
        ],
    )


def read_back(kept: ini.Verdict, name_of: Callable[[str], str]) -> Verdict:
    """The verdict as a value; ``name_of`` gives the name of a QPV code."""

    def named(code: str, distance_m: float | None) -> NamedQpv:
        return NamedQpv(code, name_of(code), distance_m)

    return Verdict(
        generation=kept.generation,
        status=Status(kept.status),
        qpvs=tuple(named(q.qpv_code, q.distance_m) for q in kept.qpvs if not q.conflict),
        nearest=named(kept.nearest_code, kept.nearest_distance_m) if kept.nearest_code else None,
        conflicts=tuple(named(q.qpv_code, q.distance_m) for q in kept.qpvs if q.conflict),
        uncovered=kept.uncovered,
        scope=Scope(kept.scope) if kept.scope else None,
    )
