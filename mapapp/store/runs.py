"""What imports and geocodings did: every run, and what it changed, so that it can be taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mapapp.store.base import Base


class Run(Base):
    """One published import, geocoding or review of an address.

    ``kind``: initiatives, resources, qpv, geocode. ``state``: published, rolled_back.
    ``file_name`` and ``checksum`` are those of an import; a geocoding says there who answered.
    ``published_at`` is UTC, ISO 8601. ``counts`` holds rows by verdict, ``issues`` what was said of
    lines, columns and values, as :class:`mapapp.tables.reading.Issue` tells it.
    """

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source_id: Mapped[str | None]
    generation: Mapped[int | None]
    author: Mapped[str]
    published_at: Mapped[str]
    file_name: Mapped[str]
    checksum: Mapped[str]
    state: Mapped[str]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    issues: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    changes: Mapped[list[RunChange]] = relationship(
        order_by="RunChange.rank", cascade="all, delete-orphan"
    )


class RunChange(Base):
    """A record before and after a run, whole; None where it was not there."""

    __tablename__ = "run_change"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
