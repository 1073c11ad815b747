"""The new initiatives for those who subscribe: an Atom feed with the filters of the list."""

from __future__ import annotations

from flask import Blueprint, Response

from mapapp.queries.addresses import changed_on
from mapapp.queries.listened import OF_INITIATIVES
from mapapp.queries.news import news
from mapapp.queries.territory_choices import territory_named
from mapapp.web import atom
from mapapp.web.context import catalogue, filters, initiatives, session

bp = Blueprint("feeds", __name__)

#: Readers ask every hour or day: no publication of an hour is longer than people read.
ENTRIES = 50


@bp.get("/initiatives.atom")
def initiative_feed() -> Response:
    """The initiatives that the filters keep, last published first; there are no pages."""
    asked = filters().only([name for name in OF_INITIATIVES if name != "page"])
    themes = {theme.slug: theme.label for theme in catalogue().themes}
    named = [*(themes[slug] for slug in asked.theme), territory_named(session(), asked), asked.qpv]
    document = atom.feed(
        " – ".join(filter(None, ["Nouvelles initiatives de l’ESS", *named])),
        f"/initiatives.atom{asked.query_string()}",
        f"/initiatives{asked.query_string()}",
        news(initiatives(), asked, ENTRIES),
        changed_on(session()),
    )
    return Response(document, mimetype=atom.MEDIA_TYPE)
