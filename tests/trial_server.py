"""A server of this process, with an application that has a few addresses more, and its clients."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask, Response, request
from sqlalchemy import Engine

from mapapp import create_app
from mapapp.serving.limits import Limits
from mapapp.serving.server import HttpServer
from mapapp.web.gone import VisitorGone, stop_if_gone

#: As the real ones, but each a fraction of a second, and few of all.
SHORT = replace(
    Limits(),
    connections=40,
    per_address=30,
    silent_s=0.6,
    header_s=0.6,
    idle_s=0.9,
    window_s=0.6,
    drained_s=1.0,
    threads=4,
    waiting=8,
    body_bytes=200_000,
    bodies_bytes=600_000,
    drained_bytes=2_000_000,
    answer_in_memory_bytes=1_000_000,
    unread_in_memory_bytes=12_000_000,
    unread_bytes=30_000_000,
)

MUCH = 8_000_000
#: Set when work has stopped because nobody waits for it.
stopped = threading.Event()


def trial_app(engine: Engine) -> Flask:
    """The application, with addresses that last, that answer much, that fail."""
    app = create_app(engine)
    app.add_url_rule("/essai", view_func=lambda: "bonjour", endpoint="quick")
    app.add_url_rule("/essai/much", view_func=lambda: Response(b"a" * MUCH), endpoint="much")
    for view in (echo, lasting, until_gone):
        name = view.__name__
        app.add_url_rule(f"/essai/{name}", view_func=view, endpoint=name, methods=["GET", "POST"])
    app.add_url_rule("/essai/fails/<typed>", view_func=fails)
    return app


def echo() -> str:
    """How many bytes came."""
    return str(len(request.get_data()))


def lasting() -> str:
    """Work that takes its time."""
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sum(range(1_000))
    return "enfin"


def until_gone() -> str:
    """Work that lasts, unless nobody waits for it."""
    try:
        for _ in range(500):
            time.sleep(0.01)
            stop_if_gone()
    except VisitorGone:
        stopped.set()
        raise
    return "nobody left"


def fails(typed: str) -> str:
    """A message that repeats what was typed."""
    return str(float(typed))


@contextmanager
def running(app: Flask, limits: Limits) -> Iterator[int]:
    """The port of a server of this process."""
    over, started = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        port = int(listening.getsockname()[1])

        def loop() -> None:
            server = HttpServer(app, [listening.dup()], limits)
            started.set()
            while not over.is_set():
                server.turn(0.05)
            server.close()

        thread = threading.Thread(target=loop)
        thread.start()
        started.wait(5)
        try:
            yield port
        finally:
            over.set()
            thread.join(10)


def connected(port: int, data: bytes = b"", buffer: int = 0) -> socket.socket:
    """A connection that has sent these bytes."""
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(5)
    client.connect(("127.0.0.1", port))
    client.sendall(data)
    return client


def read_all(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    parts = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def answer(port: int, data: bytes) -> bytes:
    """What the server says to these bytes, until it closes."""
    with connected(port, data) as client:
        return read_all(client)


def get(path: str = "/essai", more: str = "Connection: close\r\n") -> bytes:
    """A request for a path."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode()


def post(length: int | None, path: str = "/essai/echo", more: str = "") -> bytes:
    """The headers of a body, in chunks when there is no length."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n{more}\r\n".encode()
