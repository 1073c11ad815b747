"""oEmbed: an address of ours pasted into another site becomes the embed that tells the same.

The specification is on oembed.com, version 1.0. Pages that have an embed say so in their head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from mapapp import embeds
from mapapp.embeds import Embed, read_embed
from mapapp.errors import AppError, BadInput, Moved, NotOffered, UnknownRecord, cited
from mapapp.filters import Filters, read_filters
from mapapp.maps.elements import clean
from mapapp.queries.listened import OF_COVERAGE
from mapapp.queries.qpvs import qpv_sheet
from mapapp.queries.territories import Territories, filters_of
from mapapp.web.context import catalogue, initiatives, memory, session
from mapapp.web.site import absolute, site

bp = Blueprint("oembed", __name__)

PATH = "/oembed"

#: Pixels of an embed whose page does not say how wide it may be: the column of a usual article.
DEFAULT_WIDTH = 600

#: Seconds that an answer may be kept: a page told today is told the same tomorrow.
CACHE_AGE_S = 86_400

#: What no address that a browser writes contains: controls, spaces, backslashes.
_UNWRITTEN = re.compile(r"[\x00-\x20\x7f\\]")

_PIXELS = re.compile("[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class Offer:
    """The embed of a page, and what it is called."""

    embed: Embed
    title: str


@bp.get(PATH)
def oembed() -> Response:
    """The embed of the page at ``url``, in JSON or XML, no larger than the asker allows."""
    form = request.args.get("format") or "json"
    if form not in ("json", "xml"):
        raise NotOffered(f"format «\u00a0{cited(form)}\u00a0»\u00a0: json ou xml sont offerts.")
    told = _told(_offer(request.args.get("url", "")), _most("maxwidth"), _most("maxheight"))
    response = jsonify(told) if form == "json" else _xml(told)
    response.headers["Access-Control-Allow-Origin"] = "*"
    # Without a public address, links name the host that was asked: nobody else is to be told them.
    who = "public" if site().origin else "private"
    response.headers["Cache-Control"] = f"{who}, max-age={CACHE_AGE_S}"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.app_template_global("oembed_de")
def offered_for(path: str) -> str:
    """The address that tells the embed of the page being shown; empty when it has none."""
    if request.endpoint not in _EMBEDS.keys() - _UNTOLD:
        return ""
    return absolute(f"{PATH}?{urlencode({'url': absolute(path), 'format': 'json'})}")


def _told(offer: Offer, most_wide: int | None, most_high: int | None) -> dict[str, Any]:
    width = min(DEFAULT_WIDTH, most_wide or DEFAULT_WIDTH)
    height = min(offer.embed.height, most_high or offer.embed.height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": offer.title,
        "provider_name": "mapapp",
        "provider_url": absolute("/"),
        "cache_age": CACHE_AGE_S,
        "width": width,
        "height": height,
        "html": str(embeds.frame(offer.embed, offer.title, absolute(""), f"{width}", height)),
    }


def _xml(told: Mapping[str, object]) -> Response:
    root = ET.Element("oembed")
    for name, value in told.items():
        ET.SubElement(root, name).text = clean(str(value))
    document = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(document, content_type="text/xml; charset=utf-8")


def _most(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not _PIXELS.fullmatch(text):
        raise BadInput.of(
            name, f"{name} «\u00a0{cited(text)}\u00a0»\u00a0: des pixels sont attendus."
        )
    return int(text)


def _offer(url: str) -> Offer:
    """The embed of an address.

    Raises:
        UnknownRecord: it is no page of ours, or one that has no embed (404, as is specified).
    """
    if not url:
        raise BadInput.of("url", "url manque\u00a0: l’adresse d’une page d’ici est attendue.")
    try:
        path, query, fragment = _ours(url)
        endpoint, named = current_app.url_map.bind("").match(path, method="GET")
        asked = parse_qs(query, errors="replace")
        record = _in_fragment(fragment) if endpoint == "carte.carte" else None
        return _titled(record or _EMBEDS[endpoint](asked, **named))
    except (AppError, HTTPException, KeyError, ValueError) as fault:
        raise UnknownRecord(
            "Aucune page d’ici qui puisse être intégrée n’a cette adresse."
        ) from fault


def _ours(url: str) -> tuple[str, str, str]:
    """Path, query and fragment of an address of exactly our origin; ValueError otherwise."""
    if _UNWRITTEN.search(url):
        raise ValueError("not an address")
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}".lower() != absolute("").lower():
        raise ValueError("not ours")
    return parts.path or "/", parts.query, parts.fragment


def _titled(embed: Embed) -> Offer:
    """With its title, or what replaces it; UnknownRecord when its record is not there."""
    if embed.initiative:
        try:
            return Offer(embed, initiatives().record(embed.initiative).card.name)
        except Moved as moved:
            return _titled(replace(embed, initiative=moved.successor))
    if embed.resource:
        resource = catalogue().resource(embed.resource)
        if resource is None:
            raise UnknownRecord("Aucune ressource de ce nom.")
        return Offer(embed, resource.title)
    return Offer(embed, embeds.title(embed, session(), catalogue()))


def _in_fragment(fragment: str) -> Embed | None:
    """The record that a link to the map opens: « #fiche=<slug> », « #qpv=<code> »."""
    told = parse_qs(fragment)
    if "fiche" in told:
        return Embed(initiative=told["fiche"][-1])
    return _qpv({}, told["qpv"][-1]) if "qpv" in told else None


Arguments = Mapping[str, list[str]]


def _filters(asked: Arguments) -> Filters:
    return read_filters(asked, session())


def _listening(asked: Arguments) -> Filters:
    return _filters(asked).only([name for name in embeds.LISTENED if name != "page"])


def _near(asked: Arguments) -> Embed:
    """Around a point; a place that is typed is not searched for again."""
    filters = _listening(asked)
    if filters.place is None:
        raise UnknownRecord("Aucun lieu.")
    return Embed(filters)


def _qpv(_asked: Arguments, code: str) -> Embed:
    card = qpv_sheet(session(), initiatives(), code).card
    return Embed(Filters(qpv=card.code, generation=card.generation))


def _theme(_asked: Arguments, slug: str) -> Embed:
    """A theme of chapter 5 has no initiative, only resources."""
    has_initiatives = catalogue().theme(slug) in catalogue().initiative_themes
    filters = read_filters({"theme": [slug]}, session())
    return Embed(filters, embeds.DEFAULT_VIEW if has_initiatives else "ressources")


def _territory(asked: Arguments, code: str) -> Embed:
    ref = Territories(session(), memory()).at(code)
    return Embed(filters_of(ref, _filters(asked).only(("generation",))))


def _counter(asked: Arguments) -> Embed:
    return Embed(_filters(asked).only(OF_COVERAGE).only(embeds.OF_COUNTER), "compteur")


#: The embed of each kind of page that has one, by endpoint.
_EMBEDS: dict[str, Callable[..., Embed]] = {
    "carte.carte": lambda asked: Embed(_listening(asked)),
    "pres_de_moi.pres_de_moi": _near,
    "initiatives.initiative_list": lambda asked: Embed(_listening(asked), "liste"),
    "initiatives.initiative": lambda _asked, slug: Embed(initiative=slug),
    "ressources.resource_list": lambda asked: Embed(
        _filters(asked).only(embeds.OF_RESOURCES), "ressources"
    ),
    "ressources.resource": lambda _asked, slug: Embed(resource=slug),
    "ressources.theme": _theme,
    "qpv.qpv_list": _counter,
    "qpv.qpv": _qpv,
    "qpv_sans_exemple.qpv_sans_exemple": _counter,
    "territoires.territory_index": lambda _asked: Embed(),
    "territoires.territory": _territory,
    "embed.embed": lambda asked: read_embed(asked, session())[0],
}

#: Pages whose head does not tell an embed: without a point there is none, and an embed is one.
_UNTOLD = {"pres_de_moi.pres_de_moi", "embed.embed"}
