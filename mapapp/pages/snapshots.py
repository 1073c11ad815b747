"""A dated snapshot of the data: what it holds, what changed, and its files."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from mapapp.opendata.changes import FILE as CHANGES
from mapapp.opendata.changes import Change, first_changes
from mapapp.opendata.datasets import BY_NAME, FORMS
from mapapp.opendata.snapshots import Snapshot, snapshot_named, snapshots_folder
from mapapp.web.published_files import send_kept

bp = Blueprint("snapshots", __name__)

#: Read on the page; the file has them all.
CHANGES_SHOWN = 100


@bp.get("/donnees/<snapshot>")
def snapshot_page(snapshot: str) -> str:
    """One snapshot: its files with their checksums, and what changed since the previous one."""
    found = snapshot_named(snapshots_folder(), snapshot)
    return render_template(
        "instantane.html",
        snapshot=found,
        datasets=BY_NAME,
        forms=FORMS,
        changes=_changes(found),
        changes_file=CHANGES,
    )


@bp.get("/donnees/<snapshot>/<name>")
def snapshot_file(snapshot: str, name: str) -> Response:
    """A file of a snapshot, for ever the same."""
    return send_kept(snapshot_named(snapshots_folder(), snapshot), name)


def _changes(snapshot: Snapshot) -> list[Change]:
    path = snapshots_folder() / snapshot.name / CHANGES
    return first_changes(path, CHANGES_SHOWN) if path.is_file() else []
