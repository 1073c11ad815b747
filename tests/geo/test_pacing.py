"""No server is asked faster than said, by however many threads, nor again for nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from geo.geocoding_faults import (
    GeocoderBroken,
    GeocoderBusy,
    GeocoderGarbled,
    GeocoderRefused,
    GeocoderUnavailable,
    GeocodingError,
)
from geo.pacing import LONGEST_WAIT_S, PER_SECOND, Pace, Patience, pace_of


class Clock:
    """A clock that moves when someone sleeps, and remembers how long."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """What time it is."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Be later."""
        with self._lock:
            self.slept.append(seconds)
            self.now_s += seconds

    def pace(self, per_second: float = PER_SECOND) -> Pace:
        """A pace by this clock."""
        return Pace(per_second, clock=self, sleep=self.sleep)


class Turns(Pace):
    """A pace whose time stands still: every turn is known by how long it would wait."""

    def __init__(self, per_second: float) -> None:
        self.turns: list[float] = []
        super().__init__(per_second, clock=lambda: 0.0, sleep=self.turns.append)


def test_eight_threads_never_exceed_the_rate() -> None:
    """In any second there are no more turns than said, and none is lost."""
    turns = Turns(PER_SECOND)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: turns.wait(), range(401)))
    given = sorted([0.0, *turns.turns])  # the first does not wait
    assert len(given) == 401
    assert PER_SECOND <= 50
    assert all(later - turn >= 0.999 for turn, later in zip(given, given[40:], strict=False))


def test_turns_that_nobody_takes_are_not_saved_up() -> None:
    """After a silence, no burst."""
    clock = Clock()
    pace = clock.pace(10)
    clock.now_s = 100.0
    for _ in range(3):
        pace.wait()
    assert clock.now_s == pytest.approx(100.2)


def test_a_hold_puts_off_those_who_wait_already_one_by_one() -> None:
    """They take new turns after it rather than all come at its end."""
    clock = Clock()
    pace = Pace(10, clock=clock, sleep=lambda seconds: (clock.sleep(seconds), hold(pace)))

    def hold(pace: Pace) -> None:
        if len(clock.slept) == 1:
            pace.hold(5)

    pace.wait()
    pace.wait()
    assert clock.now_s == pytest.approx(5.1)


def test_two_geocoders_on_one_server_share_a_pace() -> None:
    """By its address."""
    assert pace_of("http://a") is pace_of("http://a")
    assert pace_of("http://a") is not pace_of("http://b")


class Failing:
    """Fails some times, then answers."""

    def __init__(self, *errors: GeocodingError) -> None:
        self.errors = list(errors)
        self.asked = 0

    def __call__(self) -> str:
        """One try."""
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "réponse"


@pytest.mark.parametrize("error", [GeocoderBusy("429"), GeocoderBroken("503")])
def test_a_busy_or_broken_server_is_asked_again(error: GeocodingError) -> None:
    """With longer and longer waits, no two processes together."""
    waits = []
    for seed in (1, 2):
        clock, ask = Clock(), Failing(error, error, error)
        assert Patience().ask(ask, clock.pace(), Random(seed)) == "réponse"
        assert ask.asked == 4
        waits.append([seconds for seconds in clock.slept if seconds > 0.1])
    assert waits[0] != waits[1]
    for wait in waits:
        assert len(wait) == 3
        assert 0.5 <= wait[0] <= 1.5
        assert 2 <= wait[2] <= 6


def test_retry_after_is_honoured_by_everyone() -> None:
    """Whoever asks that server waits as long as it said."""
    clock = Clock()
    pace = clock.pace()
    with pytest.raises(GeocoderBusy):
        Patience(tries=1).ask(Failing(GeocoderBusy("429", 5)), pace)
    assert Patience(tries=1).ask(Failing(), pace) == "réponse"
    assert clock.now_s == pytest.approx(5)


def test_a_server_that_wants_an_hour_is_not_waited_for() -> None:
    """The run stops and is taken up later."""
    clock, ask = Clock(), Failing(GeocoderBusy("429", LONGEST_WAIT_S + 1))
    with pytest.raises(GeocoderBusy):
        Patience().ask(ask, clock.pace())
    assert ask.asked == 1
    assert clock.now_s == 0


@pytest.mark.parametrize(
    "error", [GeocoderRefused("400"), GeocoderUnavailable("délai"), GeocoderGarbled("HTML")]
)
def test_nothing_else_is_asked_again(error: GeocodingError) -> None:
    """A refusal, a time-out or a wrong answer is told at once."""
    ask = Failing(error)
    with pytest.raises(type(error)):
        Patience().ask(ask, Clock().pace())
    assert ask.asked == 1


def test_patience_ends() -> None:
    """The last fault is told."""
    ask = Failing(*[GeocoderBroken("500")] * 9)
    with pytest.raises(GeocoderBroken):
        Patience(tries=3).ask(ask, Clock().pace())
    assert ask.asked == 3
