"""Stored records made again where the rule of what is published would write them otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mapapp.fields.privacy import masked
from mapapp.fields.publication import public_cells
from mapapp.importing.reference import load_reference
from mapapp.importing.writing import held, write
from mapapp.store import initiatives as ini
from mapapp.store.slugs import GivenSlug

#: Rows read from the store at a time: some megabytes at most.
_BATCH = 1000


def mask_stored(session: Session, but: Collection[str]) -> None:
    """Bring imported records to what the present rule publishes; their sources' cells stay.

    ``but``: the sources that ship, whose texts are checked before they are loaded.
    """
    row = ini.Initiative
    shown = {
        "nom": row.name,
        "resume": row.summary,
        "adresse": row.address,
        "forme_juridique": row.legal_form,
        "site_web": row.website,
        "source_url": row.source_url,
    }
    found = session.execute(
        select(row.source_id, row.key, row.told, *shown.values())
        .where(row.source_id.not_in(but))
        .execution_options(yield_per=_BATCH)
    )
    stale: dict[str, list[str]] = defaultdict(list)
    for source_id, key, told, *texts in found:
        public = public_cells(told)
        if [public.get(column) for column in shown] != texts:
            stale[source_id].append(key)
    if stale:
        reference = load_reference(session)
        for source_id, keys in stale.items():
            write(session, source_id, dict(held(session, source_id, keys)), reference)
    _mask_names_of_the_gone(session)


def _mask_names_of_the_gone(session: Session) -> None:
    named = select(GivenSlug.slug, GivenSlug.name).where(GivenSlug.name.is_not(None))
    for slug, name in session.execute(named).all():
        if name and masked(name) != name:
            of_slug = update(GivenSlug).where(GivenSlug.slug == slug)
            session.execute(of_slug.values(name=masked(name)))
