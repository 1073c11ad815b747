"""What the map costs the server with many initiatives: clusters, what is near, searches, lists.

    python bench/map_scale.py STORE [STORE…]

The stores are those of bench/synthetic.py. Requests are drawn from a seed as visitors make them: a
view of a screen around a place where people live, at any zoom, with any filters; each is sent once,
through the whole application, in the same process. To reach, at the 95th percentile: clusters in
25 ms at 100,000 initiatives and 250 ms at a million; what is near a place in 10 ms at a million; a
search in 50 ms; an answer that has not changed in 2 ms.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from population import population_points
from synthetic import KINDS, NAMES, SOURCES

from geo.clusters import Scatter
from geo.verdict import Status
from mapapp import create_app
from mapapp.memory import Memory
from mapapp.queries.columns import Columns, read_columns
from mapapp.store.engine import open_engine, sessions

SEED = 20_260_103
REQUESTS = 300

#: A large screen, in pixels.
WIDTH, HEIGHT = 1440, 900

THEMES = ("alimentation", "culture", "vers-l-emploi", "sport", "habitat")
DEPARTEMENTS = ("13", "59", "75", "93", "69", "2A", "974", "87")
REGIONS = ("11", "84", "93", "75", "32")


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds that a kind of request takes: the middle, and what all but a twentieth take."""

    name: str
    initiatives: int
    p50_ms: float
    p95_ms: float


def measure(store: Path, requests: int = REQUESTS) -> Iterator[Figure]:
    """The figures of one store."""
    engine = open_engine(f"sqlite:///{store}")
    client = create_app(engine).test_client()
    with sessions(engine)() as session:
        begun = time.perf_counter()
        held = read_columns(session)
        built_ms = (time.perf_counter() - begun) * 1000
    yield Figure("columns read", len(held), built_ms, built_ms)
    yield Figure("bytes of columns each", len(held), weight(held), weight(held))
    client.get("/api/v1/clusters?zoom=5")
    client.get("/pres-de-moi?lat=48.85&lon=2.35")
    for name, addresses in samples(requests).items():
        times = [_timed(client, address) for address in addresses]
        p50, p95 = np.percentile(times, (50, 95)) * 1000
        yield Figure(name, len(held), float(p50), float(p95))
    engine.dispose()


def weight(held: Columns) -> float:
    """Bytes that the columns hold for each initiative."""
    points, themes = held.points, held.themes
    arrays = [held.ids, held.source, held.commune, *held.status.values()]
    arrays += [points.lons, points.lats, points.x, points.y]
    arrays += [themes.codes, themes.owners, themes.starts]
    return sum(array.nbytes for array in arrays) / len(held)


def samples(count: int) -> dict[str, list[str]]:
    """Addresses to ask, by kind."""
    draw = random.Random(SEED)
    lon, lat = population_points(10_000, np.empty(0, object)) if False else _places()
    places = list(zip(lon, lat, strict=True))
    kinds = {
        "clusters": lambda: f"/api/v1/clusters?{urlencode(_view(draw, places) | _filters(draw), True)}",
        "clusters, all of France": lambda: f"/api/v1/clusters?{urlencode({'zoom': draw.randint(0, 6)} | _filters(draw), True)}",
        "nearby": lambda: f"/api/v1/nearby?{urlencode(_around(draw, places))}",
        "search": lambda: f"/api/v1/search?{urlencode({'q': _words(draw)})}",
        "list": lambda: f"/api/v1/initiatives?{urlencode(_filters(draw), True)}",
        "map page": lambda: f"/?{urlencode(_filters(draw), True)}",
    }
    return {name: [make() for _ in range(count)] for name, make in kinds.items()}
