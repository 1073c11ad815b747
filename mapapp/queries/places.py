"""What a visitor means by a typed place: one place, a choice, or the nearest proposals."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from geo.acceptance import Accepted, Doubtful, Outcome
from geo.geocoding_faults import GeocodingError
from geo.names import plain
from geo.place_names import Kind, NamedPlace, PlaceNames
from geo.position import Position, PositionError
from mapapp.errors import cited
from mapapp.memory import Memory
from mapapp.place_names import load_place_names

#: As many as are read before one types more instead.
PROPOSALS = 12

#: Communes of a département: with these, half of its inhabitants find theirs or a neighbour.
LARGEST = 6

#: Words that begin the street of an address; a text with a number is asked of the geocoder too.
STREET_WORDS = frozenset(
    "allee allees av avenue bd boulevard chaussee chemin cite cours esplanade hameau impasse "
    "lieudit lotissement mail montee parvis passage place promenade quai residence route rue "
    "sente sentier square traverse venelle villa voie zone".split()
)

#: « 46,58 ; 0,34 », « 46.58, 0.34 », « 46.58 0.34 »: latitude first, as maps give it.
_DEGREES = r"([-+\u2212]?[0-9]{1,3}(?:[.,][0-9]{1,15})?)°?"
_COORDINATES = re.compile(rf"\s*{_DEGREES}\s*(?:[;/]|,\s|\s|,(?=-?[0-9]+\.))\s*{_DEGREES}\s*")


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """The one place meant.

    Attributes:
        kind: commune, qpv, quartier, point or adresse.
        pairs: the parameters of ``/pres-de-moi`` that find it again, without any geocoder.
        note: what had to be understood, in French; empty when nothing had.
    """

    label: str
    kind: str
    position: Position
    pairs: tuple[tuple[str, str], ...]
    insee_code: str = ""
    qpv_code: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place to choose: its name, where it lies, and the parameters or the page it leads to."""

    label: str
    detail: str
    pairs: tuple[tuple[str, str], ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Several places are meant by the text; ``others`` are left out of the proposals."""

    proposals: tuple[Proposal, ...]
    others: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is meant for sure; ``proposals`` are spelled alike, perhaps none."""

    proposals: tuple[Proposal, ...]
    note: str = ""


Answer = FoundPlace | Choice | Unknown


class Lookup(Protocol):
    """What finds an address in some communes (:class:`mapapp.address_lookup.AddressLookup`)."""

    def find(self, text: str, communes: Collection[str]) -> Outcome:
        """What the text means."""
        ...


def place_names(session: Session, memory: Memory) -> PlaceNames:
    """The index of names, built once per version of the data."""
    indexes = memory.indexes(session)
    return memory.hold(session, "place names", lambda: load_place_names(session, indexes.values()))


def understand(text: str, names: PlaceNames, addresses: Lookup) -> Answer:
    """What the text means: coordinates, a name or code, its beginning, an address, else likenesses.

    Nothing typed is logged; the geocoder is asked only for what looks like an address.
    """
    if (pair := _COORDINATES.fullmatch(text)) and (found := _point(*pair.groups())):
        return found
    if named := names.named(text) or names.begun(text):
        return _one_or_choice(_with_communes(named, names), text)
    if _is_address(text):
        return _address(text, names, addresses)
    return _unknown(text, names)


def point_place(position: Position) -> FoundPlace:
    """A place given by its coordinates."""
    lat, lon = (f"{degrees:.4f}".replace(".", ",") for degrees in position.lat_lon)
    label = f"{lat} ; {lon}".replace("-", "−")
    return FoundPlace(label, "point", position, _pairs(position))


def _pairs(position: Position) -> tuple[tuple[str, str], ...]:
    """The parameters of a point; ``exactitude`` (metres) when its radius is not nought."""
    pairs = [("lat", _degrees(position.lat)), ("lon", _degrees(position.lon))]
    if position.radius_m:
        pairs.append(("exactitude", f"{position.radius_m:.0f}"))
    return tuple(pairs)


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _point(lat: str, lon: str) -> FoundPlace | None:
    """The point of two numbers; None when they are not a place on the Earth."""
    numbers = [float(text.replace(",", ".").replace("\u2212", "-")) for text in (lat, lon)]
    try:
        return point_place(Position(numbers[1], numbers[0]))
    except PositionError:
        return None


def _is_address(text: str) -> bool:
    words = plain(text).split()
    numbered = any(word.isdigit() or word[:-1].isdigit() for word in words)
    return len(words) > 1 and (numbered or not STREET_WORDS.isdisjoint(words))


def _with_communes(places: Sequence[NamedPlace], names: PlaceNames) -> list[NamedPlace]:
    """A département is not a place to be near of: its largest communes are proposed with it."""
    of = [place.code for place in places if place.kind is Kind.DEPARTEMENT]
    largest = (commune for code in of for commune in names.largest(code, LARGEST))
    return list(dict.fromkeys([*places, *largest]))


def _one_or_choice(places: Sequence[NamedPlace], text: str, note: str = "") -> FoundPlace | Choice:
    if len(places) == 1 and places[0].position:
        return _found(places[0], places[0].position, text, note)
    shown = tuple(map(_proposal, places[:PROPOSALS]))
    return Choice(shown, len(places) - len(shown), note)


def _found(place: NamedPlace, position: Position, text: str, note: str) -> FoundPlace:
    if place.alias and plain(place.alias) in plain(text):
        note = note or f"{place.alias} s’appelle aujourd’hui {place.name}, ou en fait partie."
    return FoundPlace(
        label=place.label,
        kind=place.kind.value,
        position=position,
        pairs=(("ou", place.label),),
        insee_code=place.insee_code,
        qpv_code=place.code if place.kind is Kind.QPV else "",
        note=note,
    )


def _proposal(place: NamedPlace) -> Proposal:
    if place.kind is Kind.DEPARTEMENT:
        detail = "tout le département, sans distances"
        return Proposal(place.label, detail, url=f"/initiatives?departement={place.code}")
    return Proposal(place.name, place.detail, (("ou", place.label),))


def _address(text: str, names: PlaceNames, addresses: Lookup) -> Answer:
    """What the geocoder answers in the communes that the text mentions, else these communes."""
    communes = names.mentioned(text)
    try:
        outcome = addresses.find(text, [commune.code for commune in communes])
    except GeocodingError:
        note = "Les adresses ne peuvent pas être cherchées en ce moment."
    else:
        if isinstance(outcome, Accepted):
            return _address_found(outcome)
        if isinstance(outcome, Doubtful) and (choice := _address_choice(outcome)).proposals:
            return choice
        note = "Cette adresse n’a pas été trouvée."
    if not communes:
        return _unknown(text, names, note)
    only = len(communes) == 1
    note = f"{note} {'Voici la commune.' if only else 'Voici les communes de ce nom.'}"
    return _one_or_choice(communes, text, note)


def _address_found(found: Accepted) -> FoundPlace:
    return FoundPlace(
        label=cited(found.label),
        kind="adresse",
        position=found.position,
        pairs=_pairs(found.position),
        insee_code=(found.candidate.insee_code if found.candidate else None) or "",
    )


def _address_choice(found: Doubtful) -> Choice:
    """The places that the address may mean, and why one cannot tell."""
    pinned = [c for c in found.candidates if c.position.pinned]
    proposals = (Proposal(cited(c.label), "adresse", _pairs(c.position)) for c in pinned)
    return Choice(tuple(proposals), note=f"À préciser : {found.reason}.")


def _unknown(text: str, names: PlaceNames, note: str = "") -> Unknown:
    return Unknown(tuple(map(_proposal, names.alike(text, PROPOSALS // 2))), note)
