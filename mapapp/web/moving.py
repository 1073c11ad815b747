"""The way from an address that was to the one that is: addresses are promises."""

from __future__ import annotations

from flask import Flask, redirect, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response


def init_app(app: Flask) -> None:
    """Redirect by path alone, whoever decides it."""
    app.after_request(_by_path)


def _by_path(response: FlaskResponse) -> FlaskResponse:
    """The router writes scheme and host of the request before a path that it mends."""
    host = request.host_url.rstrip("/")
    if response.location and response.location.startswith(f"{host}/"):
        response.location = response.location.removeprefix(host)
        response.data = b""
        response.headers["Cache-Control"] = "no-cache"
    return response


def moved_to(url: str) -> Response:
    """301 to a path of ours, the question asked of the former address kept."""
    asked = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    answer = redirect(f"{url}{asked}", 301)
    # A browser keeps a 301 for ever unless told otherwise, and what moved can be taken back.
    answer.headers["Cache-Control"] = "no-cache"
    return answer
