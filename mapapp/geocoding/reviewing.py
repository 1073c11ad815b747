"""Doubtful addresses before a person: what they may be, and what was decided, by whom, when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.candidates import Candidate, candidate_kept
from geo.distance import distance_m
from geo.gazetteer import Found, Gazetteer
from geo.names import typographic
from geo.position import DEFAULT_RADIUS_M, Position, Precision
from geo.wording import metres
from mapapp.errors import BadInput, UnknownRecord, cited
from mapapp.geocoding.asked import asked_of, is_given, shown_address
from mapapp.geocoding.keeping import (
    decided_now,
    finish,
    kept_for,
    publish_outcomes,
)
from mapapp.geocoding.placing import position_of
from mapapp.importing.coordinates import is_french
from mapapp.importing.publishing import Origin
from mapapp.importing.records import found_commune, strays_m
from mapapp.importing.reference import load_reference, store_gazetteer
from mapapp.importing.sources import named_sources
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions, take_the_pen
from mapapp.store.positions import BY_HAND, Decision, GeocodedPosition
from mapapp.store.runs import Run

Values = dict[str, Any]

BY_A_PERSON = "main"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate with its number (from 1), and metres from where the record is shown now."""

    number: int
    candidate: Candidate
    away_m: float | None

    def as_json(self) -> Values:
        """The same for programs."""
        found, point = self.candidate, self.candidate.position
        return {
            "number": self.number,
            "label": found.label,
            "insee_code": found.insee_code,
            "commune": found.city,
            "kind": found.kind,
            "score": found.score,
            "lon": point.lon,
            "lat": point.lat,
            "precision": point.precision.value,
            "radius_m": point.radius_m,
            "distance_m": self.away_m,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """An address to review, or reviewed: ``stale`` when its source now tells another one."""

    source_id: str
    key: str
    slug: str
    name: str
    address: str
    asked: str
    decision: Decision
    reason: str
    label: str | None
    author: str
    decided_at: str
    stale: bool
    proposals: tuple[Proposal, ...]

    def as_json(self) -> Values:
        """The same for programs."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "proposals"}
        source_id = told.pop("source_id")
        candidates = [each.as_json() for each in self.proposals]
        return {"source": source_id, **told, "candidates": candidates}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and why (French)."""

    author: str
    reason: str = ""


def cases(session: Session, source_id: str | None = None, *, all_: bool = False) -> Iterator[Case]:
    """The addresses that a person must look at, in the order of sources and records.

    Doubtful ones, those not found, and decisions by hand about an address that has changed since;
    with ``all_``, every decision by hand too.

    Raises:
        UnknownRecord: there is no such source.
    """
    row, kept = ini.Initiative, GeocodedPosition
    same = (kept.source_id == row.source_id) & (kept.key == row.key)
    found = select(row, kept).join(kept, same).where(kept.decision != Decision.ACCEPTED.value)
    if source_id:
        named_sources(session, source_id)
        found = found.where(row.source_id == source_id)
    for initiative, outcome in session.execute(found.order_by(row.source_id, row.rank)):
        case = _case(initiative, outcome)
        by_hand = outcome.decision in BY_HAND
        if (all_ or case.stale) if by_hand else not case.stale:
            yield case


def accept(engine: Engine, source_id: str, key: str, number: int, reviewer: Reviewer) -> Run:
    """Place a record at one of the candidates of its doubtful address.

    Raises:
        UnknownRecord: no such record, or nothing was asked about its present address.
        BadInput: there is no such candidate, or it is no place to show.
    """
    with sessions(engine).begin() as session:
        take_the_pen(session)
        record = _record(session, source_id, key)
        kept = kept_for(session, source_id, [key]).get(key)
        if kept is None or kept.asked != asked_of(record.told) or not kept.candidates:
            raise UnknownRecord(
                f"« {cited(key)} » n’a pas de candidate : voir « mapapp review list », ou "
                "placez-la avec « mapapp review set »."
            )
        if not 1 <= number <= len(kept.candidates):
            raise BadInput(f"Les candidates vont de 1 à {len(kept.candidates)}.")
        candidate = candidate_kept(kept.candidates[number - 1])
        position = _shown_position(candidate, session)
        chosen = {"decision": Decision.CHOSEN.value, "provider": kept.provider}
        chosen |= {"label": candidate.label, "reason": reviewer.reason or kept.reason}
        return _decide(
            session, record, position, chosen | {"candidates": kept.candidates}, reviewer
        )


def set_position(
    engine: Engine, source_id: str, key: str, position: Position, reviewer: Reviewer
) -> Run:
    """Place a record at a point that a person gives.

    Raises:
        UnknownRecord: no such record.
        BadInput: the point is not in France, or far from the commune of the record.
    """
    with sessions(engine).begin() as session:
        take_the_pen(session)
        record = _record(session, source_id, key)
        kept = kept_for(session, source_id, [key]).get(key)
        _check(record, position, store_gazetteer(session, ()))
        point: Values = {"decision": Decision.SET.value, "provider": BY_A_PERSON, "label": None}
        point |= {"reason": reviewer.reason, "candidates": kept.candidates if kept else []}
        return _decide(session, record, position, point, reviewer)


def position_by_hand(lon: float, lat: float, precision: str, radius_m: float | None) -> Position:
    """The point that a person gives; the usual radius of its precision unless told.

    Raises:
        BadInput: a neighbourhood or a commune has no usual radius.
        PositionError: that is no place on the Earth.
    """
    told = Precision(precision)
    if radius_m is None and told not in DEFAULT_RADIUS_M:
        raise BadInput(f"Un point de précision « {precision} » a besoin de --radius, en mètres.")
    return Position(lon, lat, told, DEFAULT_RADIUS_M[told] if radius_m is None else radius_m)


def _decide(
    session: Session,
    record: ini.Initiative,
    position: Position,
    facts: Values,
    reviewer: Reviewer,
) -> Run:
    """Keep a decision in a run of its own."""
    if is_given(record.told, position_of(record)):
        raise BadInput(
            f"La source donne elle-même la position de « {record.name} » : corrigez son fichier, "
            "puis importez-le."
        )
    values = {"asked": asked_of(record.told), "author": reviewer.author}
    values |= facts | decided_now(position)
    origin = Origin(reviewer.author, f"révision ({record.key})", "")
    reference = load_reference(session)
    run = publish_outcomes(session, record.source_id, {record.key: values}, origin, reference)
    finish(session, f"review {run.id}")
    return run


def _record(session: Session, source_id: str, key: str) -> ini.Initiative:
    row = ini.Initiative
    found = session.scalar(select(row).where(row.source_id == source_id, row.key == key))
    if found is None:
        raise UnknownRecord(
            f"La source « {cited(source_id)} » n’a pas de fiche « {cited(key)} » : "
            "« mapapp review list » donne celles à revoir."
        )
    return found


def _shown_position(candidate: Candidate, session: Session) -> Position:
    """The place of a candidate; a commune is shown as the gazetteer knows it."""
    precision = candidate.position.precision
    if precision is Precision.COMMUNE and candidate.insee_code:
        found = store_gazetteer(session, ()).find(insee_code=candidate.insee_code)
        if isinstance(found, Found):
            return found.position
    if precision in (Precision.COMMUNE, Precision.NONE):
        raise BadInput(
            f"« {cited(candidate.label)} » n’est pas un lieu que mapapp sait montrer : donnez un "
            "point avec « mapapp review set »."
        )
    return candidate.position


def _check(record: ini.Initiative, position: Position, gazetteer: Gazetteer) -> None:
    if not is_french(position.lat, position.lon):
        raise BadInput(
            f"Le point {position.lon}, {position.lat} n’est pas en France : la longitude vient "
            "avant la latitude."
        )
    commune = found_commune(record.told, gazetteer)
    if commune and (away_m := strays_m(position, commune)):
        raise BadInput(
            f"Le point est à {metres(away_m)} de {commune.commune.label}, la commune de la fiche : "
            "vérifiez-le, ou corrigez d’abord la commune dans le fichier de la source."
        )


def _case(record: ini.Initiative, kept: GeocodedPosition) -> Case:
    here = position_of(record)
    candidates = [candidate_kept(each) for each in kept.candidates]
    proposals = tuple(
        Proposal(number, each, round(distance_m(here, each.position), 1) if here else None)
        for number, each in enumerate(candidates, 1)
    )
    return Case(
        source_id=record.source_id,
        key=record.key,
        slug=record.slug,
        name=record.name,
        address=shown_address(record.told),
        asked=kept.asked,
        decision=Decision(kept.decision),
        reason=kept.reason,
        label=kept.label and typographic(kept.label),
        author=kept.author,
        decided_at=kept.decided_at,
        stale=kept.asked != asked_of(record.told),
        proposals=proposals,
    )
