"""Verdicts of the initiatives in the store: judged, kept, and read back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from geo.bulk_verdict import BulkJudge
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, RULE, NamedQpv, Place, Scope, Status, Verdict
from mapapp.store import initiatives as ini

Values = dict[str, Any]

#: How many initiatives are judged before their verdicts are written: bounds the memory.
_BATCH = 2_000


def judge_all(session: Session, indexes: Collection[QpvIndex]) -> None:
    """Judge every initiative of the store again, for every generation; the caller commits."""
    session.execute(delete(ini.VerdictQpv))
    session.execute(delete(ini.Verdict))
    _judge(session, list(session.scalars(select(ini.Initiative.id))), indexes)


def judge_again(session: Session, ids: Sequence[int], indexes: Collection[QpvIndex]) -> None:
    """Judge some initiatives again, for every generation; the caller commits."""
    for some in _batches(ids):
        session.execute(delete(ini.VerdictQpv).where(ini.VerdictQpv.initiative_id.in_(some)))
        session.execute(delete(ini.Verdict).where(ini.Verdict.initiative_id.in_(some)))
    _judge(session, ids, indexes)


def _judge(session: Session, ids: Sequence[int], indexes: Collection[QpvIndex]) -> None:
    judges = [BulkJudge(index) for index in indexes]
    for some in _batches(ids):
        numbered = list(places(session, ini.Initiative.id.in_(some)))
        judged = (one.judge([place for _, place in numbered]) for one in judges)
        verdicts: list[Values] = []
        named: list[Values] = []
        for (initiative_id, _), of_each in zip(numbered, zip(*judged, strict=True), strict=True):
            for verdict in of_each:
                verdicts.append(_verdict_row(initiative_id, verdict))
                named.extend(_named_rows(initiative_id, verdict))
        _write(session, ini.Verdict, verdicts)
        _write(session, ini.VerdictQpv, named)


def _write(session: Session, model: type[Any], rows: Sequence[Values]) -> None:
    """Insert rows that all tell the same columns, whichever are empty, in one statement."""
    if rows:
        session.execute(insert(model), rows, execution_options={"render_nulls": True})


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def places(session: Session, which: ColumnElement[bool]) -> Iterable[tuple[int, Place]]:
    """What each record tells of its place; only a sure « located in » is a declaration."""
    row, link = ini.Initiative, ini.InitiativeQpv
    sure = (link.relation == "located_in") & (link.confidence == "haute")
    declared: dict[int, list[str]] = {}
    links = select(link.initiative_id, link.qpv_code).join(row, row.id == link.initiative_id)
    for initiative_id, code in session.execute(links.where(which, sure).order_by(link.qpv_code)):
        declared.setdefault(initiative_id, []).append(code)
    columns = (row.id, row.lon, row.lat, row.precision, row.radius_m, row.insee_code)
    for found in session.execute(select(*columns).where(which).order_by(row.id)):
        position = _position(found.lon, found.lat, found.precision, found.radius_m)
        yield found.id, Place(position, found.insee_code, tuple(declared.get(found.id, ())))


def _position(
    lon: float | None, lat: float | None, precision: str, radius_m: float | None
) -> Position | None:
    if lon is None or lat is None:
        return None
    return Position(lon, lat, Precision(precision), radius_m or 0.0)


def declared_codes(initiative: ini.Initiative) -> tuple[str, ...]:
    """QPV codes in which the source says for sure that the initiative lies."""
    return tuple(
        link.qpv_code
        for link in initiative.qpv_links
        if link.relation == "located_in" and link.confidence == "haute"
    )


def _verdict_row(initiative_id: int, verdict: Verdict) -> Values:
    return {
        "initiative_id": initiative_id,
        "generation": verdict.generation,
        "status": verdict.status.value,
        "nearest_code": verdict.nearest and verdict.nearest.code,
        "nearest_distance_m": verdict.nearest and verdict.nearest.distance_m,
        "scope": verdict.scope and verdict.scope.value,
        "uncovered": verdict.uncovered,
        "contours_id": verdict.generation,
        "rule": RULE,
        "near_m": NEAR_M,
        "judged_on": date.today(),
    }


def _named_rows(initiative_id: int, verdict: Verdict) -> Iterable[Values]:
    named = [(qpv, False) for qpv in verdict.qpvs] + [(qpv, True) for qpv in verdict.conflicts]
    for rank, (qpv, conflict) in enumerate(named):
        yield {
            "initiative_id": initiative_id,
            "generation": verdict.generation,
            "rank": rank,
            "qpv_code": qpv.code,
            "conflict": conflict,
            "distance_m": qpv.distance_m,
        }


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
