"""The page and the picture of the results: nothing promised or failed goes untold."""

from __future__ import annotations

from xml.etree import ElementTree

from figures import Figure, Peer, Section
from picture import alternative, drawing
from results import Failure, as_markdown

SVG = "{http://www.w3.org/2000/svg}"

SLOW = Figure("answer", 1_000, "ms", 500, if_missed="It waits for the disk.")
FAST = Figure("points & areas", 50, "M/s", 25, more_is_better=True, peers=(Peer("others <1>", 2),))
NONE = Figure("errors", 0, "", 0)
OUTCOMES = (Section("A bench", "How.", (SLOW, FAST, NONE), ("A note.",)), Failure("gone", "exit 1"))

PAGE = as_markdown(OUTCOMES, {"machine": "two cores"}, "results.svg", alternative(OUTCOMES))


def test_every_promise_is_in_the_table() -> None:
    """What, to reach, reached, verdict."""
    assert "2 of 3 reached." in PAGE
    assert "| answer | ≤ 500 ms | 1,000 ms | **not reached** |" in PAGE
    assert "| points & areas | ≥ 25 M/s | 50.0 M/s | reached |" in PAGE
    assert "| errors | ≤ 0 | 0 | reached |" in PAGE


def test_what_is_missed_says_why() -> None:
    """The reason stands in the section; a miss without a reason says that too."""
    unknown = as_markdown((Section("", "", (Figure("x", 2, "s", 1),)),), {}, "", "")

    assert "Not reached: answer. It waits for the disk." in PAGE
    assert "Not reached: x. Why is not known yet." in unknown


def test_a_bench_that_failed_is_told() -> None:
    """With what it said last, before the figures of the others."""
    assert PAGE.index("- `bench/gone.py`: exit 1") < PAGE.index("| answer |")


def test_the_peers_are_in_the_section() -> None:
    """Each with its own figure and the ratio."""
    assert "| — others <1> | 2.00 M/s | × 25.0 |" in PAGE


def test_the_picture_has_a_bar_for_each_ratio() -> None:
    """Against limits and against peers; what must be nothing has no ratio, and no bar."""
    image = ElementTree.fromstring(drawing(OUTCOMES))
    words = ["".join(text.itertext()) for text in image.iter(f"{SVG}text")]
    bars = [bar.get("class") for bar in image.iter(f"{SVG}rect")]

    assert bars == ["paper", "bad", "good", "good"]
    assert {"× 0.500", "× 2.00", "× 25.0", "points & areas: others <1>"} <= set(words)


def test_the_picture_is_told_in_words_and_follows_the_reader() -> None:
    """A title, the same sentence as the page's alternative, and colours for the dark."""
    drawn = drawing(OUTCOMES)
    image = ElementTree.fromstring(drawn)

    assert image.get("role") == "img"
    assert image.findtext(f"{SVG}desc") == alternative(OUTCOMES)
    assert alternative(OUTCOMES) in PAGE
    assert "1 of 2 limits held" in alternative(OUTCOMES)
    assert "prefers-color-scheme: dark" in drawn
