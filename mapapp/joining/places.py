"""One row's place: a point, an address to be found, or why nobody can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.addresses import Written, read_address
from geo.gazetteer import Commune, Found, Gazetteer
from geo.position import DEFAULT_RADIUS_M, Position, Precision
from geo.verdict import Place
from mapapp.errors import cited
from mapapp.filters import read_exactitude
from mapapp.importing.coordinates import read_coordinates
from mapapp.joining.columns import Told

#: The words of the national geocoder for what it found, and ours.
_BAN_WORDS = {
    "housenumber": Precision.ADDRESS,
    "locality": Precision.PLACE,
    "municipality": Precision.COMMUNE,
}

_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


@dataclass(frozen=True, slots=True)
class Located:
    """A place that the row tells by itself, and what had to be understood (French, or empty)."""

    place: Place
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, and its commune when that is certain."""

    written: Written
    commune: Commune | None


@dataclass(frozen=True, slots=True)
class Unread:
    """Why the row tells no place, in French."""

    reason: str


Read = Located | Asked | Unread


def read_place(told: Told, gazetteer: Gazetteer) -> Read:
    """The place of a row: its coordinates, else its address, else its commune."""
    if told.fault:
        return Unread(told.fault)
    try:
        if told.longitude or told.latitude:
            return _by_coordinates(told, gazetteer)
        return _by_address(told, gazetteer)
    except ValueError as error:
        return Unread(str(error))


def _by_coordinates(told: Told, gazetteer: Gazetteer) -> Read:
    point = read_coordinates(told.latitude, told.longitude)
    if not point.latitude:
        faults = ", ".join(
            f"{column} « {cited(getattr(told, column))} » : {fault}"
            for column, fault in point.faults
        )
        return Unread(f"Coordonnées illisibles ({faults})")
    if point.doubt:
        return Unread(f"{point.doubt} ({cited(told.latitude)} ; {cited(told.longitude)})")
    precision = _precision(told.precision)
    if precision is Precision.NONE:
        return Unread("Position inconnue selon le fichier (precision « none »)")
    remark = point.faults[0][1] if point.faults else ""
    if precision is Precision.COMMUNE and told.insee_code:
        commune = _commune(told.insee_code, gazetteer)
        return Located(Place(commune.position, commune.insee_code), remark)
    radius_m = _radius_m(told.radius_m, precision)
    position = Position(float(point.longitude), float(point.latitude), precision, radius_m)
    return Located(Place(position), remark)


def _precision(text: str) -> Precision:
    word = text.strip().lower()
    if word in _BAN_WORDS:
        return _BAN_WORDS[word]
    if word and word not in list(Precision):
        expected = ", ".join(precision.value for precision in Precision)
        raise ValueError(f"Précision inconnue : « {cited(text)} » (attendu : {expected})")
    return Precision(word or Precision.POINT)


def _radius_m(text: str, precision: Precision) -> float:
    if text:
        return read_exactitude(text.replace(",", ".").removesuffix("m").strip())
    if precision in DEFAULT_RADIUS_M:
        return DEFAULT_RADIUS_M[precision]
    raise ValueError(f"Précision « {precision.value} » sans rayon_m : le lieu est trop vague")


def _by_address(told: Told, gazetteer: Gazetteer) -> Read:
    if not (told.address or told.postcode or told.commune or told.insee_code):
        return Unread("Ni coordonnées ni adresse")
    insee_code = _commune(told.insee_code, gazetteer).insee_code if told.insee_code else ""
    postcode = told.postcode.zfill(5) if re.fullmatch("[0-9]{4}", told.postcode) else told.postcode
    # Beside a commune of its own column, a text without a postcode is the street alone.
    whole = bool(_POSTCODE.search(told.address)) or not (postcode or told.commune or insee_code)
    written = read_address(
        told.address if whole else "",
        street="" if whole else told.address,
        postcode=postcode,
        commune=told.commune,
        insee_code=insee_code,
    )
    return Asked(written, commune_of(written, gazetteer))


def _commune(insee_code: str, gazetteer: Gazetteer) -> Commune:
    """The commune in force of a code, the zero that spreadsheets lose put back.

    Raises:
        ValueError: it is that of no commune.
    """
    found = gazetteer.find(insee_code=insee_code.upper().zfill(5))
    if not isinstance(found, Found):
        raise ValueError(f"Code INSEE inconnu : « {cited(insee_code)} »")
    return found.commune


def commune_of(written: Written, gazetteer: Gazetteer) -> Commune | None:
    """The commune that an address tells for certain; None when several answer, or none."""
    ways: tuple[dict[str, str], ...] = (
        {"insee_code": written.insee_code},
        {"postcode": written.postcode, "commune": written.commune},
        {"commune": written.commune} if not written.postcode else {},
        {"postcode": written.postcode} if not written.commune else {},
    )
    for way in ways:
        found = gazetteer.find(**way) if way and all(way.values()) else None
        if isinstance(found, Found):
            return found.commune
    return None
