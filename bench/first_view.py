"""How soon the map is ready and what it weighs, whatever it holds, beside Folium and Datasette.

    python bench/first_view.py [INITIATIVES]

Real Chromium with an empty cache (bench/browsing.py) on a real server, with more and more
initiatives; the peers (bench/map_peers.py) with as many.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import alone
import map_peers
import served
from browsing import View, chromium, visits
from figures import Figure, Peer, Section, ratio
from filled import SHIPPED, shared_folder, stored
from playwright.sync_api import Browser

SIZES = (SHIPPED, 1_000, 10_000, 100_000)
#: Beyond, Folium's page takes minutes.
PEER_SIZES = (1_000, 10_000)
PROMISED_AT = 10_000
TURNS, PEER_TURNS = 5, 3

OURS, FOLIUM, DATASETTE = "ours", "Folium page", "Datasette cluster map"

FLAT = """Ours takes the same time whatever their number, twenty or a hundred thousand: the page,
its modules, Leaflet, the contours and the clusters come one after the other, and that is what is
left to shorten. A Folium page of a thousand is ready as soon."""

METHOD = f"""Chromium, 1440 × 900, empty cache, everything on this machine: neither distance nor
tiles count, in favour of heavy pages. Ready: from the start of navigation until the last marker of
the first view is painted. Medians of {TURNS} visits ({PEER_TURNS} for peers) after one that warms
the server. The Folium page is a ready file; making it is told apart. Datasette’s cluster map, told
to show every row at once, groups markers in the browser. A telephone’s network is emulated by
Chromium: 9 Mbit/s, answers 165 ms later."""

#: Of whom, with how many initiatives.
Views = dict[tuple[str, int], View]


def measure(count: int) -> Section:
    """Open the map with more and more initiatives, then the peers’ with as many."""
    turns = TURNS if count > SIZES[1] else 1
    sizes = [size for size in SIZES if size <= count]
    views: Views = {}
    phone: Views = {}
    notes: list[str] = []
    lack = map_peers.missing()
    with shared_folder() as folder, chromium() as browser:
        for size in sizes:
            slow = phone if size == PROMISED_AT else None
            _open_ours(browser, stored(folder, size), (OURS, size), turns, views, slow)
            if size in PEER_SIZES and not lack:
                notes += _open_others(browser, folder, size, min(turns, PEER_TURNS), views, slow)
    if lack:
        notes.append(f"No other map was opened: {lack}.")
    title = f"First view of the map, up to {sizes[-1]:,} initiatives"
    return Section(title, METHOD, tuple(_figures(sizes, views, phone)), (_weights(views), *notes))


def _open_ours(
    browser: Browser,
    database: Path,
    key: tuple[str, int],
    turns: int,
    views: Views,
    slow: Views | None,
) -> None:
    with served.mapapp(database) as server:
        views[key] = visits(browser, f"{server.base}/", turns)
        if slow is not None:
            slow[key] = visits(browser, f"{server.base}/", turns, phone=True)


def _open_others(
    browser: Browser, folder: Path, size: int, turns: int, views: Views, slow: Views | None
) -> Iterator[str]:
    held = map_peers.marked(stored(folder, size))
    begun = time.perf_counter()
    page = map_peers.folium_page(held).encode()
    making_s = time.perf_counter() - begun
    contents = map_peers.folium_assets() | {"/": ("text/html; charset=utf-8", page)}
    with served.files(contents) as base:
        view = views[FOLIUM, size] = visits(browser, f"{base}/", turns)
        if slow is not None:
            slow[FOLIUM, size] = visits(browser, f"{base}/", turns, phone=True)
    with map_peers.datasette(held, folder) as address:
        views[DATASETTE, size] = visits(browser, address, turns)
    yield (
        f"The Folium page of {size:,} took {making_s:.1f} s to make, which are not counted. It "
        f"shows {view.markers:,} markers and weighs {view.total_kb:,.0f} kB compressed."
    )


def _figures(sizes: list[int], views: Views, phone: Views) -> Iterator[Figure]:
    ours = {size: views[OURS, size] for size in sizes}
    for size, view in ours.items():
        peers = _peers(views, size, "ready_s")
        yield Figure(f"map ready with {size:,} initiatives", view.ready_s, "s", peers=peers)
    least, most = sizes[0], sizes[-1]
    growth = ours[most].ready_s / ours[least].ready_s
    yield Figure(f"map ready at {most:,} compared with {least}", growth, "×", 1.2)
    html_kb = max(view.html_kb for view in ours.values())
    yield Figure("HTML of the map, compressed", html_kb, "kB", 15)
    total_kb = max(view.total_kb for view in ours.values())
    peers = _peers(views, min(most, PROMISED_AT), "total_kb")
    yield Figure("all that the first view loads, compressed", total_kb, "kB", 200, peers=peers)
    if (FOLIUM, PROMISED_AT) in views:
        theirs = views[FOLIUM, PROMISED_AT].ready_s
        name = f"map ready sooner than the Folium page, {PROMISED_AT:,} initiatives"
        yield ratio(name, ours[PROMISED_AT].ready_s, theirs, 10, FLAT)
    if (OURS, PROMISED_AT) in phone:
        peers, slow = _peers(phone, PROMISED_AT, "ready_s"), phone[OURS, PROMISED_AT]
        name = f"map ready with {PROMISED_AT:,} over a telephone’s network"
        yield Figure(name, slow.ready_s, "s", peers=peers)


def _peers(views: Views, size: int, what: str) -> tuple[Peer, ...]:
    held = ((name, views.get((name, size))) for name in (FOLIUM, DATASETTE))
    return tuple(Peer(name, getattr(view, what)) for name, view in held if view)


def _weights(views: Views) -> str:
    told = ", ".join(
        f"{view.markers} with {size:,} ({view.html_kb:.1f} and {view.total_kb:.0f} kB)"
        for (name, size), view in views.items()
        if name == OURS
    )
    return f"Markers of our first view (HTML and all of it, compressed): {told}."


if __name__ == "__main__":
    alone.run(measure, whole=100_000, small=1_000)
