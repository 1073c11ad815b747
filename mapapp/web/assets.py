"""Files served from our own origin: ours, Leaflet's (installed, never copied), Folium's script.

Their address holds a fingerprint of them all, so a browser keeps them for a year and never shows
a mixture of two versions. They are few and small: a process reads each once.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from xstatic.pkg import leaflet

from mapapp.maps.shell import map_script
from mapapp.paths import shipped

OURS = Path(__file__).resolve().parent.parent / "static"
LEAFLET = Path(leaflet.BASE_DIR)

#: Our modules lie in one folder and import one another by « ./name.js ».
_IMPORT = re.compile(r"^(?:import|\}) .*from \"\./([\w-]+\.js)\"", re.MULTILINE)

_YEAR = "public, max-age=31536000, immutable"

bp = Blueprint("assets", __name__)


def init_app(app: Flask) -> None:
    """Serve the files, and give templates ``static(path)`` and ``imported(path…)``."""
    app.register_blueprint(bp)
    app.jinja_env.globals |= {"static": static, "imported": imported}


def static(path: str) -> str:
    """The address of a file: ours by its path, or « leaflet/leaflet.js », « folium.js »."""
    return url_for("assets.file", version=version(), path=path)


@cache
def imported(*paths: str) -> tuple[str, ...]:
    """The modules that these ones import, and theirs in turn, by path.

    A page that names them has them all at once; else a browser finds them one after the other, and
    a telephone waits for the network as many times.
    """
    found = set(paths)
    left = list(paths)
    while left:
        path = left.pop()
        names = _IMPORT.findall(contents()[path].decode())
        new = {f"{path.rpartition('/')[0]}/{name}" for name in names} - found
        found |= new
        left += new
    return tuple(sorted(found - set(paths)))


@cache
def contents() -> dict[str, bytes]:
    """What is served, by path."""
    leaflet_files = [LEAFLET / "leaflet.js", LEAFLET / "leaflet.css", *LEAFLET.glob("images/*.png")]
    files = {f"leaflet/{path.relative_to(LEAFLET).as_posix()}": path for path in leaflet_files}
    files |= {path.relative_to(OURS).as_posix(): path for path in OURS.rglob("*") if path.is_file()}
    files["departements.geojson"] = shipped("data") / "departements.geojson"
    read = {name: path.read_bytes() for name, path in sorted(files.items())}
    return read | {"folium.js": map_script().encode()}


@cache
def icons() -> Markup:
    """The sprite to be put inside a page: in a sandboxed frame nothing can be used from a file."""
    sprite = re.sub(r"<!--.*?-->|(?<=>)\s+", "", contents()["icons.svg"].decode())
    return Markup(sprite.replace("<svg ", '<svg hidden aria-hidden="true" ', 1))


@cache
def version() -> str:
    """A fingerprint of every file served."""
    digest = hashlib.sha256()
    for path, content in contents().items():
        digest.update(path.encode() + content)
    return digest.hexdigest()[:12]


@bp.get("/static/<version>/<path:path>")
def file(version: str, path: str) -> Response:
    """One file. An address of another version is answered too, but not kept."""
    if path not in contents():
        raise NotFound
    response = Response(contents()[path], mimetype=_mimetype(path))
    is_current = version == globals()["version"]()
    response.headers["Cache-Control"] = _YEAR if is_current else "no-cache"
    return response


def _mimetype(path: str) -> str:
    if path.endswith(".geojson"):
        return "application/geo+json"
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


@bp.get("/favicon.ico")
def favicon() -> WerkzeugResponse:
    """Where browsers look for the icon of a document that names none, as a drawing."""
    return redirect(static("favicon.svg"))
