"""A selection sent as a file to keep: written whole before its first byte leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from flask import Response, request

from mapapp.errors import BadInput
from mapapp.exporting.extracts import Extract
from mapapp.exporting.formats import WRITERS
from mapapp.filters import Filters
from mapapp.queries.territory_choices import territory_named
from mapapp.web.context import data_version, session
from mapapp.web.site import asked_address
from mapapp.words import search_words

#: The forms in which a selection can be taken away; what needs an extra stays with the commands.
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}

#: Lines of a workbook: written at some thousand per second, more would keep its asker waiting
#: beyond half a minute. Every QPV of a generation × theme (19,008) fits.
MOST_SHEET_LINES = 20_000

#: Bytes sent at a time.
_CHUNK = 65_536

#: How answers are compressed on their way, which their ETag then tells: « tag:br ».
CODINGS = ("br", "gzip", "zstd", "deflate")

#: Part of the tag: to be raised when the same data give another file.
_LAYOUT = 1


def send_extract(
    form: str, subject: str, filters: Filters, extract_of: Callable[[], Extract]
) -> Response:
    """The extract as an attachment named after its subject, territory and day.

    Nothing is reckoned when the asker has it already. A fault leaves no half a file.

    Raises:
        BadInput: a workbook of more than ``MOST_SHEET_LINES``.
    """
    tag = _tag()
    if is_held(tag):
        response = Response(status=304)
    else:
        name = f"{subject}{_territory(filters)}-{date.today().isoformat()}.{form}"
        response = attachment(_opened(extract_of(), form), MEDIA_TYPES[form], name)
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(tag, weak=True)
    return response


def is_held(tag: str) -> bool:
    """Whether the asker has what bears the tag, as it is or compressed on its way."""
    known = (tag, *(f"{tag}:{coding}" for coding in CODINGS))
    return any(map(request.if_none_match.contains_weak, known))


def attachment(file: BinaryIO, media_type: str, name: str) -> Response:
    """A file to keep under a name, streamed and closed at the end."""
    response = Response(_chunks(file), mimetype=media_type)
    response.call_on_close(file.close)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _opened(extract: Extract, form: str) -> BinaryIO:
    """The written file, whose folder is gone: it lasts until it is closed."""
    if form == "xlsx" and extract.count > MOST_SHEET_LINES:
        raise BadInput(
            f"{extract.count} lignes : un classeur demandé ici en contient {MOST_SHEET_LINES} "
            "au plus. Demandez le même fichier en .csv, ou choisissez un territoire."
        )
    with TemporaryDirectory(prefix="mapapp-") as folder:
        path = Path(folder) / f"export.{form}"
        WRITERS[path.suffix](extract, path)
        return path.open("rb")


def _tag() -> str:
    """What changes when the file would: the data, the question, the day that it tells."""
    told = (data_version(), asked_address(), date.today().isoformat(), _LAYOUT)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def _territory(filters: Filters) -> str:
    words = search_words(territory_named(session(), filters) or filters.qpv)
    return "".join(f"-{word}" for word in words)
