"""One search over communes, QPVs, initiatives and resources, for people who type a few letters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from mapapp.catalogue import Catalogue
from mapapp.errors import cited
from mapapp.filters import Filters
from mapapp.queries.initiatives import Initiatives
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.territory_urls import Kind, territory_url
from mapapp.words import search_words

#: What fits in a list of suggestions without scrolling on a phone.
PER_KIND = 5


#: What is searched, in the order of the answers.
KINDS = ("commune", "qpv", "initiative", "ressource")


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer: its kind (one of ``KINDS``), what to show, where it leads.

    ``place``: what ``/pres-de-moi`` understands as this place and no other; None for the rest.
    """

    kind: str
    code: str
    label: str
    detail: str
    url: str
    place: str | None = None


def search(questions: Initiatives, text: str, kinds: Collection[str] = KINDS) -> list[Hit]:
    """The best answers of each kind whose words all begin or lie in the text's, accents ignored."""
    words = search_words(text)
    if not words:
        return []
    searches: dict[str, Callable[[], list[Hit]]] = {
        "commune": lambda: _communes(questions.session, words),
        "qpv": lambda: _qpvs(questions.session, words),
        "initiative": lambda: _initiatives(questions, text),
        "ressource": lambda: _resources(questions.catalogue, words),
    }
    return [hit for kind in KINDS if kind in kinds for hit in searches[kind]()]


def read_kinds(text: str) -> tuple[str, ...]:
    """« commune,qpv »: some of ``KINDS``, all when nothing is written.

    Raises:
        ValueError: one of them is no kind (French).
    """
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    for kind in kinds:
        if kind not in KINDS:
            expected = ", ".join(KINDS)
            raise ValueError(f"Genre inconnu : « {cited(kind)} ». Attendu : {expected}.")
    return kinds or KINDS


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
            territory_url(Kind.COMMUNE, row.insee_code),
            f"{row.name} ({row.departement_code}, {row.departement.name})",
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
            f"{row.name} ({row.code})",
        )
        for row in rows
    ]


def _initiatives(questions: Initiatives, text: str) -> list[Hit]:
    kept = questions.kept_by(Filters(q=text))
    rows = questions.session.scalars(
        select(ini.Initiative)
        .where(ini.Initiative.id.in_(kept.ids(kept.by_name(PER_KIND))))
        .order_by(ini.Initiative.name, ini.Initiative.slug)
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
