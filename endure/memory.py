"""Memory of the server after many requests of every kind.

    python endure/memory.py [REQUESTS]

Some visitors ask for pages, answers of the API, searches and files, by connections that they keep,
on ``mapapp serve`` as it is started by default. Exits 1 when an answer is neither 200 nor 503 (too
many wait), or when the second half of the requests has added more than a tenth to the memory.
"""

from __future__ import annotations

import argparse
import http.client
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from campaign import report
from standing import standing

REQUESTS = 50_000
VISITORS = 8
MOST_GROWTH = 1.10
#: Memory is looked at after the first so many parts of the requests, then at the end.
PARTS = 4

PATHS = (
    "/",
    "/healthz",
    "/initiatives?theme=culture",
    "/qpv/QN08604M",
    "/ressources",
    "/territoires/21231",
    "/carte.svg",
    "/embed",
    "/pres-de-moi?lat=47.32&lon=5.04",
    "/api/v1/initiatives",
    "/api/v1/initiatives.csv",
    "/api/v1/clusters?zoom=6",
    "/api/v1/qpv?bbox=2,48,3,49&zoom=10",
    "/api/v1/locate?lon=0.35&lat=46.565",
    "/api/v1/search?q=lille",
    "/api/v1/nearby?lon=5.04&lat=47.32&rayon=5000",
)


def paths() -> Iterator[str]:
    """The paths in turn, each time with another question, so that nothing is only recalled."""
    for rank, path in enumerate(cycle(PATHS)):
        if "lat=" in path:
            yield path.replace("lat=4", f"lat={40 + rank % 900 / 100:.2f}&essai=", 1)
        else:
            yield path


def ask(port: int, asked: list[str]) -> Counter[int]:
    """Ask for all of these by one connection; how many answers of each status."""
    statuses: Counter[int] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in asked:
        try:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
        except (http.client.HTTPException, OSError):  # a worker has been replaced
            connection.close()
            statuses[0] += 1
    connection.close()
    return statuses


def main() -> int:
    """Print what was measured; 1 on a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", nargs="?", type=int, default=REQUESTS)
    count = parser.parse_args().requests
    each = count // PARTS // VISITORS
    statuses: Counter[int] = Counter()
    sizes: list[int] = []
    asked = paths()
    with TemporaryDirectory(prefix="mapapp-") as folder, standing(Path(folder)) as server:
        before = server.memory_bytes()
        with ThreadPoolExecutor(VISITORS) as visitors:
            for _ in range(PARTS):
                shares = [list(islice(asked, each)) for _ in range(VISITORS)]
                for seen in visitors.map(lambda share: ask(server.port, share), shares):
                    statuses += seen
                sizes.append(server.memory_bytes())
        peak = server.peak_bytes
    growth = sizes[-1] / sizes[PARTS // 2 - 1]
    figures: dict[str, object] = {f"requests, by {VISITORS} visitors": sum(statuses.values())}
    for status, found in sorted(statuses.items()):
        figures[f"answers {status or 'cut while a worker was replaced'}"] = found
    figures |= {
        "memory before, MB": round(before / 1e6),
        "memory after each quarter, MB": ", ".join(f"{one / 1e6:.0f}" for one in sizes),
        "most memory, MB": round(peak / 1e6),
        "second half against first": growth,
    }
    unexpected = {status: found for status, found in statuses.items() if status not in (200, 503)}
    faults = [f"{found} answers {status}" for status, found in unexpected.items() if status]
    if growth > MOST_GROWTH:
        faults.append(f"the memory grew by {growth - 1:.0%}")
    return report(figures, faults)


if __name__ == "__main__":
    sys.exit(main())
