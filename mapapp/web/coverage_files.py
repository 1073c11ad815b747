"""White spots as a file, the same under the address of the page and that of the API."""

from __future__ import annotations

from flask import Response

from mapapp.exporting.coverage import coverage
from mapapp.queries.listened import OF_COVERAGE
from mapapp.web.context import catalogue, filters, session
from mapapp.web.files import send_extract


def send_coverage(form: str) -> Response:
    """The white spots of the filters of this request, whatever the page."""
    asked = filters().only(OF_COVERAGE)
    # A territory below a région has some hundred QPVs at most.
    light = bool(asked.qpv or asked.commune or asked.epci)
    subject = f"qpv-{asked.generation}-sans-exemple"
    return send_extract(
        form, subject, asked, lambda: coverage(session(), catalogue(), [asked], f".{form}"), light
    )
