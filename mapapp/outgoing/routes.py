"""The connection to a server: to the very address that was checked, straight or through a proxy."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from http.client import HTTPResponse

from mapapp.config import OUTGOING_PROXY
from mapapp.errors import BadInput
from mapapp.outgoing.addresses import Resolved, Target, is_public, read_target, resolve
from mapapp.outgoing.deadline import Deadline
from mapapp.outgoing.faults import Forbidden, Unreachable


def outgoing_proxy() -> Target | None:
    """The proxy through which the Internet is asked, when the operator's network has one.

    Raises:
        BadInput: the setting is not the address of one.
    """
    if not (address := OUTGOING_PROXY.read()):
        return None
    expected = "attendu : http:// et un hôte, par exemple http://mandataire.example:3128"
    try:
        proxy = read_target(address, named=(address,))
    except Forbidden as error:
        raise BadInput.of(OUTGOING_PROXY.name, f"{OUTGOING_PROXY.name} : {expected}.") from error
    if proxy.scheme != "http":
        raise BadInput.of(OUTGOING_PROXY.name, f"{OUTGOING_PROXY.name} : {expected}.")
    return proxy


def route(target: Target, deadline: Deadline) -> tuple[list[Resolved], Target | None]:
    """Where to connect to, and the proxy that listens there, if any.

    With a proxy, a name that nobody knows here is left to it; what is known here is held to the
    same rules, and a server of one's own network is asked straight.

    Raises:
        OutgoingFault: there is no way there, or it may not be taken.
    """
    proxy = outgoing_proxy()
    try:
        places = resolve(target, deadline)
    except Unreachable:
        if proxy is None:
            raise
        return resolve(proxy, deadline), proxy
    if proxy is None or not all(is_public(str(place[0])) for _, place in places):
        return places, None
    return resolve(proxy, deadline), proxy


def connect(places: Sequence[Resolved], deadline: Deadline) -> socket.socket:
    """A connection to the first of these places that answers, each in its share of the time.

    Raises:
        OSError: none does.
    """
    fault = OSError("no address")
    for rank, (family, place) in enumerate(places):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.left(TimeoutError()) / (len(places) - rank))
            connection.connect(place)
            connection.settimeout(deadline.left(TimeoutError()))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            fault = error
        else:
            return connection
    raise fault


def secure(connection: socket.socket, target: Target, proxy: Target | None) -> socket.socket:
    """The same connection in TLS, once the server proved by its certificate that it is the target.

    Raises:
        OSError: it did not, or the proxy does not lead there.
    """
    if proxy is not None:
        _tunnel(connection, target, proxy)
    return _trusted().wrap_socket(connection, server_hostname=target.host)


def authorization(credentials: str) -> str:
    """What proves who asks (RFC 7617)."""
    return f"Basic {b64encode(credentials.encode()).decode()}"


def _tunnel(connection: socket.socket, target: Target, proxy: Target) -> None:
    host = f"[{target.host}]" if ":" in target.host else target.host
    place = f"{host}:{target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: {authorization(proxy.credentials)}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    with ExitStack() as stack:
        response = HTTPResponse(connection, method="CONNECT")
        stack.callback(response.close)
        response.begin()
        if response.status != 200:
            raise ConnectionRefusedError(f"the proxy answered {response.status}")


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that this system trusts, or those of OpenSSL’s ``SSL_CERT_FILE``."""
    return ssl.create_default_context()
