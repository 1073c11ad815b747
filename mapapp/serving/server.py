"""The HTTP server of one process: connections taken within limits, requests given to threads."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.wasyncore import dispatcher

from mapapp.serving.connections import Connection
from mapapp.serving.limits import Limits
from mapapp.serving.parsing import Refusal
from mapapp.serving.polling import Poller
from mapapp.serving.queueing import Lanes
from mapapp.serving.refusals import Refusals
from mapapp.serving.routes import Routes

logger = logging.getLogger(__name__)

# It writes addresses and paths of requests. What matters of it is logged here, without them.
logging.getLogger("waitress").addHandler(logging.NullHandler())
logging.getLogger("waitress").propagate = False

#: How often deadlines are looked at.
_SWEEP_S = 0.5
#: How often refusals and closed connections are told to the log, all in one line.
_REPORT_S = 60.0
#: Newcomers taken in one turn of the loop: others are left to the processes that are less busy.
_WELCOMED_AT_ONCE = 4
#: A connection that has just been made has not had the time to ask.
_NEW_S = 1.0


class _Listener(dispatcher):  # type: ignore[misc]
    """A socket that listens, shared with the other processes."""

    def __init__(self, server: HttpServer, listening: socket.socket) -> None:
        self._server = server
        super().__init__(listening, map=server.poller)
        self.accepting = True
        server.poller.refresh(self)

    def writable(self) -> bool:
        return False

    def handle_accept(self) -> None:
        for _ in range(_WELCOMED_AT_ONCE):
            try:
                client, address = self.socket.accept()
            except BlockingIOError:  # another process was quicker
                return
            except OSError:  # gone already, or no descriptor left
                self._server.make_room()
                return
            self._server.welcome(client, address)

    def handle_error(self) -> None:
        logger.exception("A newcomer could not be taken")


class HttpServer:
    """Serve an application on sockets that listen, one :meth:`turn` of the loop after another.

    ``answered`` is called after each answer, by the thread that made it.
    """

    def __init__(
        self,
        app: Flask,
        sockets: Sequence[socket.socket],
        limits: Limits,
        answered: Callable[[], object] = lambda: None,
    ) -> None:
        self.application = app
        self.limits = limits
        self.adj = Adjustments(
            ident="",
            recv_bytes=16_384,
            inbuf_overflow=2 * limits.body_bytes,  # never: files of visitors touch no disk
            outbuf_overflow=limits.answer_in_memory_bytes,
            outbuf_high_watermark=limits.unread_bytes,
            max_request_header_size=limits.header_bytes,
            max_request_body_size=limits.body_bytes + 1,
            channel_request_lookahead=1,  # so that leaving is seen while the work lasts
        )
        self.refusals = Refusals(app)
        self.poller = Poller()
        self.active_channels: dict[int, Connection] = {}
        self.server_name: str
        self.effective_port: int
        self.thread = threading.get_ident()
        self.stopping = False
        self._answered = answered
        self._lanes = Lanes(limits.threads, limits.waiting, Routes(app).of)
        self._by_address: dict[str, OrderedDict[Connection, None]] = {}
        self._counts: Counter[str] = Counter()
        self._next_sweep = self._next_report = 0.0
        self._listeners = [_Listener(self, one) for one in sockets]
        name: Any = sockets[0].getsockname()  # a path when it is no port
        self.server_name, self.effective_port = name[:2] if isinstance(name, tuple) else ("", 0)

    # The loop.

    def turn(self, timeout_s: float = _SWEEP_S) -> None:
        """Wait for events at most so long, and handle them; look at the deadlines."""
        self.poller.turn(timeout_s)
        now = monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_S
            self._sweep(now)

    def stop_accepting(self) -> None:
        """Take no newcomer; answers from now on end their connections."""
        self.stopping = True
        for listener in self._listeners:
            listener.close()

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody is being answered, still asks, or has just come."""
        now = monotonic()
        return any(
            not one.is_idle or (not one.asked and now < one.since + _NEW_S)
            for one in self.active_channels.values()
        )

    def close(self) -> None:
        """End all connections, whatever they do."""
        self._lanes.shutdown()
        self._report()
        self.poller.close()

    # What connections ask of it.

    def add_task(self, connection: Connection) -> None:
        """Have the first request of a connection answered, once the last answer has been read."""
        request = connection.requests[0]
        if connection.total_outbufs_len:
            connection.park()
        elif request.error is not None:  # answered by the loop: it costs no work
            self.poller.call_soon(connection.service)
        elif not self._lanes.offer(connection):
            request.error = Refusal(503)
            self.poller.call_soon(connection.service)

    def pull_trigger(self) -> None:
        """Nothing: connections wake the loop themselves (waitress calls it)."""

    def count(self, what: str) -> None:
        """Count something that the log will tell."""
        self._counts[what] += 1

    def count_answer(self) -> None:
        """Tell that an answer of the application was made."""
        self._answered()

    def renew(self, connection: Connection) -> None:
        """Put a connection that has just been answered last among those to close."""
        self._by_address[_group(connection.addr)].move_to_end(connection)

    def forget(self, connection: Connection) -> None:
        """Leave a connection out of the counts."""
        group = _group(connection.addr)
        if group in self._by_address:
            self._by_address[group].pop(connection, None)
            if not self._by_address[group]:
                del self._by_address[group]

    # Places.

    def welcome(self, client: socket.socket, address: Any) -> None:
        """Take a newcomer; if need be, in place of whoever was longest without an answer."""
        group = _group(address)
        mine = self._by_address.get(group, ())
        if self.limits.per_address is not None and len(mine) >= self.limits.per_address:
            self._close_oldest(group)
        if len(self.active_channels) >= self.limits.connections:
            self.make_room()
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self, client, address if isinstance(address, tuple) else ("", 0))
        self._by_address.setdefault(_group(connection.addr), OrderedDict())[connection] = None
        self.poller.refresh(connection)

    def make_room(self) -> None:
        """Close a connection of the address that has the most."""
        if self._by_address:
            self._close_oldest(max(self._by_address, key=lambda one: len(self._by_address[one])))

    def _close_oldest(self, group: str) -> None:
        for connection in self._by_address[group]:
            if not connection.is_working:
                self.count("closed for newcomers")
                connection.handle_close()
                return

    # Memory.

    def bound_bodies(self) -> None:
        """Refuse the body that has been coming for the longest while too much is held."""
        while sum(one.body_bytes for one in self._all()) > self.limits.bodies_bytes:
            coming = [one for one in self._all() if one.is_receiving and not one.requests]
            if not coming:
                return
            oldest = min(coming, key=lambda one: one.coming_since)
            self.count("bodies without room")
            oldest.end(503)

    def bound_unread(self) -> None:
        """Close who reads slowest while too much is unread."""
        now = monotonic()
        while self._holds_too_much_unread():
            unread = [one for one in self._all() if one.total_outbufs_len and not one.is_working]
            if len(unread) < 2:  # the largest answer has its place
                return
            self.count("slow readers without room")
            min(unread, key=lambda one: one.reading_rate(now)).handle_close()

    def _holds_too_much_unread(self) -> bool:
        unread = [one for one in self._all() if one.total_outbufs_len]
        return (
            sum(one.unread_in_memory_bytes for one in unread) > self.limits.unread_in_memory_bytes
            or sum(one.total_outbufs_len for one in unread) > self.limits.unread_bytes
        )

    def _all(self) -> list[Connection]:
        return list(self.active_channels.values())

    # Deadlines.

    def _sweep(self, now: float) -> None:
        for connection in self._all():
            if connection.is_overdue(now):
                self.count("too slow")
                connection.end(408)
            elif self.stopping and connection.is_idle and self._may_part(connection, now):
                connection.handle_close()
            self.poller.refresh(connection)
        self.bound_bodies()
        self.bound_unread()
        if now >= self._next_report:
            self._next_report = now + _REPORT_S
            self._report()

    @staticmethod
    def _may_part(connection: Connection, now: float) -> bool:
        return connection.asked or now >= connection.since + _NEW_S

    def _report(self) -> None:
        if self._counts:
            told = ", ".join(f"{what}: {count}" for what, count in sorted(self._counts.items()))
            logger.warning("Refused or closed within a minute: %s", told)
            self._counts.clear()


def _group(address: Any) -> str:
    """Those who count as one visitor: an address, a network of 64 bits in IPv6, this machine."""
    host = str(address[0]) if isinstance(address, tuple) else ""
    if ":" not in host:
        return host
    number = ipaddress.IPv6Address(host.partition("%")[0])
    if number.ipv4_mapped:
        return str(number.ipv4_mapped)
    return str(ipaddress.IPv6Network((number, 64), strict=False))
