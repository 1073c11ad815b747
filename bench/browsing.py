"""One visit in real Chromium by someone who has never come: when the map is ready, its weight."""

from __future__ import annotations

import re
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

#: No marker for so long: the view is complete.
STILL_S = 1.0
PATIENCE_S = 120

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync")  # fmt: skip
#: What no bench asks for: tiles, of which there are none here.
ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1)")

#: What Chromium's own tools call a fast 4G: 9 Mbit/s down, 1.5 up, answers 165 ms later.
PHONE: dict[str, Any] = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 9e6 / 8,
    "uploadThroughput": 1.5e6 / 8,
}

#: Notes when markers come, and when what came is painted: a frame has passed.
WATCH = """
window.seen = { changes: 0, painted: 0 };
new MutationObserver((records) => {
  const mark = (node) => node.nodeType === 1 && node.closest(".leaflet-marker-pane");
  if (!records.some((record) => mark(record.target) && record.addedNodes.length)) return;
  const change = ++window.seen.changes;
  requestAnimationFrame(() => setTimeout(() => {
    if (change === window.seen.changes) window.seen.painted = performance.now();
  }));
}).observe(document, { childList: true, subtree: true });
"""
SEEN = """
() => ({ ...seen, markers: document.querySelectorAll(".leaflet-marker-icon").length })
"""


@dataclass(frozen=True, slots=True)
class View:
    """A first view: when it was ready, how many markers it shows, what it weighs as it travels."""

    ready_s: float
    markers: int
    html_kb: float
    total_kb: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("Chromium is not installed (Debian package « chromium »)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def visits(browser: Browser, address: str, turns: int, phone: bool = False) -> View:
    """The last of some visits, with the median of their times; one before warms the server."""
    views = [visit(browser, address, phone) for _ in range(turns + 1)][1:]
    ready_s = statistics.median(view.ready_s for view in views)
    return replace(views[-1], ready_s=ready_s)


def visit(browser: Browser, address: str, phone: bool = False) -> View:
    """One visit with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    page, finished = _opened(context, phone)
    page.goto(address, wait_until="load")
    seen = _still(page)
    weights_kb = {one: one.sizes()["responseBodySize"] / 1_000 for one in finished}
    html_kb = sum(kb for one, kb in weights_kb.items() if one.is_navigation_request())
    context.close()
    return View(seen["painted"] / 1_000, int(seen["markers"]), html_kb, sum(weights_kb.values()))


def _opened(context: BrowserContext, phone: bool) -> tuple[Page, list[Request]]:
    finished: list[Request] = []
    context.route(ELSEWHERE, lambda route: route.abort())
    context.set_default_timeout(PATIENCE_S * 1_000)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.on("requestfinished", lambda request: finished.append(request))
    if phone:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", PHONE)
    return page, finished


def _still(page: Page) -> dict[str, float]:
    deadline, seen = time.monotonic() + PATIENCE_S, {"painted": 0.0}
    while time.monotonic() < deadline:
        before, seen = seen, page.evaluate(SEEN)
        if seen["painted"] and seen == before:
            return seen
        page.wait_for_timeout(STILL_S * 1_000)
    raise TimeoutError(f"{page.url} is not ready after {PATIENCE_S} s")
