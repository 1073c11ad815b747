"""How fast a server is asked, all who ask it together, and what is asked again when it fails."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from geo.geocoding_faults import GeocoderBroken, GeocoderBusy

T = TypeVar("T")

#: Requests per second. The national service allows 50 per IP address and refuses everything for
#: five seconds beyond; a fifth is left to what else asks from the same address.
PER_SECOND = 40.0

#: A server that wants to be left alone for longer is not waited for: the run can be taken up later.
LONGEST_WAIT_S = 60.0

#: Turns are given some minutes ahead at most: a silence, then all who wait at once.
_FARTHEST_S = 10 * LONGEST_WAIT_S


@dataclass(slots=True)
class Turns:
    """When the next turn is (seconds of a clock), and how often the server asked for silence."""

    next_s: float = 0.0
    holds: int = 0


class Agenda:
    """The turns that are given, changed by one at a time: here, the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns = Turns()

    @contextmanager
    def opened(self) -> Iterator[Turns]:
        """The turns, for this thread alone until the end of the block."""
        with self._lock:
            yield self._turns


class Pace:
    """Gives each request its turn: never more than ``per_second``, whoever asks; thread-safe.

    Args:
        per_second: turns in a second.
        agenda: where turns are given, when others than the threads of this process take some.
        clock: seconds that only grow.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        per_second: float = PER_SECOND,
        *,
        agenda: Agenda | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._gap_s = 1 / per_second
        self._agenda = agenda or Agenda()
        self._clock, self._sleep = clock, sleep

    def wait(self, most_s: float = math.inf) -> None:
        """Wait for this request's turn, some seconds at most.

        Raises:
            GeocoderBusy: its turn is later.
        """
        latest_s = self._clock() + most_s
        while True:
            with self._agenda.opened() as turns:
                turn_s = self._next_s(turns)
                if turn_s > latest_s:
                    raise GeocoderBusy("Le géocodeur est très demandé\u00a0: réessayez bientôt.")
                turns.next_s = turn_s + self._gap_s
                holds = turns.holds
            if (ahead_s := turn_s - self._clock()) > 0:
                self._sleep(ahead_s)
            with self._agenda.opened() as turns:
                if holds == turns.holds:
                    return
            # The server asked for silence meanwhile: those who waited take new turns, one by one.

    def hold(self, seconds: float) -> None:
        """Give no turn for some seconds: the server asked for it."""
        with self._agenda.opened() as turns:
            turns.holds += 1
            turns.next_s = max(self._next_s(turns), self._clock() + seconds)

    def _next_s(self, turns: Turns) -> float:
        """The next turn; one that is farther than anyone waits is of a clock before a restart."""
        now_s = self._clock()
        return max(turns.next_s, now_s) if turns.next_s <= now_s + _FARTHEST_S else now_s


_paces: dict[tuple[str, float], Pace] = {}
_paces_lock = threading.Lock()


def pace_of(address: str, per_second: float = PER_SECOND, agenda: Agenda | None = None) -> Pace:
    """The one pace of a server in this process: two geocoders on it share their turns.

    ``agenda``: where they are given, if the pace is new.
    """
    with _paces_lock:
        return _paces.setdefault((address, per_second), Pace(per_second, agenda=agenda))


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is made again, and how long it waits: 429 and 5xx only.

    A refused connection or a time-out is told at once: whoever waits decides. The jitter keeps
    several processes from coming back together.

    Attributes:
        tries: requests at most for one question.
        first_wait_s: before the second try; each wait is about twice the one before.
        longest_turn_s: how long a turn is waited for, the server being shared or left alone.
    """

    tries: int = 4
    first_wait_s: float = 1.0
    longest_turn_s: float = math.inf

    def ask(self, ask: Callable[[], T], pace: Pace, chance: Random | None = None) -> T:
        """The answer, each try at its turn.

        Raises:
            GeocodingError: what the last try raised, or one that trying again cannot help.
        """
        chance = chance or Random()
        for tried in range(1, self.tries + 1):
            pace.wait(self.longest_turn_s)
            try:
                return ask()
            except (GeocoderBusy, GeocoderBroken) as error:
                told_s = getattr(error, "retry_after_s", None) or 0.0
                if told_s > LONGEST_WAIT_S:
                    raise
                last = tried == self.tries
                wait_s = self.first_wait_s * 2 ** (tried - 1) * chance.uniform(0.5, 1.5)
                pace.hold(told_s if last else max(wait_s, told_s))
                if last:
                    raise
        raise AssertionError("a question is asked once at least")


#: A visitor waits for a form: one try.
ONCE = Patience(tries=1)
