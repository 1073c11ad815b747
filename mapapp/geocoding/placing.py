"""Where a record is shown: what its source tells, or better, what was found for its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geo.acceptance import improves
from geo.names import typographic
from geo.position import Position, Precision
from mapapp.dates import french_date
from mapapp.geocoding.asked import asked_of, is_given
from mapapp.importing.records import Reference, found_commune, offline_place, position_values
from mapapp.judging import judge_again
from mapapp.locating import Located
from mapapp.store import initiatives as ini
from mapapp.store.positions import BY_HAND, Decision, GeocodedPosition

Values = dict[str, Any]

OFFLINE = "hors-ligne"

#: How many rows are read or written together.
_BATCH = 2_000

_FOUND = {
    Precision.ADDRESS.value: "adresse trouvée",
    Precision.STREET.value: "rue trouvée",
    Precision.PLACE.value: "lieu-dit trouvé",
}


def pin(session: Session, ids: Sequence[int]) -> None:
    """Move records placed offline to what was found for their address, where it is better."""
    row, kept = ini.Initiative, GeocodedPosition
    same = (kept.source_id == row.source_id) & (kept.key == row.key)
    for start in range(0, len(ids), _BATCH):
        some = row.id.in_(ids[start : start + _BATCH])
        columns = (row.id, row.told, row.lon, row.lat, row.precision, row.radius_m)
        joined = select(*columns, kept).join(kept, same).where(some, kept.lon.is_not(None))
        moved = [
            {"id": found.id} | position_values(_located(found.GeocodedPosition))
            for found in session.execute(joined)
            if _is_better(found.GeocodedPosition, found.told, position_of(found))
        ]
        if moved:
            session.execute(update(row), moved)


def place_again(session: Session, ids: Sequence[int], reference: Reference) -> None:
    """Place records again from what is told and found, and judge them; the caller commits."""
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        placed = [
            {"id": number} | position_values(located)
            for number, located in _offline(session, some, reference)
        ]
        session.execute(update(ini.Initiative), placed)
    pin(session, ids)
    judge_again(session, ids, reference.indexes)


def position_of(row: Any) -> Position | None:
    """The position that a row of initiatives or of what was found holds, None without one."""
    if row.lon is None or row.lat is None:
        return None
    return Position(row.lon, row.lat, Precision(row.precision), row.radius_m or 0.0)


def _is_better(found: GeocodedPosition, told: dict[str, str], offline: Position | None) -> bool:
    """Whether what was found is for this address, and better than what the source tells."""
    position = position_of(found)
    if position is None or found.asked != asked_of(told) or is_given(told, offline):
        return False
    if found.decision in BY_HAND:
        return True
    same = offline is not None and offline.lon_lat == position.lon_lat
    return improves(offline, position) and not same


def _located(found: GeocodedPosition) -> Located:
    position = position_of(found)
    assert position is not None  # _is_better saw one
    return Located(position, stands_for(found))


def stands_for(found: GeocodedPosition) -> str:
    """What the point is, who found it and when (French): whoever decided is not named in public."""
    what = f"\u00a0: {typographic(found.label)}" if found.label else ""
    on = f"le {french_date(found.decided_at[:10])}"
    if found.decision == Decision.SET:
        return f"point placé à la main {on}{what}"
    if found.decision == Decision.CHOSEN:
        return f"adresse choisie à la main {on}{what}"
    if found.provider == OFFLINE:
        area = "commune reconnue" if found.precision == Precision.COMMUNE else "quartier reconnu"
        return f"{area} dans l’adresse{what}"
    told = _FOUND.get(found.precision, "lieu trouvé")
    return f"{told} par le géocodeur {provider_name(found.provider)} {on}{what}"


def provider_name(provider: str) -> str:
    """A provider as people call it."""
    return {"geoplateforme": "Géoplateforme", OFFLINE: "hors ligne"}.get(provider, provider)


def _offline(
    session: Session, ids: Sequence[int], reference: Reference
) -> list[tuple[int, Located | None]]:
    """Each record with the position that needs no geocoder."""
    row, link = ini.Initiative, ini.InitiativeQpv
    sure = (link.relation == "located_in") & (link.confidence == "haute")
    declared: dict[int, list[str]] = {}
    links = select(link.initiative_id, link.qpv_code).where(link.initiative_id.in_(ids), sure)
    for number, code in session.execute(links.order_by(link.qpv_code)):
        declared.setdefault(number, []).append(code)
    placed = []
    for found in session.execute(select(row.id, row.told, row.quartier).where(row.id.in_(ids))):
        codes = tuple(declared.get(found.id, ()))
        commune = found_commune(found.told, reference.gazetteer)
        located = offline_place(found.told, commune, codes, reference, found.quartier or "")
        placed.append((found.id, located))
    return placed
