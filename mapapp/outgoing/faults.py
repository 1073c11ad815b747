"""How another server can fail to answer: each fault a French sentence that names its host alone.

The rest of an address may hold what a visitor typed. Each fault is a builtin one as well, so that
code which does not know this package (``geo``) can tell them apart.
"""

from __future__ import annotations

from mapapp.errors import AppError


class OutgoingFault(AppError):
    """Another server gave no answer that can be used."""

    status = 502


class Forbidden(OutgoingFault, PermissionError):
    """An address that may not be asked: of another kind, or of a private network."""


class Unreachable(OutgoingFault, ConnectionError):
    """No such name, refused, cut, or not the server that its certificate should prove."""


class TooSlow(OutgoingFault, TimeoutError):
    """The deadline passed before the last byte."""


class TooMuch(OutgoingFault, ValueError):
    """A body longer than what was allowed, as sent or once unpacked."""


class Garbled(OutgoingFault, ValueError):
    """Not the HTTP that was expected: cut short, packed another way, redirected without end."""
