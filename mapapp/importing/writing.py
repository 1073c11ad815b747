"""Records of a source written whole: what is wanted of each, or that it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from mapapp.geocoding.placing import pin
from mapapp.importing.records import Record, Reference, record_of
from mapapp.judging import judge_again
from mapapp.slugs import STANDS, Reason, fates, give_slugs, gone, plain_slug, write_fates
from mapapp.store import initiatives as ini
from mapapp.store.batches import batches

Values = dict[str, Any]
Numbered = tuple[int, int, Record]


def held(session: Session, source_id: str, keys: Sequence[str]) -> dict[str, Values]:
    """How some records of a source stand, by key: ``told`` and ``doubt``, or how they are gone."""
    row = ini.Initiative
    found = fates(session, source_id, keys)
    for some in batches(keys):
        where = (row.source_id == source_id, row.key.in_(some))
        for key, told, doubt in session.execute(select(row.key, row.told, row.doubt).where(*where)):
            found[key] = {"told": told, "doubt": doubt}
    return found


def ranks(session: Session, source_id: str, keys: Iterable[str]) -> dict[str, int]:
    """Where some records stand in the order of their source, by key."""
    row = ini.Initiative
    found: dict[str, int] = {}
    for some in batches(keys):
        where = (row.source_id == source_id, row.key.in_(some))
        found.update(session.execute(select(row.key, row.rank).where(*where)).all())
    return found


def write(
    session: Session, source_id: str, wanted: dict[str, Values | None], reference: Reference
) -> None:
    """Bring records of a source to what :func:`held` would tell of them.

    None takes one away as before it was ever told; its address goes on saying that it was. One
    that comes back with its former ``rank`` stands there again.
    """
    ids = _clear(session, source_id, list(wanted))
    states = {key: state for key, state in wanted.items() if state and "told" in state}
    slugs = give_slugs(session, source_id, {key: plain_slug(source_id, key) for key in states})
    write_fates(session, source_id, {key: _fate(state) for key, state in wanted.items()})
    numbered = _numbered(session, source_id, states, ids)

    def record(key: str) -> Record:
        told, doubt = states[key]["told"], states[key]["doubt"]
        return record_of(source_id, slugs[key], told, doubt, reference)

    records = ((number, rank, record(key)) for key, (number, rank) in numbered.items())
    for some in batches(records):
        _insert(session, some)
    written = [number for number, _ in numbered.values()]
    pin(session, written)
    judge_again(session, written, reference.indexes)


def _fate(state: Values | None) -> Values:
    if state is None:
        return gone(Reason.ROLLED_BACK)
    return STANDS if "told" in state else state


def _clear(session: Session, source_id: str, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Take records away; the number and rank that each had."""
    row = ini.Initiative
    found: dict[str, tuple[int, int]] = {}
    for some in batches(keys):
        where = (row.source_id == source_id, row.key.in_(some))
        for number, key, rank in session.execute(select(row.id, row.key, row.rank).where(*where)):
            found[key] = (number, rank)
    for ids in batches([number for number, _ in found.values()]):
        for child in ini.CHILDREN:
            session.execute(delete(child).where(child.initiative_id.in_(ids)))
        session.execute(delete(row).where(row.id.in_(ids)))
    return found


def _numbered(
    session: Session, source_id: str, states: dict[str, Values], ids: dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """The number and rank of records: those they had, or the next free ones."""
    row = ini.Initiative
    number = session.scalar(select(func.coalesce(func.max(row.id), 0))) or 0
    number = max([number, *(held for held, _ in ids.values())])
    of_source = select(func.coalesce(func.max(row.rank), -1)).where(row.source_id == source_id)
    rank = max([session.scalar(of_source) or 0, *(held for _, held in ids.values())])
    numbered = {}
    for key, state in states.items():
        if key not in ids:
            number, rank = number + 1, rank + 1
        numbered[key] = ids.get(key, (number, state.get("rank", rank)))
    return numbered


def _insert(session: Session, numbered: Sequence[Numbered]) -> None:
    initiatives = [r.initiative | {"id": number, "rank": rank} for number, rank, r in numbered]
    session.execute(insert(ini.Initiative), initiatives)
    themes, resources, declared = [], [], []
    for number, _, record in numbered:
        themes += _links(number, "theme_slug", record.themes)
        resources += _links(number, "resource_slug", record.resources)
        declared += [_declaration(number, code) for code in record.declared]
    for model, rows in (
        (ini.InitiativeTheme, themes),
        (ini.InitiativeResource, resources),
        (ini.InitiativeQpv, declared),
    ):
        if rows:
            session.execute(insert(model), rows)


def _links(number: int, column: str, values: Iterable[str]) -> list[Values]:
    return [
        {"initiative_id": number, column: value, "rank": rank} for rank, value in enumerate(values)
    ]


def _declaration(number: int, code: str) -> Values:
    return {
        "initiative_id": number,
        "qpv_code": code,
        "generation": 2015 if code.startswith("QP") else 2024,
        "relation": "located_in",
        "confidence": "haute",
        "evidence": "déclaré par la source",
    }
