"""Which other sites may show an embed: those that the operator lists, host by host.

The browser obeys the list (``frame-ancestors``); where it says who asks, so do we, with a sentence
that can be read in the frame, which the browser's own refusal never says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from mapapp.config import EMBED_HOSTS
from mapapp.errors import BadInput, cited
from mapapp.web.hosts import read_named_host
from mapapp.web.site import absolute

_EXTENSION = "mapapp.framing"

#: This machine, where nothing can listen in between: http will do, and any port unless one is told.
LOOPBACK = ("localhost", "127.0.0.1")

#: What a browser says that it asks for when it fills a frame (Sec-Fetch-Dest).
_FRAMES = ("iframe", "frame", "embed", "object", "fencedframe")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Who may frame. ``sources``: as the policy writes them; ``everyone``: any site at all."""

    sources: tuple[str, ...] = ()
    everyone: bool = False

    @property
    def ancestors(self) -> str:
        """The value of ``frame-ancestors``; our own pages always may (the builder's preview)."""
        return "*" if self.everyone else " ".join(("'self'", *self.sources))

    def allow(self, origin: str) -> bool:
        """Whether pages of this origin (``https://host:port``) may frame."""
        return self.everyone or not {origin, _any_port(origin)}.isdisjoint(self.sources)


def init_app(app: Flask) -> None:
    """Read the list; BadInput when it cannot be understood."""
    app.extensions[_EXTENSION] = read_hosts(EMBED_HOSTS.read())


def hosts() -> Hosts:
    """Who may frame what is made for it."""
    listed: Hosts = current_app.extensions[_EXTENSION]
    return listed


def read_hosts(text: str) -> Hosts:
    """« cress.example, www.cress.example », or « * » for every site.

    Raises:
        BadInput: one of them is not the name of a host (French).
    """
    names = re.split(r"[\s,;]+", text.strip()) if text.strip() else []
    if names == ["*"]:
        return Hosts(everyone=True)
    return Hosts(tuple(dict.fromkeys(_source(name) for name in names)))


def origin_of(address: str) -> str:
    """``https://host:port`` of a web address, in small letters; empty when it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + (
        f":{port}" if port not in (None, default) else ""
    )


def stranger() -> str:
    """The origin that frames this request and may not; empty when nothing says so."""
    if request.headers.get("Sec-Fetch-Dest", "iframe") not in _FRAMES:
        return ""
    origin = origin_of(request.headers.get("Referer", ""))
    ours = origin_of(absolute(""))
    return "" if origin in ("", ours) or hosts().allow(origin) else origin


def _source(name: str) -> str:
    named = read_named_host(name)
    if named is None or named.name.startswith("["):  # policies cannot name an IPv6 address
        raise BadInput.of(
            EMBED_HOSTS.name,
            f"{EMBED_HOSTS.name} «\u00a0{cited(name)}\u00a0»\u00a0: attendu des noms d’hôtes "
            "séparés par des virgules, sans «\u00a0https://\u00a0» ni chemin ni joker, par exemple "
            "«\u00a0cress.example, www.cress.example\u00a0», ou «\u00a0*\u00a0» seul pour tous.",
        )
    if named.name in LOOPBACK:
        return f"http://{named.name}:{named.port or '*'}"
    return f"https://{named.name}" + (f":{named.port}" if named.port not in (None, 443) else "")


def _any_port(origin: str) -> str:
    parts = urlsplit(origin)
    return f"{parts.scheme}://{parts.hostname}:*"
