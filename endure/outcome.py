"""What a long trial says in the end: a table of figures, and exit code 1 when it met a fault."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence


def tell(figures: Mapping[str, object], faults: Sequence[str]) -> None:
    """Print the figures as a Markdown table, the faults on stderr, and end the process."""
    print("| what | figure |")
    print("| --- | --- |")
    for what, figure in figures.items():
        print(f"| {what} | {figure} |")
    print(f"| faults | {len(faults)} |")
    for fault in faults:
        print(fault, file=sys.stderr)
    raise SystemExit(1 if faults else 0)
