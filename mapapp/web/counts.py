"""Counts of the whole store, made once for a version of the data and then read from memory."""

from __future__ import annotations

from mapapp.queries import facts
from mapapp.web.context import memory, session


def holdings() -> facts.Holdings:
    """The counts of the store; NotReady when it is empty."""
    return memory().hold(session(), "holdings", lambda: facts.holdings(session()))


def theme_counts() -> dict[str, int]:
    """How many initiatives each theme slug has."""
    return memory().hold(session(), "theme counts", lambda: facts.theme_counts(session()))


def departement_counts() -> dict[str, int]:
    """How many located initiatives each département code has."""
    return memory().hold(session(), "places", lambda: facts.departement_counts(session()))
