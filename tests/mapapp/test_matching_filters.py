"""Filters applied in memory keep what a database would: two ways, one answer."""

from __future__ import annotations

from collections.abc import Iterator

import filters_in_sql
import numpy as np
import pytest
from hostile import TEXTS
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session
from synthetic import SOURCES, synthetic_store

from geo.position import Position
from geo.verdict import Status
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.matching_filters import Kept, kept_by
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.words import search_text

#: Enough for every filter to keep some and leave some.
COUNT = 2_000

words = st.sampled_from(
    [
        "",
        "",
        "epicerie",
        "Lille",
        "quartier de",
        "st",
        "a",
        "de la",
        "zzz",
        "%",
        "« »",
        "e 1",
        "onci",
    ]
)
some_filters = st.builds(
    Filters,
    q=words | st.sampled_from(TEXTS).map(lambda text: text[:100]),
    theme=st.lists(
        st.sampled_from(["alimentation", "sante", "sport", "culture"]), max_size=3, unique=True
    ).map(tuple),
    qpv=st.sampled_from(["", "", "", "QN08604M", "QP021004", "QN05972M", "QN09329M"]),
    commune=st.sampled_from(["", "", "", "59350", "75056", "75120"]),
    departement=st.sampled_from(["", "", "", "59", "973", "2A", "93"]),
    region=st.sampled_from(["", "", "32", "11", "03"]),
    epci=st.sampled_from(["", "", "200054781"]),
    source=st.sampled_from(["", "", "rtes-2022", *(name for name, _ in SOURCES)]),
    etat=st.sampled_from(["", "", *(status.value for status in Status)]),
    generation=st.sampled_from([2015, 2024]),
    bbox=st.none() | st.sampled_from([(-5.2, 41.3, 9.6, 51.1), (2, 48, 3, 49), (50, -30, -50, 60)]),
)
places = st.tuples(
    st.sampled_from([(2.35, 48.85), (3.06, 50.63), (-52.3, 4.9), (179.9, -16.0), (0.0, 89.9)]),
    st.floats(1, 100_000),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The shipped initiatives, two thousand fictive ones, and some that bear hostile texts."""
    engine = synthetic_store(tmp_path_factory.mktemp("many") / "m.sqlite", COUNT)
    with sessions(engine).begin() as session:
        for number, text in enumerate(TEXTS):
            told = {"name": text, "search_text": search_text(text)}
            session.execute(update(ini.Initiative).where(ini.Initiative.id == 100 + number), told)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def many(store: Engine) -> Iterator[Session]:
    """A session on them."""
    with sessions(store)() as session:
        yield session


@pytest.fixture(scope="module")
def held() -> Memory:
    """The memory of a process that serves them."""
    return Memory()


def in_sql(session: Session, filters: Filters) -> list[int]:
    """The ids that the database says, in the order of their sources."""
    row = ini.Initiative
    statement = filters_in_sql.kept_by(filters, select(row.id))
    if filters.place:
        statement = statement.order_by(filters_in_sql.squared_m2(filters.place))
    return list(session.scalars(statement.order_by(row.source_id, row.rank)))


def in_order(kept: Kept, place: Position | None, most: int | None = None) -> list[int]:
    """The ids that are kept, in the order of a list."""
    return kept.ids(kept.nearest_first(place, most) if place else kept.ranks)


@given(some_filters)
def test_every_combination_keeps_what_the_database_keeps(
    many: Session, held: Memory, filters: Filters
) -> None:
    """The same initiatives, in the same order."""
    kept = kept_by(many, held, filters)
    expected = in_sql(many, filters)
    assert in_order(kept, None) == expected
    assert kept.count == len(expected)


@given(some_filters, places, st.integers(1, 60))
def test_what_is_near_comes_in_the_order_of_the_database(
    many: Session,
    held: Memory,
    others: Filters,
    around: tuple[tuple[float, float], float],
    most: int,
) -> None:
    """Nearest first, and the first of them alone when no more are asked for."""
    (lon, lat), radius_m = around
    asked = {name: getattr(others, name) for name in ("theme", "source")}
    filters = Filters(lon=lon, lat=lat, rayon=radius_m, **asked)
    kept = kept_by(many, held, filters)
    expected = in_sql(many, filters)
    assert in_order(kept, filters.place) == expected
    assert in_order(kept, filters.place, most) == expected[:most]


@given(some_filters)
def test_themes_are_counted_as_they_are_told(many: Session, held: Memory, filters: Filters) -> None:
    """Of those kept together, and of each part of them."""
    kept = kept_by(many, held, filters)
    link = ini.InitiativeTheme
    owners: dict[str, set[int]] = {}
    for number, slug in many.execute(select(link.initiative_id, link.theme_slug)):
        owners.setdefault(slug, set()).add(number)
    halves = np.array_split(kept.ranks, 2)
    counted = [kept.by_theme(), *kept.columns.themes.in_groups(halves)]
    for ranks, told in zip([kept.ranks, *halves], counted, strict=True):
        mine = set(kept.ids(ranks))
        assert told == {slug: n for slug, of in owners.items() if (n := len(of & mine))}


def test_the_index_of_words_follows_what_is_written(store: Engine) -> None:
    """Added, changed or taken away in one transaction, a record is found by its words of then."""
    row = ini.Initiative
    with sessions(store)() as session:
        number = session.scalars(select(row.id).order_by(row.id.desc())).first()
        session.execute(update(row).where(row.id == number).values(search_text="zorglub nord"))
        assert kept_by(session, Memory(), Filters(q="orglu no")).count == 1
        for child in ini.CHILDREN:
            session.execute(delete(child).where(child.initiative_id == number))
        session.execute(delete(row).where(row.id == number))
        assert kept_by(session, Memory(), Filters(q="zorglub")).count == 0
        session.rollback()
    with sessions(store)() as session:
        assert kept_by(session, Memory(), Filters(q="zorglub")).count == 0
