"""Who asks, and under which address, when reverse proxies of the operator stand between."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mapapp.config import PROXIES
from mapapp.errors import BadInput

#: More proxies in a row than anyone has: a typing error.
_MOST = 9


def init_app(app: Flask) -> None:
    """Believe as many forwarded addresses as there are proxies: anybody can write more of them.

    A host that is forwarded is not believed at all: proxies let through what visitors write,
    and ``MAPAPP_PUBLIC_URL`` says it once for all.
    """
    if count := read_proxies(PROXIES.read()):
        fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)
        app.wsgi_app = fixed  # type: ignore[method-assign]


def read_proxies(text: str) -> int:
    """How many reverse proxies there are.

    Raises:
        BadInput: it is not a small whole number.
    """
    if text.isdecimal() and int(text) <= _MOST:
        return int(text)
    expected = f"attendu : le nombre de mandataires placés devant cette instance, de 0 à {_MOST}"
    raise BadInput.of(PROXIES.name, f"{PROXIES.name} « {text} » : {expected}.")
