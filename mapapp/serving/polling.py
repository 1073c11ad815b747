"""The loop of one process: which sockets are ready, and what to do then.

Waitress asks every connection at every turn what it waits for: dear with a thousand slow ones. Here
a connection is asked again only after something happened to it.
"""

from __future__ import annotations

import logging
import os
import selectors
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mapapp.web.logs import places

logger = logging.getLogger(__name__)


class Poller(dict[int, Any]):
    """The dispatchers by file descriptor: the map in which those of waitress enter and leave.

    All methods but :meth:`call_soon` are for the thread of the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = selectors.DefaultSelector()
        self._awaited: dict[int, int] = {}
        self._is_woken = False
        self._soon: deque[Callable[[], object]] = deque()
        self._wakes, self.waker = os.pipe()
        for end in (self._wakes, self.waker):
            os.set_blocking(end, False)
        self._selector.register(self._wakes, selectors.EVENT_READ)

    def __delitem__(self, fd: int) -> None:
        super().__delitem__(fd)
        if self._awaited.pop(fd, 0):
            with suppress(KeyError, OSError):
                self._selector.unregister(fd)

    def call_soon(self, call: Callable[[], object]) -> None:
        """Have the loop call this, from any thread."""
        self._soon.append(call)
        if not self._is_woken:  # a write gives the interpreter to another thread: once is enough
            self._is_woken = True
            with suppress(BlockingIOError):  # full: it wakes anyhow
                os.write(self.waker, b"\0")

    def refresh(self, dispatcher: Any) -> None:
        """Wait for what a dispatcher now waits for."""
        fd = dispatcher._fileno
        if fd not in self:
            return
        awaited = selectors.EVENT_READ if dispatcher.readable() else 0
        awaited |= selectors.EVENT_WRITE if dispatcher.writable() else 0
        before = self._awaited.get(fd, 0)
        if awaited == before:
            return
        if not before:
            self._selector.register(fd, awaited)
        elif not awaited:
            self._selector.unregister(fd)
        else:
            self._selector.modify(fd, awaited)
        self._awaited[fd] = awaited

    def turn(self, timeout_s: float) -> None:
        """Wait for events at most so long, and handle them."""
        ready = self._selector.select(0 if self._soon else timeout_s)
        # Newcomers last: a descriptor that an event above closed may be theirs.
        ready.sort(key=lambda event: self._accepts(event[0].fd))
        for key, events in ready:
            if key.fd == self._wakes:
                self._is_woken = False
                with suppress(BlockingIOError):
                    os.read(self._wakes, 65_536)
            else:
                self._handle(key.fd, events)
            self._call_those_asked()
        self._call_those_asked()

    def _call_those_asked(self) -> None:
        """Call what threads asked for: an answer that is ready goes before what comes."""
        for _ in range(len(self._soon)):
            call = self._soon.popleft()
            try:
                call()
            except Exception as error:  # of one connection: the others are served
                logger.error("The loop failed: %s", places(error))

    def _accepts(self, fd: int) -> bool:
        return fd in self and self[fd].accepting

    def _handle(self, fd: int, events: int) -> None:
        dispatcher: Any = self.get(fd)
        if dispatcher is None:
            return
        try:
            if events & selectors.EVENT_READ:
                dispatcher.handle_read_event()
            if events & selectors.EVENT_WRITE and fd in self:  # not closed by what came
                dispatcher.handle_write_event()
        except Exception:
            dispatcher.handle_error()
        self.refresh(dispatcher)

    def close(self) -> None:
        """Close every dispatcher and the loop's own descriptors."""
        for dispatcher in list(self.values()):
            dispatcher.close()
        self._selector.close()
        for end in (self._wakes, self.waker):
            os.close(end)
