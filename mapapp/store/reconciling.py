"""A table brought to hold exactly the rows it must hold, touching only those that differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    delete,
    insert,
    not_,
    select,
    update,
)
from sqlalchemy.orm import Session

from mapapp.store.base import DATES_THE_ROW

Values = dict[str, Any]
Key = tuple[Any, ...]


def insert_and_update(session: Session, model: type[Any], rows: Sequence[Values]) -> int:
    """Insert the rows that are new and update those that differ; the number of both.

    Columns that the rows do not have are left as they are.
    """
    table: Table = model.__table__
    columns = [column.name for column in table.columns]
    told = [name for name in (rows[0] if rows else ()) if not table.c[name].info.get(DATES_THE_ROW)]
    held = _held(session, table, columns)
    key = _key_columns(table)
    new, changed = [], []
    for row in rows:
        found = held.get(tuple(row[name] for name in key))
        if found is None:
            new.append(row)
        elif any(found[columns.index(name)] != row[name] for name in told):
            changed.append(row)
    if new:
        session.execute(insert(table), new)
    if changed:
        _update(session, table, key, changed)
    return len(new) + len(changed)


def delete_gone(
    session: Session,
    model: type[Any],
    rows: Sequence[Values],
    spared: ColumnElement[bool] | None = None,
) -> int:
    """Delete the rows whose key is not among ``rows`` and that are not ``spared``; their number."""
    table: Table = model.__table__
    key = _key_columns(table)
    wanted = {tuple(row[name] for name in key) for row in rows}
    gone = [found for found in _held(session, table, key, spared) if found not in wanted]
    if gone:
        where = [table.c[name] == bindparam(f"key_{name}") for name in key]
        session.execute(
            delete(table).where(*where),
            [{f"key_{name}": value for name, value in zip(key, k, strict=True)} for k in gone],
        )
    return len(gone)


def _held(
    session: Session,
    table: Table,
    columns: Sequence[str],
    spared: ColumnElement[bool] | None = None,
) -> dict[Key, Any]:
    key = _key_columns(table)
    statement = select(*(table.c[name] for name in columns))
    held = session.execute(statement if spared is None else statement.where(not_(spared)))
    places = [columns.index(name) for name in key]
    return {tuple(row[place] for place in places): row for row in held}


def _key_columns(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _update(session: Session, table: Table, key: Sequence[str], rows: Sequence[Values]) -> None:
    where = [table.c[name] == bindparam(f"key_{name}") for name in key]
    values: Values = {name: bindparam(f"new_{name}") for name in rows[0] if name not in key}
    session.connection().execute(
        update(table).where(*where).values(values),
        [
            {f"key_{name}": row[name] for name in key}
            | {f"new_{name}": row[name] for name in values}
            for row in rows
        ],
    )
