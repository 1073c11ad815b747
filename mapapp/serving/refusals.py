"""What the server says of itself when no request reaches the application, made once by process."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask

from mapapp.web.faults import refused, shape_of

#: Half a queue is worked off by then.
RETRY_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Refusal:
    """A whole answer: status line without the version, headers, body."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Refusals:
    """The answers by status, in the two shapes that the application has for its faults."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: dict[tuple[int, str], Refusal] = {}

    def of(self, status: int, path: str) -> Refusal:
        """The answer with a status to whoever asked for a path, or for something unreadable."""
        key = status, shape_of(path)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, status: int, path: str) -> Refusal:
        response = refused(self._app, status, path)
        if status == 503:
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        headers = [pair for pair in response.headers if pair[0] != "Content-Length"]
        line = f"{status} {HTTPStatus(status).phrase}"
        return Refusal(line, tuple(headers), response.get_data())
