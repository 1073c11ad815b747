"""Two hundred visitors at once for a minute: what the slowest answers take, and whether any fails.

    python bench/crowd.py [VISITORS]

A load of ours on a server of ours, on loopback alone, bounded in visitors and in time. The visitors
share the machine with the server.
"""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.parse import quote, urlsplit

import alone
import served
from figures import Figure, Section
from filled import SHIPPED, shared_folder, stored
from visits import Step, World, arrival, step

SEED = 20_260_103
WHOLE, SMALL = 200, 20
DURATION_S, SHORT_S = 60, 8
MANY, FEWER = 100_000, 1_000
WORKERS = 2
#: People look at a page for longer than that: it makes the load heavier than they are.
READING_S = 5.0
#: They come within so long, each with an empty cache.
COMING_S = 10.0
#: An answer that has not come by then is an error.
PATIENCE_S = 20

TOGETHER = """An answer costs some 15 ms of processor, so that two cores give about 130 a second,
and the visitors ask for all of them: the slowest wait behind others, most of all at the
beginning, when all come at once."""

METHOD = f"""`mapapp serve --workers {WORKERS}`. Within {COMING_S:.0f} s each visitor opens the map
with an empty cache, then moves it, reads, searches, looks around a place, asks for QPVs and lists
(bench/visits.py), {READING_S:.0f} s apart on average. Time of an answer: from the request to its
last byte, waiting included. An answer of 400 or more, or none within {PATIENCE_S} s, is an error.
The visitors run on the same two cores."""


@dataclass
class Log:
    """What the visitors saw."""

    seconds: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def keep(self, taken_s: float, path: str) -> None:
        """An answer that came."""
        self.seconds.append(taken_s)
        self.slowest = sorted([*self.slowest, (taken_s, path)], reverse=True)[:3]


def measure(count: int) -> Section:
    """Let them come to a store that ships, then to one with many initiatives."""
    small = count < WHOLE
    sizes, duration_s = (SHIPPED, FEWER if small else MANY), SHORT_S if small else DURATION_S
    figures: list[Figure] = []
    notes: list[str] = []
    with shared_folder() as folder:
        for size in sizes:
            log, busy_s = _visited(stored(folder, size), count, duration_s)
            p99_s = quantiles(log.seconds, n=100)[-1]
            held = f"{count} visitors, {size:,} initiatives"
            figures += [
                Figure(f"{held}: errors", len(log.errors), "", 0),
                Figure(f"{held}: p99 of an answer", 1_000 * p99_s, "ms", 500, if_missed=TOGETHER),
                Figure(f"{held}: median of an answer", 1_000 * median(log.seconds), "ms"),
                Figure(f"{held}: answers", len(log.seconds) / duration_s, "/s"),
            ]
            slow = "; ".join(f"{1_000 * taken:.0f} ms `{path}`" for taken, path in log.slowest)
            notes.append(
                f"{size:,} initiatives: {len(log.seconds):,} answers. Slowest: {slow}. "
                f"The visitors themselves took {busy_s / duration_s:.0%} of a core. "
                + (f"First errors: {'; '.join(log.errors[:3])}." if log.errors else "No error.")
            )
    title = f"{count} visitors at once for {duration_s} s"
    return Section(title, METHOD, tuple(figures), tuple(notes))


def _visited(database: Path, count: int, duration_s: float) -> tuple[Log, float]:
    world, log = World.of(database), Log()
    with served.mapapp(database, WORKERS) as server:
        with urllib.request.urlopen(f"{server.base}/") as answer:
            found = re.findall(r"\"(/static/[^\"#]+)", answer.read().decode())
        assets = tuple(dict.fromkeys(found))
        begun = time.process_time()
        asyncio.run(_come(server.base, world, assets, count, duration_s, log))
        return log, time.process_time() - begun


async def _come(
    base: str, world: World, assets: Step, count: int, duration_s: float, log: Log
) -> None:
    end = time.monotonic() + duration_s
    chances = (Random(SEED + rank) for rank in range(count))
    await asyncio.gather(*(_visitor(base, world, assets, end, log, one) for one in chances))


async def _visitor(
    base: str, world: World, assets: Step, end: float, log: Log, chance: Random
) -> None:
    await asyncio.sleep(chance.uniform(0, COMING_S))
    await _ask_all(base, arrival(assets), log)
    while True:
        await asyncio.sleep(chance.expovariate(1 / READING_S))
        if time.monotonic() > end:
            return
        await _ask_all(base, step(world, chance), log)


async def _ask_all(base: str, paths: Sequence[str], log: Log) -> None:
    host, port = urlsplit(base).hostname, urlsplit(base).port
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as fault:
        log.errors.append(f"{paths[0]}: {fault}")
        return
    try:
        for path in paths:
            begun = time.perf_counter()
            status = await asyncio.wait_for(_ask(reader, writer, path), PATIENCE_S)
            log.keep(time.perf_counter() - begun, path)
            if status >= 400:
                log.errors.append(f"{path}: {status}")
    except (OSError, EOFError, ValueError, TimeoutError) as fault:
        log.errors.append(f"{path}: {type(fault).__name__} {fault}")
    finally:
        writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    """The status of one answer, read to its end."""
    address = quote(path, safe="/?&=,.:%")
    writer.write(
        f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if length := re.search(r"\r\ncontent-length: (\d+)", head):
        await reader.readexactly(int(length[1]))
    else:
        while size := int((await reader.readuntil(b"\r\n")).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    return int(head.split()[1])


if __name__ == "__main__":
    alone.run(measure, whole=WHOLE, small=SMALL)
