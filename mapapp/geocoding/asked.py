"""Which records have an address that a geocoder may place, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from geo.addresses import Written, read_address
from geo.position import Position, Precision
from mapapp.importing.records import given_position

Told = Mapping[str, str]

#: With these, the address that the source tells is no longer that of the initiative.
GONE = {"deplacee": "l’initiative a déménagé", "terminee": "l’initiative est terminée"}

#: What needs no geocoder: nothing more precise would come.
PRECISE = frozenset({Precision.POINT.value, Precision.ADDRESS.value})

_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")

_PLACE = ("code_postal", "commune", "code_insee")


def asked_of(told: Told) -> str:
    """The address as the source tells it, with what says until when it is the right one.

    Two records that tell the same have the same text; when it changes, what was found for the
    former one no longer says anything.
    """
    parts = [told.get("adresse"), " ".join(filter(None, map(told.get, _PLACE)))]
    parts += [told.get("statut") if told.get("statut") in GONE else None]
    return " ; ".join(filter(None, [*parts, told.get("periode_adresse"), told.get("fin")]))


def shown_address(told: Told) -> str:
    """The address as it is written, for people."""
    place = " ".join(filter(None, map(told.get, _PLACE[:2])))
    return ", ".join(filter(None, [told.get("adresse"), place]))


def written_of(told: Told, insee_code: str | None) -> Written:
    """The address as the finder reads it; ``insee_code``: the commune as the store knows it.

    A text that holds its own postcode is read whole; else it is the line of the street.
    """
    line = told.get("adresse", "")
    places = {"postcode": told.get("code_postal", ""), "commune": told.get("commune", "")}
    whole = _POSTCODE.search(line) or not (any(places.values()) or insee_code)
    named = {"text": line} if whole else {"street": line}
    return read_address(**named, **places, insee_code=insee_code or "")


def why_not(told: Told, today: date) -> str:
    """Why an address is not asked (French); empty when it may be."""
    if not told.get("adresse"):
        return "sans adresse"
    if gone := GONE.get(told.get("statut", "")):
        return gone
    period = told.get("periode_adresse", "")
    if period and not period.startswith("depuis"):
        return "l’adresse ne vaut que pour une période"
    ended = told.get("fin", "")
    if ended and ended < today.isoformat()[: len(ended)]:
        return GONE["terminee"]
    return ""


def is_given(told: Told, here: Position | None) -> bool:
    """Whether the point is the one that the source itself gives: it is never replaced."""
    given = given_position(dict(told))
    return given is not None and here is not None and given.lon_lat == here.lon_lat
