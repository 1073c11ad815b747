"""``/api/v1/initiatives``, one of them, and the clusters that the map draws."""

from __future__ import annotations

import json

from flask import Response

from mapapp.api import answers, schemas, shapes
from mapapp.api.blueprint import bp
from mapapp.api.numbers import read_zoom
from mapapp.queries.map_features import cluster_features
from mapapp.web.context import filters, initiatives

_SOURCES = (answers.RTES, answers.ANCT, answers.INSEE)


@bp.get("/initiatives", summary="Les initiatives", responses={"200": schemas.InitiativeCollection})
def initiative_list(query: schemas.FilterQuery) -> Response:
    """Les initiatives que gardent les filtres, par pages de 25, en GeoJSON."""
    questions, asked = initiatives(), filters()
    page = questions.page(asked)
    features = [shapes.initiative(card, questions, shapes.MATCHES_IN_A_LIST) for card in page.items]
    about = answers.about(page.count, _SOURCES, answers.page_links(page, asked))
    return answers.send_geojson(
        schemas.InitiativeCollection(type="FeatureCollection", features=features, **about)
    )


@bp.get(
    "/initiatives/<slug>",
    summary="Une initiative",
    responses={"200": schemas.InitiativeFeature},
)
def initiative(path: schemas.SlugPath) -> Response:
    """Une initiative et toutes les ressources qui lui correspondent, chacune avec sa raison."""
    questions = initiatives()
    record = questions.record(path.slug)
    return answers.send_geojson(shapes.initiative(record.card, questions, len(record.matches)))


@bp.get("/clusters", summary="Ce que la carte dessine", responses={"200": schemas.MapCollection})
def clusters(query: schemas.ClusterQuery) -> Response:
    """Les initiatives localisées, seules ou regroupées quand elles se toucheraient à l’écran.

    Une vue plus grande qu’un écran à son zoom est regroupée comme de plus loin, 2 000 marques au
    plus ; `zoom` dit lequel a servi.
    """
    features, zoom = cluster_features(initiatives(), filters(), read_zoom(query.zoom))
    about = answers.about(len(features), _SOURCES)
    body = {"type": "FeatureCollection", "features": features, "zoom": zoom} | about
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, mimetype="application/geo+json")
