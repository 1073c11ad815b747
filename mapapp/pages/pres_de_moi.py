"""What exists near a place typed, pointed at, or told by the browser: ``/pres-de-moi``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from geo.position import Position
from geo.verdict import Place, judge
from mapapp.errors import BadInput
from mapapp.filters import Arguments, Filters, read_exactitude, read_filters, read_query
from mapapp.pages.listing import ThemeChoice, listing, theme_choice
from mapapp.queries import nearby as near
from mapapp.queries.places import Answer, FoundPlace, place_names, point_place, understand
from mapapp.queries.whereabouts import France, Whereabouts
from mapapp.verdicts import ShownVerdict, show
from mapapp.web.context import addresses, catalogue, initiatives, memory, session
from mapapp.web.counts import theme_counts

bp = Blueprint("pres_de_moi", __name__)

PATH = "/pres-de-moi"

#: Of a place without any sign of its theme, as many as one reads.
THEMES_OF_RESOURCES = 3


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: the text, what it means, and the filters, with the place if there is one."""

    text: str
    answer: Answer | None
    filters: Filters

    @property
    def place(self) -> FoundPlace | None:
        """The place meant, when it is one."""
        return self.answer if isinstance(self.answer, FoundPlace) else None

    def query_string(self, **changes: object) -> str:
        """The parameters that open this search again, without the help of a geocoder."""
        return self.around(self.place.pairs if self.place else (), **changes)

    def pairs(self) -> list[tuple[str, str]]:
        """The same, name and value of each."""
        return self._pairs(self.place.pairs if self.place else ())

    def around(self, place: tuple[tuple[str, str], ...], **changes: object) -> str:
        """The same search around another place."""
        pairs = self._pairs(place, **changes)
        return f"?{urlencode(pairs)}" if pairs else ""

    def _pairs(
        self, place: tuple[tuple[str, str], ...], **changes: object
    ) -> list[tuple[str, str]]:
        kept = self.filters.pairs(**({"page": 1} | changes))
        return [*place, *(pair for pair in kept if pair[0] not in ("lat", "lon"))]


@bp.get(PATH)
def pres_de_moi() -> str:
    """A form, and around the place meant: initiatives by distance, QPVs, resources."""
    search = read_search(request.args.to_dict(flat=False), session())
    found = _around(search, search.place) if search.place else {}
    return render_template(
        "pres_de_moi.html",
        search=search,
        filters=search.filters,
        radii=sorted({*near.RADII_M, search.filters.rayon}),
        themes=found.pop("themes", None) or _themes(theme_counts()),
        **found,
    )


def read_search(arguments: Arguments, opened: Session) -> Search:
    """The search of a request.

    Raises:
        BadInput: a value has no meaning.
    """
    given = {name: list(values) for name, values in arguments.items()}
    text = _last(given.pop("ou", []))
    if _last(given.get("lat", [])) or _last(given.get("lon", [])):
        filters = read_filters(given, opened)
        return Search(text, _given_point(filters, _last(given.get("exactitude", []))), filters)
    # A radius has a meaning only around a place: any stands for it while the values are read.
    filters = read_filters(given | {"lat": ["0"], "lon": ["0"]}, opened)
    answer = _understood(text) if text else None
    position = answer.position if isinstance(answer, FoundPlace) else None
    lat, lon = position.lat_lon if position else (None, None)
    return Search(text, answer, replace(filters, lat=lat, lon=lon))


def _last(values: list[str]) -> str:
    return values[-1].strip() if values else ""


def _given_point(filters: Filters, exactitude: str) -> FoundPlace | None:
    try:
        radius_m = read_exactitude(exactitude) if exactitude else 0.0
    except ValueError as error:
        raise BadInput.of("exactitude", str(error)) from None
    return point_place(replace(filters.place, radius_m=radius_m)) if filters.place else None


def _understood(text: str) -> Answer:
    try:
        return understand(read_query(text), place_names(session(), memory()), addresses())
    except ValueError as error:
        raise BadInput.of("ou", str(error)) from None


def _around(search: Search, place: FoundPlace) -> dict[str, Any]:
    """What the page tells of a place."""
    questions, filters = initiatives(), search.filters
    page = near.nearby(questions, filters)
    counts = near.themes_around(questions, filters)
    farther = () if page.count else near.nearest(questions, filters)
    radius_m = near.wider(filters, farther)
    region = near.region_of(questions, place.insee_code)
    shown_themes = filters.theme or [*counts][:THEMES_OF_RESOURCES]
    return {
        "place": place,
        "outside": outside(place),
        "verdicts": verdicts_on(place),
        "listing": listing(page, PATH, search),
        "farther": farther,
        "wider_m": radius_m,
        "unlocated": near.unlocated(questions, filters, place.insee_code),
        "themes": _themes(counts),
        "matches": near.resources_around(catalogue(), shown_themes, region),
    }


def _themes(counts: dict[str, int]) -> list[ThemeChoice]:
    return [theme_choice(theme, counts) for theme in catalogue().initiative_themes]


def verdicts_on(place: FoundPlace) -> list[ShownVerdict]:
    """Newest generation first; a QPV is not judged against the generation that draws it."""
    told = Place(place.position, place.insee_code or None)
    return [
        show(judge(told, index), index.contours)
        for index in memory().indexes(session()).values()
        if place.qpv_code not in index
    ]


@dataclass(frozen=True, slots=True)
class Outside:
    """A point at sea or abroad, with the same digits the other way round when that is in France."""

    whereabouts: Whereabouts
    swapped: FoundPlace | None


def outside(place: FoundPlace) -> Outside | None:
    """What to say of a point that is not in France; None when it is, or is no bare point."""
    if place.kind != "point":
        return None
    names = place_names(session(), memory())
    france = memory().hold(session(), "France", lambda: France.of(names))
    told = france.outside(place.position)
    if told is None:
        return None
    lon, lat = place.position.lon_lat
    swapped = Position(lat, lon) if abs(lon) <= 90 else None
    in_france = swapped and france.outside(swapped) is None
    return Outside(told, point_place(swapped) if swapped and in_france else None)
