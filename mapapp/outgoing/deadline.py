"""One deadline for all of a request, from the name to the last byte."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


class Deadline:
    """The moment after which nothing is waited for.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._at_s = time.monotonic() + seconds

    @property
    def passed(self) -> bool:
        """Whether nothing is waited for any more."""
        return time.monotonic() >= self._at_s

    def left(self, late: Exception) -> float:
        """Seconds left, more than 0; else raises what is given."""
        left_s = self._at_s - time.monotonic()
        if left_s <= 0:
            raise late
        return left_s

    @contextlib.contextmanager
    def cutting(self, connection: socket.socket) -> Iterator[None]:
        """Cut the connection if the deadline comes within the block, whatever is waited for.

        A time-out of a socket begins again at each byte, so one byte a second never ends it; and
        TLS, headers and bodies each read in their own way. To shut the connection down wakes them
        all. The twin lasts until the end, when the descriptor of the first may be another's.
        """
        with connection.dup() as twin:
            timer = threading.Timer(max(0.0, self._at_s - time.monotonic()), _shut, (twin,))
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
                timer.join()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other end was first
        connection.shutdown(socket.SHUT_RDWR)
