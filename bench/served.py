"""Servers of ours on loopback: mapapp by its own command, and files compressed as a host does."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
#: A busy machine starts a server in some seconds.
PATIENCE_S = 60
#: How often a server that starts is asked whether it answers.
ASKED_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Served:
    """A server, where it is, and the seconds from its start to its first answer."""

    base: str
    started_s: float


@contextmanager
def mapapp(database: Path, workers: int = 1) -> Iterator[Served]:
    """``mapapp serve`` on a database, made from nothing if it is not there."""
    port = free_port()
    words = ("serve", "--port", str(port), "--workers", str(workers))
    place = {"MAPAPP_DATABASE_URL": f"sqlite:///{database}", "MAPAPP_INSTANCE": database.parent}
    environment = {name: str(value) for name, value in place.items()}
    with running((sys.executable, "-m", "mapapp", *words), port, "/", environment) as served:
        yield served


@contextmanager
def running(
    command: Sequence[str], port: int, path: str, environment: Mapping[str, str]
) -> Iterator[Served]:
    """A server from its start to the end of the block; it has answered ``path`` once."""
    base = f"http://127.0.0.1:{port}"
    there = os.environ | {"PYTHONPATH": str(CHECKOUT)} | environment
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=there, stdout=subprocess.DEVNULL, cwd=CHECKOUT)
    try:
        _wait_for(process, base + path)
        yield Served(base, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            answer.read()
            return
        time.sleep(ASKED_EVERY_S)
    raise RuntimeError(f"{process.args!r} does not answer")


@contextmanager
def files(contents: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """A server of these files (path: media type and bytes), compressed once beforehand."""
    packed = {path: (kind, gzip.compress(content)) for path, (kind, content) in contents.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, content = packed.get(self.path, ("text/plain", gzip.compress(b"")))
            self.send_response(200 if self.path in packed else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    """A port that nobody listens on at this instant."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
