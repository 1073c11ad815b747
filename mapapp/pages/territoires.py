"""The territories to leaf through and to search, and the page of each."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from mapapp.pages.dessin import drawn
from mapapp.queries.coverage import State
from mapapp.queries.territories import Territories, filters_of
from mapapp.queries.territory_names import PER_KIND, TerritoryRef, find_territories
from mapapp.queries.territory_sheets import TerritorySheet, territory_sheet
from mapapp.territory_urls import Kind
from mapapp.web.context import filters, initiatives, memory, session
from mapapp.web.moving import moved_to

bp = Blueprint("territoires", __name__)

#: Whose population the communes carry (data/README.md, communes.csv).
POPULATION_SOURCE = "Population légale en vigueur en 2026, INSEE"

#: The map of a territory, in pixels: what follows is not far below.
MAP_WIDTH, MAP_HEIGHT = 960, 520

#: Of a kind: how it is called, and how what lies within it is called.
KINDS = {
    Kind.REGION: ("Région", "Départements"),
    Kind.DEPARTEMENT: ("Département", "Intercommunalités (EPCI)"),
    Kind.EPCI: ("Intercommunalité (EPCI)", "Communes"),
    Kind.COMMUNE: ("Commune", ""),
}

#: What is beside it, of the same kind and under the same roof.
BESIDE = {
    Kind.REGION: "Les autres régions",
    Kind.DEPARTEMENT: "Les autres départements de la région",
    Kind.EPCI: "Les autres intercommunalités des mêmes départements",
    Kind.COMMUNE: "Les autres communes de l’intercommunalité",
}

#: What is said of the QPVs that are in a state, for a theme.
STATES = {
    State.EXAMPLE: "avec un exemple",
    State.NEAR: "avec un exemple à proximité",
    State.POSSIBLE: "avec un exemple possible",
    State.NONE_KNOWN: "sans exemple connu",
    State.NONE: "sans aucun exemple, selon une source exhaustive",
}


@bp.get("/territoires")
def territory_index() -> str:
    """The régions with their départements, or what answers to the words searched for."""
    asked = filters().only(("q",))
    names = Territories(session(), memory()).names
    return render_template(
        "territoires.html",
        filters=asked,
        names=names,
        found=find_territories(session(), names, asked.q),
        kinds={kind: called for kind, (called, _) in KINDS.items()},
        per_kind=PER_KIND,
    )


@bp.get("/territoires/<code>")
def territory(code: str) -> str | Response:
    """One territory, for a generation of QPVs and a distance."""
    territories = Territories(session(), memory())
    ref = territories.at(code)
    if ref.url != f"/territoires/{code}":
        return moved_to(ref.url)
    own = filters().only(("generation", "distance"))
    inside = filters_of(ref, own.only(("generation",)))
    sheet = territory_sheet(territories, initiatives(), ref, own)
    return render_template(
        "territoire.html",
        sheet=sheet,
        own=own,
        inside=inside,
        lacking=filters_of(ref, own),
        drawn=drawn(inside, MAP_WIDTH, MAP_HEIGHT),
        called=_called(ref, sheet),
        parts_called=KINDS[ref.kind][1],
        beside_called=BESIDE[ref.kind],
        population_source=POPULATION_SOURCE,
        states=STATES,
    )


def _called(ref: TerritoryRef, sheet: TerritorySheet) -> str:
    """Its kind in French; what is its own région has no other name that fits all of them."""
    apart = ref.kind is Kind.DEPARTEMENT and not sheet.kin.above
    return "Territoire d’outre-mer" if apart else KINDS[ref.kind][0]
