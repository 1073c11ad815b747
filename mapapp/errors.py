"""What can go wrong, said in French to the person who can act.

One exception is one kind of fact; the web turns it into a page or the API's error body with its
``status``, the command line into one sentence and its ``exit_code``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

#: As much of a faulty value as a sentence can bear.
_LONGEST_CITED = 60


def cited(value: str) -> str:
    """The beginning of a faulty value, for a sentence: on one line, without control characters."""
    return _CONTROL.sub("\ufffd", value[:_LONGEST_CITED])


@dataclass(frozen=True, slots=True)
class FieldError:
    """One faulty field of a request: its name, and what to write instead."""

    field: str
    message: str


class AppError(Exception):
    """A fault with a French sentence; ``status`` is for the web, ``exit_code`` for the shell.

    ``ways``: label and path of what the asker may have looked for, the likeliest first.
    """

    status = 500
    exit_code = 2

    def __init__(
        self,
        message: str,
        errors: Sequence[FieldError] = (),
        ways: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)
        self.ways = tuple(ways)


class BadInput(AppError):
    """The asker wrote something that has no meaning here."""

    status = 400

    @classmethod
    def of(cls, field: str, message: str) -> BadInput:
        """One faulty field."""
        return cls(message, [FieldError(field, message)])


class UnknownRecord(AppError):
    """No such initiative, resource, theme or QPV."""

    status = 404


class Withdrawn(AppError):
    """There was such a record at this address, and nothing replaces it."""

    status = 410


class Moved(Withdrawn):
    """The record at this address is another one's now: ``successor``, its slug."""

    def __init__(self, message: str, successor: str) -> None:
        super().__init__(message)
        self.successor = successor


class TooLarge(AppError):
    """What was sent is more than what is promised; the message tells the limit and the way out."""

    status = 413


class NotOffered(AppError):
    """A form of answer that nobody gives here."""

    status = 501


class Busy(AppError):
    """Others are being served what is shared: later."""

    status = 429


class Overloaded(Busy):
    """This machine has its hands full: in an instant."""

    status = 503


class Occupied(AppError):
    """The machine is at work for others: later, in ``retry_after_s`` seconds."""

    status = 503

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @classmethod
    def of_files(cls, retry_after_s: float) -> Occupied:
        """A heavy file is asked for while others are made."""
        return cls(
            "D’autres fichiers sont en préparation : redemandez celui-ci dans quelques secondes.",
            retry_after_s,
        )


class NotReady(AppError):
    """The store is not there yet, or not usable: the operator must act."""

    status = 503

    @classmethod
    def empty(cls) -> NotReady:
        """The tables are there, the data are not."""
        return cls("Base vide\u00a0: lancez «\u00a0mapapp init\u00a0».")


class UnusableStore(NotReady):
    """The database is damaged, another program's, or of a newer version of mapapp."""


class DataFault(AppError):
    """Shipped or imported data break a rule; the message says which file, line and value."""
