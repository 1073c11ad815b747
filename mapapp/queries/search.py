"""One search over communes, QPVs, initiatives and resources, for people who type a few letters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from mapapp.catalogue import Catalogue
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.words import search_words

#: What fits in a list of suggestions without scrolling on a phone.
PER_KIND = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer: its kind (commune, qpv, initiative, ressource), what to show, where it leads."""

    kind: str
    code: str
    label: str
    detail: str
    url: str


def search(session: Session, catalogue: Catalogue, text: str) -> list[Hit]:
    """The best answers of each kind whose words all begin or lie in the text's, accents ignored."""
    words = search_words(text)
    if not words:
        return []
    return [
        *_communes(session, words),
        *_qpvs(session, words),
        *_initiatives(session, words),
        *_resources(catalogue, words),
    ]


def _communes(session: Session, words: list[str]) -> list[Hit]:
    name, whole = ter.Commune.search_name, " ".join(words)
    matching = _holds(name, words) | (ter.Commune.insee_code == whole.upper())
    if whole.isdigit():
        matching |= ter.Commune.postcodes.contains(whole)
    rows = session.scalars(
        select(ter.Commune)
        .where(matching)
        .order_by(
            case((name == whole, 0), (name.startswith(whole), 1), else_=2),
            func.coalesce(ter.Commune.population, 0).desc(),
            ter.Commune.insee_code,
        )
        .limit(PER_KIND)
        .options(joinedload(ter.Commune.departement))
    )
    return [
        Hit(
            "commune",
            row.insee_code,
            row.name,
            f"{row.departement.name} ({row.departement_code})",
            f"/initiatives?commune={row.insee_code}",
        )
        for row in rows
    ]


def _qpvs(session: Session, words: list[str]) -> list[Hit]:
    rows = session.scalars(
        select(ter.Qpv)
        .where(_holds(ter.Qpv.search_text, words))
        .order_by(ter.Qpv.generation.desc(), ter.Qpv.name, ter.Qpv.code)
        .limit(PER_KIND)
        .options(selectinload(ter.Qpv.communes).joinedload(ter.QpvCommune.commune))
    )
    return [
        Hit(
            "qpv",
            row.code,
            row.name,
            f"{', '.join(link.commune.name for link in row.communes)}, QPV {row.generation}",
            f"/qpv/{row.code}",
        )
        for row in rows
    ]


def _initiatives(session: Session, words: list[str]) -> list[Hit]:
    rows = session.scalars(
        select(ini.Initiative)
        .where(_holds(ini.Initiative.search_text, words))
        .order_by(ini.Initiative.name)
        .limit(PER_KIND)
        .options(joinedload(ini.Initiative.commune))
    )
    return [
        Hit(
            "initiative",
            row.slug,
            row.name,
            row.commune.name if row.commune else "Lieu inconnu",
            f"/initiatives/{row.slug}",
        )
        for row in rows
    ]


def _resources(catalogue: Catalogue, words: list[str]) -> list[Hit]:
    found = [r for r in catalogue.resources if all(word in r.search_text for word in words)]
    return [
        Hit("ressource", r.slug, r.title, ", ".join(p.name for p in r.publishers), r.url)
        for r in found[:PER_KIND]
    ]


def _holds(column: InstrumentedAttribute[str], words: list[str]) -> ColumnElement[bool]:
    condition = column.contains(words[0])
    for word in words[1:]:
        condition &= column.contains(word)
    return condition
