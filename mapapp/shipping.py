"""The use case behind ``mapapp init``: what ships in ``data/`` brought into the store.

One transaction: the store holds the former data or the new, never a part. Reference tables are
reconciled row by row, so a run after a small correction touches only what changed; the shipped
initiatives are few and are written again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, func, select
from sqlalchemy.orm import Session

from geo.qpv_index import QpvIndex
from geo.verdict import RULE
from mapapp.checking import rule_faults
from mapapp.coverage import reckon_coverage
from mapapp.errors import DataFault
from mapapp.fields.publication import RULE as PRIVACY_RULE
from mapapp.geocoding.placing import pin
from mapapp.importing.masking import mask_stored
from mapapp.initiative_records import initiative_records
from mapapp.judging import judge_all
from mapapp.offline_gazetteer import gazetteer_of
from mapapp.records import reference_rows
from mapapp.shipped_addresses import keep_addresses
from mapapp.store import State
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.contours import load_contours
from mapapp.store.engine import sessions, take_the_pen, upgrade_schema
from mapapp.store.reconciling import delete_gone, insert_and_update
from mapapp.store.runs import Run
from mapapp.tables.reading import Shipped, fingerprint, read_shipped

#: Changes whenever the same files would load into other rows.
LOADER = 4

#: Contours that an operator brought in: those that ship never replace them.
IMPORTED = ter.Contours.run_id.is_not(None)

#: What an imported edition of the catalogue decides from then on: its rows are no longer ours.
_EDITION = (cat.Publisher, cat.Resource, cat.ResourcePublisher)


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
    version = hashlib.sha256(
        f"{fingerprint(folder)} {RULE} {LOADER} {PRIVACY_RULE}".encode()
    ).hexdigest()
    with sessions(engine).begin() as session:
        changed = not _holds(session, version)
        if changed:
            take_the_pen(session)
            changed = not _holds(session, version)  # another server may have built it meanwhile
        if changed:
            _load(session, _read_sound(folder))
            session.merge(State(key="shipped", value=version))
            session.merge(State(key="data_version", value=version[:12]))
            session.merge(State(key="loaded_on", value=date.today().isoformat()))
    return InitReport(changed, time.monotonic() - start)


def _holds(session: Session, version: str) -> bool:
    """Whether the store holds what ships."""
    return session.scalar(select(State.value).where(State.key == "shipped")) == version


def _read_sound(folder: Path) -> Shipped:
    shipped, issues = read_shipped(folder)
    issues += rule_faults(shipped) if not issues else []
    if issues:
        more = f" Et {len(issues) - 1} autres fautes : voir « mapapp check »." if issues[1:] else ""
        raise DataFault(f"{issues[0]}{more} Rien n’a été écrit.")
    return shipped


def _load(session: Session, shipped: Shipped) -> None:
    former = _clear_initiatives(session, [row["id"] for row in shipped.tables["sources"]])
    imported = set(session.scalars(select(ter.Contours.generation).where(IMPORTED)))
    ours = {g: c for g, c in shipped.contours.items() if g not in imported}
    wanted = list(reference_rows(replace(shipped, contours=ours)))
    if _has_imported_edition(session):
        wanted = [(model, rows) for model, rows in wanted if model not in _EDITION]
    for model, rows in wanted:
        insert_and_update(session, model, rows)
    for model, rows in reversed(wanted):
        delete_gone(session, model, rows, _spared(model, imported, shipped))
    indexes = [QpvIndex(load_contours(session, g)) for g in sorted(shipped.contours, reverse=True)]
    gazetteer = gazetteer_of(shipped, [index.contours for index in indexes])
    records = list(_linked(session, initiative_records(shipped, gazetteer, indexes)))
    replaced = {row["identifiant"]: row["remplace"] for row in shipped.tables["initiatives"]}
    keep_addresses(session, records, replaced, former)
    session.add_all(records)
    session.flush()
    mask_stored(session, but=[row["id"] for row in shipped.tables["sources"]])
    pin(session, list(session.scalars(select(ini.Initiative.id))))
    judge_all(session, indexes)
    reckon_coverage(session)


def _has_imported_edition(session: Session) -> bool:
    """Whether an imported edition of the catalogue is in force, in place of the one that ships."""
    editions = select(Run.id).where(Run.kind == "resources", Run.state == "published")
    return session.scalar(editions.limit(1)) is not None


def _linked(session: Session, records: Iterable[ini.Initiative]) -> Iterator[ini.Initiative]:
    """Records with the next free numbers, but no link to what an imported edition never knew."""
    known = set(session.scalars(select(cat.Resource.slug)))
    last = session.scalar(select(func.coalesce(func.max(ini.Initiative.id), 0))) or 0
    for number, record in enumerate(records, last + 1):
        record.id = number
        record.sheet_links = [link for link in record.sheet_links if link.resource_slug in known]
        yield record


def _spared(
    model: type[Any], imported: Collection[int], shipped: Shipped
) -> ColumnElement[bool] | None:
    """What an operator brought in: contours of official files, and other sources."""
    if model is ter.Contours:
        return IMPORTED
    if model is ter.Qpv:
        return ter.Qpv.generation.in_(imported)
    if model is ter.QpvCommune:
        codes = select(ter.Qpv.code).where(ter.Qpv.generation.in_(imported))
        return ter.QpvCommune.qpv_code.in_(codes)
    if model is cat.Source:
        return cat.Source.id.not_in([row["id"] for row in shipped.tables["sources"]])
    return None


def _clear_initiatives(session: Session, sources: Sequence[str]) -> dict[tuple[str, str], str]:
    """Take the records of these sources away; what each was called, by source and identifier."""
    row = ini.Initiative
    columns = select(row.source_id, row.key, row.name).where(row.source_id.in_(sources))
    former = {(source_id, key): name for source_id, key, name in session.execute(columns)}
    ids = select(ini.Initiative.id).where(ini.Initiative.source_id.in_(sources))
    for child in ini.CHILDREN:
        session.execute(delete(child).where(child.initiative_id.in_(ids)))
    session.execute(delete(row).where(row.source_id.in_(sources)))
    return former
