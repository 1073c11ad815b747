"""What a figure says: whether it is reached, against whom, and in how many signs."""

from __future__ import annotations

import pytest
from alone import as_text, to_reach
from figures import Figure, Peer, Section, as_plain, from_plain, ratio, told

SLOW = Figure("answer", 600, "ms", 500, if_missed="The bench is a test.")
FAST = Figure("points", 30, "M/s", 25, more_is_better=True, peers=(Peer("others", 1.5),))
BARE = Figure("a fact", 3, "s", peers=(Peer("others", 6),))


def test_a_limit_is_held_from_its_side() -> None:
    """At most for times, at least for what had better be more; the limit itself is reached."""
    assert SLOW.reached is False
    assert FAST.reached is True
    assert BARE.reached is None
    assert Figure("answer", 500, "ms", 500).reached is True
    assert Figure("errors", 0, "", 0).reached is True
    assert Figure("errors", 1, "", 0).reached is False


def test_over_one_is_better_than_a_peer() -> None:
    """Twice as long, or half as many per second, is twice worse."""
    assert BARE.times(BARE.peers[0]) == 2
    assert FAST.times(FAST.peers[0]) == 20
    assert ratio("sooner", ours=2, theirs=50, to_reach=20).value == 25


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 s"),
        (0.0704, "0.0704 s"),
        (1.5, "1.50 s"),
        (14.26, "14.3 s"),
        (149.2, "149 s"),
        (1_234_567, "1,234,567 s"),
    ],
)
def test_a_number_has_three_signs(value: float, words: str) -> None:
    """More would be noise; none is lost before the point."""
    assert told(value, "s") == words


def test_a_limit_is_told_with_its_side() -> None:
    """« ≤ » or « ≥ », and nothing where nothing is to be reached."""
    assert [to_reach(figure) for figure in (SLOW, FAST, BARE)] == ["≤ 500 ms", "≥ 25 M/s", ""]


def test_a_section_goes_from_one_process_to_another() -> None:
    """What is written as JSON is read again as it was."""
    section = Section("A bench", "How.", (SLOW, FAST, BARE), ("A note.",))

    assert from_plain(as_plain(section)) == section


def test_a_terminal_tells_what_is_not_reached() -> None:
    """With the limit, the peers and the notes."""
    text = as_text(Section("A bench", "How.", (SLOW, FAST), ("A note.",)))

    assert "600 ms  answer  (to reach: ≤ 500 ms)  NOT REACHED" in text
    assert "others: × 20.0" in text
    assert text.endswith("A note.")
