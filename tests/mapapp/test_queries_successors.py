"""Which QPV became which, as the pages ask it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.successors import Line, Successors, page_of, percent, successors

pytestmark = pytest.mark.both_databases


@pytest.fixture
def all_of_them(session: Session, memory: Memory) -> Successors:
    """What became of the shipped QPVs."""
    return successors(session, memory)


def test_every_qpv_stands_on_a_line(
    session: Session, memory: Memory, all_of_them: Successors
) -> None:
    """Both generations whole: nobody is forgotten, overlaps or not."""
    codes = {qpv.code for index in memory.indexes(session).values() for qpv in index.contours.qpvs}
    assert {code for line in all_of_them.lines for code in line.codes} == codes


def test_a_qpv_and_its_successor_know_each_other(all_of_them: Successors) -> None:
    """Les Grésilles of Dijon: the share of each is of its own area."""
    [line] = all_of_them.by_code["QP021004"]
    assert line.codes == ("QP021004", "QN02103M")
    [successor] = all_of_them.of("QP021004").twins
    [former] = all_of_them.of("QN02103M").twins
    assert (successor.qpv.code, successor.share) == ("QN02103M", line.share_of_old)
    assert (former.qpv.code, former.share) == ("QP021004", line.share_of_new)
    assert all_of_them.of("QP021004").generation == 2024


def test_gone_new_and_unknown_are_three_things(all_of_them: Successors) -> None:
    """Where contours of 2015 are missing, no QPV of 2024 is called new."""
    guyane = [line for line in all_of_them.lines if line.codes[0].startswith("QN973")]
    assert guyane
    assert {line.unknown for line in guyane} == {"Guyane"}
    assert not any(line.is_new or line.is_gone for line in guyane)
    gone = [line for line in all_of_them.lines if line.is_gone]
    new = [line for line in all_of_them.lines if line.is_new]
    assert all(line.old and not all_of_them.of(line.old.code).twins for line in gone)
    assert all(line.new and not all_of_them.of(line.new.code).twins for line in new)
    assert (len(gone), len(new)) == (40, 118)


def test_lines_come_by_departement_the_largest_share_first(all_of_them: Successors) -> None:
    """The new ones of a département after those of 2015."""
    lines = all_of_them.lines
    assert [line.codes[0][2:5] for line in lines] == sorted(line.codes[0][2:5] for line in lines)
    for line, following in pairwise(lines):
        if line.codes[0] == following.codes[0]:
            assert line.share_of_old >= following.share_of_old
        elif line.codes[0][2:5] == following.codes[0][2:5]:
            assert (line.old is None) <= (following.old is None)


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        (Filters(q="gresilles dijon"), "QP021004"),
        (Filters(q="qn02103m"), "QP021004"),
        (Filters(departement="21"), "QP021004"),
        (Filters(commune="21231", generation=2015), "QP021004"),
    ],
)
def test_either_qpv_answers_the_filters(
    session: Session, all_of_them: Successors, filters: Filters, code: str
) -> None:
    """Words, code of either generation, territory; the generation asked for changes nothing."""
    found = all_of_them.asked(session, filters)
    assert code in {one for line in found for one in line.codes}
    assert len(found) < 20


def test_words_that_hold_nothing_find_nothing(session: Session, all_of_them: Successors) -> None:
    """As in every other list."""
    assert all_of_them.asked(session, Filters(q="…")) == ()


def test_pages_end_where_the_list_does() -> None:
    """Three lines, two a page; an empty list has one page."""
    lines = [Line(None, None, share / 10) for share in range(3)]
    assert [line.share_of_old for line in page_of(lines, 2, per_page=2).items] == [0.2]
    assert page_of([], 1).pages == 1
    with pytest.raises(UnknownRecord):
        page_of(lines, 3, per_page=2)


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.004, "moins de 1 %"), (0.01, "1 %"), (0.744, "74 %"), (0.994, "99 %"),
        (0.9951, "100 %"), (1.0, "100 %"),
    ],
)  # fmt: skip
def test_a_share_is_told_in_words(share: float, told: str) -> None:
    """Nothing is rounded to none, and only what 5 m of drawing may hide to the whole."""
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == told


def test_it_is_computed_once_for_a_version(
    session: Session, memory: Memory, all_of_them: Successors
) -> None:
    """The same value until the data change."""
    assert successors(session, memory) is all_of_them
