"""Points spread like the population of France, the same each time: what the benches join and judge.

Each commune gets its share, scattered around its centre; the share of the population that lives in
QPVs is drawn inside them.
"""

from __future__ import annotations

import csv

import numpy as np
import shapely
from numpy.typing import NDArray

from mapapp.paths import shipped

SEED = 20_260_101
#: A degree of latitude in metres, enough to scatter points around a town hall.
METRES_PER_DEGREE = 111_195.0
#: Of a hundred people, how many are taken to live in a QPV. An assumption: the scatter around town
#: halls alone puts 2.5 % there, and points inside or near a border are the costly ones.
SHARE_IN_QPV = 0.08

Floats = NDArray[np.float64]


def population_points(count: int, outlines: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in degrees, in no order, the same each time."""
    draw = np.random.default_rng(SEED)
    inside = round(count * SHARE_IN_QPV)
    points = np.concatenate([_in_areas(inside, outlines, draw), _around(count - inside, draw)])
    lon, lat = draw.permutation(points).T.copy()
    return lon, lat


def _around(count: int, draw: np.random.Generator) -> Floats:
    with (shipped("data") / "communes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["population"]]
    columns = ("longitude", "latitude", "rayon_m", "population")
    lon, lat, radius_m, people = np.array([[float(row[of]) for of in columns] for row in rows]).T
    at = draw.choice(len(rows), count, p=people / people.sum())
    spread = np.minimum(radius_m[at], 5_000) / 2 / METRES_PER_DEGREE
    east = draw.normal(0, 1, count) * spread / np.cos(np.radians(lat[at]))
    return np.column_stack([lon[at] + east, lat[at] + draw.normal(0, 1, count) * spread])


def _in_areas(count: int, outlines: NDArray[np.object_], draw: np.random.Generator) -> Floats:
    west, south, east, north = shapely.bounds(outlines).T
    found: list[Floats] = []
    while sum(map(len, found)) < count:
        at = draw.integers(0, len(outlines), count)
        lon, lat = draw.uniform(west[at], east[at]), draw.uniform(south[at], north[at])
        held = shapely.intersects_xy(outlines[at], lon, lat)
        found.append(np.column_stack([lon[held], lat[held]]))
    return np.concatenate(found)[:count]
