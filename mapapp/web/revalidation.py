"""Answers that have not changed are not made again.

Nearly every answer follows from the address asked, the version of the data, the day, the settings
and the code: these make its tag, so a browser that brings the tag back is told « 304 » before any
question to the store but that of the version. What depends on more (a geocoder elsewhere) has the
tag of its own bytes, and is made before it is compared.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path

from flask import Flask, Response, g, request

from mapapp.config import SETTINGS
from mapapp.errors import NotReady
from mapapp.paths import shipped
from mapapp.web.context import data_version
from mapapp.web.site import asked_address

#: Pages on which a geocoder may have a say, what is told of the snapshots that a folder holds,
#: files that have tags of their own; whether the store answers at this instant; and answers whose
#: policy and life are their own, which a 304 made beforehand would replace in the browser's cache.
_DEPENDING_ON_MORE = frozenset(
    {
        "pres_de_moi.pres_de_moi",
        "adresses.adresses",
        "donnees.donnees",
        "donnees.healthz",
        "open_data.catalogue",
        "open_data.current_file",
        "snapshots.snapshot_page",
        "snapshots.snapshot_file",
        "assets.file",
        "embed.embed",
        "integrer.integrer",
        "oembed.oembed",
    }
)

#: Headers by which one address may have several answers.
_NEGOTIATED = ("Accept", "Accept-Language", "Cookie", "Authorization")


def init_app(app: Flask) -> None:
    """Give the answers their tags, and honour those that come back."""
    app.before_request(_unchanged)
    app.after_request(_tag)


def _unchanged() -> Response | None:
    """304 at once when the visitor holds the answer; else the tag that it will have is kept."""
    g.tag = _told() if _takes_part() else None
    for held in request.if_none_match.as_set(include_weak=True):
        if g.tag and held.partition(":")[0] == g.tag:  # compressed, it is called « tag:br »
            response = Response(status=304)
            response.set_etag(held)
            response.headers["Cache-Control"] = "no-cache"
            return response
    return None


def _takes_part() -> bool:
    asks = request.method in ("GET", "HEAD") and request.endpoint is not None
    return asks and request.endpoint not in _DEPENDING_ON_MORE


def _told() -> str | None:
    """The tag of the answer to this request; None while the store is not ready."""
    try:
        version = data_version()
    except NotReady:
        return None
    negotiated = [request.headers.get(name) for name in _NEGOTIATED]
    told = (version, asked_address(), date.today().isoformat(), negotiated, instance_tag())
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


@cache
def instance_tag() -> str:
    """What changes when the code, its templates or its settings do: files by date and size."""
    package = Path(__file__).resolve().parent.parent
    folders = (package, package.parent / "geo", shipped("templates"), shipped("data"))
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    files = [
        (path.name, path.stat().st_mtime_ns, path.stat().st_size)
        for path in found
        if path.suffix != ".pyc"
    ]
    settings = [(setting.name, setting.read()) for setting in SETTINGS]
    return hashlib.sha256(repr((files, settings)).encode()).hexdigest()


def _tag(response: Response) -> Response:
    """A tag and « ask again » unless the view said otherwise; 304 when nothing changed."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    response.headers.setdefault("Cache-Control", "no-cache")
    if response.is_streamed or response.direct_passthrough:
        return response
    tag, told = g.get("tag"), response.get_etag()[0]
    if tag and not told and not response.cache_control.no_store:
        response.set_etag(tag)
    response.add_etag()
    response.make_conditional(request)
    return response
