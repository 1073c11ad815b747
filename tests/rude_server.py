"""Servers on loopback that misbehave: slow, endless, packed, cut, or leading elsewhere."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: What a server sends on a connection once the request is read; the event ends it.
Manners = Callable[[socket.socket, threading.Event], None]

#: Between two drops of a drip: under any time-out that begins again at each byte.
DRIP_S = 0.1
_LONG = 10_000

GOOD = json.dumps({"type": "FeatureCollection", "features": []}).encode()


@dataclass
class RudeServer:
    """Where it listens, and the heads of the requests that it got."""

    port: int
    received: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def rude_server(manners: Manners, *, reads: bool = True) -> Iterator[RudeServer]:
    """A server with these manners until the block ends; ``reads``: it waits for the request."""
    stop = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = RudeServer(listener.getsockname()[1])

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                if reads:
                    server.received.append(_head(connection))
                manners(connection, stop)
                connection.shutdown(socket.SHUT_WR)

        def accept() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    threads.append(
                        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True)
                    )
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            stop.set()
            accepting.join()
            for thread in threads:
                thread.join(10)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (part := connection.recv(65_536)):
        head += part
    return head


def says(*lines: str, body: bytes = b"", status: str = "200 OK") -> Manners:
    """A whole answer with these headers."""
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()
    return lambda connection, _stop: connection.sendall(head + body)


def silent(_connection: socket.socket, stop: threading.Event) -> None:
    """Never a byte: a request without answer, a TLS greeting without echo."""
    stop.wait(_LONG)


def _drip(connection: socket.socket, stop: threading.Event, drop: bytes) -> None:
    while not stop.wait(DRIP_S):
        connection.sendall(drop)


def drips_headers(connection: socket.socket, stop: threading.Event) -> None:
    """One header for ever, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    _drip(connection, stop, b"x")


def drips_interim_answers(connection: socket.socket, stop: threading.Event) -> None:
    """« 100 Continue » for ever."""
    _drip(connection, stop, b"HTTP/1.1 100 Continue\r\n\r\n")


def drips_body(connection: socket.socket, stop: threading.Event) -> None:
    """A body of blanks, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(connection, stop, b" ")


def drips_chunks(connection: socket.socket, stop: threading.Event) -> None:
    """Chunks that never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _drip(connection, stop, b"1\r\n \r\n")


def drips_without_length(connection: socket.socket, stop: threading.Event) -> None:
    """A body that ends with its connection, which does not end."""
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    _drip(connection, stop, b" ")


def floods(connection: socket.socket, stop: threading.Event) -> None:
    """500 MB of which nothing is said beforehand."""
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    block = b" " * 1_000_000
    for _ in range(500):
        if stop.is_set():
            return
        connection.sendall(block)


def floods_in_chunks(connection: socket.socket, stop: threading.Event) -> None:
    """500 MB in chunks."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    block = b"f4240\r\n" + b" " * 1_000_000 + b"\r\n"
    for _ in range(500):
        if stop.is_set():
            return
        connection.sendall(block)


def packed(body: bytes, coding: str = "gzip") -> Manners:
    """A packed body."""
    return says(f"Content-Encoding: {coding}", f"Content-Length: {len(body)}", body=body)


def bomb(megabytes: int = 500) -> bytes:
    """Zeros, packed a thousand times smaller."""
    packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = b"\0" * 1_000_000
    return b"".join([*(packing.compress(block) for _ in range(megabytes)), packing.flush()])


def redirects_to(place: str, status: str = "302 Found") -> Manners:
    """Elsewhere, with nothing else said."""
    return says(f"Location: {place}", "Content-Length: 0", status=status)


#: What never ends by itself: the deadline must end it.
SLOW = {
    "silent": silent,
    "headers byte by byte": drips_headers,
    "interim answers without end": drips_interim_answers,
    "body byte by byte": drips_body,
    "chunks without end": drips_chunks,
    "body without length, byte by byte": drips_without_length,
}

#: What is more than anybody asked.
LARGE = {
    "500 MB announced": says("Content-Length: 500000000"),
    "500 MB": floods,
    "500 MB in chunks": floods_in_chunks,
    "500 MB packed": lambda connection, stop: packed(bomb())(connection, stop),
}

#: What is no HTTP, or less of it than was announced.
BROKEN = {
    "no HTTP": lambda connection, _stop: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "cut in the body": says("Content-Length: 100000", body=GOOD),
    "cut in a chunk": says("Transfer-Encoding: chunked", body=b"ff\r\n{}"),
    "no chunk": says("Transfer-Encoding: chunked", body=b"zz\r\n"),
    "cut in the packing": packed(gzip.compress(GOOD)[:-6]),
    "packed otherwise": packed(GOOD, "br"),
    "not packed at all": packed(GOOD),
    "a header without end": says("X: " + "x" * 200_000),
    "headers without end": says(*(f"X-{rank}: x" for rank in range(1000))),
}

#: Where a server may want to lead the address that was typed.
ELSEWHERE = {
    "to another host": redirects_to("http://pirate.example/?q=vol"),
    "to the cloud's own data": redirects_to("http://169.254.169.254/latest/meta-data/"),
    "to this machine": redirects_to("http://127.0.0.1:1/", "307 Temporary Redirect"),
    "to a file": redirects_to("file:///etc/passwd"),
}
