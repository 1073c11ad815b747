"""``/api/v1/coverage``: which QPVs have an example on which theme, and the nearest ones."""

from __future__ import annotations

from flask import Response

from mapapp.api import answers, coverage_shapes
from mapapp.api.blueprint import bp
from mapapp.api.coverage_schemas import CoverageCollection, CoverageQuery
from mapapp.queries.coverage import Coverage
from mapapp.web.context import catalogue, filters, memory, session

_SOURCES = (answers.ANCT, answers.RTES, answers.INSEE)


@bp.get("/coverage", summary="Les QPV sans exemple", responses={"200": CoverageCollection})
def coverage(query: CoverageQuery) -> Response:
    """Les QPV à qui il manque un exemple sur un thème au moins, par pages de 25, et les totaux.

    Chaque case (QPV × thème) dit son état et les trois exemples les plus proches.
    """
    asked = filters()
    questions = Coverage(session(), catalogue(), asked, memory())
    page = questions.page()
    about = answers.about(page.count, _SOURCES, answers.page_links(page, asked))
    items = coverage_shapes.lines(questions, page.items)
    return answers.send(
        CoverageCollection(items=items, **coverage_shapes.summary(questions), **about)
    )
