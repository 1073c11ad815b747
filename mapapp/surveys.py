"""What sources that say they are exhaustive cover: themes, and territories named by their codes.

« national » covers everything; else entries like ``region:27|departement:93|epci:200054781|
commune:93008``. It is what keeps « no example known » apart from « there is none ».
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mapapp.catalogue import THEMES_CHAPTER
from mapapp.store import catalogue as cat
from mapapp.store import territory as ter

NATIONAL = "national"
EXHAUSTIVE = "exhaustive"

_KINDS = {
    "region": (ter.Region, ter.Departement.region_code),
    "departement": (ter.Departement, ter.Commune.departement_code),
    "epci": (ter.Epci, ter.Commune.epci_siren),
    "commune": (ter.Commune, ter.Commune.insee_code),
}


def territory_faults(session: Session, text: str) -> list[str]:
    """The entries of a covered territory that name nothing, as they were written."""
    return [
        entry
        for entry in _entries(text)
        if entry != NATIONAL and _communes_of(session, entry) is None
    ]


def surveyed(session: Session, generation: int) -> set[tuple[str, str]]:
    """The (theme slug, QPV code) pairs that an exhaustive source covers, the whole QPV."""
    found: set[tuple[str, str]] = set()
    for source in session.scalars(select(cat.Source).where(cat.Source.coverage == EXHAUSTIVE)):
        themes = _themes(session, source)
        codes = _whole_qpvs(session, generation, source.covered_territory or "")
        found |= {(theme, code) for theme in themes for code in codes}
    return found


def _themes(session: Session, source: cat.Source) -> Collection[str]:
    """The themes a source covers; all of the chapter when it names none."""
    if source.covered_themes:
        return source.covered_themes.split("|")
    of_chapter = cat.Theme.chapter_number == THEMES_CHAPTER
    return session.scalars(select(cat.Theme.slug).where(of_chapter)).all()


def _whole_qpvs(session: Session, generation: int, territory: str) -> set[str]:
    """The QPVs of which every commune is covered."""
    link = ter.QpvCommune
    links = select(link.qpv_code, link.insee_code).join(ter.Qpv, ter.Qpv.code == link.qpv_code)
    pairs = session.execute(links.where(ter.Qpv.generation == generation)).all()
    every = {code for code, _ in pairs}
    if NATIONAL in _entries(territory):
        return every
    covered: set[str] = set()
    for entry in _entries(territory):
        covered |= _communes_of(session, entry) or set()
    return every - {code for code, insee_code in pairs if insee_code not in covered}


def _entries(territory: str) -> list[str]:
    return [entry.strip() for entry in territory.split("|") if entry.strip()]


def _communes_of(session: Session, entry: str) -> set[str] | None:
    """INSEE codes of the communes of an entry; None when it names no territory of the store."""
    kind, _, code = entry.partition(":")
    if kind not in _KINDS or session.get(_KINDS[kind][0], code) is None:
        return None
    statement = select(ter.Commune.insee_code).join(ter.Commune.departement)
    return set(session.scalars(statement.where(_of(kind, code))))


def _of(kind: str, code: str) -> ColumnElement[bool]:
    of_it: ColumnElement[bool] = _KINDS[kind][1] == code
    return of_it | (ter.Commune.parent_code == code) if kind == "commune" else of_it
