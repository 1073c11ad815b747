"""What the operator says of this instance: its public address, who publishes it, who answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, current_app, request

from mapapp.config import CONTACT, HOSTED_BY, PUBLIC_URL, PUBLISHED_BY
from mapapp.errors import BadInput

_EXTENSION = "mapapp.site"

#: Pages link to each other from the root of their host: a path before them cannot be served.
_ORIGIN = re.compile(r"https?://[^/?#@\s]+/?")


@dataclass(frozen=True, slots=True)
class Site:
    """What is declared; an empty text is something that the operator has not declared.

    ``origin``: scheme and host without a final slash. ``contact``: an e-mail or web address.
    """

    origin: str
    contact: str
    publisher: str
    host: str


def init_app(app: Flask) -> None:
    """Read the settings, and give templates ``site()`` and ``absolute(path)``."""
    app.extensions[_EXTENSION] = Site(
        read_origin(PUBLIC_URL.read()), CONTACT.read(), PUBLISHED_BY.read(), HOSTED_BY.read()
    )
    app.jinja_env.globals.update(site=site, absolute=absolute)


def read_origin(address: str) -> str:
    """The public address without its final slash; empty when there is none.

    Raises:
        BadInput: it is not « https://host » alone.
    """
    if address and not _ORIGIN.fullmatch(address):
        expected = "attendu : http(s):// et un hôte, sans chemin, par exemple https://carte.example"
        raise BadInput.of(PUBLIC_URL.name, f"{PUBLIC_URL.name} « {address} » : {expected}.")
    return address.rstrip("/")


def site() -> Site:
    """What the operator says of this instance."""
    declared: Site = current_app.extensions[_EXTENSION]
    return declared


def absolute(path: str) -> str:
    """The address that the world knows a path of ours by: every address that we tell is made here.

    With a public address nothing of the request is in it. Without one, only this machine and the
    hosts that the operator lists are answered (``mapapp.web.hosts``), so theirs is told.
    """
    return (site().origin or request.host_url.rstrip("/")) + path


def asked_address() -> str:
    """The address of this request, question included, as the world knows it."""
    return absolute(request.url.removeprefix(request.host_url.rstrip("/")))


def asked_page() -> str:
    """The address of this request without its question, as the world knows it."""
    return absolute(request.base_url.removeprefix(request.host_url.rstrip("/")))
