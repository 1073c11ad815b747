"""The catalogue's resources, the page of each, and the page of each theme."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from mapapp.errors import UnknownRecord, Withdrawn
from mapapp.filters import Filters
from mapapp.pages.listing import theme_choice
from mapapp.queries.listened import OF_RESOURCES
from mapapp.queries.resources import by_chapter, by_subtheme, kept_resources
from mapapp.queries.retired import retirement
from mapapp.web.context import catalogue, filters, initiatives, session
from mapapp.web.counts import theme_counts
from mapapp.web.moving import moved_to

bp = Blueprint("ressources", __name__)

#: A theme has a handful of initiatives; the list page has them all.
CARDS_ON_PAGE = 25


@bp.get("/ressources")
def resource_list() -> str:
    """The whole catalogue by chapter and theme, or what the words asked for keep of it."""
    asked = filters().only(OF_RESOURCES)
    kept = kept_resources(catalogue(), asked)
    return render_template(
        "ressources.html", filters=asked, chapters=by_chapter(kept), kept=kept, count=len(kept)
    )


@bp.get("/ressources/<slug>")
def resource(slug: str) -> str | Response:
    """One resource and the initiatives that it can inspire from, or what became of it."""
    found = catalogue().resource(slug)
    if found is None:
        return _moved(slug)
    inspiring = [
        {"card": card, "reason": reason}
        for card, reason in initiatives().inspiring(slug, CARDS_ON_PAGE)
    ]
    return render_template(
        "ressource.html",
        resource=found,
        initiatives=inspiring,
        generation=filters().generation,
    )


def _moved(slug: str) -> Response:
    """The way to the page of what replaces a resource, the question asked of it kept.

    Raises:
        Withdrawn: it was in an edition of the catalogue, and nothing replaces it.
        UnknownRecord: no edition ever held it.
    """
    gone = retirement(session(), slug)
    if gone is None:
        raise UnknownRecord(f"Aucune ressource ne porte l’identifiant « {slug} ».")
    if gone.successor is None:
        held = f"l’édition {gone.edition}" if gone.edition else "une édition précédente"
        raise Withdrawn(
            f"Cette ressource n’est plus au catalogue : « {gone.title} » figurait dans {held}, "
            "et rien ne la remplace."
        )
    return moved_to(url_for(".resource", slug=gone.successor))


@bp.get("/themes/<slug>")
def theme(slug: str) -> str:
    """One theme: its initiatives and its resources by sub-theme."""
    held = catalogue()
    found = held.theme(slug)
    if found is None:
        raise UnknownRecord(f"Aucun thème ne porte l’identifiant « {slug} ».")
    asked = replace(Filters(), theme=(slug,))
    counts = theme_counts()
    return render_template(
        "theme.html",
        theme=found,
        initiatives=initiatives().page(asked, CARDS_ON_PAGE).items,
        groups=by_subtheme(held.resources_of([slug])),
        themes=[theme_choice(other, counts) for other in held.initiative_themes],
        generation=asked.generation,
    )
