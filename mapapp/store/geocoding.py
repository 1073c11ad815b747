"""What geocoders answered, so that the same address is asked once until its answer expires."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import JSON, Engine, delete, insert, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from geo.answers import KeptAnswer
from geo.candidates import Answer
from mapapp.store.base import Base
from mapapp.store.engine import sessions, take_the_pen

#: Characters, of four bytes at most: a line of an index of PostgreSQL has 2,704 bytes.
_LONGEST_KEY = 500


class GeocodingAnswer(Base):
    """The answer of a provider to a question (``key``: :attr:`geo.geocoding.Question.key`)."""

    __tablename__ = "geocoding_answer"

    provider: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_on: Mapped[date]
    expires_on: Mapped[date] = mapped_column(index=True)


class StoredAnswers:
    """The answers of the store, as :class:`geo.answers.AnswerStore` wants them.

    Each call is a transaction of its own: what was answered stays, whatever becomes of the run.
    """

    def __init__(self, engine: Engine) -> None:
        self._sessions = sessions(engine)

    def get_many(self, provider: str, keys: Iterable[str], on: date) -> Mapping[str, Answer]:
        """The answers that are kept and have not expired on that day."""
        row = GeocodingAnswer
        asked = {_kept_under(key): key for key in keys}
        fresh = select(row.key, row.answer).where(
            row.provider == provider, row.key.in_(asked), row.expires_on >= on
        )
        with self._sessions() as session:
            return {asked[key]: Answer.of_json(answer) for key, answer in session.execute(fresh)}

    def put_many(self, kept: Mapping[str, KeptAnswer]) -> None:
        """Keep these answers in place of those to the same questions."""
        if not kept:
            return
        row = GeocodingAnswer
        places = [(each.answer.provider, _kept_under(key)) for key, each in kept.items()]
        with self._sessions.begin() as session:
            take_the_pen(session)
            session.execute(delete(row).where(tuple_(row.provider, row.key).in_(places)))
            session.execute(insert(row), [_values(key, each) for key, each in kept.items()])

    def forget_expired(self, on: date) -> int:
        """Delete what has expired on that day; how many answers that was."""
        with self._sessions.begin() as session:
            take_the_pen(session)
            expired = delete(GeocodingAnswer).where(GeocodingAnswer.expires_on < on)
            deleted = session.execute(expired.returning(GeocodingAnswer.key))
            return len(deleted.all())


def _kept_under(key: str) -> str:
    """The key, or its fingerprint when an index of the store could not hold it."""
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _values(key: str, kept: KeptAnswer) -> dict[str, Any]:
    return {
        "provider": kept.answer.provider,
        "key": _kept_under(key),
        "asked": kept.asked,
        "answer": kept.answer.as_json(),
        "asked_on": kept.asked_on,
        "expires_on": kept.expires_on,
    }
