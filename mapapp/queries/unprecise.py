"""Initiatives of which no more than the commune is known: they count there, and nowhere in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.position import Precision
from mapapp.memory import Memory
from mapapp.store import initiatives as ini

_UNPRECISE = (Precision.COMMUNE.value, Precision.NONE.value)


def unprecise_in(session: Session, memory: Memory, communes: Iterable[str]) -> int:
    """How many there are in some communes, by INSEE codes (each once).

    One reading of the whole table in its order (40 ms for 100,000) is kept for the version of the
    data: to look up the rows of a région each time would cost as much.
    """
    held = memory.hold(session, "unprecise by commune", lambda: _by_commune(session))
    return sum(held[code] for code in communes)


def _by_commune(session: Session) -> Counter[str | None]:
    unprecise = select(ini.Initiative.insee_code).where(ini.Initiative.precision.in_(_UNPRECISE))
    # Not grouped by the store, which would walk the index and seek each row.
    return Counter(session.scalars(unprecise))
