"""Where a server is going to listen: on what systemd hands over, else where it is told to."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from mapapp.config import LISTEN_FDS, LISTEN_PID

#: The first socket that systemd hands over (sd_listen_fds(3)).
_FIRST_HANDED_OVER = 3


def listening_on(host: str) -> list[str]:
    """The addresses that will be listened on; the path of each Unix socket.

    Args:
        host: what the command line or the settings say, which handed-over sockets replace.
    """
    return list(_handed_over()) or [host]


def _handed_over() -> Iterator[str]:
    if LISTEN_PID.read() != str(os.getpid()):
        return
    count = int(LISTEN_FDS.read())
    for number in range(_FIRST_HANDED_OVER, _FIRST_HANDED_OVER + count):
        with socket.socket(fileno=os.dup(number)) as handed_over:
            address = handed_over.getsockname()
        yield str(address[0]) if isinstance(address, tuple) else f"unix:{os.fsdecode(address)}"
