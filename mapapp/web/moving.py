"""The way from an address that was to the one that is: addresses are promises."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response


def moved_to(url: str) -> Response:
    """301 to a path of ours, the question asked of the former address kept."""
    asked = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    answer = redirect(f"{url}{asked}", 301)
    # A browser keeps a 301 for ever unless told otherwise, and what moved can be taken back.
    answer.headers["Cache-Control"] = "no-cache"
    return answer
