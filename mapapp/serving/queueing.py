"""The threads that work, and the bounded queue before them.

What a request will cost is not known: it is what its route cost lately. Requests of dear routes are
worked on a few at a time, and the others pass them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Asked by machines that watch; answered by a thread of its own, whatever the others do.
WATCHED = "/healthz"

#: Seconds of processor from which a route is dear: ten ordinary pages.
_DEAR_S = 0.2
#: A request that has been worked on for so long makes its route dear before its cost is known.
_LASTING_S = 0.5
#: How much the last answer weighs in what its route costs: a route is cheap again after some ten.
_WEIGHT = 0.25


@dataclass
class _Queue:
    """Connections whose first request waits, and how many threads have one of this kind."""

    waiting: list[tuple[Any, str]] = field(default_factory=list)
    worked_on: int = 0


class Lanes:
    """Threads by kind of work: one for who watches, a few for dear routes, all for the rest.

    ``route_of`` gives the route of a request, in few words that are always the same ones.
    """

    def __init__(self, threads: int, waiting: int, route_of: Callable[[Any], str]) -> None:
        self._most_waiting = waiting
        self._most_dear = max(1, threads // 2)
        self._route_of = route_of
        self._cost_s: dict[str, float] = {}
        self._begun: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._wakes_work = threading.Condition(self._lock)
        self._wakes_watched = threading.Condition(self._lock)
        self._watched, self._cheap, self._dear = _Queue(), _Queue(), _Queue()
        self._is_over = False
        for rank in range(threads):
            self._start(f"work-{rank}", self._wakes_work, self._cheap, self._dear)
        self._start("watched", self._wakes_watched, self._watched)

    def _start(self, name: str, wakes: threading.Condition, *queues: _Queue) -> None:
        arguments = (wakes, queues)
        threading.Thread(target=self._work, args=arguments, name=name, daemon=True).start()

    def offer(self, connection: Any) -> bool:
        """Queue the first request of a connection; False when too many of its kind wait already."""
        request = connection.requests[0]
        route = self._route_of(request)
        is_watch = request.path == WATCHED
        with self._lock:
            queue = self._watched if is_watch else self._kind(route)
            if len(queue.waiting) >= self._most_waiting:
                return False
            queue.waiting.append((connection, route))
            (self._wakes_watched if is_watch else self._wakes_work).notify()
            return True

    def shutdown(self) -> None:
        """Begin no other request; threads that still work end with the process."""
        with self._lock:
            self._is_over = True
            self._wakes_work.notify_all()
            self._wakes_watched.notify_all()

    def _kind(self, route: str) -> _Queue:
        lasting = time.monotonic() - _LASTING_S
        is_dear = self._cost_s.get(route, 0.0) > _DEAR_S or any(
            other == route and begun < lasting for other, begun in self._begun.values()
        )
        return self._dear if is_dear else self._cheap

    def _work(self, wakes: threading.Condition, queues: tuple[_Queue, ...]) -> None:
        while True:
            with self._lock:
                while not self._is_over and (taken := self._next(queues)) is None:
                    wakes.wait()
                if self._is_over:
                    return
                assert taken is not None
                queue, connection, route = taken
                self._begun[threading.get_ident()] = route, time.monotonic()
            begun_s = time.thread_time()
            try:
                connection.service()
            except BaseException:
                connection.handle_error()
            self._note(queue, route, time.thread_time() - begun_s)

    def _next(self, queues: tuple[_Queue, ...]) -> tuple[_Queue, Any, str] | None:
        """What to do now: who came first, but for those whose route has become dear since."""
        for queue in queues:
            while queue.waiting and (queue is not self._dear or queue.worked_on < self._most_dear):
                connection, route = queue.waiting.pop(0)
                if queue is self._cheap and self._kind(route) is self._dear:
                    self._dear.waiting.append((connection, route))
                    continue
                queue.worked_on += 1
                return queue, connection, route
        return None

    def _note(self, queue: _Queue, route: str, cost_s: float) -> None:
        with self._lock:
            queue.worked_on -= 1
            del self._begun[threading.get_ident()]
            known = self._cost_s.get(route, cost_s)
            self._cost_s[route] = known + _WEIGHT * (cost_s - known)
            if queue is self._dear:  # its place is free; who has just ended takes what is next
                self._wakes_work.notify()
