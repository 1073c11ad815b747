"""What other sites show in a frame, ``/embed``: small, complete in itself, and without a cookie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from mapapp import embeds
from mapapp.accents import accent_sheet, read_accent
from mapapp.catalogue import Theme
from mapapp.embeds import Embed, read_embed
from mapapp.errors import AppError, Moved, UnknownRecord, Withdrawn
from mapapp.pages.dessin import drawn
from mapapp.pages.listing import listing
from mapapp.queries.addresses import changed_on
from mapapp.queries.coverage import Coverage
from mapapp.queries.facts import all_sources
from mapapp.queries.nearby import distances
from mapapp.queries.resources import kept_resources
from mapapp.web import assets
from mapapp.web.context import catalogue, initiatives, memory, session
from mapapp.web.framing import hosts, stranger
from mapapp.web.headers import policy
from mapapp.web.logs import code, log_failure

bp = Blueprint("embed", __name__)

#: A page with forty frames asks once; a correction is seen within minutes.
_CACHE = "public, max-age=300"

#: Half a list page: a frame is read in a glance, and weighs less than 100 kB with all it loads.
PER_PAGE = 12

#: The map, in pixels: its texts keep their size in a frame of 384 to 720.
MAP_WIDTH, MAP_HEIGHT = 520, 440

#: Under a card: enough to start with, the page has the others.
MATCHES, INSPIRING = 3, 5

#: Sources named in full; more are a count with a link.
MOST_SOURCES = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown in the end, its title, and what had to be said of what was asked."""

    embed: Embed
    title: str
    notes: tuple[str, ...]
    content: dict[str, Any]


@bp.get(embeds.PATH)
def embed() -> Response:
    """A map, a list, a count or a card; whatever of its address has no meaning is said."""
    origin = stranger()
    if origin:
        return _apart(403, "*", origin=origin)
    asked, faults = read_embed(request.args.to_dict(flat=False), session())
    shown = _shown(asked, tuple(fault.message for fault in faults))
    response = make_response(_page(shown))
    response.headers["Content-Security-Policy"] = policy(frame_ancestors=hosts().ancestors)
    response.headers["Cache-Control"] = _CACHE
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/embed/accent-<colour>.css")
def accent(colour: str) -> Response:
    """The sheet that paints an embed in a colour, made readable: no policy allows it inline."""
    read = read_accent(colour)
    if read is None or read.asked != colour:
        raise NotFound
    response = Response(accent_sheet(read), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.errorhandler(AppError)
@bp.errorhandler(SQLAlchemyError)
def _failed(error: AppError | SQLAlchemyError) -> Response:
    """Nothing true can be shown: said in the frame, where a page of ours could not be."""
    status = getattr(error, "status", 503)
    if status >= 500:
        log_failure(status, code(getattr(error, "orig", None) or error))
    return _apart(status, hosts().ancestors)


def _apart(status: int, ancestors: str, origin: str = "") -> Response:
    """A short page in place of the embed: it tells nothing of ours, so it may be shown."""
    response = make_response(render_template("embed_autre.html", origin=origin), status)
    response.headers["Content-Security-Policy"] = policy(frame_ancestors=ancestors)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(shown: Shown) -> str:
    return render_template(
        "embed.html",
        embed=shown.embed,
        title=shown.title,
        notes=shown.notes,
        icones="",
        sprite=assets.icons(),
        sources=_sources(),
        changed_on=changed_on(session()),
        **shown.content,
    )


def _sources() -> list[str]:
    """Who the initiatives come from."""
    publishers = [source.publisher for source, count in all_sources(session()) if count]
    names = list(dict.fromkeys(publishers))
    return names if len(names) <= MOST_SOURCES else [f"{len(names)} sources d’initiatives"]


def _shown(asked: Embed, notes: tuple[str, ...]) -> Shown:
    """What was asked, or what replaces it; without the record, else the page, that is not there."""
    try:
        content = _content(asked)
    except Moved as moved:
        return _shown(replace(asked, initiative=moved.successor), notes)
    except (UnknownRecord, Withdrawn) as fault:
        notes = (*notes, fault.message)
        if asked.is_card:
            return _shown(replace(asked, initiative="", resource=""), notes)
        return _shown(replace(asked, locked=replace(asked.locked, page=1)), notes)
    name = content.get("name") or embeds.title(asked, session(), catalogue())
    return Shown(asked, name, notes, content)


def _content(asked: Embed) -> dict[str, Any]:
    if asked.initiative:
        return _initiative(asked.initiative)
    if asked.resource:
        return _resource(asked.resource)
    return {"compteur": _counter, "ressources": _resources}.get(asked.view, _initiatives)(asked)


def _initiative(slug: str) -> dict[str, Any]:
    record = initiatives().record(slug)
    return {"name": record.card.name, "card": record.card, "matches": record.matches[:MATCHES]}


def _resource(slug: str) -> dict[str, Any]:
    resource = catalogue().resource(slug)
    if resource is None:
        raise UnknownRecord(f"Aucune ressource ne porte l’identifiant «\u00a0{slug}\u00a0».")
    inspiring = initiatives().inspiring(slug, INSPIRING)
    return {"name": resource.title, "resource": resource, "inspiring": inspiring}


def _counter(asked: Embed) -> dict[str, Any]:
    filters = asked.asked.only(embeds.OF_COUNTER)
    told = embeds.about(filters, session(), catalogue())
    return {"total": Coverage(session(), catalogue(), filters, memory()).total(), "about": told}


def _resources(asked: Embed) -> dict[str, Any]:
    kept = kept_resources(catalogue(), asked.asked.only(embeds.OF_RESOURCES))
    return {"resources": kept} | _form(asked, catalogue().themes)


def _initiatives(asked: Embed) -> dict[str, Any]:
    filters = asked.asked
    page = initiatives().page(filters, PER_PAGE)
    has_map = asked.view != "liste"
    return {
        "listing": listing(page, embeds.PATH, asked),
        "distances": distances(filters.place, page.items),
        "map": drawn(filters, MAP_WIDTH, MAP_HEIGHT, new_tab=True) if has_map else None,
    } | _form(asked, catalogue().initiative_themes)


def _form(asked: Embed, themes: tuple[Theme, ...]) -> dict[str, Any]:
    return {"themes": asked.themes_offered(themes), "has_search": not asked.locked.q}
