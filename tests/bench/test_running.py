"""Benches run each in a process of its own: one that fails, hangs or is not there is told."""

from __future__ import annotations

from pathlib import Path

import running
from figures import Section
from results import Failure

BENCH = """
import sys, time
import alone
from figures import Figure, Section
def measure(count):
    if count == 1: raise RuntimeError("the disk is full")
    if count == 2: time.sleep(60)
    return Section("A bench", "", (Figure("count", count, ""),))
alone.run(measure, whole={whole}, small=3)
"""


def run(folder: Path, whole: int, limit_s: float, small: bool = False) -> Section | Failure:
    """What one bench of so many ends as."""
    (folder / "one.py").write_text(BENCH.format(whole=whole), encoding="utf-8")
    [outcome] = running.run_all({"one": limit_s}, small, folder)
    return outcome


def test_a_bench_hands_over_its_section(tmp_path: Path) -> None:
    """With its own count, or the small one when a look is asked for."""
    whole, small = run(tmp_path, 5, 60), run(tmp_path, 5, 60, small=True)

    assert isinstance(whole, Section)
    assert isinstance(small, Section)
    assert (whole.figures[0].value, small.figures[0].value) == (5, 3)


def test_a_bench_that_fails_says_why(tmp_path: Path) -> None:
    """Its last words."""
    outcome = run(tmp_path, 1, 60)

    assert isinstance(outcome, Failure)
    assert outcome.reason.startswith("exit 1: ")
    assert outcome.reason.endswith("RuntimeError: the disk is full")


def test_a_bench_that_hangs_is_given_up(tmp_path: Path) -> None:
    """The others go on."""
    assert run(tmp_path, 2, 0.5) == Failure("one", "given up after 0.5 s")
