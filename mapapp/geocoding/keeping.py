"""Outcomes as the store keeps them, with what they change: each in a run that can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from geo.acceptance import Accepted, Doubtful, Outcome, improves
from geo.candidates import Candidate
from geo.position import Position, Precision
from mapapp.coverage import reckon_coverage
from mapapp.errors import BadInput
from mapapp.geocoding.placing import OFFLINE, place_again, position_of
from mapapp.importing.publishing import Origin, mark_change, new_run
from mapapp.importing.records import Reference
from mapapp.importing.reference import load_reference
from mapapp.store import initiatives as ini
from mapapp.store.batches import batches
from mapapp.store.positions import BY_HAND, Decision, GeocodedPosition
from mapapp.store.runs import Run, RunChange

Values = dict[str, Any]

_COLUMNS = [
    column
    for column in GeocodedPosition.__table__.columns
    if column.key not in ("source_id", "key")
]


def kept_for(
    session: Session, source_id: str, keys: Collection[str] | None = None
) -> dict[str, GeocodedPosition]:
    """What was found for the addresses of a source, or of some of its records, by key."""
    of_source = select(GeocodedPosition).where(GeocodedPosition.source_id == source_id)
    if keys is None:
        return {kept.key: kept for kept in session.scalars(of_source)}
    found: dict[str, GeocodedPosition] = {}
    for some in batches(keys):
        where = GeocodedPosition.key.in_(some)
        found |= {kept.key: kept for kept in session.scalars(of_source.where(where))}
    return found


def values_of(kept: GeocodedPosition) -> Values:
    """An outcome in plain values, without the record that it is of."""
    return {column.key: getattr(kept, column.key) for column in _COLUMNS}


def values_of_outcome(asked: str, outcome: Outcome, provider: str, author: str) -> Values:
    """An outcome of now in plain values."""
    candidates: tuple[Candidate, ...] = ()
    position, label = None, None
    if isinstance(outcome, Accepted):
        position, label = outcome.position, outcome.label
        candidates = (outcome.candidate,) if outcome.candidate else ()
        provider = provider if outcome.candidate else OFFLINE
        decision = Decision.ACCEPTED
    elif isinstance(outcome, Doubtful):
        decision, candidates = Decision.DOUBTFUL, outcome.candidates
    else:
        decision = Decision.NOT_FOUND
    facts: Values = {"asked": asked, "decision": decision.value, "provider": provider}
    facts |= {"reason": outcome.reason, "label": label, "author": author}
    return facts | decided_now(position) | {"candidates": [asdict(each) for each in candidates]}


def decided_now(position: Position | None) -> Values:
    """The columns of a position that is decided now."""
    return {
        "lon": position and position.lon,
        "lat": position and position.lat,
        "precision": (position.precision if position else Precision.NONE).value,
        "radius_m": position and position.radius_m,
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def stays(kept: GeocodedPosition | None, new: Values) -> bool:
    """Whether what is kept for the same address is not to be replaced: decided by hand, or better.

    Not found is worse than doubtful, and doubtful is worse than any position.
    """
    if kept is None or kept.asked != new["asked"]:
        return False
    if kept.decision in BY_HAND:
        return True
    former = position_of(kept)
    if former is None:
        return kept.decision == Decision.DOUBTFUL and new["decision"] == Decision.NOT_FOUND
    if new["lon"] is None:
        return True
    found = Position(new["lon"], new["lat"], Precision(new["precision"]), new["radius_m"])
    return not improves(former, found)


def is_same(kept: GeocodedPosition | None, new: Values) -> bool:
    """Whether an outcome only says again what is kept.

    What is not found again is another fact: it is looked for again a month later.
    """
    if kept is None or kept.decision == Decision.NOT_FOUND:
        return False
    former = values_of(kept)
    return all(former[name] == new[name] for name in former if name not in ("author", "decided_at"))


def publish_outcomes(
    session: Session,
    source_id: str,
    wanted: Mapping[str, Values],
    origin: Origin,
    reference: Reference,
) -> Run:
    """Keep outcomes of a source with their run, and place its records again.

    In the caller's transaction, which ends with :func:`finish`.
    """
    former = {key: values_of(kept) for key, kept in kept_for(session, source_id, wanted).items()}
    decisions = [values["decision"] for values in wanted.values()]
    counts = {each.value: decisions.count(each.value) for each in Decision}
    run = new_run("geocode", origin, source_id=source_id, counts=counts, issues=[])
    session.add(run)
    session.flush()
    changes = (
        {"run_id": run.id, "rank": rank, "key": key, "before": former.get(key), "after": after}
        for rank, (key, after) in enumerate(wanted.items())
    )
    for some in batches(changes):
        session.execute(insert(RunChange), some)
    _write(session, source_id, wanted, reference)
    return run


def finish(session: Session, what: str) -> None:
    """After all that was placed again: coverage reckoned, the data given another version."""
    reckon_coverage(session)
    mark_change(session, what)


def restore_outcomes(session: Session, run: Run) -> None:
    """Take a run of ours back, in the caller's transaction.

    Raises:
        BadInput: something was decided since.
    """
    source_id = run.source_id or ""
    now = kept_for(session, source_id, [change.key for change in run.changes])
    for change in run.changes:
        kept = now.get(change.key)
        if (values_of(kept) if kept else None) != change.after:
            raise BadInput(
                f"L’adresse de « {change.key} » n’est plus comme la publication {run.id} "
                "l’avait placée : l’annuler perdrait ce changement."
            )
    former = {change.key: change.before for change in run.changes}
    _write(session, source_id, former, load_reference(session))
    reckon_coverage(session)


def _write(
    session: Session,
    source_id: str,
    wanted: Mapping[str, Values | None],
    reference: Reference,
) -> None:
    """Bring outcomes to what is wanted of them; None takes one away. Place their records again."""
    row, kept = ini.Initiative, GeocodedPosition
    ids: list[int] = []
    for some in batches(wanted):
        session.execute(delete(kept).where(kept.source_id == source_id, kept.key.in_(some)))
        ids += session.scalars(
            select(row.id).where(row.source_id == source_id, row.key.in_(some))
        ).all()
    rows = ({"source_id": source_id, "key": k} | v for k, v in wanted.items() if v is not None)
    for some_rows in batches(rows):
        session.execute(insert(kept), some_rows)
    place_again(session, ids, reference)
