"""`mapapp serve` with several processes: one answer, whoever gives it, and none lost on the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

#: A bare machine builds the shipped database first.
PATIENCE_S = 90.0
WORKERS = 2

SOURCE = ("--source", "essai", "--nom-source", "Essai", "--editeur", "Essai")


@dataclass(frozen=True, slots=True)
class Served:
    """A running `mapapp serve`: its process, its address, the environment of its commands."""

    master: subprocess.Popen[bytes]
    address: str
    environment: dict[str, str]

    def get(self, path: str) -> bytes:
        """The body at a path, by a connection of its own."""
        with build_opener(ProxyHandler({})).open(self.address + path, timeout=30) as answer:
            return bytes(answer.read())

    def workers(self) -> set[int]:
        """The processes that answer."""
        tasks = Path(f"/proc/{self.master.pid}/task").glob("*/children")
        return {int(pid) for children in tasks for pid in children.read_text().split()}

    def run(self, *words: str) -> None:
        """A command of mapapp on the same store, in a process of its own."""
        command = [sys.executable, "-m", "mapapp", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def until(holds: Callable[[], object], master: subprocess.Popen[bytes]) -> None:
    """Return once it holds; fail when the server has ended or takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and master.poll() is None:
        try:
            if holds():
                return
        except OSError:  # refused, or cut: not ready
            pass
        time.sleep(0.05)
    pytest.fail("the server ended, or took too long")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two processes on a free port, ended by the id of their master."""
    instance = tmp_path_factory.mktemp("instance")
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "MAPAPP_INSTANCE": str(instance)}
    environment.pop("MAPAPP_DATABASE_URL", None)
    words = ["serve", "--port", str(port), "--workers", str(WORKERS)]
    with subprocess.Popen([sys.executable, "-m", "mapapp", *words], env=environment) as master:
        server = Served(master, f"http://127.0.0.1:{port}", environment)
        try:
            until(lambda: server.get("/healthz") and len(server.workers()) == WORKERS, master)
            yield server
        finally:
            master.terminate()


def test_every_process_tells_a_publication_at_its_next_request(served: Served, rows: Path) -> None:
    """Another process imports; no answer of any worker is of the former data any more."""

    def count() -> int:
        return int(json.loads(served.get("/api/v1/initiatives?source=essai"))["count"])

    with pytest.raises(OSError, match="400"):  # no such source yet; the workers hold the data
        count()
    for _ in range(10):
        served.get("/api/v1/initiatives")
    served.run("import", "initiatives", str(rows), *SOURCE, "--yes")
    assert {count() for _ in range(20)} == {300}


def test_processes_are_replaced_without_losing_a_request(served: Served) -> None:
    """SIGHUP, then the sudden death of a worker: visitors notice nothing."""
    former = served.workers()
    with ThreadPoolExecutor(4) as visitors:
        visits = [visitors.submit(served.get, "/qpv") for _ in range(20)]
        os.kill(served.master.pid, signal.SIGHUP)
        visits += [visitors.submit(served.get, "/qpv") for _ in range(60)]
        assert all(b"</html>" in visit.result() for visit in visits)
    until(lambda: len(served.workers() - former) == WORKERS, served.master)
    until(lambda: not served.workers() & former, served.master)

    victim, *_ = served.workers()
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(served.workers() - {victim}) == WORKERS, served.master)
    assert json.loads(served.get("/healthz"))["ok"]


def test_who_stops_the_server_cuts_nobody(served: Served) -> None:
    """An answer that has begun when SIGTERM comes is given whole; then the server is gone.

    The last test of the module: the others ask the same server.
    """
    path = "/api/v1/initiatives.xlsx"
    whole = len(served.get(path))
    with ThreadPoolExecutor(1) as visitors:
        visit = visitors.submit(served.get, path)
        time.sleep(0.1)  # asked; the workbook takes longer to write
        served.master.terminate()
        assert len(visit.result()) == pytest.approx(whole, rel=0.01)
    assert served.master.wait(timeout=30) == 0
