"""``/api/v1/qpv``: contours to draw, and the sheet of one QPV."""

from __future__ import annotations

from flask import Response

from geo.contours import Qpv
from geo.qpv_index import point_inside
from mapapp.api import answers, schemas
from mapapp.api.blueprint import bp
from mapapp.api.numbers import read_zoom
from mapapp.queries.extent import outline_box
from mapapp.queries.map_features import contours_text, drawn_contours
from mapapp.queries.qpvs import QpvSheet, SeenInitiative, qpv_sheet
from mapapp.web.context import filters, initiatives, memory, session


@bp.get("/qpv", summary="Les contours des QPV", responses={"200": schemas.MapCollection})
def qpv_contours(query: schemas.QpvQuery) -> Response:
    """Les contours d’une génération dans un cadre, simplifiés au pixel quand un zoom est donné.

    Un quartier plus petit que trois pixels est donné comme un point.
    """
    asked = filters()
    zoom = read_zoom(query.zoom) if query.zoom else None
    drawn = drawn_contours(session(), memory(), asked.generation, zoom)
    features = drawn.within(asked.bbox)
    text = contours_text(features, answers.about(len(features), [answers.ANCT]))
    return Response(text, mimetype="application/geo+json")


@bp.get("/qpv/<code>", summary="Un QPV", responses={"200": schemas.Qpv})
def qpv(path: schemas.CodePath) -> Response:
    """Un QPV : communes, population quand l’INSEE la publie, initiatives et thèmes."""
    return answers.send(_qpv(qpv_sheet(session(), initiatives(), path.code)))


def _qpv(sheet: QpvSheet) -> schemas.Qpv:
    return schemas.Qpv(
        code=sheet.card.code,
        name=sheet.card.name,
        generation=sheet.card.generation,
        communes=[
            schemas.CommuneRef(
                insee_code=commune.insee_code,
                name=commune.name,
                departement=commune.departement,
            )
            for commune in sheet.card.communes
        ],
        population=sheet.population,
        population_source=sheet.population_source,
        contours=schemas.ContoursUsed(
            edition=sheet.contours.edition,
            accuracy_m=sheet.contours.accuracy_m,
            checksum=sheet.contours.checksum,
        ),
        initiatives_inside=sheet.card.initiative_count,
        themes=sheet.themes,
        initiatives=list(map(_seen, sheet.initiatives)),
        point=_point(sheet.outline),
        bbox=_bbox(sheet.outline),
        url=sheet.card.url,
    )


def _point(outline: Qpv | None) -> list[float] | None:
    if outline is None:
        return None
    return [round(degrees, 6) for degrees in point_inside(outline).lon_lat]


def _bbox(outline: Qpv | None) -> list[float] | None:
    return [round(degrees, 6) for degrees in outline_box(outline)] if outline else None


def _seen(seen: SeenInitiative) -> schemas.SeenInitiative:
    return schemas.SeenInitiative(
        slug=seen.card.slug,
        name=seen.card.name,
        status=seen.status,
        sentence=seen.sentence,
        url=seen.card.url,
    )
