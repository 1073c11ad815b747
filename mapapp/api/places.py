"""Places: ``locate`` judges a point, ``nearby`` lists around it, ``search`` finds names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Response

from geo.position import Position, Precision
from geo.verdict import Place, judge
from mapapp.api import answers, schemas, shapes
from mapapp.api.blueprint import bp
from mapapp.api.numbers import gather, read_number
from mapapp.errors import BadInput, FieldError
from mapapp.filters import read_generation, read_query
from mapapp.queries.nearby import nearby
from mapapp.queries.search import read_kinds, search
from mapapp.verdicts import show
from mapapp.web.context import filters, initiatives, memory, session

#: Beyond the size of the largest communes a radius says nothing any more.
LARGEST_RADIUS_M = 100_000.0

_NO_PLACE = "lat et lon manquent : en degrés, par exemple lat=46.58&lon=0.34."


@bp.get("/locate", summary="Un point est-il en QPV ?", responses={"200": schemas.Located})
def locate(query: schemas.LocateQuery) -> Response:
    """Le verdict sur un point pour chaque génération, indicatif, sans rien garder de la demande."""
    lon, lat, rayon, generation = gather(
        lambda: read_number("lon", query.lon, -180, 180, "degrés"),
        lambda: read_number("lat", query.lat, -90, 90, "degrés"),
        lambda: read_number("rayon", query.rayon or "0", 0, LARGEST_RADIUS_M, "mètres"),
        lambda: (
            _read("generation", read_generation, query.generation) if query.generation else None
        ),
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


def _read(field: str, reader: Callable[[str], object], text: str) -> object:
    try:
        return reader(text)
    except ValueError as error:
        raise BadInput.of(field, str(error)) from None


@bp.get("/nearby", summary="Autour d’un point", responses={"200": schemas.NearbyCollection})
def nearby_initiatives(query: schemas.FilterQuery) -> Response:
    """Les initiatives localisées autour d’un point, de la plus proche à la plus éloignée.

    Par pages de 25 ; les autres filtres valent aussi.
    """
    questions, asked = initiatives(), filters()
    if asked.place is None:
        raise BadInput(_NO_PLACE, [FieldError(name, _NO_PLACE) for name in ("lat", "lon")])
    page = nearby(questions, asked)
    features = [shapes.near_initiative(near, questions) for near in page.items]
    sources = (answers.RTES, answers.ANCT, answers.INSEE)
    about = answers.about(page.count, sources, answers.page_links(page, asked))
    return answers.send_geojson(
        schemas.NearbyCollection(type="FeatureCollection", features=features, **about)
    )


@bp.get("/search", summary="Chercher un nom", responses={"200": schemas.HitCollection})
def search_names(query: schemas.SearchQuery) -> Response:
    """Communes, QPV, initiatives et ressources dont le nom contient ces lettres ou ces mots."""
    text, kinds = gather(
        lambda: _read("q", read_query, query.q or ""),
        lambda: _read("genre", read_kinds, query.genre or ""),
    )
    hits = search(initiatives(), text, kinds)  # type: ignore[arg-type]
    items = [schemas.Hit.model_validate(asdict(hit)) for hit in hits]
    sources = (answers.INSEE, answers.ANCT, answers.RTES)
    return answers.send(schemas.HitCollection(items=items, **answers.about(len(items), sources)))
