"""Files to keep: made whole before their first byte leaves, and once for a question when heavy."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from flask import Flask, Response, current_app, request

from mapapp.config import KEPT_FILES_MB
from mapapp.errors import BadInput, Occupied
from mapapp.exporting.extracts import Extract
from mapapp.exporting.formats import WRITERS
from mapapp.filters import Filters
from mapapp.machine.kept_files import KeptFiles, Unwanted
from mapapp.queries.territory_choices import territory_named
from mapapp.web.context import data_version, session
from mapapp.web.gone import visitor_has_gone
from mapapp.web.limits import few_makings
from mapapp.web.revalidation import instance_tag
from mapapp.web.site import absolute
from mapapp.words import search_words

#: The forms in which a selection can be taken away; what needs an extra stays with the commands.
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}

#: Lines of a workbook: written at ten thousand per second, each of some thirty cells. Every QPV of
#: a generation × theme (19,008) fits.
MOST_SHEET_LINES = 20_000

#: Bytes sent, or compressed, at a time.
_CHUNK = 65_536

#: Kept files that are texts are kept compressed: nine bytes of ten are saved on the disk, and no
#: processor is spent each time they leave.
_TEXTS = ("csv", "geojson", "jsonld")
_LEVEL = 5

#: How answers are compressed on their way, which their ETag then tells: « tag:br ».
CODINGS = ("br", "gzip", "zstd", "deflate")

#: A file of so many records is made in a tenth of a second: it waits for no other, and is not kept.
LIGHT = 500

#: Seconds after which to ask again for a file whose data changed while it was made.
_CHANGED_S = 1.0

_EXTENSION = "mapapp.files"


@dataclass(frozen=True, slots=True)
class Asked:
    """A file that a request asks for.

    ``question``: what it answers, once the version of the data, the day and the host are known.
    ``write``: writes it at a path of the suffix of ``name``; what it calls in between may raise.
    ``light``: whether it is made in no time.
    """

    question: object
    name: str
    media_type: str
    write: Callable[[Path, Callable[[], None]], None]
    light: bool = False

    @property
    def form(self) -> str:
        """Its suffix, « csv » or « xlsx » for instance."""
        return self.name.rpartition(".")[2]

    @property
    def is_text(self) -> bool:
        """Whether it is kept compressed."""
        return self.form in _TEXTS


def init_app(app: Flask) -> None:
    """Give the application its kept files."""
    app.extensions[_EXTENSION] = KeptFiles(read_megabytes(KEPT_FILES_MB.read()) * 1_000_000)


def read_megabytes(text: str) -> int:
    """How many megabytes of files are kept.

    Raises:
        BadInput: it is no whole number.
    """
    if text.isascii() and text.isdecimal() and len(text) < 8:
        return int(text)
    expected = "un nombre de mégaoctets est attendu, 0 pour ne rien garder"
    raise BadInput.of(KEPT_FILES_MB.name, f"{KEPT_FILES_MB.name} « {text} » : {expected}.")


def send_extract(
    form: str,
    subject: str,
    filters: Filters,
    extract_of: Callable[[], Extract],
    light: bool,
) -> Response:
    """The extract as an attachment named after its subject, territory and day.

    Nothing is reckoned when the asker has it already. A fault leaves no half a file.

    Raises:
        BadInput: a workbook of more than ``MOST_SHEET_LINES``.
        Occupied: others are being served.
    """

    def write(path: Path, check: Callable[[], None]) -> None:
        extract = extract_of()
        if form == "xlsx" and extract.count > MOST_SHEET_LINES:
            raise BadInput(
                f"{extract.count} lignes : un classeur demandé ici en contient {MOST_SHEET_LINES} "
                "au plus. Demandez le même fichier en .csv, ou choisissez un territoire."
            )
        WRITERS[f".{form}"](extract.watched(check), path)

    asked = replace(filters, page=1, theme=tuple(sorted(filters.theme)))
    name = f"{subject}{_territory(filters)}-{date.today().isoformat()}.{form}"
    question = (subject, form, asked.pairs())
    return send_asked(Asked(question, name, MEDIA_TYPES[form], write, light))


def send_asked(asked: Asked) -> Response:
    """The file, unless the asker has it: from those that are kept, else made now.

    Raises:
        Occupied: others are being served.
    """
    question = (data_version(), instance_tag(), absolute(""), date.today(), asked.question)
    tag = hashlib.sha256(repr(question).encode()).hexdigest()[:24]
    response = Response(status=304) if is_held(tag) else _made(asked, question)
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(tag, weak=True)
    return response


def _made(asked: Asked, question: tuple[object, ...]) -> Response:
    if asked.light:
        with TemporaryDirectory(prefix="mapapp-") as name:
            path = Path(name) / f"fichier.{asked.form}"
            asked.write(path, lambda: None)
            return attachment(path.open("rb"), asked.media_type, asked.name)

    def make(folder: Path, check: Callable[[], None]) -> Path:
        with few_makings:
            path = folder / f"fichier.{asked.form}"
        asked.write(path, check)
        if data_version() != question[0]:
            raise Occupied("Les données viennent de changer : redemandez ce fichier.", _CHANGED_S)
        return _compressed(path, check) if asked.is_text else path

    files: KeptFiles = current_app.extensions[_EXTENSION]
    try:
        file = files.opened(question, make, visitor_has_gone)
    except Unwanted:  # nobody reads this answer
        raise Occupied.of_files(_CHANGED_S) from None
    return _text(file, asked) if asked.is_text else attachment(file, asked.media_type, asked.name)


def _compressed(path: Path, check: Callable[[], None]) -> Path:
    packed = path.with_name(f"{path.name}.gz")
    with path.open("rb") as file, gzip.GzipFile(packed, "wb", _LEVEL, mtime=0) as out:
        for chunk in iter(lambda: file.read(_CHUNK * 16), b""):
            check()
            out.write(chunk)
    path.unlink()
    return packed


def _text(file: BinaryIO, asked: Asked) -> Response:
    """A compressed file as it is to who understands it, else unpacked on its way."""
    if not request.accept_encodings["gzip"]:
        return attachment(cast(BinaryIO, _Unpacked(file)), asked.media_type, asked.name)
    response = attachment(file, asked.media_type, asked.name)
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


class _Unpacked(gzip.GzipFile):
    """A compressed file that is read unpacked, and closed with what it is read from."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        """Close both."""
        super().close()
        self._file.close()


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


def _territory(filters: Filters) -> str:
    words = search_words(territory_named(session(), filters) or filters.qpv)
    return "".join(f"-{word}" for word in words)
