"""The data of now as files, their schemas, and their description for harvesters."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response

from mapapp.errors import UnknownRecord
from mapapp.opendata.datasets import BY_NAME, FORMS
from mapapp.opendata.linked import inert_json
from mapapp.opendata.schemas import DESCRIBED, TEMPLATE, table_schema, template
from mapapp.opendata.snapshots import all_snapshots, snapshots_folder
from mapapp.queries.addresses import changed_on
from mapapp.queries.facts import all_sources
from mapapp.web import dcat
from mapapp.web.context import session
from mapapp.web.counts import holdings
from mapapp.web.published_files import current_snapshot, send_current
from mapapp.web.site import absolute

bp = Blueprint("open_data", __name__)


def _any(words: Iterable[str]) -> str:
    """Words for the converter of that name, which wants quotes around a hyphen."""
    return ", ".join(f'"{word}"' if "-" in word else word for word in words)


@bp.get(f"/donnees/<any({_any(BY_NAME)}):dataset>.<any({_any(FORMS)}):form>")
def current_file(dataset: str, form: str) -> Response:
    """The data of now, in one form.

    Raises:
        UnknownRecord: the dataset has no such form.
    """
    found = BY_NAME[dataset]
    if form not in found.forms:
        held = ", ".join(found.forms)
        raise UnknownRecord(
            f"Le jeu « {found.title} » n’existe pas en {FORMS[form][0]} ; il existe en : {held}.",
            ways=[("Les données", "/donnees")],
        )
    return send_current(found, form)


@bp.get(f"/donnees/{TEMPLATE}")
def initiatives_template() -> Response:
    """An initiatives file to fill in and send."""
    response = Response(template(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=TEMPLATE)
    return response


@bp.get("/donnees/catalogue.jsonld")
def catalogue() -> Response:
    """The datasets and their files, in DCAT-AP's words."""
    told = dcat.catalogue(
        holdings(),
        changed_on(session()),
        [source for source, _ in all_sources(session())],
        all_snapshots(snapshots_folder()),
        current_snapshot(),
    )
    return Response(inert_json(told), mimetype="application/ld+json")


@bp.get(f"/schemas/<any({_any(DESCRIBED)}):name>.json")
def schema(name: str) -> Response:
    """What the columns of a file are, as a Table Schema."""
    told = table_schema(DESCRIBED[name], absolute)
    return Response(inert_json(told), mimetype="application/json")
