"""Several questions answered from one instant of the store, whatever is written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from mapapp.store.engine import sessions


@contextmanager
def one_instant(engine: Engine) -> Iterator[Session]:
    """A session that sees the store as it is at its first question, until it ends."""
    with sessions(engine)() as session:
        if engine.dialect.name == "sqlite":
            # Python's sqlite3 opens a transaction for writing only: each SELECT would be an
            # instant of its own.
            session.execute(text("BEGIN"))
        else:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
