"""Twenty visitors ask for the dearest at once: what the others wait, and the memory that it takes.

    python endure/dearest.py [--seconds 20] [--visitors 20] [--workers 2]

A server of ours on loopback, by its own command, with the data that ships, then with 100,000
generated initiatives. The questions are the dearest that ``bench/dearest.py`` finds. Prints a table
in Markdown; ends with 1 when something is not held.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "bench")]

from filled import SHIPPED, shared_folder, stored  # noqa: E402
from served import free_port  # noqa: E402

MANY = 100_000
#: What is to hold: seconds that any other page takes, megabytes of all processes together.
LONGEST_S, MOST_MB = 1.0, 600.0
#: Seconds after which a visitor gives an answer up, and in which a server starts.
PATIENCE_S, START_S = 60.0, 60.0
#: Others look at these, one after the other, so often.
OTHERS = ("/healthz", "/", "/initiatives", "/qpv/QN08604M")
EVERY_S = 0.2

#: « {} » is another value each time, so that nothing of the former answer serves again.
DEAREST = (
    "/api/v1/coverage.xlsx?tous=1&distance={}",
    "/api/v1/coverage.geojson?tous=1&population={}",
    "/api/v1/initiatives.xlsx?rayon={}&lat=46&lon=2",
    "/api/v1/initiatives.geojson?rayon={}&lat=48.8&lon=2.3",
    "/api/v1/clusters?bbox=-5,41,10,51&zoom=18&rayon={}&lat=46&lon=2",
    "/api/v1/clusters?bbox=-5,41,10.{},51&zoom=18",
    "/api/v1/qpv?zoom=19&x={}",
    "/carte.svg?largeur=2000&hauteur=2000&manques=1&population={}",
    "/carte.svg?largeur=1999&hauteur=2000&x={}",
    "/qpv-sans-exemple?tous=1&population={}",
    "/api/v1/coverage?tous=1&population={}",
    "/pres-de-moi?lat=48.86&lon=2.{}&rayon=100000",
    "/territoires/region-11?x={}",
    "/embed?vue=carte&x={}",
)


@dataclass
class Seen:
    """What visitors and the others saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    waits_s: list[tuple[float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    most_mb: float = 0.0
    without_retry: int = 0


def main() -> int:
    """Ask two stores; 1 when something is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print("| what | figure |\n| --- | --- |")
    held = True
    with shared_folder() as folder:
        for size in (SHIPPED, MANY):
            held &= _told(size, _tried(stored(folder, size), asked))
    return 0 if held else 1


def _told(size: int, seen: Seen) -> bool:
    """Print what was seen; whether it is what is to hold."""
    worst_s, where = max(seen.waits_s)
    busy = seen.statuses["503"] + seen.statuses["429"]
    failed = sum(n for status, n in seen.statuses.items() if status not in ("200", "429", "503"))
    about = f"dearest GET, {size:,} initiatives"
    print(f"| {about}: answers to visitors | {seen.statuses['200']:,} |")
    print(f"| {about}: told to come back (503, 429) | {busy:,} |")
    print(f"| {about}: other answers, no answer | {failed} |")
    print(f"| {about}: longest wait of another page | {worst_s:.2f} s (`{where}`) |")
    print(f"| {about}: memory of all processes | {seen.most_mb:.0f} MB |")
    for fault in seen.faults[:5]:
        print(f"| {about}: fault | {fault} |")
    return (
        worst_s <= LONGEST_S
        and seen.most_mb <= MOST_MB
        and not failed
        and not seen.faults
        and not seen.without_retry
    )


def _tried(database: Path, asked: argparse.Namespace) -> Seen:
    seen, numbers = Seen(), count(1)
    with _served(database, asked.workers) as (port, pid):
        end = time.monotonic() + asked.seconds
        threads = [
            threading.Thread(target=_visitor, args=(port, rank, numbers, end, seen))
            for rank in range(asked.visitors)
        ]
        for thread in threads:
            thread.start()
        for rank in count():
            if time.monotonic() > end:
                break
            path = OTHERS[rank % len(OTHERS)]
            begun = time.monotonic()
            status, _ = _ask(port, path)
            seen.waits_s.append((time.monotonic() - begun, path))
            if status != "200":
                seen.faults.append(f"`{path}`: {status}")
            seen.most_mb = max(seen.most_mb, _megabytes(pid))
            time.sleep(EVERY_S)
        for thread in threads:
            thread.join()
    return seen


def _visitor(port: int, rank: int, numbers: Iterator[int], end: float, seen: Seen) -> None:
    while time.monotonic() < end:
        path = DEAREST[rank % len(DEAREST)].format(next(numbers))
        status, headers = _ask(port, path)
        seen.statuses[status] += 1
        if status in ("503", "429"):
            if "Retry-After" not in headers:
                seen.faults.append(f"`{path}`: {status} without Retry-After")
            time.sleep(0.5)  # an impatient one: sooner than is asked
        rank += 7


def _ask(port: int, path: str) -> tuple[str, Mapping[str, str]]:
    """Status and headers of an answer read to its end; the name of what went wrong else."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        while answer.read(1 << 16):
            pass
        return str(answer.status), dict(answer.headers)
    except (OSError, http.client.HTTPException) as fault:
        return type(fault).__name__, {}
    finally:
        connection.close()


@contextmanager
def _served(database: Path, workers: int) -> Iterator[tuple[int, int]]:
    """``mapapp serve`` on a database, with an instance folder of its own: its port and process."""
    port = free_port()
    with TemporaryDirectory(prefix="mapapp-endure-") as instance:
        environment = os.environ | {
            "MAPAPP_DATABASE_URL": f"sqlite:///{database}",
            "MAPAPP_INSTANCE": instance,
            "MAPAPP_GEOCODER": "http://127.0.0.1:9",
            "PYTHONPATH": str(CHECKOUT),
        }
        words = ("serve", "--port", str(port), "--workers", str(workers))
        process = subprocess.Popen(
            (sys.executable, "-m", "mapapp", *words), env=environment, stdout=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + START_S
            while _ask(port, "/healthz")[0] != "200" and time.monotonic() < deadline:
                time.sleep(0.1)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(START_S)


def _megabytes(pid: int) -> float:
    """The memory of a process and its descendants, what they share counted once (PSS)."""
    total_kb = 0
    for one in _tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
    return total_kb / 1_000


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


if __name__ == "__main__":
    sys.exit(main())
