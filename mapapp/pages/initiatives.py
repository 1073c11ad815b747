"""The list of initiatives and the page of each."""

from __future__ import annotations

from flask import Blueprint, render_template

from mapapp.fields.privacy import masked
from mapapp.fields.publication import chosen_cells
from mapapp.pages.listing import export_links, listing, theme_choices
from mapapp.queries.initiatives import InitiativeRecord
from mapapp.queries.listened import OF_INITIATIVES
from mapapp.queries.nearby import distances
from mapapp.web.context import filters, initiatives

bp = Blueprint("initiatives", __name__)

#: Ten resources are read; the page of the theme has the others.
MATCHES_ON_PAGE = 10


@bp.get("/initiatives")
def initiative_list() -> str:
    """The initiatives that the filters keep."""
    asked = filters().only(OF_INITIATIVES)
    page = initiatives().page(asked)
    return render_template(
        "initiatives.html",
        filters=asked,
        themes=theme_choices(),
        listing=listing(page, "/initiatives", asked),
        distances=distances(asked.place, page.items),
        map_url="/" + asked.query_string(page=1),
        exports=export_links("/api/v1/initiatives", asked),
    )


def _others(record: InitiativeRecord) -> dict[str, str]:
    """The columns that mapapp does not know and that the source publishes, by their header."""
    if record.row.evidence:  # researched by us: all its facts have a place of their own
        return {}
    return chosen_cells(record.row.told, record.row.source.publishes or ())


@bp.get("/initiatives/<slug>")
def initiative(slug: str) -> str:
    """One initiative, what is known of it and what is not."""
    record = initiatives().record(slug)
    themes = record.card.themes
    return render_template(
        "initiative.html",
        initiative=record.card,
        row=record.row,
        record=record,
        others=_others(record),
        doubt=masked(record.row.doubt or ""),
        matches=record.matches[:MATCHES_ON_PAGE],
        matches_url=themes[0].url if themes else "/ressources",
    )
