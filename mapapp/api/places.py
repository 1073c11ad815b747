"""``/api/v1/locate``: the verdicts on a point; ``/api/v1/search``: names that begin like this."""

from __future__ import annotations

from flask import Response

from geo.position import Position, Precision
from geo.verdict import Place, judge
from mapapp.api import answers, schemas, shapes
from mapapp.api.blueprint import bp
from mapapp.api.numbers import gather, read_number
from mapapp.errors import BadInput
from mapapp.filters import read_generation, read_query
from mapapp.queries.search import search
from mapapp.verdicts import show
from mapapp.web.context import catalogue, memory, session

#: Beyond the size of the largest communes a radius says nothing any more.
LARGEST_RADIUS_M = 100_000.0


@bp.get("/locate", summary="Un point est-il en QPV ?", responses={"200": schemas.Located})
def locate(query: schemas.LocateQuery) -> Response:
    """Le verdict sur un point pour chaque génération, indicatif, sans rien garder de la demande."""
    lon, lat, rayon, generation = gather(
        lambda: read_number("lon", query.lon, -180, 180, "degrés"),
        lambda: read_number("lat", query.lat, -90, 90, "degrés"),
        lambda: read_number("rayon", query.rayon or "0", 0, LARGEST_RADIUS_M, "mètres"),
        lambda: _generation(query.generation),
    )
    position = Position(lon, lat, Precision.POINT, rayon)  # type: ignore[arg-type]
    shown = {
        of: show(judge(Place(position), index), index.contours)
        for of, index in memory().indexes(session()).items()
        if generation in (None, of)
    }
    return answers.send(
        schemas.Located(
            position=schemas.PositionShown(
                lon=position.lon,
                lat=position.lat,
                precision=position.precision.value,
                radius_m=position.radius_m,
            ),
            verdicts=shapes.verdicts(shown),
        )
    )


def _generation(text: str | None) -> int | None:
    try:
        return read_generation(text) if text else None
    except ValueError as error:
        raise BadInput.of("generation", str(error)) from None


@bp.get("/search", summary="Chercher un nom", responses={"200": schemas.HitCollection})
def search_names(query: schemas.SearchQuery) -> Response:
    """Communes, QPV, initiatives et ressources dont le nom contient ces lettres ou ces mots."""
    try:
        text = read_query(query.q or "")
    except ValueError as error:
        raise BadInput.of("q", str(error)) from None
    hits = search(session(), catalogue(), text)
    items = [
        schemas.Hit(kind=h.kind, code=h.code, label=h.label, detail=h.detail, url=h.url)  # type: ignore[arg-type]
        for h in hits
    ]
    sources = (answers.INSEE, answers.ANCT, answers.RTES)
    return answers.send(schemas.HitCollection(items=items, **answers.about(len(items), sources)))
