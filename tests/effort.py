"""How much is tried: a short form in ``make test``, a long campaign in ``make endure``.

What is drawn at random (examples of Hypothesis, requests, points, instants of a kill) is the same
in every short run, so that one that fails says something of the change; a long run draws anew.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: Whether this is the long campaign.
LONG = os.environ.get("ENDURE") == "1"

#: How many times as many examples of each property a long campaign tries.
_TIMES = 20


def tried(name: str, short: int, long: int) -> int:
    """How many times something is tried; the environment variable of that name decides, if set."""
    return int(os.environ.get(name, long if LONG else short))


def examples(short: int) -> settings:
    """The settings of a property whose examples cost more than most do, or less."""
    return settings(max_examples=short * (_TIMES if LONG else 1))


def load_profile() -> None:
    """Say to Hypothesis how much to try; properties that are read afterwards obey.

    An example has no time limit, which would blame the code for a busy machine.
    """
    settings.register_profile("short", deadline=None, max_examples=60, derandomize=True)
    settings.register_profile(
        "long",
        deadline=None,
        max_examples=60 * _TIMES,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("long" if LONG else "short")
