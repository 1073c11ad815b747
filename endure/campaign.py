"""What the campaigns share: where they run, in which environment, the table they print."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

#: The modules of the tests and of the benches (servers, generated files) serve here as well.
_PATHS = [str(CHECKOUT / folder) for folder in ("", "tests", "bench", "endure")]
sys.path[:0] = [path for path in _PATHS if path not in sys.path]

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(_PATHS)}


def table(figures: Mapping[str, object]) -> str:
    """The figures as a Markdown table; numbers with thousands apart."""
    rows = (f"| {what} | {_shown(figure)} |" for what, figure in figures.items())
    return "\n".join(["| what | figure |", "| --- | ---: |", *rows])


def report(figures: Mapping[str, object], faults: list[str]) -> int:
    """Print the figures and what did not hold; the exit code of the campaign."""
    print(table(figures))
    for fault in faults[:20]:
        print(f"\n- did not hold: {fault}")
    return int(bool(faults))


def _shown(figure: object) -> str:
    if isinstance(figure, float):
        return f"{figure:,.2f}"
    return f"{figure:,}" if isinstance(figure, int) else str(figure)
