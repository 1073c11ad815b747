"""How often a network address may ask what costs: counted for all processes of the machine.

Where the shared folder cannot be written, each process counts for itself, and the log says so. The
address is the one that :mod:`mapapp.web.proxies` believes.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from mapapp.machine.counters import ADDRESS

#: Files by minute and address: a person tries, corrects and tries again; twenty thousand rows each.
UPLOADS = "10 per minute"

#: Files that are not kept yet: each may take some seconds of processor. A class behind one address
#: takes one each; a machine that wants them all is told to slow down.
MAKINGS = "30 per minute"

#: Places typed that only a geocoder knows: one a second, for an office behind one address.
LOOK_UPS = "60 per minute"

limiter = Limiter(
    get_remote_address,
    storage_uri=ADDRESS,
    headers_enabled=True,
    in_memory_fallback_enabled=True,
)

#: Page and API are one door.
few_files = limiter.shared_limit(UPLOADS, scope="files", methods=["POST"])
few_makings = limiter.shared_limit(MAKINGS, scope="makings")
few_look_ups = limiter.shared_limit(LOOK_UPS, scope="look-ups")


def init_app(app: Flask) -> None:
    """Count what each address asks."""
    limiter.init_app(app)
