"""What was found for the addresses of initiatives, by a geocoder or by a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from mapapp.store.base import Base


class Decision(StrEnum):
    """How an address ended: by the policy of :mod:`geo.acceptance`, or by a person."""

    ACCEPTED = "accepted"
    DOUBTFUL = "doubtful"
    NOT_FOUND = "not_found"
    CHOSEN = "chosen"  # a person took one of the candidates
    SET = "set"  # a person gave the point


#: No run replaces what a person decided.
BY_HAND = frozenset({Decision.CHOSEN.value, Decision.SET.value})


class GeocodedPosition(Base):
    """The present outcome for the address of a record, whether the record is there or not.

    ``asked`` is the address as its source tells it (:func:`mapapp.geocoding.asked.asked_of`): for
    another one this outcome says nothing. The position (degrees, m) is empty unless the decision
    gives one; ``label`` is what it stands for, as its provider writes it: untrusted text.
    ``provider``: who answered, « hors-ligne » for the gazetteer alone, « main » for a person.
    ``candidates``: what was proposed, as :class:`geo.candidates.Candidate` in plain values.
    ``decided_at`` is UTC, ISO 8601.
    """

    __tablename__ = "geocoded_position"

    source_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[str]
    decision: Mapped[str] = mapped_column(index=True)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    precision: Mapped[str]
    radius_m: Mapped[float | None]
    label: Mapped[str | None]
    provider: Mapped[str]
    reason: Mapped[str]
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    author: Mapped[str]
    decided_at: Mapped[str]
