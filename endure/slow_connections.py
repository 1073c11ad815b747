"""Slow connections of every kind while a visitor reads: what the slowest answer takes, and memory.

    python endure/slow_connections.py [SECONDS]

Sixty clients of each of six kinds and 500 silent ones, all from one address, that of the visitor,
on ``mapapp serve`` as it is started by default. A visitor asks for ``/healthz`` and ``/`` in turn,
each by a connection of its own. Exits 1 when an answer fails or takes more than a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from campaign import report
from standing import Standing, standing

EACH, SILENT = 60, 500
DURATION_S = 60.0
SLOWEST_S = 1.0
MEMORY_BYTES = 600_000_000
#: Clients arrive within that; the visitor is there from the beginning.
PAUSE_S = 0.1
PATHS = ("/healthz", "/")


@dataclass
class Visit:
    """What a visitor saw: seconds of each answer by path, and the errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in PATHS})
    errors: list[str] = field(default_factory=list)


def visit(base: str, is_over: Callable[[], bool]) -> Visit:
    """Ask for the pages in turn until it is over."""
    seen = Visit()
    while not is_over():
        for path in PATHS:
            begun = time.perf_counter()
            try:
                with urllib.request.urlopen(base + path, timeout=30) as answer:
                    answer.read()
            except OSError as error:
                seen.errors.append(f"{path}: {error}")
            seen.seconds[path].append(time.perf_counter() - begun)
        time.sleep(PAUSE_S)
    return seen


def besieged(
    server: Standing, duration_s: float, each: int, silents: int
) -> tuple[Visit, dict[str, tuple[int, int]]]:
    """A visit while so many clients of each kind, in another process, hold the server up.

    With it, by kind: connections opened, and those of them that the server closed.
    """
    words = (str(one) for one in (server.port, each, silents, duration_s))
    command = [sys.executable, str(Path(__file__).with_name("slow_clients.py")), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as siege:
        seen = visit(server.base, lambda: siege.poll() is not None)
        told = siege.communicate()[0]
    return seen, {kind: tuple(counts) for kind, counts in json.loads(told).items()}


def main() -> int:
    """Print what was measured; 1 on a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=DURATION_S)
    duration_s = parser.parse_args().seconds
    with TemporaryDirectory(prefix="mapapp-") as folder, standing(Path(folder)) as server:
        before = server.memory_bytes()
        seen, clients = besieged(server, duration_s, EACH, SILENT)
        memory_bytes = server.peak_bytes
    slowest = {path: max(taken) for path, taken in seen.seconds.items()}
    figures: dict[str, object] = {"slow connections at once": 6 * EACH + SILENT}
    figures["seconds"] = round(duration_s)
    for path, taken in seen.seconds.items():
        figures[f"slowest of {len(taken)} `{path}`, s"] = slowest[path]
    figures |= {
        "errors of the visitor": len(seen.errors),
        "memory before, MB": round(before / 1e6),
        "most memory, MB": round(memory_bytes / 1e6),
    }
    for kind, (opened, closed) in clients.items():
        figures[f"{kind}: opened, closed by the server"] = f"{opened:,}, {closed:,}"
    faults = list(seen.errors)
    faults += [
        f"`{path}` took {taken:.2f} s" for path, taken in slowest.items() if taken > SLOWEST_S
    ]
    if memory_bytes > MEMORY_BYTES:
        faults.append(f"{memory_bytes / 1e6:.0f} MB of memory")
    return report(figures, faults)


if __name__ == "__main__":
    sys.exit(main())
