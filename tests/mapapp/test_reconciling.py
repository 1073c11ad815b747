"""A table brought to hold exactly the rows it must, by the smallest change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, create_engine, insert, select, text
from sqlalchemy.orm import Session

from mapapp.store.initiatives import InitiativeTheme
from mapapp.store.reconciling import delete_gone, insert_and_update
from mapapp.store.territory import Region

_LOG = """
CREATE TRIGGER log_{event}_{table} AFTER {event} ON {table}
BEGIN INSERT INTO log VALUES ('{event}'); END
"""

_REGIONS = st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from("xyz"), max_size=6)
_THEMES = st.dictionaries(
    st.tuples(st.integers(1, 3), st.sampled_from(["sante", "sport"])), st.integers(0, 2), max_size=6
)


def _watched(model: type[Any], rows: list[dict[str, Any]]) -> Session:
    """A table holding the rows, that counts what is done to it from now on."""
    table: Table = model.__table__
    session = Session(create_engine("sqlite://"))
    table.create(session.connection())  # without the tables it refers to: nothing enforces them
    session.execute(text("CREATE TABLE log (event TEXT)"))
    if rows:
        session.execute(insert(table), rows)
    for event in ("INSERT", "UPDATE", "DELETE"):
        session.execute(text(_LOG.format(event=event, table=table.name)))
    return session


def _check(model: type[Any], before: Mapping[Any, Any], after: Mapping[Any, Any]) -> None:
    """Bring a table from ``before`` to ``after`` (value by key) and check all that was done."""
    *key, value = (column.name for column in model.__table__.columns)

    def rows(held: Mapping[Any, Any]) -> list[dict[str, Any]]:
        return [dict(zip((*key, value), (*k, v), strict=True)) for k, v in held.items()]

    session = _watched(model, rows(before))
    written = insert_and_update(session, model, rows(after))
    deleted = delete_gone(session, model, rows(after))
    held = {tuple(row[:-1]): row[-1] for row in session.execute(select(model.__table__))}
    done = Counter(session.scalars(text("SELECT event FROM log")))
    session.close()
    assert held == dict(after)
    assert done["INSERT"] == len(after.keys() - before.keys())
    assert done["UPDATE"] == sum(before[k] != after[k] for k in before.keys() & after.keys())
    assert done["DELETE"] == deleted == len(before.keys() - after.keys())
    assert written == done["INSERT"] + done["UPDATE"]


@given(before=_REGIONS, after=_REGIONS)
def test_a_table_holds_exactly_what_it_must(before: dict[str, str], after: dict[str, str]) -> None:
    """New rows are inserted, those that differ updated, the others deleted or left untouched."""
    _check(Region, {(k,): v for k, v in before.items()}, {(k,): v for k, v in after.items()})


@given(before=_THEMES, after=_THEMES)
def test_a_row_may_be_known_by_two_columns(
    before: dict[tuple[int, str], int], after: dict[tuple[int, str], int]
) -> None:
    """The same holds where two columns together tell a row from another."""
    _check(InitiativeTheme, before, after)
