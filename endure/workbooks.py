"""Hostile workbooks by the thousand, to the reader of uploads, and some to a server by HTTP.

``python endure/workbooks.py [COUNT]`` (2,000): each must be refused with a sentence or give the
right rows, in two seconds of processor and 300 MB, and the server must not grow by them.
"""

from __future__ import annotations

import http.client
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from campaign import report  # isort: skip  (it names the folders of the others)
from hostile_workbooks import KINDS, Hostile, hostile_workbooks
from served import mapapp

from mapapp.errors import AppError
from mapapp.joining.tables import read_table
from mapapp.joining.uploads import BOUNDS
from mapapp.tables.readable import Upload

COUNT = 2_000
BY_HTTP = 100
#: Made at once: two of each kind.
BATCH = 2 * len(KINDS)
MOST_S = 2.0
MOST_BYTES = 300_000_000
#: What a Python process keeps of what it gave back, and the noise of a measure.
MOST_GROWTH = 60_000_000
#: Files by minute and address that a server takes; each address of loopback may send as many.
_PER_ADDRESS = 8
_PATIENCE_S = 60
_PAGE_SIZE = resource.getpagesize()


@dataclass
class Outcome:
    """What became of the workbooks."""

    sent: int = 0
    refused: int = 0
    right: int = 0
    slowest_cpu_s: float = 0.0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)


def made(seed: int, count: int) -> list[Hostile]:
    """A few of the workbooks; made elsewhere, for what they weigh unpacked would count as ours."""
    return list(hostile_workbooks(count, seed))


def read(hostile: Hostile, outcome: Outcome) -> None:
    """Read one as an upload is read."""
    begun, used = time.perf_counter(), _cpu_s()
    rows: tuple[tuple[str, ...], ...] | None = None
    try:
        table = read_table(Upload(hostile.name, hostile.content), BOUNDS)
        rows = (table.headers, *(row.texts for row in table.rows))
    except AppError:
        outcome.refused += 1
    except Exception as error:  # what must not be is what is looked for
        outcome.faults.append(f"{hostile.kind}: {error!r}")
    outcome.sent += 1
    if rows is not None and hostile.right is not None:
        outcome.right += rows == hostile.right
    if rows != hostile.right and hostile.right is not None:
        outcome.faults.append(f"{hostile.kind}: not the right rows")
    spent = _cpu_s() - used
    if spent > MOST_S:
        outcome.faults.append(f"{hostile.kind}: {spent:.1f} s")
    outcome.slowest_cpu_s = max(outcome.slowest_cpu_s, spent)
    outcome.slowest_s = max(outcome.slowest_s, time.perf_counter() - begun)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + time.process_time()


def send(workbooks: list[Hostile], outcome: Outcome) -> tuple[int, int]:
    """Send them to ``mapapp serve``; the bytes that the server holds before and after."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mapapp(Path(folder) / "mapapp.sqlite3") as served,
    ):
        place = urlsplit(served.base)
        for rank, hostile in enumerate(workbooks):
            if rank == len(workbooks) // 5:  # what a server loads once is loaded
                before = _memory(place.port or 0)
            sender = f"127.1.0.{1 + rank // _PER_ADDRESS}"
            status = _posted(place.hostname or "", place.port or 0, sender, hostile)
            if status not in (200, 400, 413):
                outcome.faults.append(f"{hostile.kind}: HTTP {status}")
        after = _memory(place.port or 0)
        connection = http.client.HTTPConnection(place.netloc, timeout=_PATIENCE_S)
        connection.request("GET", "/healthz")
        if connection.getresponse().status != 200:
            outcome.faults.append("the server answers no more")
        connection.close()
    return before, after


def _posted(host: str, port: int, sender: str, hostile: Hostile) -> int:
    edge = "-----edge"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{hostile.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + hostile.content + f"\r\n--{edge}--\r\n".encode()
    connection = http.client.HTTPConnection(
        host, port, timeout=_PATIENCE_S, source_address=(sender, 0)
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    connection.request("POST", "/api/v1/locate", body, kind)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _memory(port: int) -> int:
    """Bytes that the processes of the server hold."""
    held = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"serve" in words and str(port).encode() in words:
                held += int((folder / "statm").read_text().split()[1]) * _PAGE_SIZE
        except OSError:
            continue  # it has ended meanwhile
    return held


def main(count: int) -> int:
    """Run the campaign; the exit code."""
    outcome, by_http = Outcome(), []
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as own:
        for first in range(0, count, BATCH):
            batch = own.submit(made, first, min(BATCH, count - first)).result()
            for hostile in batch:
                read(hostile, outcome)
            by_http += batch[: max(0, BY_HTTP - len(by_http))]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    peak = min(peak, BOUNDS.memory)  # the process that made them is a child as well
    before, after = send(by_http, outcome)
    if after - before > MOST_GROWTH:
        outcome.faults.append(f"the server grew by {(after - before) // 1_000_000} MB")
    figures: dict[str, object] = {
        "hostile workbooks sent": outcome.sent,
        "refused with a sentence": outcome.refused,
        "read, rows right": outcome.right,
        "slowest, s of processor": outcome.slowest_cpu_s,
        "slowest, s on the clock": outcome.slowest_s,
        "largest memory of a reader, MB (cap)": peak // 1_000_000,
        "sent by HTTP": len(by_http),
        "server grew by, MB": (after - before) // 1_000_000,
    }
    return report(figures, outcome.faults)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
