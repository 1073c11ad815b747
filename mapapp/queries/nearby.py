"""What is around a place: initiatives by distance, each with what its precision allows to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest

from geo.distance import direction, distance_m
from geo.position import Position, Precision
from geo.wording import metres
from mapapp.catalogue import Catalogue
from mapapp.filters import LARGEST_RAYON_M, Filters
from mapapp.matching import Match, Subject, matches
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.paging import PER_PAGE, Page
from mapapp.store import territory as ter

#: Radii that a visitor chooses from (metres): a walk, a bicycle ride, a drive.
RADII_M = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)

#: Where there is nothing, examples to go and see: three are compared, one could be a whim.
NEAREST = 3

#: Resources beside a list: those of each theme found share them.
RESOURCES = 6

#: What is said of a point that stands for more than itself.
_SCALES = {
    Precision.STREET: "",
    Precision.PLACE: "",
    Precision.QUARTIER: "dans le quartier, ",
    Precision.COMMUNE: "dans la commune, ",
}


@dataclass(frozen=True, slots=True)
class NearInitiative:
    """An initiative seen from a place: metres to its point, and the way there (None: all around).

    ``sentence`` says no more than its precision allows: « à 1,2 km au nord-est »,
    « dans la commune, à environ 3 km au sud ».
    """

    card: InitiativeCard
    distance_m: float
    direction: str | None
    sentence: str


def seen_from(place: Position, card: InitiativeCard) -> NearInitiative | None:
    """A located initiative seen from a place; None when nobody knows where it is."""
    if card.lon is None or card.lat is None:
        return None
    precision, radius_m = Precision(card.precision), card.radius_m or 0.0
    there = Position(card.lon, card.lat, precision, radius_m)
    apart_m = distance_m(place, there)
    if apart_m <= radius_m and not there.pinned:
        return NearInitiative(card, apart_m, None, f"{_SCALES[precision]}lieu exact inconnu")
    way = direction(place, there) if apart_m >= 1 else None
    return NearInitiative(card, apart_m, way, _sentence(there, apart_m, way))


def _sentence(there: Position, apart_m: float, way: str | None) -> str:
    if way is None:
        return "ici même"
    scale = _SCALES.get(there.precision)
    if scale is None:
        return f"à {metres(apart_m)} {way}"
    return f"{scale}à environ {metres(apart_m)} {way}"


def distances(place: Position | None, cards: Iterable[InitiativeCard]) -> dict[str, str]:
    """The sentence of each located initiative, by slug; none without a place."""
    if place is None:
        return {}
    return {near.card.slug: near.sentence for card in cards if (near := seen_from(place, card))}


def nearby(questions: Initiatives, filters: Filters) -> Page[NearInitiative]:
    """A page of the initiatives at most ``rayon`` metres from the place, nearest first."""
    page = questions.page(filters)
    return Page(_seen(filters, page.items), page.count, page.number, page.per_page)


def nearest(questions: Initiatives, filters: Filters) -> tuple[NearInitiative, ...]:
    """The nearest initiatives, however far; the other filters hold.

    Within 100 km first: beyond, the plane reckoning of the store only ranks roughly.
    """
    if filters.place is None:
        return ()
    within = replace(filters, rayon=LARGEST_RAYON_M)
    cards = questions.nearest(within, filters.place, NEAREST)
    if len(cards) < NEAREST:
        anywhere = replace(filters, lat=None, lon=None)
        cards = questions.nearest(anywhere, filters.place, 10 * NEAREST)
    seen = sorted(_seen(filters, cards), key=lambda near: near.distance_m)
    return tuple(seen[:NEAREST])


def _seen(filters: Filters, cards: Iterable[InitiativeCard]) -> tuple[NearInitiative, ...]:
    place = filters.place
    return tuple(near for card in cards if place and (near := seen_from(place, card)))


def wider(filters: Filters, found: Iterable[NearInitiative]) -> int | None:
    """The smallest usual radius that reaches one of these initiatives; None when none does."""
    first_m = min((near.distance_m for near in found), default=None)
    if first_m is None:
        return None
    return next((radius for radius in RADII_M if radius >= max(first_m, filters.rayon + 1)), None)


def themes_around(questions: Initiatives, filters: Filters) -> dict[str, int]:
    """How many initiatives around the place each theme slug has, whatever themes are asked for."""
    counts = questions.kept_by(replace(filters, theme=())).by_theme()
    return dict(sorted(counts.items(), key=lambda theme: (-theme[1], theme[0])))


def unlocated(
    questions: Initiatives, filters: Filters, insee_code: str
) -> tuple[InitiativeCard, ...]:
    """Initiatives of a commune of which nothing more is known; none without a commune."""
    if not insee_code:
        return ()
    there = replace(filters, lat=None, lon=None, commune=insee_code, page=1)
    return questions.without_position(there, PER_PAGE)


def resources_around(
    catalogue: Catalogue, themes: Iterable[str], region: tuple[str, str] | None
) -> list[Match]:
    """Some resources of each theme, in turn; then of the region, and how to act."""
    piles = [catalogue.resources_of([theme]) for theme in themes]
    in_turn = [resource for row in zip_longest(*piles) for resource in row if resource]
    chosen = {
        r.slug: Match(r, f"Sur le thème : {r.theme.label if r.theme else ''}") for r in in_turn
    }
    code, name = region or (None, None)
    for match in matches(Subject((), region_code=code, region_name=name), catalogue):
        chosen.setdefault(match.resource.slug, match)
    return list(chosen.values())[:RESOURCES]


def region_of(questions: Initiatives, insee_code: str) -> tuple[str, str] | None:
    """Code and name of the region of a commune; None when it is not known."""
    commune = questions.session.get(ter.Commune, insee_code) if insee_code else None
    region = commune.departement.region if commune else None
    return (region.code, region.name) if region else None
