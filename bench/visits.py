"""What visitors ask: a mix of steps, each a page or a movement of the map with what it loads.

The same visitors each time, for the draws come from a seed; what they ask for exists.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from random import Random

#: Addresses asked one after the other, on one connection.
Step = Sequence[str]

#: Half the width of a map in degrees at a zoom: 1440 pixels, 256 for the world at zoom 0.
HALF_WIDTH_AT_0 = 360 * 1440 / 256 / 2
QUESTIONS = (
    "SELECT lon, lat, population FROM commune WHERE population > 20000",
    "SELECT slug FROM initiative ORDER BY id LIMIT 500",
    "SELECT code FROM qpv WHERE generation = 2024",
    "SELECT code FROM departement",
    "SELECT DISTINCT theme_slug FROM initiative_theme",
)
WORDS = ("ressourcerie", "jardin", "Saint", "vélo", "régie", "Lyon", "épicerie", "93066")


@dataclass(frozen=True, slots=True)
class World:
    """What there is to visit: towns as (longitude, latitude, weight), slugs, codes."""

    towns: Sequence[tuple[float, float, int]]
    slugs: Sequence[str]
    qpvs: Sequence[str]
    departements: Sequence[str]
    themes: Sequence[str]

    @classmethod
    def of(cls, database: Path) -> World:
        """What a store holds; slugs of some hundreds of initiatives."""
        with closing(sqlite3.connect(database)) as store:
            store.row_factory = lambda _, row: row[0] if len(row) == 1 else row
            return cls(*(store.execute(question).fetchall() for question in QUESTIONS))

    def town(self, chance: Random) -> tuple[float, float]:
        """Where someone lives, or near: longitude and latitude."""
        lon, lat, _ = chance.choices(self.towns, [people for *_, people in self.towns])[0]
        return lon + chance.gauss(0, 0.02), lat + chance.gauss(0, 0.02)


def arrival(assets: Step) -> Step:
    """Someone who has never come opens the map: the page, its files, what the first view asks."""
    return ("/", *assets, *_view(2.4, 46.6, 6))


def step(world: World, chance: Random) -> Step:
    """What a visitor does next."""
    kinds = (_move, _read, _search, _near, _sheet, _lacks, _list, _locate)
    return chance.choices(kinds, (30, 20, 15, 10, 10, 5, 5, 5))[0](world, chance)


def _view(lon: float, lat: float, zoom: int) -> Step:
    half = HALF_WIDTH_AT_0 / 2**zoom
    high = half * cos(radians(lat)) / 1.6
    box = ",".join(f"{at:.4f}" for at in (lon - half, lat - high, lon + half, lat + high))
    return (
        f"/api/v1/clusters?bbox={box}&zoom={zoom}",
        f"/api/v1/qpv?generation=2024&zoom={zoom}&bbox={box}",
    )


def _move(world: World, chance: Random) -> Step:
    return _view(*world.town(chance), chance.randint(7, 15))


def _read(world: World, chance: Random) -> Step:
    return (f"/initiatives/{chance.choice(world.slugs)}",)


def _search(world: World, chance: Random) -> Step:
    """Typed letter by letter: suggestions come from the third one on."""
    word = chance.choice(WORDS)
    return tuple(f"/api/v1/search?q={word[:length]}" for length in (3, 4, len(word)))


def _near(world: World, chance: Random) -> Step:
    lon, lat = world.town(chance)
    return (f"/pres-de-moi?lon={lon:.5f}&lat={lat:.5f}&rayon={chance.choice((2000, 5000))}",)


def _sheet(world: World, chance: Random) -> Step:
    return (f"/qpv/{chance.choice(world.qpvs)}",)


def _lacks(world: World, chance: Random) -> Step:
    return (f"/qpv-sans-exemple?departement={chance.choice(world.departements)}",)


def _list(world: World, chance: Random) -> Step:
    return (f"/initiatives?theme={chance.choice(world.themes)}&page=1",)


def _locate(world: World, chance: Random) -> Step:
    lon, lat = world.town(chance)
    return (f"/api/v1/locate?lon={lon:.5f}&lat={lat:.5f}",)
