"""The examples that white spots name as the nearest: their names and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.queries.coverage import QpvRow
from mapapp.store import initiatives as ini

#: Ids asked for at a time: SQLite takes 32,766 values in a question.
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class NamedInitiative:
    """An initiative by its name."""

    slug: str
    name: str

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/initiatives/{self.slug}"


def examples_near(session: Session, rows: Iterable[QpvRow]) -> dict[int, NamedInitiative]:
    """The initiatives that the lines of a matrix tell as the nearest, by id."""
    cells = (cell for row in rows for cell in row.cells)
    ids = sorted({near.initiative_id for cell in cells for near in cell.nearest})
    named: dict[int, NamedInitiative] = {}
    columns = (ini.Initiative.id, ini.Initiative.slug, ini.Initiative.name)
    for start in range(0, len(ids), _BATCH):
        asked = ini.Initiative.id.in_(ids[start : start + _BATCH])
        for row in session.execute(select(*columns).where(asked)):
            named[row.id] = NamedInitiative(row.slug, row.name)
    return named
