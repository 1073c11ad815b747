"""The data and a snapshot with hostile texts, for everyone: axe, narrow screens, nothing run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from published import Published
from visitors import Visitor, faults, serve, visit

from mapapp import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def address(published: Published, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An instance with two snapshots."""
    monkeypatch.setenv("MAPAPP_INSTANCE", str(published.instance))
    yield from serve(create_app(published.engine))


@pytest.fixture(params=["light", "dark"])
def reader(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Visitor]:
    """Someone on a small phone, in each colour scheme."""
    size = {"width": 320, "height": 640}
    yield from visit(chromium, address, viewport=size, color_scheme=request.param)


def test_snapshots_are_for_everyone(reader: Visitor, published: Published) -> None:
    """No violation, no text run, and only tables scroll, in their own frame."""
    for path in ("/donnees", published.first.url, published.second.url):
        reader.goto(path)
        assert faults(reader.page) == []
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320
        reader.check()
