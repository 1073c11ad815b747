"""Files that visitors send: bounded before they are read, kept in memory alone."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, current_app, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from geo.finding import AddressFinder
from geo.pacing import ONCE
from mapapp.address_finding import address_finder
from mapapp.errors import BadInput, DataFault
from mapapp.joining.columns import Wanted
from mapapp.joining.judging import Joiner
from mapapp.joining.uploads import LARGEST_UPLOAD, JoinedUpload, join_upload, refuse_parquet
from mapapp.tables.readable import Upload
from mapapp.web.context import memory, session

#: The form around the file: its other fields and the boundaries.
_ENVELOPE = 64_000

#: The largest body of a request. `mapapp serve` refuses more before it reaches the application.
LARGEST_BODY = LARGEST_UPLOAD + _ENVELOPE


class MemoryRequest(Request):
    """A request whose files never touch a disk: they are bounded, and nobody else may read them."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


def init_app(app: Flask) -> None:
    """Bound every body."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.request_class = MemoryRequest
    app.before_request(_refuse_large)


def _refuse_large() -> None:
    if (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]:
        raise RequestEntityTooLarge


def joined(file: object, wanted: Wanted) -> JoinedUpload:
    """The file of this request with the verdicts of its rows.

    Raises:
        AppError: no file, one that cannot be read, or too large a one.
    """
    if not isinstance(file, FileStorage) or not file.filename:  # a text is no file
        raise BadInput.of("file", "Choisissez un fichier .csv, .xlsx ou .ods.")
    refuse_parquet(file.filename)
    content = file.stream.read()
    if len(content) > LARGEST_UPLOAD:
        raise RequestEntityTooLarge
    try:
        return join_upload(Upload(file.filename, content), wanted, _joiner)
    except DataFault as error:  # here the data are the asker's
        raise BadInput(error.message) from error


def _joiner(offline: bool) -> Joiner:
    """What judges the rows; its answers are forgotten with it."""
    indexes = memory().indexes(session())
    held = memory().hold(
        session(),
        "address finder",
        lambda: address_finder(session(), patience=ONCE, keep=False),
    )
    finder = AddressFinder(
        held.geocoder, gazetteer=held.gazetteer, policy=held.policy, offline=offline
    )
    return Joiner(indexes, finder)
