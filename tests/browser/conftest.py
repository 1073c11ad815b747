"""Real Chromium (Debian's) on a real server; every page opened is watched."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from absence import absent
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from regional_site import RegionalSite, open_site
from sqlalchemy import Engine
from visitors import FLAGS, Visitor, chromium_program, serve, visit

from mapapp import create_app


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    path = chromium_program()
    if path is None:
        absent("Chromium is not installed (Debian package « chromium-headless-shell »)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def base(app: Flask) -> Iterator[str]:
    """Address of the served application with the shipped data."""
    yield from serve(app)


@pytest.fixture
def visitor(chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone at a desk: 1440 × 900."""
    yield from visit(chromium, base, viewport={"width": 1440, "height": 900})


@pytest.fixture
def phone(chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone on a small phone: 320 px wide."""
    yield from visit(chromium, base, viewport={"width": 320, "height": 640}, has_touch=True)


@pytest.fixture
def scriptless(chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone whose browser runs no JavaScript."""
    yield from visit(
        chromium, base, viewport={"width": 1024, "height": 768}, java_script_enabled=False
    )


@pytest.fixture(scope="session")
def region() -> Iterator[RegionalSite]:
    """A regional site that the operator has listed."""
    yield from open_site()


@pytest.fixture(scope="session")
def explorer(engine: Engine, region: RegionalSite) -> Iterator[str]:
    """The explorer whose operator lists the regional site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAPAPP_EMBED_HOSTS", urlsplit(region.origin).netloc)
        app = create_app(engine)
    app.testing = True
    yield from serve(app)


@pytest.fixture
def reader(chromium: Browser, region: RegionalSite) -> Iterator[Visitor]:
    """Someone who reads the regional site."""
    yield from visit(chromium, region.origin, viewport={"width": 1280, "height": 900})
