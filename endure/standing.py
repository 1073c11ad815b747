"""``mapapp serve`` as it is started by default, on loopback, and the memory of its processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
#: A bare machine builds the shipped database first.
PATIENCE_S = 300.0
#: As many workers as `mapapp serve` starts by default.
CORES = len(os.sched_getaffinity(0))
SETTLED_S = 1.0
SAMPLED_EVERY_S = 2.0


@dataclass
class Standing:
    """A server that runs: its master and its port; ``peak_bytes``: the most memory that it took."""

    master: subprocess.Popen[str]
    port: int
    log: Path
    count: int
    peak_bytes: int = 0

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """The processes that answer."""
        tasks = Path(f"/proc/{self.master.pid}/task").glob("*/children")
        return [int(pid) for children in tasks for pid in children.read_text().split()]

    def memory_bytes(self) -> int:
        """Memory of all its processes, a page that several share counted once (PSS)."""
        return sum(_proportional(pid) for pid in (self.master.pid, *self.workers()))


def _proportional(pid: int) -> int:
    with suppress(OSError):
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(told.partition("\nPss:")[2].split()[0]) * 1_024
    return 0  # gone meanwhile


@contextmanager
def standing(
    folder: Path, words: Sequence[str] = (), settings: dict[str, str] | None = None
) -> Iterator[Standing]:
    """``mapapp serve`` on an instance folder, from when all its workers answer to the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "MAPAPP_INSTANCE": str(folder)}
    environment.pop("MAPAPP_DATABASE_URL", None)
    command = [sys.executable, "-m", "mapapp", "serve", "--port", str(port), *words]
    log = folder / "serve.log"
    with log.open("w") as errors:
        master = subprocess.Popen(
            command,
            env=environment | (settings or {}),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
        )
    count = int(words[words.index("--workers") + 1]) if "--workers" in words else CORES
    server = Standing(master, port, log, count)
    over = threading.Event()
    try:
        _wait_for(server)
        sampler = threading.Thread(target=_sample, args=(server, over), daemon=True)
        sampler.start()
        yield server
    finally:
        over.set()
        master.terminate()
        master.wait(60)


def _sample(server: Standing, over: threading.Event) -> None:
    while not over.wait(SAMPLED_EVERY_S):
        server.peak_bytes = max(server.peak_bytes, server.memory_bytes())


def _wait_for(server: Standing) -> None:
    deadline = time.monotonic() + PATIENCE_S
    settled = time.monotonic()
    while server.master.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{server.base}/healthz", timeout=30):
            # The first worker is replaced by those that share what the master has built.
            if len(server.workers()) != server.count:
                settled = time.monotonic()
            elif server.count == 1 or time.monotonic() > settled + SETTLED_S:
                return
        time.sleep(0.05)
    raise RuntimeError(f"mapapp serve does not answer:\n{server.log.read_text()}")
