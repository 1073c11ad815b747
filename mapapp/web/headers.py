"""Headers of every answer: what a page may do, how long it keeps, who may read it."""

from __future__ import annotations

import re

from flask import Flask, Response, request

#: No inline script or style, nothing from another host. ``data:`` images are Leaflet's empty tile.
_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**changes: str) -> str:
    """The Content-Security-Policy of an answer, ``frame_src="'self'"`` being one directive more."""
    changed = {name.replace("_", "-"): sources for name, sources in changes.items()}
    return "; ".join(f"{name} {sources}" for name, sources in (_DIRECTIVES | changed).items())


CONTENT_SECURITY_POLICY = policy()

#: What is worth compressing: everything here that is text.
COMPRESSED = [
    "text/html",
    "text/css",
    "text/javascript",
    "application/json",
    "application/geo+json",
    "image/svg+xml",
    "text/csv",
    "application/xml",
    "application/ld+json",
    "application/atom+xml",
]

#: Data that programs of other sites read, and that engines need not show (docs/decisions/0016).
_OPEN = re.compile(
    r"/api/v1/|/schemas/|/initiatives\.atom$|/donnees/(?:[^/]+/[^/]+|[^/]+\.[a-z]+)$"
)

#: What every answer carries, also those that are made before Flask is asked.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    """Set the headers on every answer."""
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]:
        response.headers["X-Frame-Options"] = "DENY"  # the same, for browsers that know no better
    if _OPEN.match(request.path):
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response.headers.setdefault("X-Robots-Tag", "noindex")
    return response
