"""People at a browser: real Chromium on a real server, every page watched."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Request, expect
from werkzeug.serving import make_server

#: The browser works as root in a container and asks nothing of the outside.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

#: What axe-core looks for: WCAG 2.2 A and AA, and good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

#: Those of its rules that colours decide, for a page already looked at in other colours.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

#: A machine whose every core runs tests may take its time; what works does not wait.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

#: Told by the browser itself when a page breaks its policy.
WATCH_POLICY = """
window.__broken = [];
addEventListener("securitypolicyviolation", (e) => window.__broken.push(
  `${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));
window.__ran = [];
window.alert = (text) => window.__ran.push(String(text));
"""


@dataclass
class Watch:
    """What a page did that it must not: requests elsewhere, errors, broken policy, alerts."""

    base: str
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Watch a page from before its first request."""
        page.add_init_script(WATCH_POLICY)
        page.on("request", self._request)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.base, "data:", "about:")):
            self.foreign.append(request.url)

    def check(self, page: Page) -> None:
        """Raise an AssertionError that tells what happened."""
        assert not self.foreign, f"another host was asked: {self.foreign}"
        assert not self.errors, self.errors
        assert page.evaluate("window.__broken") == [], "the page broke its policy"
        assert page.evaluate("window.__ran") == [], "a text of the data was run"


@dataclass(frozen=True)
class Visitor:
    """A browser page on our server, and what is watched of it."""

    page: Page
    base: str
    watch: Watch

    def goto(self, path: str) -> None:
        """Open a page of ours and wait until it is at rest."""
        self.page.goto(self.base + path, wait_until="networkidle")

    def open_map(self, path: str = "/") -> None:
        """Open the map and wait for its first markers."""
        self.goto(path)
        self.page.locator(".leaflet-marker-icon").first.wait_for()

    def check(self) -> None:
        """Nothing that must not happen happened."""
        self.watch.check(self.page)


def chromium_program() -> str | None:
    """Where Debian's Chromium is: the one without windows, a third of the cost, or the whole."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def serve(app: Flask) -> Iterator[str]:
    """The application on a free loopback port, until the generator is closed."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def visit(browser: Browser, base: str, **options: object) -> Iterator[Visitor]:
    """A visitor with an empty profile; the context's options are Playwright's."""
    context = browser.new_context(locale="fr-FR", reduced_motion="reduce", **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    watch = Watch(base)
    watch.on(page)
    yield Visitor(page, base, watch)
    context.close()


def path_of(url: str) -> str:
    """The path and query of an address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def faults(page: Page, rules: dict[str, list[str]] = RULES) -> list[str]:
    """What axe-core holds against the page as it stands."""
    report = Axe().run(page, options=rules).response
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in report["violations"]
        for node in violation["nodes"]
    ]
