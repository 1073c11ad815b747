"""What the map costs the server with many initiatives: clusters, what is near, searches, lists.

    python bench/map_scale.py [INITIATIVES]

The stores are those of bench/synthetic.py. Requests are drawn from a seed as visitors make them: a
view of a screen around a place where people live, at any zoom, with any filters; each goes once
through the whole application, by the processor's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import alone
import numpy as np
from figures import Figure, Section
from filled import shared_folder, stored
from flask.testing import FlaskClient
from synthetic import KINDS, NAMES, SOURCES

from geo.verdict import Status
from mapapp import create_app
from mapapp.filters import LARGEST_RAYON_M
from mapapp.memory import Memory
from mapapp.queries.columns import Columns, columns
from mapapp.store.engine import open_engine, sessions

SEED = 20_260_103
REQUESTS = 300

#: A large screen, in pixels, and how much shorter a degree of latitude is drawn at the equator.
WIDTH_PX, HEIGHT_PX, NORTH = 1_440, 900, 0.68

THEMES = ("alimentation", "culture", "vers-l-emploi", "sport", "habitat")
TERRITORIES = (
    ("departement", "93"), ("departement", "59"), ("departement", "2A"), ("region", "11"),
    ("region", "84"), ("commune", "75056"), ("commune", "69123"), ("epci", "200054781"),
)  # fmt: skip


#: How many initiatives, and in how many milliseconds 95 of a hundred answers are to be ready.
CLUSTERS_MS = {100_000: 25.0, 1_000_000: 250.0}
LIMITS_MS: dict[str, dict[int, float]] = {
    "clusters of a view": CLUSTERS_MS,
    "clusters of the Earth": CLUSTERS_MS,
    "nearby": {1_000_000: 10},
    "search": {1_000_000: 50},
    "an answer that has not changed": {1_000_000: 2},
}

WORDS = """What takes long is words asked for the first time: the index of letters tells all that
hold them, and they are remembered. Of the requests drawn a third have words; of the others, 95 in
a hundred took 11 ms at most, with 100,000."""
IF_MISSED = {
    "clusters of a view": WORDS,
    "clusters of the Earth": WORDS,
    "nearby": """The whole answer is measured. Choosing among a million and ordering them
takes some 10 ms at most; the 25 cards of a page, with verdicts, themes and resources, take as
much again.""",
    "search": """Words are looked for in a million texts and what holds them put in the order
of its names; the names of communes and QPVs are read through besides.""",
}

METHOD = f"""Fictive initiatives (bench/synthetic.py) in SQLite. {REQUESTS} requests of each kind,
drawn as visitors make them: a screen around a place where people live, any zoom, any radius, any
filters. Each goes once through the whole application in one process; time of processor; the
median, and what 95 of a hundred do not exceed."""


def measure(count: int) -> Section:
    """Ask stores of a hundred thousand and of a million, or one of fewer."""
    sizes = [size for size in CLUSTERS_MS if size <= count] or [count]
    with shared_folder() as folder:
        figures = [figure for size in sizes for figure in _asked(stored(folder, size), size)]
    return Section(f"What the map asks, up to {max(sizes):,} initiatives", METHOD, tuple(figures))


def _asked(store: Path, size: int) -> Iterator[Figure]:
    engine = open_engine(f"sqlite:///{store}")
    client = create_app(engine).test_client()
    with sessions(engine)() as session:
        begun = time.process_time()
        held = columns(session, Memory())
        read_s = time.process_time() - begun
    warm_up(client)
    for name, ask in kinds(held, Random(SEED)).items():
        yield from _figures(name, size, [_time_s(client, ask()) for _ in range(REQUESTS)])
    again = [_unchanged_s(client, f"/api/v1/clusters?zoom={zoom}") for zoom in range(7)]
    yield from _figures("an answer that has not changed", size, again)
    yield Figure(f"reading the columns once, {size:,}", read_s, "s")
    engine.dispose()


def _figures(name: str, size: int, times_s: Sequence[float]) -> Iterator[Figure]:
    p50, p95 = (np.percentile(times_s, (50, 95)) * 1_000).tolist()
    limit_ms = LIMITS_MS.get(name, {}).get(size)
    missed = IF_MISSED.get(name, "")
    yield Figure(f"{name}, {size:,} initiatives: p95", p95, "ms", limit_ms, if_missed=missed)
    yield Figure(f"{name}, {size:,} initiatives: median", p50, "ms")


def warm_up(client: FlaskClient) -> None:
    """What a process reads once."""
    for address in ("/", "/api/v1/clusters?zoom=5", "/api/v1/nearby?lat=48.8&lon=2.3"):
        client.get(address)


def bytes_each(held: Columns) -> float:
    """What the columns hold in memory for each initiative."""
    points, themes = held.points, held.themes
    arrays = [held.ids, held.source, held.commune, *held.status.values()]
    arrays += [points.lons, points.lats, points.x, points.y]
    arrays += [themes.codes, themes.owners, themes.starts]
    return sum(array.nbytes for array in arrays) / len(held)


def kinds(held: Columns, draw: Random) -> dict[str, Callable[[], str]]:
    """What is asked, each time something else."""
    return {
        "clusters of a view": partial(_clusters, held, draw),
        "clusters of the Earth": partial(_whole, draw),
        "nearby": partial(_nearby, held, draw),
        "search": partial(_search, draw),
        "a list": partial(_address, "/api/v1/initiatives", draw),
        "the map's page": partial(_address, "/", draw),
    }


def _place(held: Columns, draw: Random) -> tuple[float, float]:
    points = held.points
    while True:
        rank = draw.randrange(len(held))
        if points.lons[rank] == points.lons[rank]:  # has a position
            return float(points.lons[rank]), float(points.lats[rank])


def _clusters(held: Columns, draw: Random) -> str:
    zoom = draw.randint(0, 19)
    lon, lat = _place(held, draw)
    wide = min(WIDTH_PX / 256 / 2**zoom * 360, 360) / 2
    high = min(HEIGHT_PX / 256 / 2**zoom * 360 * NORTH, 170) / 2
    edges = (lon - wide, max(lat - high, -85), lon + wide, min(lat + high, 85))
    bbox = ",".join(f"{edge:.5f}" for edge in edges)
    return f"{_address('/api/v1/clusters', draw)}&zoom={zoom}&bbox={bbox}"


def _whole(draw: Random) -> str:
    return f"{_address('/api/v1/clusters', draw)}&zoom={draw.randint(0, 6)}"


def _nearby(held: Columns, draw: Random) -> str:
    lon, lat = _place(held, draw)
    radius_m = round(10 ** draw.uniform(2, np.log10(LARGEST_RAYON_M)))
    return f"/api/v1/nearby?lat={lat:.5f}&lon={lon:.5f}&rayon={radius_m}"


def _search(draw: Random) -> str:
    return f"/api/v1/search?{urlencode({'q': _words(draw)})}"


def _words(draw: Random) -> str:
    words = [*draw.choice(KINDS).split(), *draw.choice(NAMES).split()]
    chosen = draw.sample(words, draw.randint(1, 2))
    return " ".join(chosen)[: draw.randint(3, 20)]


def _address(path: str, draw: Random) -> str:
    """An address with some of the filters, each as often as not left out."""
    asked: list[tuple[str, object]] = [("generation", draw.choice((2015, 2024)))]
    offers = (
        ("theme", draw.choice(THEMES)),
        ("source", draw.choice(SOURCES)[0]),
        ("etat", draw.choice(list(Status)).value),
        draw.choice(TERRITORIES),
        ("q", _words(draw)),
    )
    asked += [offer for offer in offers if draw.random() < 0.3]
    return f"{path}?{urlencode(asked)}"


def _time_s(client: FlaskClient, address: str) -> float:
    begun = time.process_time()
    answer = client.get(address)
    spent_s = time.process_time() - begun
    assert answer.status_code == 200, (address, answer.text)
    return spent_s


def _unchanged_s(client: FlaskClient, address: str) -> float:
    tag = client.get(address).headers["ETag"]
    begun = time.process_time()
    answer = client.get(address, headers={"If-None-Match": tag})
    spent_s = time.process_time() - begun
    assert answer.status_code == 304, address
    return spent_s


if __name__ == "__main__":
    alone.run(measure, whole=1_000_000, small=1_000)
