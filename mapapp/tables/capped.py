"""A module run in a process of its own, which caps itself: its input, its output, its end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from mapapp.errors import Overloaded

#: As many such processes at once as a server of two cores can feed; each has its memory capped.
_MOST_AT_ONCE = 2
#: A workbook is read in about a second: a few of them may be waited for.
_PATIENCE_S = 5

#: No setting of ours goes there: what is read there comes from anybody.
_ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2])}
_READ_AT_ONCE = 1 << 20

_places = threading.BoundedSemaphore(_MOST_AT_ONCE)


class Stopped(Exception):
    """The process did not come to its end: killed by a cap, by itself, or for being too long."""


def output_of(
    module: str, arguments: Sequence[int], given: bytes, most: int, deadline_s: float
) -> bytes:
    """What ``python -m module arguments`` writes when it is given these bytes.

    It is started by exec, never by a bare fork: this process has threads.

    Raises:
        Overloaded: others are being read, and have been for some seconds.
        Stopped: it failed, wrote more than ``most`` bytes, or was killed at the deadline.
    """
    command = (sys.executable, "-P", "-m", module, *map(str, arguments))
    with (
        _place(),
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
        ) as process,
        _killed_at_the_end(process, deadline_s),
    ):
        return _output(process, given, most)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=_PATIENCE_S):
        raise Overloaded(
            "D’autres classeurs sont en cours de lecture : réessayez dans un instant. "
            "Un fichier .csv n’attend pas."
        )
    try:
        yield
    finally:
        _places.release()


@contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes], deadline_s: float) -> Iterator[None]:
    timer = threading.Timer(deadline_s, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        process.kill()  # it has ended, or nobody wants its answer


def _output(process: subprocess.Popen[bytes], given: bytes, most: int) -> bytes:
    """The process reads all that it is given before it writes: neither waits for the other."""
    stdin, stdout = cast("IO[bytes]", process.stdin), cast(BufferedReader, process.stdout)
    with suppress(BrokenPipeError):
        stdin.write(given)
        stdin.close()
    output = bytearray()
    while piece := stdout.read1(_READ_AT_ONCE):
        output += piece
        if len(output) > most:
            raise Stopped
    if process.wait():
        raise Stopped
    return bytes(output)
