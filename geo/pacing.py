"""How fast a server is asked, all threads together, and what is asked again when it fails."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from geo.geocoding_faults import GeocoderBroken, GeocoderBusy

T = TypeVar("T")

#: Requests per second of one process. The national service allows 50 per IP address and refuses
#: everything for five seconds beyond; a fifth is left to the other processes of the machine.
PER_SECOND = 40.0

#: A server that wants to be left alone for longer is not waited for: the run can be taken up later.
LONGEST_WAIT_S = 60.0


class Pace:
    """Gives each request its turn: never more than ``per_second``, whoever asks; thread-safe.

    Args:
        per_second: turns in a second.
        clock: seconds that only grow.
        sleep: waits some seconds.
    """

    def __init__(
        self,
        per_second: float = PER_SECOND,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._gap_s = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next_s = clock()
        self._holds = 0

    def wait(self, most_s: float = math.inf) -> None:
        """Wait for this request's turn, some seconds at most.

        Raises:
            GeocoderBusy: its turn is later.
        """
        latest_s = self._clock() + most_s
        while True:
            with self._lock:
                turn_s = max(self._next_s, self._clock())
                if turn_s > latest_s:
                    raise GeocoderBusy("Le géocodeur est très demandé\u00a0: réessayez bientôt.")
                self._next_s = turn_s + self._gap_s
                holds = self._holds
            if (ahead_s := turn_s - self._clock()) > 0:
                self._sleep(ahead_s)
            if holds == self._holds:
                return
            # The server asked for silence meanwhile: those who waited take new turns, one by one.

    def hold(self, seconds: float) -> None:
        """Give no turn for some seconds: the server asked for it."""
        with self._lock:
            self._holds += 1
            self._next_s = max(self._next_s, self._clock() + seconds)


_paces: dict[tuple[str, float], Pace] = {}
_paces_lock = threading.Lock()


def pace_of(address: str, per_second: float = PER_SECOND) -> Pace:
    """The one pace of a server in this process: two geocoders on it share their turns."""
    with _paces_lock:
        return _paces.setdefault((address, per_second), Pace(per_second))


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
