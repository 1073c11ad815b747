"""What a test does when a part that users have is not on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

STRICT = os.environ.get("STRICT") == "1"


def absent(reason: str, *, can_be_installed: bool = True) -> NoReturn:
    """Skip for a said reason; under STRICT=1, as in CI, fail instead if it can be mended."""
    if STRICT and can_be_installed:
        pytest.fail(f"STRICT=1: {reason}")
    pytest.skip(reason)
