"""A plan published: written with its run, in the caller's transaction."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mapapp.coverage import reckon_coverage
from mapapp.importing.planning import Plan
from mapapp.importing.records import Reference
from mapapp.importing.writing import held, ranks, write
from mapapp.store import State
from mapapp.store.batches import batches
from mapapp.store.runs import Run, RunChange

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who imports what: the author, and the file's name and sha256."""

    author: str
    file_name: str
    checksum: str


def new_run(kind: str, origin: Origin, **facts: Any) -> Run:
    """A run that is being published now."""
    return Run(
        kind=kind,
        author=origin.author,
        file_name=origin.file_name,
        checksum=origin.checksum,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        state="published",
        **facts,
    )


def publish(
    session: Session, source_id: str, plan: Plan, reference: Reference, origin: Origin
) -> Run:
    """Write the rows of a plan that change the store, what they replace, and the run."""
    wanted: dict[str, Values | None] = {
        row.key: {"told": row.told, "doubt": row.doubt} for row in plan.to_write
    }
    wanted |= {one.key: one.fate for one in plan.retirements}
    before = held(session, source_id, list(wanted))
    for key, rank in ranks(session, source_id, (one.key for one in plan.retirements)).items():
        before[key]["rank"] = rank  # taken back, it stands there again
    run = new_run(
        "initiatives",
        origin,
        source_id=source_id,
        counts=plan.counts,
        issues=[asdict(issue) for row in plan.rows for issue in row.issues],
    )
    session.add(run)
    session.flush()
    changes = (
        {"run_id": run.id, "rank": rank, "key": key, "before": before.get(key), "after": after}
        for rank, (key, after) in enumerate(wanted.items())
    )
    for some in batches(changes):  # as objects, they would weigh more than all the rest
        session.execute(insert(RunChange), some)
    write(session, source_id, wanted, reference)
    reckon_coverage(session)
    mark_change(session, f"run {run.id} {run.checksum}")
    return run


def mark_change(session: Session, what: str) -> None:
    """Give the data another version: every cache forgets, every server sees the change."""
    state = session.get_one(State, "data_version")
    state.value = hashlib.sha256(f"{state.value} {what}".encode()).hexdigest()[:12]
