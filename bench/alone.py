"""How a bench runs alone: ``python bench/join.py [COUNT] [--small]`` prints what it found."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from figures import Figure, Section, as_plain, told

#: A bench: given how many (points, rows, initiatives…), it measures and tells.
Bench = Callable[[int], Section]


def run(bench: Bench, whole: int, small: int) -> None:
    """Read the command line, measure, print; ``--json FILE`` keeps it for ``make bench``."""
    parser = argparse.ArgumentParser(description=bench.__doc__)
    parser.add_argument("count", nargs="?", type=int, help=f"{whole} unless told")
    parser.add_argument("--small", action="store_true", help=f"{small}: a look, no result")
    parser.add_argument("--json", type=Path, help="write the section to this file as well")
    asked = parser.parse_args()
    clean_up_when_ended()
    section = bench(asked.count or (small if asked.small else whole))
    if asked.json:
        asked.json.write_text(json.dumps(as_plain(section)), encoding="utf-8")
    print(as_text(section))


def clean_up_when_ended() -> None:
    """On SIGTERM, end what was started and remove what was made, as after any fault."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("given up"))


def as_text(section: Section) -> str:
    """A section for a terminal."""
    lines = [section.title, *(line for figure in section.figures for line in _lines(figure))]
    return "\n".join([*lines, *(f"  {note}" for note in section.notes)])


def _lines(figure: Figure) -> list[str]:
    verdict = {None: "", True: "  reached", False: "  NOT REACHED"}[figure.reached]
    limit = "" if figure.to_reach is None else f"  (to reach: {to_reach(figure)})"
    first = f"  {told(figure.value, figure.unit):>20}  {figure.name}{limit}{verdict}"
    peers = (
        f"  {told(peer.value, figure.unit):>20}    {peer.name}: × {told(figure.times(peer))}"
        for peer in figure.peers
    )
    return [first, *peers]


def to_reach(figure: Figure) -> str:
    """« ≤ 15 s »; nothing where nothing is to be reached."""
    if figure.to_reach is None:
        return ""
    sign = "≥" if figure.more_is_better else "≤"
    return f"{sign} {figure.to_reach:,.9g} {figure.unit}".strip()
