"""Whether the visitor who asked is still there."""

from __future__ import annotations

from flask import request


def visitor_has_gone() -> bool:
    """Whether the visitor has hung up; never, where the server cannot tell."""
    has_gone = request.environ.get("waitress.client_disconnected")
    return bool(has_gone and has_gone())
