"""From what a source tells of an initiative to the rows of the store.

``told`` alone decides (with the reference tables): the same texts give the same record, so taking
a run back is writing again what was told before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from geo.distance import distance_m
from geo.gazetteer import Found, Gazetteer
from geo.position import DEFAULT_RADIUS_M, Position, Precision
from geo.qpv_index import QpvIndex
from mapapp.fields.publication import public_cells
from mapapp.importing.coordinates import is_french
from mapapp.locating import Located, ToldPlace, locate
from mapapp.words import search_text

Values = dict[str, Any]
Told = dict[str, str]

#: Beyond the commune's radius, a point may still be right: its outline is coarse, a business park
#: straddles the limit. Five kilometres more and it is another place.
STRAY_M = 5_000.0


@dataclass(frozen=True, slots=True)
class Reference:
    """What records are made with; the QPV indexes come newest generation first."""

    gazetteer: Gazetteer
    indexes: tuple[QpvIndex, ...]
    theme_labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of one initiative, their ``initiative_id`` still to be set."""

    initiative: Values
    themes: tuple[str, ...]
    resources: tuple[str, ...]
    declared: tuple[str, ...]


def record_of(
    source_id: str, slug: str, told: Told, doubt: str | None, reference: Reference
) -> Record:
    """The record of what a source tells, at the address that it was given.

    Its texts are those that everybody may read; ``told`` stays what the source says.
    """
    shown = public_cells(told)
    themes = several(told.get("themes"))
    commune = found_commune(told, reference.gazetteer)
    located = offline_place(told, commune, several(told.get("qpv_declare")), reference)
    return Record(
        initiative={
            "slug": slug,
            "source_id": source_id,
            "key": told["identifiant"],
            "name": shown["nom"],
            "parent_slug": None,
            "summary": shown.get("resume"),
            "address": shown.get("adresse"),
            "address_period": None,
            "quartier": None,
            "postcode": told.get("code_postal"),
            "insee_code": commune.commune.insee_code if commune else None,
            "legal_form": shown.get("forme_juridique"),
            "siret": told.get("siret"),
            "website": shown.get("site_web"),
            "status": told.get("statut", "inconnu"),
            "status_note": None,
            "started": told.get("debut"),
            "ended": told.get("fin"),
            "sheet_date": None,
            "source_url": shown.get("source_url"),
            "verified_on": told.get("verifie_le"),
            "uncertainties": None,
            "told": told,
            "doubt": doubt,
            "search_text": _search_text(shown, themes, commune, reference),
            **position_values(located),
        },
        themes=themes,
        resources=several(told.get("ressources")),
        declared=several(told.get("qpv_declare")),
    )


def several(cell: str | None) -> tuple[str, ...]:
    """The values of a cell that may hold several."""
    return tuple(filter(None, (cell or "").split("|")))


def given_position(told: Told) -> Position | None:
    """The position that the source itself gives, with the precision it claims, None without one.

    Without a claim the address speaks: a number is a house, a text is a street; coordinates alone
    are taken as a named place, for nobody knows what they stand for.
    """
    if "latitude" not in told or "longitude" not in told:
        return None
    precision = Precision(told["precision"]) if "precision" in told else _implied(told)
    radius_m = DEFAULT_RADIUS_M.get(precision, DEFAULT_RADIUS_M[Precision.PLACE])
    return Position(float(told["longitude"]), float(told["latitude"]), precision, radius_m)


def _implied(told: Told) -> Precision:
    address = told.get("adresse", "")
    if address[:1].isdigit():
        return Precision.ADDRESS
    return Precision.STREET if address else Precision.PLACE


def found_commune(told: Told, gazetteer: Gazetteer) -> Found | None:
    """The commune that the record names, None when no single one answers."""
    named = told.get("code_insee", ""), told.get("code_postal", ""), told.get("commune", "")
    if not any(named):
        return None
    insee_code, postcode, commune = named
    answer = gazetteer.find(insee_code=insee_code, postcode=postcode, commune=commune)
    return answer if isinstance(answer, Found) else None


def strays_m(point: Position, commune: Found | None) -> float:
    """Metres from a point to its commune's, 0 when it may lie there."""
    if commune is None:
        return 0.0
    away_m = distance_m(point, commune.commune.position)
    return away_m if away_m > commune.commune.position.radius_m + STRAY_M else 0.0


def offline_place(
    told: Told,
    commune: Found | None,
    declared: tuple[str, ...],
    reference: Reference,
    quartier: str = "",
) -> Located | None:
    """Where to show it without a geocoder; ``declared``: the QPVs that it surely lies in.

    Coordinates that contradict the commune, or France, are not pinned.
    """
    given = given_position(told)
    if given and is_french(given.lat, given.lon) and not strays_m(given, commune):
        return Located(given, "les coordonnées données par la source")
    place = ToldPlace(
        insee_code=told.get("code_insee", ""),
        postcode=told.get("code_postal", ""),
        commune=told.get("commune", ""),
        quartier=quartier,
        declared=declared,
    )
    return locate(place, reference.gazetteer, list(reference.indexes))


def position_values(located: Located | None) -> Values:
    """The columns of a position: nowhere when there is none."""
    if located is None:
        nowhere = dict.fromkeys(("lon", "lat", "radius_m", "position_source"))
        return {"precision": Precision.NONE.value, **nowhere}
    position = located.position
    return {
        "precision": position.precision.value,
        "lon": position.lon,
        "lat": position.lat,
        "radius_m": position.radius_m,
        "position_source": located.stands_for,
    }


def _search_text(
    told: Told, themes: Iterable[str], commune: Found | None, reference: Reference
) -> str:
    names = [reference.theme_labels[slug] for slug in themes]
    place = commune.commune.name if commune else told.get("commune")
    return search_text(told["nom"], told.get("resume"), place, *names)
