"""Where every initiative is, held in memory, and which of them the filters keep.

100,000 rows cost the store half a second to tell; the positions are read once per version of the
data, and a request asks only for the ids that its filters keep, as one text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.matching_filters import kept_by
from mapapp.store import initiatives as ini


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Some initiatives in the order of their ids; degrees, not a number without a position."""

    ids: NDArray[np.int64]
    lons: NDArray[np.float64]
    lats: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Points:
        """Those that a mask or ranks choose."""
        return Points(self.ids[chosen], self.lons[chosen], self.lats[chosen])

    @property
    def located(self) -> Points:
        """Those that have a position."""
        return self.of(~np.isnan(self.lons))


def kept_points(session: Session, memory: Memory, filters: Filters) -> Points:
    """The initiatives that the filters keep, with or without a position."""
    everything = memory.hold(session, "points", lambda: _read(session))
    asked = kept_by(filters, select(func.aggregate_strings(cast(ini.Initiative.id, String), ",")))
    if asked.whereclause is None:
        return everything
    kept = np.fromstring(session.scalar(asked) or "", dtype=np.int64, sep=",")
    return everything.of(np.isin(everything.ids, kept))


def _read(session: Session) -> Points:
    row = ini.Initiative
    rows = session.execute(select(row.id, row.lon, row.lat).order_by(row.id)).all()
    ids, lons, lats = zip(*rows, strict=True) if rows else ((), (), ())
    return Points(np.array(ids, np.int64), np.array(lons, float), np.array(lats, float))
