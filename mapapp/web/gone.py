"""Work that nobody waits for any more is stopped."""

from __future__ import annotations

from flask import has_request_context, request


class VisitorGone(Exception):
    """Whoever asked has closed the connection."""


def visitor_has_gone() -> bool:
    """Whether whoever asked has closed the connection.

    A visitor who will send nothing more but still listens looks the same. False where that cannot
    be known: outside of a request, or with another server than ``mapapp serve``.
    """
    has_gone = (
        request.environ.get("waitress.client_disconnected") if has_request_context() else None
    )
    return bool(has_gone and has_gone())


def stop_if_gone() -> None:
    """To be called between two parts of a work that lasts.

    Raises:
        VisitorGone: nobody waits for it.
    """
    if visitor_has_gone():
        raise VisitorGone
