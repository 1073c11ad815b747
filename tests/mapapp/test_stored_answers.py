"""What geocoders answered, kept in the store until it expires."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from geo.answers import KeptAnswer
from geo.candidates import Answer, Candidate
from geo.position import Position, Precision
from mapapp.store.engine import upgrade_schema
from mapapp.store.geocoding import StoredAnswers

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)

HERE = Candidate(
    Position(2.48, 48.9, Precision.ADDRESS, 20.0),
    "12 Rue de l’Œuf ${alert(1)}",
    "housenumber",
    0.93,
    "93010",
    None,
    "Bondy",
    "12",
    "Rue de l’Œuf",
)


@pytest.fixture
def answers(new_engine: Engine) -> StoredAnswers:
    """A store where nothing was answered yet."""
    upgrade_schema(new_engine)
    return StoredAnswers(new_engine)


def kept(*candidates: Candidate, provider: str = "addok", until: date = TOMORROW) -> KeptAnswer:
    """An answer of today."""
    return KeptAnswer("12 rue", Answer(provider, candidates), TODAY, until)


def test_an_answer_comes_back_as_it_was(answers: StoredAnswers) -> None:
    """Its position with precision and radius, what is unknown, hostile texts untouched."""
    answers.put_many({"a": kept(HERE, HERE), "b": kept()})
    found = answers.get_many("addok", ["a", "b", "c"], TODAY)
    assert found == {"a": Answer("addok", (HERE, HERE)), "b": Answer("addok", ())}


def test_an_answer_is_that_of_its_provider(answers: StoredAnswers) -> None:
    """Another server may know better."""
    answers.put_many({"a": kept(HERE)})
    assert answers.get_many("geoplateforme", ["a"], TODAY) == {}


def test_an_expired_answer_is_none(answers: StoredAnswers) -> None:
    """It is believed until its last day, and forgotten on demand."""
    answers.put_many({"a": kept(HERE), "b": kept(HERE, until=TODAY)})
    assert set(answers.get_many("addok", ["a", "b"], TODAY)) == {"a", "b"}
    assert set(answers.get_many("addok", ["a", "b"], TOMORROW)) == {"a"}
    assert answers.forget_expired(TOMORROW) == 1
    assert set(answers.get_many("addok", ["a", "b"], TODAY)) == {"a"}


def test_a_new_answer_replaces_the_former(answers: StoredAnswers) -> None:
    """To the same question of the same provider only."""
    answers.put_many({"a": kept(HERE)})
    answers.put_many({"a": kept(HERE, provider="autre")})
    answers.put_many({"a": kept()})
    answers.put_many({})
    assert answers.get_many("addok", ["a"], TODAY) == {"a": Answer("addok", ())}
    assert answers.get_many("autre", ["a"], TODAY) == {"a": Answer("autre", (HERE,))}


def test_a_thousand_answers_are_kept_at_once(answers: StoredAnswers) -> None:
    """As many as a run asks for together."""
    many = {str(rank): kept(HERE) for rank in range(1000)}
    answers.put_many(many)
    assert len(answers.get_many("addok", many, TODAY)) == 1000
