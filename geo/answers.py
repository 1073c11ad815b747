"""What a geocoder answered, kept so that nothing is asked twice until it expires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from geo.candidates import Answer

#: The BAN is published every week, but a house moves rarely: half a year. A place that is not
#: found today may be added by its commune: a month.
KEPT_FOR = timedelta(days=180)
MISSING_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer with what was asked, when, and until when it is believed."""

    asked: str
    answer: Answer
    asked_on: date
    expires_on: date


class AnswerStore(Protocol):
    """Where answers are kept, by provider and by the key of the question."""

    def get_many(self, provider: str, keys: Iterable[str], on: date) -> Mapping[str, Answer]:
        """The answers that are kept and have not expired on that day."""
        ...

    def put_many(self, kept: Mapping[str, KeptAnswer]) -> None:
        """Keep these answers, for good before it returns."""
        ...


class NoStore:
    """Keeps answers as long as it lives: for one run, or a test."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], KeptAnswer] = {}

    def get_many(self, provider: str, keys: Iterable[str], on: date) -> Mapping[str, Answer]:
        """The answers that have not expired."""
        found = {key: self.kept.get((provider, key)) for key in keys}
        return {key: kept.answer for key, kept in found.items() if kept and kept.expires_on >= on}

    def put_many(self, kept: Mapping[str, KeptAnswer]) -> None:
        """Keep these answers."""
        self.kept |= {(each.answer.provider, key): each for key, each in kept.items()}
