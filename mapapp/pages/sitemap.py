"""What search engines read first: the list of pages, and what they may visit."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from mapapp.errors import UnknownRecord
from mapapp.queries.addresses import address_count, addresses, changed_on
from mapapp.web.context import session
from mapapp.web.site import absolute

bp = Blueprint("sitemap", __name__)

#: The protocol allows 50,000; a fifth of it weighs 1 MB and is written in some tens of ms.
PER_FILE = 10_000

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page; when they are many, the files that list them."""
    files = _files()
    if files == 1:
        return part(1)
    paths = (f"/sitemap/{number}.xml" for number in range(1, files + 1))
    return _xml("sitemapindex", "sitemap", paths)


@bp.get("/sitemap/<int:number>.xml")
def part(number: int) -> Response:
    """One file of pages.

    Raises:
        UnknownRecord: there are not so many files.
    """
    if not 1 <= number <= _files():
        raise UnknownRecord(f"Il n’y a pas de fichier {number} dans le plan du site.")
    return _xml("urlset", "url", addresses(session(), (number - 1) * PER_FILE, PER_FILE))


@bp.get("/robots.txt")
def robots() -> Response:
    """Every page may be visited; the API says by a header that its answers are not pages."""
    lines = ("User-agent: *", "Allow: /", "", f"Sitemap: {absolute('/sitemap.xml')}", "")
    return Response("\n".join(lines), mimetype="text/plain")


def _files() -> int:
    return max(1, -(-address_count(session()) // PER_FILE))


def _xml(root: str, entry: str, paths: Iterable[str]) -> Response:
    day = changed_on(session())
    before = f"<{entry}><loc>{escape(absolute(''))}"
    after = f"</loc><lastmod>{day}</lastmod></{entry}>\n"
    entries = "".join(f"{before}{escape(path)}{after}" for path in paths)
    document = f"{_HEAD}<{root} {_NAMESPACE}>\n{entries}</{root}>\n"
    return Response(document, mimetype="application/xml")
