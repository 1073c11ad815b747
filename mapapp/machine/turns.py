"""Turns: what one thread of one process of the machine does at a time.

A turn is an exclusive lock on a file of the shared folder (flock), so the system frees it when the
process that holds it ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mapapp.machine.folder import subfolder

#: How often somebody who waits looks again.
_LOOKS_EVERY_S = 0.05


@contextmanager
def turn(
    name: str, patience_s: float = 0.0, needed: Callable[[], bool] | None = None
) -> Iterator[bool]:
    """Whether the turn of that name was had, within so many seconds; it lasts as long as the block.

    Args:
        name: of what is done by one at a time; a word of ours, it names a file.
        patience_s: how long to wait for it; 0: it is free now, or it is not had.
        needed: asked again and again while waiting; the wait ends when it says no.
    """
    handle = os.open(subfolder("tours") / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(handle, time.monotonic() + patience_s, needed)
    finally:
        os.close(handle)  # which gives the turn back


def _taken(handle: int, deadline: float, needed: Callable[[], bool] | None) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline or (needed and not needed()):
                return False
            time.sleep(_LOOKS_EVERY_S)
