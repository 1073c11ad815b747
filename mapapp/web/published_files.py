"""Files of the published data sent: those of a snapshot as they are kept, the current ones made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Response, request, send_file

from mapapp.errors import UnknownRecord
from mapapp.opendata.datasets import FORMS, Dataset, Instant, available
from mapapp.opendata.snapshots import (
    MANIFEST,
    Snapshot,
    newest,
    snapshots_folder,
)
from mapapp.opendata.taking import is_of
from mapapp.web.context import data_version, memory, session
from mapapp.web.files import (
    CODINGS,
    MOST_SHEET_LINES,
    Asked,
    attachment,
    is_held,
    send_asked,
)
from mapapp.web.site import absolute

#: A dated file never changes: who has it need not ask again.
FOR_EVER = "public, max-age=31536000, immutable"

#: Written while the asker waits, some seconds at most; a snapshot has no such bound.
_MOST_LINES = {"xlsx": MOST_SHEET_LINES}
_MOST_OTHER_LINES = 100_000


def current_snapshot() -> Snapshot | None:
    """The last snapshot, when it holds the data of now."""
    last = newest(snapshots_folder())
    return last if last and is_of(last, data_version()) else None


def send_kept(snapshot: Snapshot, name: str, cache_control: str = FOR_EVER) -> Response:
    """A file of a snapshot, under a name that says of which day; its ETag is its sha256.

    Raises:
        UnknownRecord: the snapshot has no such file.
    """
    kept = snapshot.by_name.get(name)
    path = snapshots_folder() / snapshot.name / name
    if not (kept or name == MANIFEST) or not path.is_file():
        held = ", ".join(snapshot.by_name)
        raise UnknownRecord(
            f"L’instantané {snapshot.name} n’a pas de fichier « {name[:60]} » ; il a : {held}.",
            ways=[("Cet instantané", snapshot.url)],
        )
    checksum = kept.sha256 if kept else hashlib.sha256(path.read_bytes()).hexdigest()
    media_type = kept.media_type if kept else "application/json"
    name = f"{path.stem}-{snapshot.name}{path.suffix}"
    known = is_held(checksum)
    response = Response(status=304) if known else _file(path, media_type, name, checksum)
    response.set_etag(checksum)
    response.headers["Cache-Control"] = cache_control
    return response


def _file(path: Path, media_type: str, name: str, checksum: str) -> Response:
    """A file to keep under a name; a part of it to who asks for one.

    Who has it compressed on the way gets all of it: parts are of the file as it is.
    """
    if request.accept_encodings.best_match(CODINGS):
        return attachment(path.open("rb"), media_type, name)
    return send_file(
        path, mimetype=media_type, as_attachment=True, download_name=name, etag=checksum
    )


def send_current(dataset: Dataset, form: str) -> Response:
    """A file of the data of now: that of the last snapshot when nothing changed since.

    Raises:
        UnknownRecord: this installation cannot write that form.
        BadInput: too many lines to be written while somebody waits.
    """
    if kept := current_snapshot():
        return send_kept(kept, f"{dataset.name}.{form}", "no-cache")
    if not available(form):
        raise UnknownRecord(
            f"Cette installation n’écrit pas de {FORMS[form][0]} : il lui manque mapapp[gis]. "
            "Prenez le GeoJSON.",
            ways=[("Les données", "/donnees")],
        )
    if form in dataset.slow:
        raise UnknownRecord(
            f"« {dataset.title} » en {FORMS[form][0]} est long à écrire : prenez-le dans un "
            "instantané, ou prenez le CSV.",
            ways=[("Les données et leurs instantanés", "/donnees")],
        )
    most = _MOST_LINES.get(form, _MOST_OTHER_LINES)

    def write(path: Path, check: Callable[[], None]) -> None:
        dataset.write(Instant(session(), memory(), absolute), form, path, most, check)

    file = Asked(("published", dataset.name, form), f"{dataset.name}.{form}", FORMS[form][1], write)
    return send_asked(file)
