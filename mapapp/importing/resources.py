"""The use case behind ``mapapp import resources``: an edition of the catalogue replaces another.

A file tells the whole edition. The address of what it no longer holds goes on answering, by what
replaces it or by saying that nothing does (:mod:`mapapp.queries.retired`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.errors import BadInput, NotReady
from mapapp.importing.files import Sheet, read_sheet
from mapapp.importing.publishing import Origin, mark_change, new_run
from mapapp.importing.resource_planning import ResourcePlan, compare
from mapapp.importing.resource_rows import known_to, read_edition
from mapapp.importing.resource_writing import held_resources, spoken_of, write_resources
from mapapp.store import State
from mapapp.store import catalogue as cat
from mapapp.store.engine import take_the_pen
from mapapp.store.runs import Run, RunChange


def plan_resources(session: Session, path: Path, edition: str | None = None) -> ResourcePlan:
    """Read an edition and compare it with the store, without writing.

    Raises:
        DataFault: the file cannot be read, lacks a column, or none of its lines can be kept.
        NotReady: nothing is in the store yet.
    """
    return _plan(session, read_sheet(path), path.name, edition)


def publish_resources(
    session: Session, path: Path, edition: str | None, author: str
) -> tuple[ResourcePlan, Run]:
    """Put an edition in force, in the caller's transaction.

    Raises:
        DataFault: as :func:`plan_resources`; nothing was written.
    """
    take_the_pen(session)
    sheet = read_sheet(path)
    plan = _plan(session, sheet, path.name, edition)
    run = new_run(
        "resources",
        Origin(author, path.name, sheet.checksum),
        counts=plan.counts,
        issues=list(map(asdict, plan.issues)),
        changes=[
            RunChange(rank=rank, key=slug, before=plan.before[slug], after=values)
            for rank, (slug, values) in enumerate(plan.after.items())
        ],
    )
    session.add(run)
    write_resources(session, plan.after)
    session.flush()
    mark_change(session, f"run {run.id} {run.checksum}")
    return plan, run


def restore_resources(session: Session, run: Run) -> None:
    """Put every resource that a run changed back as it was; the caller marks the run and commits.

    Raises:
        BadInput: one of them is no longer as the run left it, or something leads to one that the
            run created.
    """
    held = held_resources(session)
    for change in run.changes:
        if held.get(change.key) != change.after:
            raise BadInput(
                f"« {change.key} » n’est plus comme la publication {run.id} l’avait écrite : "
                "l’annuler perdrait ce changement."
            )
    former = {change.key: change.before for change in run.changes}
    write_resources(session, {slug: values for slug, values in former.items() if values})
    created = [slug for slug, values in former.items() if values is None]
    if told := spoken_of(session, created):
        raise BadInput(
            f"La publication {run.id} a créé « {min(told)} », à quoi des initiatives ou "
            "d’anciennes ressources renvoient maintenant : corrigez-les d’abord."
        )
    write_resources(session, dict.fromkeys(created))


def _plan(session: Session, sheet: Sheet, file_name: str, edition: str | None) -> ResourcePlan:
    if session.get(State, "data_version") is None:
        raise NotReady.empty()
    read = read_edition(sheet, file_name, known_to(session))
    names = dict(session.execute(select(cat.Publisher.id, cat.Publisher.name)).all())
    return compare(read, held_resources(session), names, edition)
