"""A run taken back: every record as it was before, or a sentence that says why not."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.coverage import reckon_coverage
from mapapp.errors import BadInput, UnknownRecord
from mapapp.geocoding.keeping import restore_outcomes
from mapapp.importing.publishing import mark_change
from mapapp.importing.qpv import restore_contours
from mapapp.importing.reference import load_reference
from mapapp.importing.resources import restore_resources
from mapapp.importing.sources import THE_SOURCE, put_source_back, source_held
from mapapp.importing.writing import Values, held, write
from mapapp.store.engine import take_the_pen
from mapapp.store.runs import Run, RunChange


def roll_back(session: Session, run_id: int) -> Run:
    """Restore what a run changed, in the caller's transaction.

    Raises:
        UnknownRecord: there is no such run.
        BadInput: it was taken back already, or something changed since: the sentence says what.
    """
    take_the_pen(session)
    run = session.get(Run, run_id)
    if run is None:
        raise UnknownRecord(f"Aucune publication ne porte le numéro {run_id}.")
    if run.state != "published":
        raise BadInput(f"La publication {run_id} est déjà annulée.")
    if later := _later(session, run):
        raise BadInput(
            f"La publication {later.id} a changé depuis ce que la {run_id} avait écrit : "
            f"annulez d’abord la {later.id}."
        )
    if run.kind == "qpv":
        for change in run.changes:
            restore_contours(session, run.generation or 0, change.before or {})
    elif run.kind == "resources":
        restore_resources(session, run)
    elif run.kind == "geocode":
        restore_outcomes(session, run)
    else:
        _restore_initiatives(session, run)
    run.state = "rolled_back"
    mark_change(session, f"rollback {run.id}")
    return run


def _later(session: Session, run: Run) -> Run | None:
    """The last run still published that wrote a record of this one.

    Any run that wrote one, when this one made their source: it cannot go before its records.
    """
    keys = select(RunChange.key).where(RunChange.run_id == run.id)
    touching = select(RunChange.run_id).where(RunChange.run_id > run.id)
    if not _made_the_source(run):
        touching = touching.where(RunChange.key.in_(keys))
    return session.scalar(
        select(Run)
        .where(
            Run.kind == run.kind,
            Run.source_id.is_not_distinct_from(run.source_id),
            Run.state == "published",
            Run.id.in_(touching),
        )
        .order_by(Run.id.desc())
    )


def _made_the_source(run: Run) -> bool:
    return any(change.key == THE_SOURCE and change.before is None for change in run.changes)


def _filled(state: Values | None) -> Values | None:
    """A state without its empty values: an older version of mapapp had fewer columns."""
    return state and {name: value for name, value in state.items() if value is not None}


def _restore_initiatives(session: Session, run: Run) -> None:
    source_id = run.source_id or ""
    now: dict[str, Values | None] = {}
    now |= held(session, source_id, [change.key for change in run.changes])
    now[THE_SOURCE] = source_held(session, source_id)
    for change in run.changes:
        if _filled(now.get(change.key)) != _filled(change.after):
            raise BadInput(
                f"« {change.key or source_id} » n’est plus comme la publication {run.id} "
                "l’avait écrit : l’annuler perdrait ce changement."
            )
    former = {change.key: change.before for change in run.changes}
    makes_or_changes = THE_SOURCE in former
    source = former.pop(THE_SOURCE, None)
    write(session, source_id, former, load_reference(session))
    if makes_or_changes:
        put_source_back(session, source_id, source)
    reckon_coverage(session)
