"""What the log says of a request: its route, status and time; never an address or a typed text."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator

from flask import current_app, has_request_context, request

#: The places of a failure nearest to it: enough to find it, in one line of the log by failure.
_PLACES = 12


def log_failure(status: int, what: str) -> None:
    """Log that this request was answered with a status of 500 or more, and what is known of why."""
    current_app.logger.error("%d %s %s: %s", status, _method(), _route(), what)


def places(error: BaseException) -> str:
    """The classes of a failure and of its causes, and where in the code: no message, no value.

    A message may hold what a visitor typed: « could not convert string to float: '…' ».
    """
    return " << ".join(map(_places, _causes(error)))


def code(error: BaseException) -> str:
    """The class of a failure, with the name that the system or the database has for it."""
    known = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    if not known and isinstance(error, OSError) and error.errno is not None:
        known = errno.errorcode.get(error.errno)
    return f"{type(error).__qualname__}({known or ''})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    where = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{code(error)} at {where or 'an unknown place'}"


def _method() -> str:
    """The method when it is one that we know: anything may be written there."""
    known = has_request_context() and request.method in {"GET", "HEAD", "POST", "OPTIONS"}
    return request.method if known else "?"


def _route() -> str:
    rule = request.url_rule if has_request_context() else None
    return rule.rule if rule else "(no route)"
