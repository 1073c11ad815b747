"""How soon the map is ready and what it weighs, whatever it holds, beside Folium and Datasette.

    python bench/first_view.py [INITIATIVES]

Real Chromium with an empty cache on a real server. Ready: the last marker of the first view is
painted, and no other comes for a while.
"""

from __future__ import annotations

import re
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import alone
import map_peers
import served
from figures import Figure, Peer, Section, ratio
from playwright.sync_api import Browser, Page, Request, sync_playwright
from stores import SHIPPED, shared_folder, stored

SIZES = (SHIPPED, 1_000, 10_000, 100_000)
#: Folium's page takes minutes beyond.
PEER_SIZES = (1_000, 10_000)
PROMISED_AT = 10_000
TURNS, PEER_TURNS = 5, 3
#: No marker for so long, nothing on its way: the view is complete.
STILL_S = 1.0
PATIENCE_S = 120
#: What no bench asks for: tiles, of which there are none here.
ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1)")

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync")  # fmt: skip

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

METHOD = f"""Chromium, 1440 × 900, empty cache, everything on this machine: neither distance nor
tiles count, in favour of heavy pages. Ready: from the start of navigation until the last marker of
the first view is painted. Medians of {TURNS} visits ({PEER_TURNS} for peers) after one that warms
the server. The Folium page is a ready file; making it is told apart. Datasette’s cluster map, told
to show every row at once, groups markers in the browser. A telephone’s network is emulated by
Chromium: 9 Mbit/s, answers 165 ms later."""


@dataclass(frozen=True, slots=True)
class View:
    """A first view: when it was ready, how many markers it shows, what it weighs as it travels."""

    ready_s: float
    markers: int
    html_kb: float
    total_kb: float


Views = dict[int, View]
Network = dict[str, Any]
OURS = "ours"
#: What Chromium's own tools call a fast 4G: 9 Mbit/s down, 1.5 up, answers 165 ms later.
PHONE: Network = {
    "offline": False,
    "latency": 165,
    "downloadThroughput": 9e6 / 8,
    "uploadThroughput": 1.5e6 / 8,
}


@dataclass
class Peers:
    """The first views of others by how many initiatives they show, and the making of the page."""

    folium: Views = field(default_factory=dict)
    making_s: dict[int, float] = field(default_factory=dict)
    datasette: Views = field(default_factory=dict)

    phone: dict[str, View] = field(default_factory=dict)

    def visit(
        self, browser: Browser, held: Sequence[map_peers.Marked], size: int, folder: Path
    ) -> None:
        """Open both maps."""
        begun = time.perf_counter()
        page = map_peers.folium_page(held).encode()
        self.making_s[size] = time.perf_counter() - begun
        contents = map_peers.folium_assets() | {"/": ("text/html; charset=utf-8", page)}
        with served.files(contents) as base:
            self.folium[size] = visits(browser, f"{base}/", PEER_TURNS)
            if size == PROMISED_AT:
                self.phone["Folium page"] = visits(browser, f"{base}/", PEER_TURNS, PHONE)
        with map_peers.datasette(held, folder) as address:
            self.datasette[size] = visits(browser, address, PEER_TURNS)

    def named(self, size: int) -> tuple[tuple[str, View], ...]:
        """What each is called and showed."""
        named = (("Folium page", self.folium), ("Datasette cluster map", self.datasette))
        return tuple((name, views[size]) for name, views in named if size in views)


def measure(count: int) -> Section:
    """Open the map with more and more initiatives, then the peers’ with as many."""
    ours: Views = {}
    peers = Peers()
    lack = map_peers.missing()
    with shared_folder() as folder, chromium() as browser:
        for size in (size for size in SIZES if size <= count):
            database = stored(folder, size)
            with served.mapapp(database) as server:
                turns = TURNS if count > SIZES[1] else 1
                ours[size] = visits(browser, f"{server.base}/", turns)
                if size == PROMISED_AT:
                    peers.phone[OURS] = visits(browser, f"{server.base}/", turns, PHONE)
            if size in PEER_SIZES and not lack:
                peers.visit(browser, map_peers.marked(database), size, folder)
    notes = list(_notes(ours, peers))
    if lack:
        notes.append(f"No other map was opened: {lack}.")
    title = f"First view of the map, up to {max(ours):,} initiatives"
    return Section(title, METHOD, tuple(_figures(ours, peers)), tuple(notes))


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


def visits(browser: Browser, address: str, turns: int, network: Network | None = None) -> View:
    """The median visit; the first one is not counted."""
    views = [visit(browser, address, network) for _ in range(turns + 1)][1:]
    ready_s = statistics.median(view.ready_s for view in views)
    return replace(views[-1], ready_s=ready_s)


def visit(browser: Browser, address: str, network: Network | None = None) -> View:
    """One visit by someone who has never come."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    context.route(ELSEWHERE, lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1_000)
    page.add_init_script(WATCH)
    if network:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", network)
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(address, wait_until="load", timeout=PATIENCE_S * 1_000)
    seen = _still(page)
    weights_kb = {one: one.sizes()["responseBodySize"] / 1_000 for one in finished}
    html_kb = sum(kb for one, kb in weights_kb.items() if one.is_navigation_request())
    context.close()
    return View(seen["painted"] / 1_000, seen["markers"], html_kb, sum(weights_kb.values()))


def _still(page: Page) -> dict[str, float]:
    deadline, seen = time.monotonic() + PATIENCE_S, {"painted": 0.0}
    while time.monotonic() < deadline:
        before, seen = seen, page.evaluate(SEEN)
        if seen["painted"] and seen == before:
            return seen
        page.wait_for_timeout(STILL_S * 1_000)
    raise TimeoutError(f"{page.url} is not ready after {PATIENCE_S} s")


def _figures(ours: Views, peers: Peers) -> Iterator[Figure]:
    for size, view in ours.items():
        held = tuple(Peer(name, other.ready_s) for name, other in peers.named(size))
        yield Figure(f"map ready with {size:,} initiatives", view.ready_s, "s", peers=held)
    most, least = max(ours), min(ours)
    growth = ours[most].ready_s / ours[least].ready_s
    yield Figure(f"map ready at {most:,} compared with {least}", growth, "×", 1.2)
    yield Figure("HTML of the map, compressed", max(v.html_kb for v in ours.values()), "kB", 15)
    yield Figure(
        "all that the first view loads, compressed",
        max(view.total_kb for view in ours.values()),
        "kB",
        200,
        peers=tuple(
            Peer(f"{name}, {PROMISED_AT:,}", view.total_kb)
            for name, view in peers.named(PROMISED_AT)
        ),
    )
    if phone := peers.phone:
        held = tuple(Peer(name, view.ready_s) for name, view in phone.items() if name != OURS)
        name = f"map ready with {PROMISED_AT:,} over a telephone’s network"
        yield Figure(name, phone[OURS].ready_s, "s", peers=held)
    if folium := peers.folium.get(PROMISED_AT):
        name = f"map ready sooner than the Folium page, {PROMISED_AT:,} initiatives"
        yield ratio(name, ours[PROMISED_AT].ready_s, folium.ready_s, 10)


def _notes(ours: Views, peers: Peers) -> Iterator[str]:
    told = ", ".join(
        f"{view.markers} with {size:,} ({view.html_kb:.1f} and {view.total_kb:.0f} kB)"
        for size, view in ours.items()
    )
    yield f"Markers of our first view (HTML and all of it, compressed): {told}."
    for size, view in peers.folium.items():
        yield (
            f"The Folium page of {size:,} took {peers.making_s[size]:.1f} s to make, which are not "
            f"counted. It shows {view.markers:,} markers and weighs {view.total_kb:,.0f} kB."
        )


if __name__ == "__main__":
    alone.run(measure, whole=100_000, small=1_000)
