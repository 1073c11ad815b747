"""Which QPVs have an example on which theme: reckoned anew by every change of the data."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from mapapp.store.base import Base


class CoverageCell(Base):
    """One QPV and one theme, for whatever distance will be asked.

    ``examples``: initiatives inside or declared. ``possible``: at its border, or perhaps in it.
    ``nearest``: the nearest others as ``[initiative id, metres to its point, metres within which
    it surely lies]``, by the last; ``reach_m`` is that of the first, None when there is no other.
    ``surveyed``: a source that says it is exhaustive covers the theme there.

    Derived from other tables, it refers to them by codes and ids without foreign keys.
    """

    __tablename__ = "coverage_cell"

    generation: Mapped[int] = mapped_column(primary_key=True)
    qpv_code: Mapped[str] = mapped_column(primary_key=True)
    theme_slug: Mapped[str] = mapped_column(primary_key=True)
    examples: Mapped[int]
    possible: Mapped[int]
    reach_m: Mapped[float | None]
    nearest: Mapped[list[tuple[int, float, float]]] = mapped_column(JSON)
    surveyed: Mapped[bool]
