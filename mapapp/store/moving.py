"""A store moved from SQLite to PostgreSQL: a backup of the one replaces what the other holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from mapapp.store.backup import draft_of
from mapapp.store.base import Base, State
from mapapp.store.engine import one_instant, open_engine, sessions, take_the_pen, upgrade_schema

#: Rows that are read and written together.
_BATCH = 2_000


def move_in(engine: Engine, source: Path, watch: Callable[[int, int], object]) -> None:
    """Replace the content of a PostgreSQL database by that of a backup, in one transaction.

    Raises:
        DataFault: ``source`` is no sound backup; the database is as it was.
    """
    upgrade_schema(engine)
    with draft_of(source, None) as draft:
        former = open_engine(f"sqlite:///{draft}")
        try:
            with one_instant(former) as told, sessions(engine).begin() as session:
                take_the_pen(session)
                _replace(told, session, watch)
        finally:
            former.dispose()


def _replace(told: Session, session: Session, watch: Callable[[int, int], object]) -> None:
    tables = Base.metadata.sorted_tables
    count = sum(told.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    done = 0
    for table in reversed(tables):
        session.execute(delete(table))
    for table in tables:
        rows = told.execute(select(table).execution_options(yield_per=_BATCH)).mappings()
        for some in rows.partitions():
            session.execute(insert(table), [dict(row) for row in some])
            done += len(some)
            watch(done, count)
        _go_on_counting(session, table)
    # No cache may take it for a version that it knows.
    session.merge(State(key="data_version", value=token_hex(6)))


def _go_on_counting(session: Session, table: Table) -> None:
    """The next number that PostgreSQL gives follows those that were brought."""
    for column in table.primary_key.columns:
        sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
        named = {"table": table.name, "column": column.name}
        if name := session.scalar(sequence, named):
            last = session.scalar(select(func.max(column)))
            session.execute(
                text("SELECT setval(CAST(:name AS regclass), :last, :used)"),
                {"name": name, "last": last or 1, "used": last is not None},
            )
