"""What became of a resource that the catalogue no longer holds: addresses outlive editions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.store.catalogue import Resource


@dataclass(frozen=True, slots=True)
class Retirement:
    """A retired resource, the last edition that held it (None: the first), what replaces it."""

    title: str
    edition: str | None
    successor: str | None


def retirement(session: Session, slug: str) -> Retirement | None:
    """What is known of a retired resource; None when no edition ever held that slug."""
    found = _resource(session, slug)
    if found is None or not found.retired:
        return None
    return Retirement(found.title, found.edition, _successor(session, found))


def _successor(session: Session, retired: Resource) -> str | None:
    """The resource of today that replaces it, through editions; None when nothing does."""
    passed: set[str] = set()
    current: Resource | None = retired
    while current is not None and current.retired:
        passed.add(current.slug)
        following = current.replaced_by
        if following is None or following in passed:
            return None
        current = _resource(session, following)
    return current.slug if current else None


def _resource(session: Session, slug: str) -> Resource | None:
    return session.scalar(select(Resource).where(Resource.slug == slug))
