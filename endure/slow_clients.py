"""Clients that hold a server up: each kind does one thing slowly, and comes back when it is closed.

    python endure/slow_clients.py PORT EACH SILENT SECONDS

On loopback alone. What they ask is what anyone may ask.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

#: Between two bytes of a client that drips.
DRIP_S = 0.2
#: Before one that was closed comes again.
BACK_S = 0.5
#: The largest file that pages name, asked so many times at once: more than the system holds for a
#: client that does not read. It costs little: what is tried is waiting, not work.
LARGE, TIMES = re.compile(r'"(/static/[^"#]+/leaflet\.js)"'), 8
#: A body that the server refuses.
REFUSED_BYTES = 50_000_000


@dataclass
class Target:
    """A server, and what became of the clients: connections by kind, and how many were closed."""

    port: int
    large: str
    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)


Client = Callable[[socket.socket, Target], Awaitable[None]]


async def _send(client: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(client, data)


async def _until_closed(client: socket.socket, at_once: int = 65_536, pause_s: float = 0.0) -> None:
    while await asyncio.get_running_loop().sock_recv(client, at_once):
        await asyncio.sleep(pause_s)


async def _drip(client: socket.socket) -> None:
    while True:
        await _send(client, b"a")
        await asyncio.sleep(DRIP_S)


async def silent(client: socket.socket, _: Target) -> None:
    """Say nothing."""
    await _until_closed(client)


async def headers_dripped(client: socket.socket, _: Target) -> None:
    """Send headers byte by byte."""
    await _send(client, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    await _drip(client)


async def body_withheld(client: socket.socket, _: Target) -> None:
    """Announce a body and send none of it."""
    await _send(client, _posting(4_000_000))
    await _until_closed(client)


async def body_dripped(client: socket.socket, _: Target) -> None:
    """Send a body byte by byte."""
    await _send(client, _posting(4_000_000))
    await _drip(client)


async def answer_unread(client: socket.socket, target: Target) -> None:
    """Ask for much, several times, and read nothing."""
    await _send(client, _asking(target.large) * TIMES)
    while True:
        await asyncio.sleep(DRIP_S)
        await _send(client, b"\r\n")  # fails once the server has closed


async def answer_dripped(client: socket.socket, target: Target) -> None:
    """Read an answer byte by byte."""
    await _send(client, _asking(target.large) * TIMES)
    await _until_closed(client, 1, DRIP_S)


async def refused_body(client: socket.socket, _: Target) -> None:
    """Send a body that is too large, all of it."""
    await _send(client, _posting(REFUSED_BYTES))
    for _turn in range(REFUSED_BYTES // 65_536):
        await _send(client, b"a" * 65_536)
        await asyncio.sleep(DRIP_S / 10)
    await _until_closed(client)


async def endless_chunks(client: socket.socket, _: Target) -> None:
    """Send a body in chunks, without end."""
    await _send(client, _posting(None))
    while True:
        await _send(client, b"400\r\n" + b"a" * 1_024 + b"\r\n")
        await asyncio.sleep(DRIP_S / 10)


KINDS: dict[str, Client] = {
    "headers byte by byte": headers_dripped,
    "body announced and not sent": body_withheld,
    "body byte by byte": body_dripped,
    "answer not read": answer_unread,
    "answer read byte by byte": answer_dripped,
    "body refused, or without end": refused_body,
}


def _asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _posting(length: int | None) -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        "POST /api/v1/locate HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\n{framing}\r\n\r\n"
    ).encode()


async def come_again(kind: str, client: Client, target: Target) -> None:
    """Be that client, and come back whenever the server closes, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        with socket.socket() as connection:
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            try:
                await loop.sock_connect(connection, ("127.0.0.1", target.port))
                target.opened[kind] += 1
                await client(connection, target)
            except OSError:  # refused or cut by the server
                pass
            target.closed[kind] += 1
        await asyncio.sleep(BACK_S)


async def besiege(target: Target, each: int, silents: int) -> None:
    """So many clients of each kind and so many silent ones, until cancelled."""
    crowd = [(kind, client) for kind, client in KINDS.items() for _ in range(each)]
    crowd += [("silent", silent)] * silents
    endless = [rank for rank, (_, client) in enumerate(crowd) if client is refused_body][::2]
    for rank in endless:
        crowd[rank] = crowd[rank][0], endless_chunks
    await asyncio.gather(*(come_again(kind, client, target) for kind, client in crowd))


def main(port: int, each: int, silents: int, seconds: float) -> None:
    """Hold a server up for so long, in a process of its own, and tell by kind what became of it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        found = LARGE.search(answer.read().decode())
    assert found is not None, "the page names no such file"
    target = Target(port, found[1])

    async def for_a_while() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(besiege(target, each, silents), seconds)

    asyncio.run(for_a_while())
    told = {kind: [count, target.closed[kind]] for kind, count in target.opened.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
