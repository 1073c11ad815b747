"""A real geocoding server on a loopback port, which fails on demand and remembers what it got."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """What the server sends back.

    Attributes:
        delay_s: seconds of silence before; cut short when the server closes.
        missing_bytes: how many bytes are announced and never come.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    missing_bytes: int = 0


@dataclass(frozen=True)
class Received:
    """One request: its path, its parameters (each a list), its headers, and ``perf_counter``.

    ``rows`` are the lines of the file that it carries, if any.
    """

    path: str
    params: Mapping[str, list[str]]
    headers: Mapping[str, str]
    at_s: float
    rows: list[dict[str, str]] = field(default_factory=list)


def place(
    label: Any = "12 Rue des Tilleuls 93240 Stains", lon: Any = 2.38, lat: Any = 48.95, **said: Any
) -> dict[str, Any]:
    """A BAN feature; ``said`` adds or replaces properties, and any value may be a wrong one."""
    usual = {
        "label": label,
        "score": 0.93,
        "id": "93072_0001_00012",
        "type": "housenumber",
        "postcode": "93240",
        "citycode": "93072",
        "city": "Stains",
        "street": "Rue des Tilleuls",
        "housenumber": "12",
        "context": "93, Seine-Saint-Denis, Île-de-France",
    }
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": usual | said}


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    """A reply in JSON; ``Retry_After="5"`` becomes the header ``Retry-After: 5``."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(json.dumps(value).encode(), status, headers=named)


def found(*features: Any) -> Reply:
    """The BAN's collection of these features."""
    return as_json({"type": "FeatureCollection", "version": "draft", "features": list(features)})


def geocoded(rows: list[dict[str, str]], **said: str) -> Reply:
    """The answer to a file: every line with the usual place, or with what is said of it."""
    usual = {f"result_{name}": str(value) for name, value in place()["properties"].items()}
    usual |= {"latitude": "48.95", "longitude": "2.38", "result_housenumber": "12"}
    usual |= {"result_name": "Rue des Tilleuls"}
    text = io.StringIO()
    writer = csv.DictWriter(text, ["id", *dict.fromkeys([*usual, *said])], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row | usual | said for row in rows)
    return Reply(text.getvalue().encode(), content_type="text/csv")


def slow(delay_s: float) -> Reply:
    """A good answer that comes late."""
    return Reply(found(place()).body, delay_s=delay_s)


AT_HOME = found(place(housenumber="12", street="Rue des Tilleuls"))
#: The same good place for whatever is asked, in a file as alone.
GEOCODED = Reply(b"")
NOTHING = found()
BUSY = as_json({"code": 429}, status=429, Retry_After="5")
BROKEN = as_json({"code": 500}, status=500)
BAD_REQUEST = as_json({"code": 400, "message": "Failed parsing query"}, status=400)
HTML = Reply(b"<!doctype html><title>Connexion au wifi</title>", content_type="text/html")
TRUNCATED = Reply(found(place()).body[:60])
HUNG_UP = Reply(found(place()).body[:60], missing_bytes=200)
NO_FEATURES = as_json({"results": [{"formatted": "12 rue des Tilleuls"}]})
BOTTOMLESS = Reply(b"[" * 100_000)


class FaultServer(ThreadingHTTPServer):
    """Gives the replies it was told in turn, then the last one for ever."""

    daemon_threads = False  # closing the server joins the threads that answer

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._replies = [found(place())]

    @property
    def domain(self) -> str:
        """Host and port, as geopy wants them."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def address(self) -> str:
        """The server's URL."""
        return f"http://{self.domain}"

    def will(self, *replies: Reply) -> None:
        """Give these replies from now on, one per request; the last one repeats."""
        with self._lock:
            self._replies = list(replies)

    def next_reply(self, request: Received) -> Reply:
        """Remember the request and tell what to answer."""
        with self._lock:
            self.received.append(request)
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


class _Handler(BaseHTTPRequestHandler):
    """One request per connection (HTTP/1.0), so that closing never waits for an idle client."""

    server: FaultServer
    timeout = 5  # seconds for a client that connects and says nothing

    def do_GET(self) -> None:
        self._answer([])

    def do_POST(self) -> None:
        """A file comes as one part of a form; the parts are read as those of a mail."""
        kind = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = message_from_bytes(kind + self.rfile.read(int(self.headers["Content-Length"])))
        named = [
            (part.get_param("name", header="content-disposition"), part) for part in form.walk()
        ]
        sent = {str(name): part.get_payload(decode=True) for name, part in named if name}
        self._answer(list(csv.DictReader(io.StringIO(sent["data"].decode()))))

    def _answer(self, rows: list[dict[str, str]]) -> None:
        url = urlsplit(self.path)
        params = parse_qs(url.query, keep_blank_values=True)
        received = Received(url.path, params, dict(self.headers), time.perf_counter(), rows)
        reply = self.server.next_reply(received)
        self.server.closing.wait(reply.delay_s)
        with contextlib.suppress(ConnectionError):  # the client did not wait
            if reply is GEOCODED:
                reply = geocoded(rows) if rows else AT_HOME
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body) + reply.missing_bytes))
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: ``received`` is the journal."""


@contextlib.contextmanager
def fault_server(kind: type[FaultServer] = FaultServer) -> Iterator[FaultServer]:
    """A server that listens until the block ends, its threads joined and its port freed."""
    with kind() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def refusing_domain() -> Iterator[str]:
    """Host and port that refuse connections: bound so that nobody takes it, never listened to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
