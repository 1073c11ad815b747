"""A worker of gunicorn whose connections are read and written by one loop."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from time import monotonic

from gunicorn.workers.base import Worker

from mapapp.config import PROXIES
from mapapp.serving.limits import Limits
from mapapp.serving.server import HttpServer
from mapapp.web.proxies import read_proxies

#: Descriptors that are no connections: the store, files being sent, the loop's own.
_OTHER_FILES = 256

#: A thread that reckons gives way to the loop after so long. The default of 5 ms makes an answer
#: wait five times as long behind eight of them; shorter costs more than it gives.
_SWITCH_S = 0.002

#: glibc gives each thread memory of its own and keeps it: with nine threads, dozens of megabytes.
_M_ARENA_MAX, _ARENAS = -8, 2

#: A worker that has answered its fill waits for an instant without work to end; not for ever.
_OVERFILL = 1.5
#: Then others wait in the socket that listens until it has ended: not as long as at a stop.
_RECYCLING_S = 5.0


class LoopWorker(Worker):  # type: ignore[misc]
    """Serves by :class:`HttpServer` until gunicorn says otherwise, or enough has been answered."""

    def run(self) -> None:
        """Serve; then finish what has begun."""
        limits = Limits(per_address=None) if read_proxies(PROXIES.read()) else Limits()
        _allow_files(limits.connections + _OTHER_FILES)
        _share_arenas()
        sys.setswitchinterval(_SWITCH_S)
        server = HttpServer(self.wsgi, self.sockets, limits, self._count)
        signal.set_wakeup_fd(server.poller.waker, warn_on_full_buffer=False)
        while self.alive and os.getppid() == self.ppid and not self._has_its_fill(server):
            self.notify()
            server.turn()
        patience_s = _RECYCLING_S if self.alive else self.cfg.graceful_timeout
        server.stop_accepting()
        end = monotonic() + patience_s
        while server.is_unfinished and monotonic() < end:
            self.notify()
            server.turn(0.1)
        server.close()

    def _count(self) -> None:
        self.nr += 1  # by several threads: one lost now and then is none the worse

    def _has_its_fill(self, server: HttpServer) -> bool:
        if self.nr < self.max_requests:
            return False
        return not server.is_unfinished or self.nr > _OVERFILL * self.max_requests


def _allow_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _share_arenas() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has no such thing
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
