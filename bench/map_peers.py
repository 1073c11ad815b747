"""The same initiatives on the maps that people make otherwise: a Folium page, and Datasette's.

Both are spared what would make them slower than they must be: no tile is drawn, and what a content
network would send comes from this machine. Of Folium's ten links, those that markers and popups
need (Leaflet, jQuery) are served, the others (Bootstrap, icon fonts) answer with nothing.
"""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import folium
import served
from xstatic.pkg import leaflet

#: Where `make bench` installs what only peers need.
ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "peers"

TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Marked:
    """What a marker tells of an initiative."""

    slug: str
    name: str
    summary: str
    commune: str
    lon: float
    lat: float


def missing() -> str | None:
    """What this machine lacks, in a sentence; None when it has all."""
    if (ENVIRONMENT / "bin" / "datasette").exists():
        return None
    return "the peers are not installed (`make bench` does)"


def marked(database: Path) -> list[Marked]:
    """The initiatives of a store that are somewhere."""
    question = """
        SELECT i.slug, i.name, coalesce(i.summary, ''), coalesce(c.name, ''), i.lon, i.lat
        FROM initiative i LEFT JOIN commune c USING (insee_code) WHERE i.lon IS NOT NULL
    """
    with closing(sqlite3.connect(database)) as store:
        return [Marked(*row) for row in store.execute(question)]


def folium_page(initiatives: Sequence[Marked]) -> str:
    """One Marker and one Popup each, as Folium's guide shows."""
    page = folium.Map(location=[46.6, 2.4], zoom_start=6, tiles=None)
    page.default_js = [(name, f"/{name}.js") for name, _ in page.default_js]
    page.default_css = [(name, f"/{name}.css") for name, _ in page.default_css]
    for one in initiatives:
        name, summary = html.escape(one.name), html.escape(one.summary)
        told = f"<b>{name}</b><p>{summary}</p><a href='/initiatives/{one.slug}'>La fiche</a>"
        popup = folium.Popup(told, max_width=300)
        folium.Marker([one.lat, one.lon], popup=popup, tooltip=name).add_to(page)
    return str(page.get_root().render())


def folium_assets() -> dict[str, tuple[str, bytes]]:
    """Leaflet with its pictures, and jQuery."""
    here = Path(leaflet.BASE_DIR)
    jquery = next(ENVIRONMENT.glob("lib/*/site-packages/xstatic/pkg/jquery/data/jquery.min.js"))
    found = {
        "/leaflet.js": here / "leaflet.js",
        "/leaflet_css.css": here / "leaflet.css",
        "/jquery.js": jquery,
        **{f"/images/{path.name}": path for path in (here / "images").iterdir()},
    }
    return {name: (TYPES[path.suffix], path.read_bytes()) for name, path in found.items()}


@contextmanager
def datasette(initiatives: Sequence[Marked], folder: Path) -> Iterator[str]:
    """The address of the table's page, all rows on the map at once rather than 1,000 at a time."""
    file = folder / f"datasette{len(initiatives)}.db"
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as store, store:
        store.execute(
            "CREATE TABLE initiatives (slug TEXT PRIMARY KEY, name, summary, commune, "
            "longitude REAL, latitude REAL)"
        )
        rows = ((o.slug, o.name, o.summary, o.commune, o.lon, o.lat) for o in initiatives)
        store.executemany("INSERT INTO initiatives VALUES (?, ?, ?, ?, ?, ?)", rows)
    port = served.free_port()
    words = ("serve", str(file), "--port", str(port), "--setting", "max_returned_rows")
    command = (str(ENVIRONMENT / "bin" / "datasette"), *words, str(len(initiatives)))
    table = f"/{file.stem}/initiatives"
    with served.running(command, port, table, {}) as running:
        yield running.base + table
