"""What the first view of the map weighs: sizes are promises, timings are benchmarks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Request
from visitors import path_of

pytestmark = pytest.mark.browser

#: The page itself, and everything that its first view loads, in bytes as they travel.
HTML_LIMIT, TOTAL_LIMIT = 15_000, 200_000


def test_the_first_view_is_light(chromium: Browser, base: str) -> None:
    """HTML ≤ 15 kB and all of it ≤ 200 kB, with an empty cache."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(f"{base}/", wait_until="networkidle")
    weights = {path_of(r.url): r.sizes()["responseBodySize"] for r in finished}
    context.close()
    assert 0 < weights["/"] <= HTML_LIMIT, weights
    assert sum(weights.values()) <= TOTAL_LIMIT, weights
    assert len(weights) >= 10, "the map and its layers were loaded"
