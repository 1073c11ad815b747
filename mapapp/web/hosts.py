"""The hosts that this instance answers for; a request for any other one is refused first of all.

A WSGI middleware rather than a view: it runs before routing, redirections and error pages, each of
which would otherwise read what a stranger wrote in ``Host``. docs/decisions/0039 has the reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response

from mapapp.config import HOSTS, PUBLIC_URL
from mapapp.errors import BadInput, cited
from mapapp.web.headers import HEADERS
from mapapp.web.site import read_origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What a browser of this machine calls it, on any port: tunnels and containers choose another one.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

#: Asked by load balancers, which know an address and no name; no word of it depends on the host.
HEALTH = "/healthz"

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(
    rf"(?P<name>{_LABEL}(?:\.{_LABEL})*|\[(?P<ipv6>[0-9a-f:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?"
)

#: The longest name of DNS (RFC 1035).
_LONGEST_NAME = 253

_REFUSED = (
    "Hôte non servi ici\u00a0: demandez ce site par son adresse publique "
    "(réglages MAPAPP_PUBLIC_URL et MAPAPP_HOSTS).\n"
)


@dataclass(frozen=True, slots=True)
class Host:
    """A host as ``Host`` names it: ``carte.example``, ``10.0.0.7``, ``[2001:db8::1]``; its port."""

    name: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class ServedHosts:
    """The hosts that are answered: each on the port that it names, on any port when it names none.

    This machine's own names are answered to who asks from this machine: itself, or a proxy on it.
    """

    named: frozenset[Host]

    def serve(self, host: Host, *, local: bool) -> bool:
        """Whether a request for this host is answered."""
        if local and host.name in LOOPBACK:
            return True
        return host in self.named or Host(host.name) in self.named


def init_app(app: Flask) -> None:
    """Refuse strangers' hosts before anything else reads them; BadInput for a faulty setting.

    To be called last: whatever wraps the application later would run before.
    """
    guarded = _OnlyServedHosts(app.wsgi_app, served_hosts(PUBLIC_URL.read(), HOSTS.read()))
    app.wsgi_app = guarded  # type: ignore[assignment, method-assign]


def served_hosts(public_url: str, names: str) -> ServedHosts:
    """The host of the public address, and those listed: ``carte.example, 10.0.0.7:8000``.

    Raises:
        BadInput: one of them is not the name of a host, or the address is none (French).
    """
    listed = [_listed(name) for name in re.split(r"[\s,;]+", names) if name]
    if origin := read_origin(public_url):
        # Proxies often pass the name without the port, which is theirs.
        listed.append(Host(_public_host(origin).name))
    return ServedHosts(frozenset(listed))


def read_host(text: str) -> Host | None:
    """The host that a ``Host`` header names; None when it has not the form of one."""
    found = _HOST.fullmatch(text.lower())
    if found is None or len(found["name"]) > _LONGEST_NAME:
        return None
    if found["port"] and not 0 < int(found["port"]) < 65_536:
        return None
    name = _ipv6(found["ipv6"]) if found["ipv6"] else found["name"]
    return Host(name, int(found["port"]) if found["port"] else None) if name else None


def read_named_host(text: str) -> Host | None:
    """The host that an operator names, accents included; None when it has not the form of one."""
    try:
        return read_host(text if text.isascii() else text.lower().encode("idna").decode())
    except UnicodeError:
        return None


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, that no other one reaches."""
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"


def require_public_url(listening: Iterable[str]) -> None:
    """Refuse to answer other machines without knowing the address that they know us by.

    Args:
        listening: addresses that are listened on; a path for a Unix socket, which a proxy asks.

    Raises:
        BadInput: one of them can be reached from elsewhere, and there is no public address.
    """
    if PUBLIC_URL.read():
        return
    for address in listening:
        if not is_loopback(address):
            raise BadInput.of(
                PUBLIC_URL.name,
                f"Écoute sur «\u00a0{cited(address)}\u00a0», que d’autres machines peuvent "
                f"atteindre\u00a0: dites d’abord l’adresse publique du site, par exemple "
                f"{PUBLIC_URL.name}=https://carte.example, ou écoutez sur 127.0.0.1.",
            )


class _OnlyServedHosts:
    """Answers 400, in one line, to requests for hosts that are not served."""

    def __init__(self, app: WSGIApplication, served: ServedHosts) -> None:
        self._app, self._served = app, served

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not self._is_served(environ):
            return _refusal()(environ, start)
        # A path before ours cannot be served, and some servers take one from a visitor's header.
        environ["SCRIPT_NAME"] = ""
        return self._app(environ, start)

    def _is_served(self, environ: WSGIEnvironment) -> bool:
        # Where the server tells the request line: an address instead of a path names a host too.
        lines = (environ.get(name) or "/" for name in ("RAW_URI", "REQUEST_URI"))
        if not all(line.startswith("/") for line in lines):
            return False
        health = environ.get("PATH_INFO") == HEALTH
        written = environ.get("HTTP_HOST")
        if written is None:  # allowed by HTTP/1.0 alone
            return health and environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
        host = read_host(written)
        if host is None:
            return False
        return health or self._served.serve(host, local=_is_local(environ))


def _is_local(environ: WSGIEnvironment) -> bool:
    """Whether the connection comes from this machine; a Unix socket tells no address."""
    return is_loopback(environ.get("REMOTE_ADDR") or "127.0.0.1")


def _refusal() -> Response:
    return Response(
        _REFUSED,
        status=400,
        mimetype="text/plain",
        headers=[*HEADERS.items(), ("X-Frame-Options", "DENY"), ("Cache-Control", "no-store")],
    )


def _listed(name: str) -> Host:
    host = read_named_host(name)
    if host is None:
        raise BadInput.of(
            HOSTS.name,
            f"{HOSTS.name} «\u00a0{cited(name)}\u00a0»\u00a0: attendu des noms d’hôtes séparés par "
            "des virgules, entiers, sans «\u00a0https://\u00a0» ni chemin ni joker, par exemple "
            "«\u00a0carte.example, 10.0.0.7:8000\u00a0».",
        )
    return host


def _public_host(origin: str) -> Host:
    host = read_named_host(urlsplit(origin).netloc)
    if host is None:
        raise BadInput.of(
            PUBLIC_URL.name,
            f"{PUBLIC_URL.name} «\u00a0{cited(origin)}\u00a0»\u00a0: aucun hôte ne se nomme ainsi.",
        )
    return host


def _ipv6(text: str) -> str:
    """The address in brackets, in its one shortest form; empty when it is none."""
    try:
        return f"[{IPv6Address(text)}]"
    except ValueError:
        return ""
