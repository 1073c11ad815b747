"""The addresses that mapapp promised, read from ``promises.txt`` beside this file."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("promises.txt")


def promises() -> list[str]:
    """Every promised address, with its parameters and what follows « # »."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("/")]


def old_links() -> list[str]:
    """Those that say how the map is seen."""
    return [line for line in promises() if "#" in line]
