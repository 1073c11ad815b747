"""The pace of requests to a server, one for all processes of the machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geo.pacing import Agenda, Pace, Turns, pace_of
from mapapp.machine.folder import subfolder

_WRITTEN = struct.Struct("dq")


class SharedAgenda(Agenda):
    """Turns written in a small file that is locked while they change.

    Seconds are those of ``time.monotonic``, which all processes of a machine share. Without the
    file (a full disk), the process keeps its own turns.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @contextmanager
    def opened(self) -> Iterator[Turns]:
        """The turns, for this thread alone until the end of the block."""
        with super().opened() as turns:
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                yield turns
                return
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                with suppress(struct.error):  # nothing is written yet
                    turns.next_s, turns.holds = _WRITTEN.unpack(os.pread(handle, _WRITTEN.size, 0))
                yield turns
                with suppress(OSError):
                    os.pwrite(handle, _WRITTEN.pack(turns.next_s, turns.holds), 0)
            finally:
                os.close(handle)


def shared_pace(address: str) -> Pace:
    """The pace at which the processes of this machine together ask the server of an address."""
    name = hashlib.sha256(address.encode()).hexdigest()[:12]
    return pace_of(address, agenda=SharedAgenda(subfolder("tours") / f"geocodeur-{name}"))
