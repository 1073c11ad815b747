"""What is inside, where it comes from, under which licence; and whether the service is well."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template

from mapapp.opendata.datasets import DATASETS, FORMS, Dataset, available
from mapapp.opendata.snapshots import Snapshot, all_snapshots, snapshots_folder
from mapapp.queries.facts import all_contours, all_sources
from mapapp.web.context import catalogue, session, version_within
from mapapp.web.counts import holdings
from mapapp.web.published_files import current_snapshot

bp = Blueprint("donnees", __name__)

#: Machines that watch give up after some seconds, and a sound store answers within milliseconds.
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the data of now; ``size`` in bytes, None until somebody asks for it."""

    label: str
    name: str
    media_type: str
    size: int | None

    @property
    def url(self) -> str:
        """Its path."""
        return f"/donnees/{self.name}"


@bp.get("/donnees")
def donnees() -> str:
    """Counts, sources, licences, files to take away, and how to read a verdict."""
    current = current_snapshot()
    return render_template(
        "donnees.html",
        held=holdings(),
        sources=all_sources(session()),
        theme_labels={theme.slug: theme.label for theme in catalogue().themes},
        contours=all_contours(session()),
        offered=[(dataset, _downloads(dataset, current)) for dataset in DATASETS],
        current=current,
        snapshots=all_snapshots(snapshots_folder()),
        writes_gpkg=available("gpkg"),
    )


def _downloads(dataset: Dataset, current: Snapshot | None) -> list[Download]:
    kept = current.by_name if current else {}
    forms = dataset.offered(current is not None)
    names = ((form, f"{dataset.name}.{form}") for form in forms)
    return [
        Download(*FORMS[form][:1], name, FORMS[form][1], kept[name].size if name in kept else None)
        for form, name in names
    ]


@bp.get("/healthz")
def healthz() -> Response:
    """Whether the store answers, and which version of the data is served."""
    response = jsonify({"ok": True, "data_version": version_within(_PATIENCE_S)})
    response.headers["Cache-Control"] = "no-store"
    return response
