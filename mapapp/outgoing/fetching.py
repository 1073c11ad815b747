"""Asking another server: one request, one deadline, so many bytes at most, nobody's traces.

Every request that mapapp makes goes through :func:`fetch` or :func:`stream_to`. Each has a
connection of its own, to the very address that was checked: what a name resolves to a moment later
changes nothing. No cookie is kept; no credential file and no proxy of the environment is read.
"""

from __future__ import annotations

import io
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from importlib.metadata import version
from typing import BinaryIO
from urllib.parse import urljoin

from mapapp.outgoing.addresses import Target, read_target
from mapapp.outgoing.deadline import Deadline
from mapapp.outgoing.faults import Forbidden, Garbled, TooMuch, TooSlow, Unreachable
from mapapp.outgoing.routes import authorization, connect, route, secure

#: How other servers know us: neither the visitor's browser nor this machine is told.
USER_AGENT = f"mapapp/{version('mapapp')}"

#: All that a request may say besides: nothing about who asks us.
SAYABLE = frozenset({"accept", "content-type", "if-modified-since", "if-none-match"})

_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})

#: Bytes read, and unpacked, at a time: what a packed bomb can fill before it is seen.
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. ``headers``: names in small letters. ``url``: after redirections."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def fetch(
    url: str,
    *,
    deadline_s: float,
    most_bytes: int,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    named: Iterable[str] = (),
    redirects: int = 0,
) -> Answer:
    """The answer of a server, whatever its status, its body in memory.

    Args:
        url: of http or https.
        deadline_s: seconds for all of it: name, connection, redirections, last byte.
        most_bytes: bytes of the body at most, once unpacked.
        method: of HTTP.
        headers: those of :data:`SAYABLE`; ``If-None-Match`` may be answered by a 304.
        body: what is sent.
        named: addresses that the operator wrote, whose host and port may be private.
        redirects: how many are followed (GET and HEAD alone), each under the same rules and none
            from https to http; with 0 they are answers like others.

    Raises:
        OutgoingFault: there is no answer (French); the fault is also a ``TimeoutError``, an
            ``OSError`` or a ``ValueError``.
    """
    kept = io.BytesIO()
    asked = _Request(method, dict(headers or {}), body, tuple(named), redirects)
    answer = _ask(asked, url, Deadline(deadline_s), kept, most_bytes, keep=lambda _status: True)
    return Answer(answer.status, answer.headers, kept.getvalue(), answer.url)


def stream_to(
    file: BinaryIO,
    url: str,
    *,
    deadline_s: float,
    most_bytes: int,
    headers: Mapping[str, str] | None = None,
    named: Iterable[str] = (),
    redirects: int = 0,
) -> Answer:
    """Write the body of a good answer (2xx) to a file as it comes, and return the rest of it.

    Arguments and faults are those of :func:`fetch`. After a fault the file holds what came before:
    the caller throws it away.
    """
    asked = _Request("GET", dict(headers or {}), None, tuple(named), redirects)
    is_good = range(200, 300).__contains__
    return _ask(asked, url, Deadline(deadline_s), file, most_bytes, keep=is_good)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of each address on the way, and how far the way may lead."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None
    named: tuple[str, ...]
    redirects: int

    def __post_init__(self) -> None:
        if unsayable := {name.lower() for name in self.headers} - SAYABLE:
            raise TypeError(f"not to be told to other servers: {sorted(unsayable)}")

    def lines(self, target: Target, proxy: Target | None) -> dict[str, str]:
        """The headers as they are sent."""
        lines = {"Host": target.netloc, "User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
        lines |= {"Connection": "close", **self.headers}
        if target.credentials:
            lines["Authorization"] = authorization(target.credentials)
        if proxy and proxy.credentials and target.scheme == "http":
            lines["Proxy-Authorization"] = authorization(proxy.credentials)
        return lines


def _ask(
    asked: _Request,
    url: str,
    deadline: Deadline,
    file: BinaryIO,
    most_bytes: int,
    *,
    keep: Callable[[int], bool],
) -> Answer:
    """The answer at the end of the way; its body goes to the file when its status is to be kept."""
    target = read_target(url, asked.named)
    for _ in range(asked.redirects + 1):
        with _answered(asked, target, deadline) as response:
            onward = _onward(asked, target, response)
            if onward is None:
                if keep(response.status):
                    for part in _body(response, target, deadline, most_bytes):
                        file.write(part)
                headers = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, headers, b"", target.url)
        target = onward
    raise Garbled(f"{target.netloc} renvoie sans fin d’une adresse à l’autre : vérifiez l’adresse.")


@contextmanager
def _answered(asked: _Request, target: Target, deadline: Deadline) -> Iterator[HTTPResponse]:
    """The response of a server, its body still to be read; the connection is cut at the end."""
    with ExitStack() as stack:
        with _in_french(target, deadline):
            places, proxy = route(target, deadline)
            connection = stack.enter_context(connect(places, deadline))
            stack.enter_context(deadline.cutting(connection))
            if target.scheme == "https":
                connection = stack.enter_context(secure(connection, target, proxy))
            http = stack.enter_context(closing(HTTPConnection(target.host, target.port)))
            http.sock = connection
            path = target.url if proxy and target.scheme == "http" else target.path
            http.request(asked.method, path, asked.body, asked.lines(target, proxy))
            response = stack.enter_context(http.getresponse())
        yield response


def _onward(asked: _Request, target: Target, response: HTTPResponse) -> Target | None:
    """Where a redirection that is to be followed leads; None for any other answer.

    Raises:
        Forbidden: it may not lead there.
    """
    place = response.getheader("Location")
    followed = asked.redirects and asked.method in ("GET", "HEAD")
    if not (followed and place and response.status in _REDIRECTIONS):
        return None
    # Headers are read as Latin-1; a path that a server did not escape is UTF-8.
    place = place.encode("latin-1", "replace").decode("utf-8", "replace")
    onward = read_target(urljoin(target.url, place), asked.named)
    if onward.scheme == "http" and target.scheme == "https":
        raise Forbidden(f"{target.netloc} renvoie de https à http : ce n’est pas suivi.")
    return onward


def _body(
    response: HTTPResponse, target: Target, deadline: Deadline, most_bytes: int
) -> Iterator[bytes]:
    """The body as it comes, unpacked; never more than was allowed."""
    limit = f"{most_bytes / 1e6:g} Mo".replace(".", ",")
    much = TooMuch(f"La réponse de {target.netloc} dépasse {limit} : elle n’est pas lue.")
    if (response.length or 0) > most_bytes:
        raise much
    read = 0
    with _in_french(target, deadline):
        for part in _unpacked(_received(response), response.getheader("Content-Encoding", "")):
            deadline.left(_late(target, deadline))
            read += len(part)
            if read > most_bytes:
                raise much
            yield part


def _received(response: HTTPResponse) -> Iterator[bytes]:
    while part := response.read(_CHUNK):
        yield part
    if response.length:  # bytes that were announced and did not come
        raise IncompleteRead(b"", response.length)


def _unpacked(parts: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """The parts without their packing, never more than a chunk at a time."""
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        yield from parts
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise zlib.error("packed in a way that was not asked for")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    empty = True
    for part in parts:
        empty = False
        while part:
            yield unpacking.decompress(part, _CHUNK)
            part = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not (empty or unpacking.eof) or unpacking.unused_data:
        raise zlib.error("cut short, or several parts")


@contextmanager
def _in_french(target: Target, deadline: Deadline) -> Iterator[None]:
    """What went wrong, as one of the faults of this package; theirs go through.

    Once the deadline has passed, whatever breaks does because the connection was cut.
    """
    who = target.netloc
    try:
        yield
        if deadline.passed:  # a body that ends with its connection seems whole
            raise TimeoutError
    except (Forbidden, TooMuch, TooSlow, Unreachable, Garbled):
        raise
    except ssl.SSLCertVerificationError as error:
        advice = "son certificat ne le prouve pas : vérifiez l’adresse et l’heure de cette machine"
        raise Unreachable(f"{who} n’est peut-être pas le bon serveur, {advice}.") from error
    except (OSError, HTTPException, zlib.error) as error:
        if deadline.passed or isinstance(error, TimeoutError):
            raise _late(target, deadline) from error
        if isinstance(error, OSError):
            told = f"{who} est injoignable : vérifiez le réseau, ou réessayez plus tard."
            raise Unreachable(told) from error
        told = f"La réponse de {who} est coupée ou illisible : réessayez, ou vérifiez l’adresse."
        raise Garbled(told) from error


def _late(target: Target, deadline: Deadline) -> TooSlow:
    seconds = f"{deadline.seconds:g}".replace(".", ",")
    return TooSlow(f"{target.netloc} n’a pas tout répondu en {seconds} s : réessayez plus tard.")
