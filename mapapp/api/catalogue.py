"""``/api/v1/themes`` and ``/api/v1/resources``."""

from __future__ import annotations

from flask import Response

from mapapp.api import answers, schemas, shapes
from mapapp.api.blueprint import bp
from mapapp.queries.resources import kept_resources
from mapapp.web.context import catalogue, filters
from mapapp.web.counts import theme_counts


@bp.get("/themes", summary="Les thèmes", responses={"200": schemas.ThemeCollection})
def themes() -> Response:
    """Les douze thèmes des initiatives et les rubriques du chapitre 5, avec leurs effectifs."""
    counts, held = theme_counts(), catalogue()
    items = [
        schemas.Theme(
            slug=theme.slug,
            label=theme.label,
            url=theme.url,
            chapter=theme.chapter.number,
            initiatives=counts.get(theme.slug, 0),
            resources=len(held.resources_of([theme.slug])),
        )
        for theme in held.themes
    ]
    return answers.send(
        schemas.ThemeCollection(items=items, **answers.about(len(items), [answers.RTES]))
    )


@bp.get("/resources", summary="Les ressources", responses={"200": schemas.ResourceCollection})
def resources(query: schemas.ResourceQuery) -> Response:
    """Les ressources du catalogue, par thème et par mots, dans l’ordre du catalogue."""
    items = list(map(shapes.resource, kept_resources(catalogue(), filters())))
    return answers.send(
        schemas.ResourceCollection(items=items, **answers.about(len(items), [answers.RTES]))
    )
