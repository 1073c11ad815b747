"""``POST /api/v1/locate``: a CSV file in, the same file with its verdicts out."""

from __future__ import annotations

from typing import Any

from flask import Response

from mapapp.api import schemas
from mapapp.api.blueprint import bp
from mapapp.errors import BadInput
from mapapp.joining.columns import Wanted
from mapapp.web.limits import few_files
from mapapp.web.uploads import joined

_CSV: Any = {
    "200": {
        "description": "CSV",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    },
    "413": schemas.Error,
    "429": schemas.Error,
}


@bp.post("/locate", summary="Les lignes d’un fichier CSV sont-elles en QPV ?", responses=_CSV)
@few_files
def locate_file(form: schemas.LocateForm) -> Response:
    """Le même fichier, avec le verdict de chaque ligne pour les deux générations.

    Colonnes ajoutées : qpv_2015, nom_2015, statut_2015, distance_2015, qpv_2024, nom_2024,
    statut_2024, distance_2024, precision, phrase. Au plus 5 Mo, 20 000 lignes avec des coordonnées,
    2 000 adresses à chercher, 10 envois par minute. Rien n’est gardé.
    """
    found = joined(form.file, Wanted(form.lon, form.lat, _names(form.address)))
    if found.table.dialect is None:
        raise BadInput.of("file", "Un fichier CSV est attendu ; les classeurs vont à /adresses.")
    response = Response(found.written().getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=found.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))
