"""The use case behind ``mapapp init``: what ships in ``data/`` brought into the store.

One transaction: the store holds the former data or the new, never a part. Reference tables are
reconciled row by row, so a run after a small correction touches only what changed; the shipped
initiatives are few and are written again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from geo.qpv_index import QpvIndex
from geo.verdict import RULE
from mapapp.checking import rule_faults
from mapapp.errors import DataFault
from mapapp.initiative_records import initiative_records
from mapapp.judging import judge_all
from mapapp.offline_gazetteer import gazetteer_of
from mapapp.records import reference_rows
from mapapp.store import State
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions, upgrade_schema
from mapapp.store.reconciling import delete_gone, insert_and_update
from mapapp.tables.reading import Shipped, fingerprint, read_shipped

_CHILDREN = (
    ini.VerdictQpv,
    ini.Verdict,
    ini.InitiativeEvidence,
    ini.InitiativePlace,
    ini.InitiativeQpv,
    ini.InitiativeResource,
    ini.InitiativeTheme,
)


@dataclass(frozen=True, slots=True)
class InitReport:
    """What ``init`` did: whether anything changed, and how long it took (seconds)."""

    changed: bool
    seconds: float


def initialise(engine: Engine, folder: Path) -> InitReport:
    """Bring schema and shipped data up to date.

    Raises:
        DataFault: a file of ``folder`` breaks a rule; nothing was written.
    """
    start = time.monotonic()
    upgrade_schema(engine)
    version = hashlib.sha256(f"{fingerprint(folder)} {RULE}".encode()).hexdigest()
    with sessions(engine).begin() as session:
        known = session.get(State, "shipped")
        changed = known is None or known.value != version
        if changed:
            _load(session, _read_sound(folder))
            session.merge(State(key="shipped", value=version))
            session.merge(State(key="data_version", value=version[:12]))
            session.merge(State(key="loaded_on", value=date.today().isoformat()))
    return InitReport(changed, time.monotonic() - start)


def _read_sound(folder: Path) -> Shipped:
    shipped, issues = read_shipped(folder)
    issues += rule_faults(shipped) if not issues else []
    if issues:
        more = f" Et {len(issues) - 1} autres fautes : voir « mapapp check »." if issues[1:] else ""
        raise DataFault(f"{issues[0]}{more} Rien n’a été écrit.")
    return shipped


def _load(session: Session, shipped: Shipped) -> None:
    _clear_initiatives(session, [row["id"] for row in shipped.tables["sources"]])
    wanted = list(reference_rows(shipped))
    for model, rows in wanted:
        insert_and_update(session, model, rows)
    for model, rows in reversed(wanted):
        delete_gone(session, model, rows)
    indexes = [QpvIndex(shipped.contours[g]) for g in sorted(shipped.contours, reverse=True)]
    session.add_all(initiative_records(shipped, gazetteer_of(shipped), indexes))
    session.flush()
    judge_all(session, indexes)


def _clear_initiatives(session: Session, sources: Sequence[str]) -> None:
    ids = select(ini.Initiative.id).where(ini.Initiative.source_id.in_(sources))
    for child in _CHILDREN:
        session.execute(delete(child).where(child.initiative_id.in_(ids)))
    session.execute(delete(ini.Initiative).where(ini.Initiative.source_id.in_(sources)))
