"""The builder of embeds, ``/integrer``: a form, a preview, and the code to paste."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from mapapp import embeds
from mapapp.accents import read_accent
from mapapp.embeds import Embed
from mapapp.filters import Filters, read_filters
from mapapp.pages.listing import theme_choices
from mapapp.queries.facts import all_sources
from mapapp.queries.territories import Territories, filters_of
from mapapp.queries.territory_choices import territory_named
from mapapp.queries.territory_names import Hit, TerritoryNames, TerritoryRef, find_territories
from mapapp.territory_urls import Kind
from mapapp.web.context import catalogue, memory, session
from mapapp.web.framing import hosts, origin_of
from mapapp.web.headers import policy
from mapapp.web.site import absolute
from mapapp.words import search_text

bp = Blueprint("integrer", __name__)

PATH = "/integrer"

#: Frames lower than this show a title and nothing of what it announces; higher is a page.
LOWEST_PX, HIGHEST_PX = 200, 2_000

#: Narrower than the narrowest phone, a frame shows nothing; wider than this, it is a page.
NARROWEST_PX, WIDEST_PX = 280, 2_000

#: What each kind of territory is called in the field, with its code: « Ain (département 01) ».
KIND_WORDS = {
    Kind.REGION: "région",
    Kind.DEPARTEMENT: "département",
    Kind.EPCI: "EPCI",
    Kind.COMMUNE: "commune",
}
_NAMED = re.compile(rf".*\(({'|'.join(KIND_WORDS.values())}) (\w+)\)\s*", re.DOTALL)

#: Filters that the form has a field for; the others stay as they came.
_HAS_FIELD = ("theme", "source", "generation", *Kind)


@dataclass(frozen=True, slots=True)
class Framer:
    """The site that an embed is for: its origin, and whether it may show it."""

    origin: str
    allowed: bool


@bp.get(PATH)
def integrer() -> Response:
    """What to show, how it looks, and the code."""
    told = {name: value.strip() for name, value in request.args.items()}
    filters = read_filters(request.args.to_dict(flat=False), session()).only(embeds.LISTENED)
    asked, found = _territory(replace(filters, page=1), told.get("ou", ""))
    embed, faults = _embed(asked, told)
    width, height = _sizes(told, embed, faults)
    name = embeds.title(embed, session(), catalogue())
    response = make_response(
        render_template(
            "integrer.html",
            embed=embed,
            filters=embed.locked,
            title=name,
            code=str(embeds.code(embed, name, absolute(""), width, height)),
            width=width,
            height=height,
            told=told,
            faults=faults,
            found=found,
            accent=read_accent(embed.accent) if embed.accent else None,
            framer=_framer(told.get("site", ""), faults),
            hosts=hosts(),
            **_choices(embed.locked),
        )
    )
    response.headers["Content-Security-Policy"] = policy(frame_src="'self'")
    return response


def _embed(asked: Filters, told: Mapping[str, str]) -> tuple[Embed, dict[str, str]]:
    view, accent = told.get("vue", ""), told.get("accent", "")
    colour = read_accent(accent) if accent else None
    faults = {"accent": embeds.accent_fault(accent)} if accent and colour is None else {}
    shown = view if view in embeds.VIEWS else embeds.DEFAULT_VIEW
    return Embed(asked, shown, colour.asked if colour else ""), faults


def _territory(asked: Filters, text: str) -> tuple[Filters, list[tuple[str, str]] | None]:
    """With the territory that is typed, or the proposals when it may be several or none."""
    if not text:
        return asked, None
    anywhere = replace(asked, commune="", epci="", departement="", region="")
    meant = _meant(text)
    if len(meant) == 1:
        kind, code = meant[0]
        return filters_of(TerritoryRef(kind, code, ""), anywhere), None
    return anywhere, [(f"{hit.name} · {hit.detail}", _label(hit)) for hit in _found(text)]


def _meant(text: str) -> list[tuple[Kind, str]]:
    """Kind and code of the territories that a text names: one, when it is a label of ours."""
    named = _NAMED.fullmatch(text)
    if named:
        kind = next(kind for kind, word in KIND_WORDS.items() if word == named[1])
        known = {hit.ref.kind: hit for hit in _found(named[2]) if hit.ref.kind is kind}
        return [(kind, known[kind].ref.code)] if kind in known else []
    hits = _found(text)
    exact = [hit for hit in hits if search_text(hit.name) == search_text(text)]
    return [(hit.ref.kind, hit.ref.code) for hit in (exact if len(exact) == 1 else hits)]


def _found(text: str) -> list[Hit]:
    hits = find_territories(session(), _names(), text)
    by_url = {hit.ref.url: hit for kind in Kind for hit in hits.get(kind, ())}
    return list(by_url.values())


def _names() -> TerritoryNames:
    return Territories(session(), memory()).names


def _label(hit: Hit) -> str:
    return f"{hit.ref.name} ({KIND_WORDS[hit.ref.kind]} {hit.ref.code})"


def _choices(asked: Filters) -> dict[str, Any]:
    """What the form offers, and how it writes the territory that is chosen."""
    names = _names()
    regions = [(ref.name, "région", ref.code) for ref in names.metropolitan_and_overseas]
    departements = [(ref.name, "département", ref.code) for ref in names.departements.values()]
    return {
        "themes": theme_choices(),
        "sources": [source for source, _ in all_sources(session())],
        "views": embeds.VIEWS,
        "territories": [f"{name} ({word} {code})" for name, word, code in regions + departements],
        "territory": _written(asked),
        "kept": [pair for pair in asked.pairs() if pair[0] not in _HAS_FIELD],
    }


def _written(asked: Filters) -> str:
    """« Bourgogne-Franche-Comté (région 27) », the smallest territory that is asked for."""
    for kind in (Kind.COMMUNE, Kind.EPCI, Kind.DEPARTEMENT, Kind.REGION):
        code = getattr(asked, kind.value)
        if code:
            alone = filters_of(TerritoryRef(kind, code, ""), Filters())
            name = territory_named(session(), alone)
            return f"{name} ({KIND_WORDS[kind]} {code})"
    return ""


def _sizes(told: Mapping[str, str], embed: Embed, faults: dict[str, str]) -> tuple[str, int]:
    """Width (« 100% », or pixels) and height in pixels; a size that makes no sense is said."""
    width = _pixels(told, "largeur", (NARROWEST_PX, WIDEST_PX), faults)
    height = _pixels(told, "hauteur", (LOWEST_PX, HIGHEST_PX), faults)
    return (f"{width}" if width else "100%"), height or embed.height


def _pixels(
    told: Mapping[str, str], name: str, bounds: tuple[int, int], faults: dict[str, str]
) -> int | None:
    text = told.get(name, "").removesuffix("px").strip()
    if not text or (name == "largeur" and text == "100%"):
        return None
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not bounds[0] <= value <= bounds[1]:
        faults[name] = f"Un nombre de pixels entre {bounds[0]} et {bounds[1]} est attendu."
        return None
    return value


def _framer(text: str, faults: dict[str, str]) -> Framer | None:
    if not text:
        return None
    origin = origin_of(text if "://" in text else f"https://{text}")
    if not origin:
        faults["site"] = (
            "Adresse illisible\u00a0: par exemple https://www.cress.example est attendu."
        )
        return None
    return Framer(origin, hosts().allow(origin))
