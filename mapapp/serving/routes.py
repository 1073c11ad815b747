"""The route of a request before the application has it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

#: What leads nowhere costs little: it is one route.
NOWHERE = "(no route)"


class Routes:
    """The rules of an application, asked without a request."""

    def __init__(self, app: Flask) -> None:
        self._map = app.url_map.bind("localhost")

    def of(self, request: Any) -> str:
        """The rule that a request fits, with its method: never what was typed."""
        try:
            rule, _ = self._map.match(request.path, request.command, return_rule=True)
        except (HTTPException, RequestRedirect, ValueError):
            return NOWHERE
        return f"{request.command} {rule.rule}"
