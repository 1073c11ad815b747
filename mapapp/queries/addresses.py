"""Every address that has a page of its own, by slices: what the sitemap tells."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mapapp.errors import NotReady
from mapapp.store import State
from mapapp.store.catalogue import Resource, Theme
from mapapp.store.initiatives import Initiative
from mapapp.store.runs import Run
from mapapp.store.territory import Departement, Epci, Qpv, Region

#: Pages that are there whatever the data.
FIXED = (
    "/",
    "/pres-de-moi",
    "/adresses",
    "/initiatives",
    "/ressources",
    "/qpv",
    "/qpv/correspondance",
    "/qpv-sans-exemple",
    "/territoires",
    "/donnees",
    "/integrer",
    "/api",
    "/a-propos",
    "/accessibilite",
    "/mentions-legales",
)


@dataclass(frozen=True, slots=True)
class Part:
    """Pages at ``prefix`` followed by each text that ``ends`` selects, ordered by an index."""

    prefix: str
    ends: Select[str]


#: One line for each kind of record that has pages.
PARTS = (
    Part("/themes/", select(Theme.slug).order_by(Theme.slug)),
    Part(
        "/ressources/",
        select(Resource.slug).where(Resource.retired.is_(False)).order_by(Resource.slug),
    ),
    Part("/initiatives/", select(Initiative.slug).order_by(Initiative.slug)),
    Part("/qpv/", select(Qpv.code).order_by(Qpv.code)),
    # Communes are found from these: most have nothing of their own to tell.
    Part(
        "/territoires/region-",
        select(Region.code).where(func.length(Region.code) == 2).order_by(Region.code),
    ),
    Part("/territoires/", select(Departement.code).order_by(Departement.code)),
    Part("/territoires/", select(Epci.siren).order_by(Epci.siren)),
)


def address_count(session: Session) -> int:
    """How many pages there are."""
    return len(FIXED) + sum(_count(session, part) for part in PARTS)


def addresses(session: Session, offset: int, limit: int) -> list[str]:
    """The paths from the ``offset``-th on, ``limit`` at most, in an order that stays."""
    found = list(FIXED[offset : offset + limit])
    offset = max(0, offset - len(FIXED))
    for part in PARTS:
        if len(found) == limit:
            break
        ends = session.scalars(part.ends.offset(offset).limit(limit - len(found)))
        found += [part.prefix + end for end in ends]
        offset = max(0, offset - _count(session, part))
    return found


def changed_on(session: Session) -> str:
    """The day of the last change of the data: shipped or imported; NotReady when there are none."""
    shipped = session.scalar(select(State.value).where(State.key == "loaded_on"))
    if shipped is None:
        raise NotReady.empty()
    imported = session.scalar(select(func.max(Run.published_at))) or ""
    return max(shipped, imported[:10])


def _count(session: Session, part: Part) -> int:
    return session.scalar(select(func.count()).select_from(part.ends.subquery())) or 0
