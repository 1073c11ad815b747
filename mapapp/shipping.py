"""The use case behind ``mapapp init``: what ships in ``data/`` brought into the store.

One transaction: the store holds the former data or the new, never a part. Reference tables are
reconciled row by row, so a run after a small correction touches only what changed; the shipped
initiatives are few and are written again.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from geo.gazetteer import Commune, Gazetteer, NamedArea
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import RULE
from mapapp.checking import rule_faults
from mapapp.errors import DataFault
from mapapp.judging import declared_codes, judge_all
from mapapp.locating import ToldPlace, locate, qpv_areas
from mapapp.records import reference_rows
from mapapp.store import State
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions, upgrade_schema
from mapapp.store.reconciling import delete_gone, insert_and_update
from mapapp.tables.reading import Row, Shipped, fingerprint, read_shipped
from mapapp.words import search_text

_CHILDREN = (
    ini.VerdictQpv,
    ini.Verdict,
    ini.InitiativeEvidence,
    ini.InitiativePlace,
    ini.InitiativeQpv,
    ini.InitiativeResource,
    ini.InitiativeTheme,
)


@dataclass(frozen=True, slots=True)
class InitReport:
    """What ``init`` did: whether anything changed, and how long it took (seconds)."""

    changed: bool
    seconds: float


def initialise(engine: Engine, folder: Path) -> InitReport:
    """Bring schema and shipped data up to date.

    Raises:
        DataFault: a file of ``folder`` breaks a rule; nothing was written.
    """
    start = time.monotonic()
    upgrade_schema(engine)
    version = hashlib.sha256(f"{fingerprint(folder)} {RULE}".encode()).hexdigest()
    with sessions(engine).begin() as session:
        known = session.get(State, "shipped")
        changed = known is None or known.value != version
        if changed:
            _load(session, _read_sound(folder))
            session.merge(State(key="shipped", value=version))
            session.merge(State(key="data_version", value=version[:12]))
            session.merge(State(key="loaded_on", value=date.today().isoformat()))
    return InitReport(changed, time.monotonic() - start)


def _read_sound(folder: Path) -> Shipped:
    shipped, issues = read_shipped(folder)
    issues += rule_faults(shipped) if not issues else []
    if issues:
        more = f" Et {len(issues) - 1} autres fautes : voir « mapapp check »." if issues[1:] else ""
        raise DataFault(f"{issues[0]}{more} Rien n’a été écrit.")
    return shipped


def _load(session: Session, shipped: Shipped) -> None:
    _clear_initiatives(session, [row["id"] for row in shipped.tables["sources"]])
    wanted = list(reference_rows(shipped))
    for model, rows in wanted:
        insert_and_update(session, model, rows)
    for model, rows in reversed(wanted):
        delete_gone(session, model, rows)
    indexes = [QpvIndex(shipped.contours[g]) for g in sorted(shipped.contours, reverse=True)]
    session.add_all(_initiatives(shipped, gazetteer_of(shipped), indexes))
    session.flush()
    judge_all(session, indexes)


def _clear_initiatives(session: Session, sources: Sequence[str]) -> None:
    ids = select(ini.Initiative.id).where(ini.Initiative.source_id.in_(sources))
    for child in _CHILDREN:
        session.execute(delete(child).where(child.initiative_id.in_(ids)))
    session.execute(delete(ini.Initiative).where(ini.Initiative.source_id.in_(sources)))


def gazetteer_of(shipped: Shipped) -> Gazetteer:
    """The offline gazetteer of the shipped tables, newest QPV generation first."""
    departements = {row["code"]: row["nom"] for row in shipped.tables["departements"]}
    communes = [
        Commune(
            row["code_insee"],
            row["nom"],
            row["departement"],
            departements[row["departement"]],
            row["codes_postaux"],
            _position(row, Precision.COMMUNE),
        )
        for row in shipped.tables["communes"]
    ]
    newest_first = sorted(shipped.contours, reverse=True)
    areas = [area for g in newest_first for area in qpv_areas(shipped.contours[g])]
    quartiers = [
        NamedArea(row["nom"], (row["code_insee"],), _position(row, Precision.QUARTIER))
        for row in shipped.tables["quartiers"]
    ]
    return Gazetteer(communes, areas + quartiers)


def _position(row: Row, precision: Precision) -> Position:
    return Position(row["longitude"], row["latitude"], precision, row["rayon_m"])


def _initiatives(
    shipped: Shipped, gazetteer: Gazetteer, indexes: list[QpvIndex]
) -> Iterator[ini.Initiative]:
    details = {
        name: _by_initiative(shipped.tables[name])
        for name in ("initiative_qpv", "initiative_places", "initiative_evidence")
    }
    labels = {row["slug"]: row["libelle"] for row in shipped.tables["themes"]}
    for rank, row in enumerate(shipped.tables["initiatives"]):
        key = row["identifiant"]
        initiative = _initiative(rank, row, [labels[theme] for theme in row["themes"]])
        initiative.qpv_links = [_qpv_link(r) for r in details["initiative_qpv"][key]]
        initiative.places = [_place(n, r) for n, r in enumerate(details["initiative_places"][key])]
        initiative.evidence = [
            _evidence(n, r) for n, r in enumerate(details["initiative_evidence"][key])
        ]
        _set_position(initiative, row["commune"], gazetteer, indexes)
        yield initiative


def _by_initiative(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["initiative"]].append(row)
    return grouped


def _initiative(rank: int, row: Row, theme_labels: Sequence[str]) -> ini.Initiative:
    return ini.Initiative(
        slug=row["identifiant"],
        source_id=row["source"],
        key=row["identifiant"],
        rank=rank,
        name=row["nom"],
        parent_slug=row["parent"],
        summary=row["resume"],
        address=row["adresse"],
        address_period=row["periode_adresse"],
        quartier=row["quartier"],
        postcode=row["code_postal"],
        insee_code=row["code_insee"],
        legal_form=row["forme_juridique"],
        siret=row["siret"],
        website=row["site_web"],
        status=row["statut"],
        status_note=row["note_statut"],
        started=row["debut"],
        sheet_date=row["date_fiche"],
        uncertainties=row["incertitudes"],
        search_text=search_text(
            row["nom"], row["resume"], row["commune"], row["quartier"], *theme_labels
        ),
        theme_links=[
            ini.InitiativeTheme(theme_slug=slug, rank=n) for n, slug in enumerate(row["themes"])
        ],
        sheet_links=[
            ini.InitiativeResource(resource_slug=slug, rank=n)
            for n, slug in enumerate(row["ressources"])
        ],
    )


def _qpv_link(row: Row) -> ini.InitiativeQpv:
    return ini.InitiativeQpv(
        qpv_code=row["code"],
        generation=int(row["generation"]),
        relation=row["relation"],
        confidence=row["confiance"],
        evidence=row["preuve"],
    )


def _place(rank: int, row: Row) -> ini.InitiativePlace:
    return ini.InitiativePlace(
        rank=rank, label=row["libelle"], address=row["adresse"], evidence=row["preuve"]
    )


def _evidence(rank: int, row: Row) -> ini.InitiativeEvidence:
    return ini.InitiativeEvidence(rank=rank, field=row["champ"], text=row["preuve"])


def _set_position(
    initiative: ini.Initiative,
    commune: str | None,
    gazetteer: Gazetteer,
    indexes: list[QpvIndex],
) -> None:
    told = ToldPlace(
        insee_code=initiative.insee_code or "",
        postcode=initiative.postcode or "",
        commune=commune or "",
        quartier=initiative.quartier or "",
        declared=declared_codes(initiative),
    )
    located = locate(told, gazetteer, indexes)
    if located is None:
        initiative.precision = Precision.NONE.value
        return
    initiative.lon, initiative.lat = located.position.lon_lat
    initiative.precision = located.position.precision.value
    initiative.radius_m = located.position.radius_m
    initiative.position_source = located.stands_for
