"""The address of each initiative, given once: a record keeps it, and no other ever takes it.

The register outlives the records: what is gone says so at its address, or leads to what replaces it
(:mod:`mapapp.queries.gone`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from geo.names import plain
from mapapp.fields.privacy import reaches_somebody
from mapapp.store.batches import batches
from mapapp.store.slugs import GivenSlug

Values = dict[str, Any]

#: A record that stands, as the register tells it.
STANDS: Values = {"reason": None, "gone_on": None, "successor": None, "name": None}

_FATE = tuple(STANDS)


class Reason(StrEnum):
    """Why a record is gone."""

    ROLLED_BACK = "rolled_back"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def gone(reason: Reason, successor: str | None = None, name: str | None = None) -> Values:
    """A record that is gone from today on, as the register tells it."""
    today = date.today().isoformat()
    return {"reason": reason.value, "gone_on": today, "successor": successor, "name": name}


def plain_slug(source_id: str, key: str) -> str:
    """The slug that an imported record asks for: source and identifier, for names change.

    Identifiers that become the same plain word are told apart by a fingerprint; one that holds
    the e-mail address or mobile number of a person is nothing but that.
    """
    if reaches_somebody(key):
        return f"{source_id}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    words = "-".join(plain(key).split())
    if words == key:
        return f"{source_id}-{words}"
    fingerprint = hashlib.sha256(key.encode()).hexdigest()[:6]
    return f"{source_id}-{words[:60]}-{fingerprint}"


def give_slugs(session: Session, source_id: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The slug of each record of a source, by identifier: the one it was given once, for ever.

    ``asked`` tells the slug that each would like: a new record has it unless another record has
    or had it, then with a fingerprint of its own.
    """
    given = _given(session, source_id, asked)
    new = {key: slug for key, slug in asked.items() if key not in given}
    slugs = _free_slugs(session, source_id, new)
    rows = ({"slug": slug, "source_id": source_id, "key": key} for key, slug in slugs.items())
    for some in batches(rows):
        session.execute(insert(GivenSlug), some)
    return given | slugs


def identifiers(session: Session, source_id: str, names: Iterable[str]) -> dict[str, str]:
    """The identifier of each record of a source, there or gone, named by it or by its slug."""
    by_key, by_slug = {}, {}
    for some in batches(names):
        named = GivenSlug.key.in_(some) | GivenSlug.slug.in_(some)
        rows = select(GivenSlug.key, GivenSlug.slug).where(GivenSlug.source_id == source_id, named)
        for key, slug in session.execute(rows):
            by_key[key], by_slug[slug] = key, key
    return by_slug | by_key


def fates(session: Session, source_id: str, keys: Iterable[str]) -> dict[str, Values]:
    """What the register tells of the records that are gone, by identifier."""
    columns = [getattr(GivenSlug, name) for name in _FATE]
    found: dict[str, Values] = {}
    for some in batches(keys):
        of_records = (GivenSlug.source_id == source_id, GivenSlug.key.in_(some))
        rows = select(GivenSlug.key, *columns).where(*of_records, GivenSlug.reason.is_not(None))
        found |= {
            row.key: {name: getattr(row, name) for name in _FATE} for row in session.execute(rows)
        }
    return found


def write_fates(session: Session, source_id: str, wanted: Mapping[str, Values]) -> None:
    """Note what becomes of records: :data:`STANDS`, or how each is :func:`gone`."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for key, fate in wanted.items():
        alike[tuple(fate[name] for name in _FATE)].append(key)
    for values, keys in alike.items():
        for some in batches(keys):
            of_records = [GivenSlug.source_id == source_id, GivenSlug.key.in_(some)]
            if values[0] is None:  # nearly all of an import stand already: they are left alone
                of_records.append(GivenSlug.reason.is_not(None))
            noted = dict(zip(_FATE, values, strict=True))
            session.execute(
                update(GivenSlug).where(*of_records).values(noted),
                execution_options={"synchronize_session": False},
            )


def _given(session: Session, source_id: str, keys: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in batches(keys):
        of_records = (GivenSlug.source_id == source_id, GivenSlug.key.in_(some))
        found.update(
            session.execute(select(GivenSlug.key, GivenSlug.slug).where(*of_records)).all()
        )
    return found


def _free_slugs(session: Session, source_id: str, asked: Mapping[str, str]) -> dict[str, str]:
    """A slug that nobody ever had for each new record, as near as can be to what it asks."""
    slugs: dict[str, str] = {}
    taken: set[str] = set()
    left, attempt = dict(asked), 0
    while left:
        taken |= _ever_given(session, left.values())
        for key, slug in left.items():
            if slug not in taken:
                slugs[key] = slug
                taken.add(slug)
        attempt += 1
        left = {
            key: f"{slug}-{_fingerprint(source_id, key, attempt)}"
            for key, slug in asked.items()
            if key not in slugs
        }
    return slugs


def _fingerprint(source_id: str, key: str, attempt: int) -> str:
    return hashlib.sha256(f"{source_id}\0{key}\0{attempt}".encode()).hexdigest()[:8]


def _ever_given(session: Session, slugs: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in batches(slugs):
        found.update(session.scalars(select(GivenSlug.slug).where(GivenSlug.slug.in_(some))))
    return found
