"""Which addresses may be asked: by their form, then by what their name resolves to.

An address may not be asked when it leads to this machine or a network of its own, unless its
operator named its host and port: else a file or a server's answer could read what only this
machine can reach (« server-side request forgery »). docs/decisions/0038 has the reasons.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from mapapp.errors import cited
from mapapp.outgoing.deadline import Deadline
from mapapp.outgoing.faults import Forbidden, TooSlow, Unreachable

_PORTS = {"http": 80, "https": 443}

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,254}}$){_LABEL}(?:\.{_LABEL})*\.?")

#: All of what IANA gives out for the Internet (RFC 4291); the rest is for networks of one's own.
_IPV6_INTERNET = ipaddress.ip_network("2000::/3")

#: Within it and IPv4: what leads to an IPv4 address by another way, or is told by no library of
#: ours: protocol assignments and Teredo, 6to4 and its relays, documentation.
_ASIDE = tuple(
    map(ipaddress.ip_network, "2001::/23 2001:db8::/32 2002::/16 3fff::/20 192.88.99.0/24".split())
)

#: Names that resolve at once: getaddrinfo cannot be interrupted, so a thread waits for each, and
#: a resolver that does not answer may hold no more of them than this.
_RESOLVING = threading.BoundedSemaphore(16)

Resolved = tuple[socket.AddressFamily, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """An address to ask, read once: what is checked is what is asked.

    ``host``: in small letters, without brackets. ``path``: with the question, ready to send.
    ``credentials``: « user:password », empty when there are none. ``named``: by the operator.
    """

    scheme: str
    host: str
    port: int
    path: str
    credentials: str
    named: bool

    @property
    def netloc(self) -> str:
        """What ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, without credentials."""
        return f"{self.scheme}://{self.netloc}{self.path}"


def read_target(url: str, named: Iterable[str] = ()) -> Target:
    """The address to ask.

    Args:
        url: of http or https.
        named: addresses that the operator wrote; what has their host and port is named too.

    Raises:
        Forbidden: it is no address that may be asked.
    """
    target = _read(url)
    if any((target.host, target.port) == (told.host, told.port) for told in map(_read, named)):
        return replace(target, named=True)
    if target.credentials:
        raise Forbidden(f"L’adresse de {target.netloc} porte un mot de passe : écrivez-la sans.")
    return target


def resolve(target: Target, deadline: Deadline) -> list[Resolved]:
    """Where to connect to: the addresses of the host, every one of which may be asked.

    Raises:
        Forbidden: one of them is not of the Internet, and the host is not named.
        Unreachable: there is no such name.
        TooSlow: the resolver does not answer.
    """
    found = _looked_up(target, deadline)
    strange = [address for _, address in found if not is_public(str(address[0]))]
    if strange and not target.named:
        raise Forbidden(
            f"{target.netloc} mène à un réseau privé ou à cette machine : il n’est pas demandé. "
            "Un serveur à vous se nomme dans les réglages."
        )
    return found


def is_public(address: str) -> bool:
    """Whether an IP address is of the Internet: it names neither this machine nor its networks."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or ip not in _IPV6_INTERNET):
        return False  # mapped, NAT64 and link-local addresses lie outside
    return not any(ip.version == net.version and ip in net for net in _ASIDE)


def _read(url: str) -> Target:
    try:
        parts = urlsplit(url)
        host = _host(parts.hostname or "")
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        expected = "attendu : http(s):// et le nom d’un serveur"
        raise Forbidden(f"Cette adresse ne peut pas être demandée : {expected}.") from error
    userinfo = parts.netloc.rpartition("@")[0]
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    question = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    whole = f"{path}?{question}" if question else path
    return Target(parts.scheme, host, port, whole, unquote(userinfo), named=False)


def _host(text: str) -> str:
    """The host as resolvers and certificates know it; ValueError when it can be none."""
    if ":" in text and "%" not in text:  # a zone is of one's own network
        return str(ipaddress.IPv6Address(text))
    name = text if text.isascii() else text.encode("idna").decode()
    if not _NAME.fullmatch(name):
        raise ValueError(f"no host: {cited(text)}")
    return name.removesuffix(".")


def _looked_up(target: Target, deadline: Deadline) -> list[Resolved]:
    """All addresses of the host, each once, in the order that the system prefers."""
    late = TooSlow(f"Le nom {target.host} n’a pas été trouvé à temps : réessayez plus tard.")
    waiting = _RESOLVING
    if not waiting.acquire(timeout=deadline.left(late)):
        raise late
    answer: list[Collection[Any] | OSError] = []

    def look_up() -> None:
        try:
            answer.append(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.append(OSError(str(error)))
        finally:
            waiting.release()

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline.left(late))
    if not answer:
        raise late
    if isinstance(answer[0], OSError):
        raise Unreachable(
            f"Aucun serveur ne se nomme {target.host} : vérifiez l’adresse et le réseau."
        ) from answer[0]
    return list(dict.fromkeys((family, place) for family, _, _, _, place in answer[0]))
