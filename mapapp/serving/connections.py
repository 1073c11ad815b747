"""One connection: read and written by the loop alone, with a deadline for each of its states."""

from __future__ import annotations

import fcntl
import logging
import socket
import sys
import termios
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel

from mapapp.serving.answering import Answer, Refused
from mapapp.serving.pace import Pace
from mapapp.serving.parsing import Request
from mapapp.web.logs import places

if TYPE_CHECKING:
    from mapapp.serving.server import HttpServer

logger = logging.getLogger(__name__)

#: Where what is refused is read to.
_SINK = bytearray(65_536)
#: What is held for all is counted after each so many bytes of a body, and at each sweep.
_COUNTED_EVERY = 262_144


class Connection(HTTPChannel):  # type: ignore[misc]
    """A client's connection.

    ``since``: when it was opened, or its last answer made; ``asked``: whether it had an answer.
    Methods are called by the loop, but :meth:`service` and :meth:`write_soon` by the threads that
    work.
    """

    parser_class = Request
    task_class = Answer
    error_task_class = Refused
    server: HttpServer
    request: Request | None

    def __init__(self, server: HttpServer, client: socket.socket, address: Any) -> None:
        self.since = self._writing_since = monotonic()
        self.asked = False
        self.is_refused = False
        self._reading_pace = Pace(self.since)
        self._sent = self._received = self._drained = 0
        self._draining_since: float | None = None
        self._input_ended = False
        self._is_parked = False
        super().__init__(server, client, address, server.adj, map=server.poller)

    # What it does now.

    @property
    def is_working(self) -> bool:
        """Whether a thread has its request, or will have it: it is not to be closed."""
        return bool(self.requests) and not self._is_parked

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has come, and nothing is left to send or to throw away."""
        busy = self.requests or self.total_outbufs_len or self.close_when_flushed
        return not busy and self.request is None and self._draining_since is None

    @property
    def body_bytes(self) -> int:
        """Bytes held of the bodies of its requests."""
        held = [*self.requests, self.request]
        return sum(len(one.body_rcv) for one in held if one is not None and one.body_rcv)

    @property
    def is_receiving(self) -> bool:
        """Whether a body is coming."""
        return self.request is not None and self.request.body_rcv is not None

    @property
    def coming_since(self) -> float:
        """When what is coming began to."""
        return self.request.begun if self.request else monotonic()

    @property
    def unread_in_memory_bytes(self) -> int:
        """Bytes of its answers held in memory."""
        held = (one for one in list(self.outbufs) if isinstance(one, OverflowableBuffer))
        return sum(len(one) for one in held if not one.overflowed)

    def reading_rate(self, now: float) -> float:
        """Bytes per second that the client reads of its answer."""
        return self._taken() / max(now - self._writing_since, 1e-3)

    def _taken(self) -> int:
        """Bytes of its answer that the client has: those that the system still holds are not."""
        held = bytearray(4)
        with suppress(OSError):
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, held)
        return self._sent - int.from_bytes(held, sys.byteorder)

    def is_overdue(self, now: float) -> bool:
        """Whether it has taken longer than what it does may take."""
        limits = self.server.limits
        if self._draining_since is not None:
            return now > self._draining_since + limits.drained_s
        if self.total_outbufs_len:
            return self._reading_pace.is_due(now, limits.window_s) and not (
                self._reading_pace.is_kept(now, self._taken(), limits.sending_bytes_per_s)
            )
        if self.requests:
            return False
        if self.request is None:
            return now > self.since + (limits.idle_s if self.asked else limits.silent_s)
        if not self.request.headers_finished:
            return now > max(self.request.begun, self.since) + limits.header_s
        return self.request.pace.is_due(now, limits.window_s) and not self.request.pace.is_kept(
            now, self.request.body_bytes_received, limits.receiving_bytes_per_s
        )

    # What happens to it.

    def end(self, status: int) -> None:
        """Close it; a client in the middle of its request hears why."""
        if self.request is None or self.total_outbufs_len or self.requests:
            self.handle_close()
            return
        request, self.request = self.request, None
        request.refuse(status)
        with self.requests_lock:
            self.requests.append(request)
            self.server.add_task(self)

    def readable(self) -> bool:
        """Whether bytes are wanted; also during the work, which the client's leaving may stop."""
        if self._draining_since is not None:
            return True
        return not self._input_ended and super().readable()

    def handle_read(self) -> None:
        """Take what has come."""
        if self._draining_since is not None:
            self._drain()
            return
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()
            return
        if data:
            self._received += len(data)
            self.received(data)
            if self._received > _COUNTED_EVERY and self.is_receiving:
                self._received = 0
                self.server.bound_bodies()
        elif self.requests or self.total_outbufs_len or self.close_when_flushed:
            self._input_ended = True  # gone, or still listening: the answer will show which
        else:
            self.handle_close()

    def handle_write(self) -> None:
        """Send what the client takes; then the next request, or the end."""
        if self.is_refused and self.close_when_flushed:
            self._flush_exception(self._flush_some)
            if self.will_close:
                self.handle_close()
            elif self.connected and not self.total_outbufs_len:
                self._begin_draining()
            return
        super().handle_write()
        self._resume()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """The bytes of these that the system took; only the loop closes."""
        sent: int = super().send(data, do_close and threading.get_ident() == self.server.thread)
        self._sent += sent
        return sent

    def send_continue(self) -> None:
        """Ask for the body, unless it is refused already."""
        if self.request is None or self.request.error is None:
            super().send_continue()
        else:
            self.request.expect_continue = False

    def check_client_disconnected(self) -> bool:
        """Whether the visitor has gone, or will send nothing more, which looks the same."""
        return self._input_ended or not self.connected

    def handle_close(self) -> None:
        """Close it and leave the lists of the server."""
        self.server.forget(self)
        super().handle_close()

    def handle_error(self) -> None:
        """Log a failure of ours without anything of the request, and close."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            logger.error("A connection failed: %s", places(error))
        self.handle_close()

    # What the threads that work do with it.

    def write_soon(self, data: Any) -> int:
        """Add to the answer; what the system does not take at once is left to the loop."""
        if not self.total_outbufs_len:
            self._writing_since, self._sent = monotonic(), 0
            self._reading_pace = Pace(self._writing_since)
        written: int = super().write_soon(data)
        if self.total_outbufs_len:
            self.server.poller.call_soon(lambda: self.server.poller.refresh(self))
        return written

    def service(self) -> None:
        """Answer the first request."""
        super().service()
        self.server.poller.call_soon(self._answered)

    def park(self) -> None:
        """Begin no other request before this answer has been read."""
        self._is_parked = True

    # In the loop again.

    def _answered(self) -> None:
        if not self.connected:
            return
        self.since = monotonic()
        self.asked = True
        self.server.renew(self)
        self.server.bound_unread()
        if self._input_ended and not self.requests:
            self.close_when_flushed = True
        self._resume()
        self.server.poller.refresh(self)

    def _resume(self) -> None:
        if self._is_parked and self.connected and not self.total_outbufs_len:
            self._is_parked = False
            with self.requests_lock:
                if self.requests:
                    self.server.add_task(self)

    def _begin_draining(self) -> None:
        """Read and throw away what still comes: closed now, the answer would be lost on the way."""
        self.close_when_flushed = False
        self._draining_since = monotonic()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        if self._input_ended:
            self.handle_close()

    def _drain(self) -> None:
        try:
            count = self.socket.recv_into(_SINK)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        self._drained += count
        if not count or self._drained > self.server.limits.drained_bytes:
            self.handle_close()
