"""What became of an initiative that is gone: its address outlives it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.dates import french_date
from mapapp.errors import AppError, Moved, UnknownRecord, Withdrawn
from mapapp.slugs import Reason
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.slugs import GivenSlug

_WHY = {
    Reason.ROLLED_BACK: "la publication qui l’avait apportée a été annulée",
    Reason.REPLACED: "une autre l’a remplacée, qui n’y est plus non plus",
    Reason.WITHDRAWN: "sa source ne la donne plus",
}


def what_became_of(session: Session, slug: str) -> AppError:
    """What to answer, by raising it, at the address of an initiative that is not there.

    ``Moved`` to what replaces it today, through all that replaced it since; ``Withdrawn`` with the
    day and the reason when nothing does; ``UnknownRecord`` when nobody ever had that slug.
    """
    found = session.get(GivenSlug, slug)
    if found is None:
        return UnknownRecord(f"Aucune initiative ne porte l’identifiant « {slug} ».")
    if successor := _successor(session, found):
        return Moved(f"Cette fiche est maintenant « {successor} ».", successor)
    called = f"La fiche « {found.name} »" if found.name else "La fiche qui était à cette adresse"
    since = f" depuis le {french_date(found.gone_on)}" if found.gone_on else ""
    why = _WHY[Reason(found.reason or Reason.WITHDRAWN)]
    nothing = "" if found.reason == Reason.REPLACED else " Rien ne la remplace."
    sentence = f"{called} n’est plus publiée{since} : {why}.{nothing}"
    return Withdrawn(sentence, ways=_others_of(session, found.source_id))


def _successor(session: Session, gone: GivenSlug) -> str | None:
    """The slug of what stands in its place today; None when nothing does."""
    passed: set[str] = set()
    current: GivenSlug | None = gone
    while current is not None and current.reason is not None:
        if current.successor is None or current.key in passed:
            return None
        passed.add(current.key)
        of_record = (GivenSlug.source_id == gone.source_id, GivenSlug.key == current.successor)
        current = session.scalar(select(GivenSlug).where(*of_record))
    return current.slug if current else None


def _others_of(session: Session, source_id: str) -> list[tuple[str, str]]:
    """The way to what the same source still tells, if anything."""
    source = session.get(cat.Source, source_id)
    told = select(ini.Initiative.id).where(ini.Initiative.source_id == source_id).limit(1)
    if source is None or session.scalar(told) is None:
        return []
    return [(f"Les initiatives de « {source.name} »", f"/initiatives?source={source_id}")]
