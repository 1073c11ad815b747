"""Positions scattered where answers change: around drawn contours, around those that ship."""

from __future__ import annotations

import numpy as np
import shapely
from drawn import moved, qpv, ring, square
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.position import Position
from geo.qpv_index import QpvIndex

Floats = NDArray[np.float64]

FIJI = Position(179.999, -16)

#: A square on each hemisphere, one across the antimeridian, two that touch, two that overlap, one
#: with a court, and one far in the north.
DRAWN = (
    qpv("QN00101M", square(Position(0.35, 46.565), 1_000)),
    qpv("QN00102M", square(moved(Position(0.35, 46.565), 90, 1_000), 1_000)),
    qpv("QN00103M", square(moved(Position(0.35, 46.565), 0, 700), 1_000)),
    qpv("QN00104M", square(FIJI, 3_000)),
    qpv("QN00105M", square(Position(-149.56, -17.54), 500)),
    qpv("QN00106M", ring(Position(55.45, -20.88), 2_000, 800)),
    qpv("QN00107M", square(Position(-20, 78), 900)),
)

anywhere = st.builds(Position, st.floats(-180, 180), st.floats(-90, 90))
around_one = st.builds(
    lambda area, azimuth, metres: moved(
        Position(*shapely.get_coordinates(shapely.centroid(area.geometry))[0]), azimuth, metres
    ),
    st.sampled_from([area for area in DRAWN if area.geometry.geom_type == "Polygon"]),
    st.floats(0, 360),
    st.floats(0, 3_000),
)


def places_of_all_kinds(index: QpvIndex, count: int, seed: int) -> list[Position]:
    """Most in or around a QPV of any territory, on vertices, and some anywhere on the Earth."""
    draw = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(index.outlines)
    around = draw.choice(vertices, count) + draw.normal(0, 1, (count, 2)) * draw.choice(
        [0, 1e-5, 1e-3, 0.02, 1], (count, 1)
    )
    around[::40] = draw.uniform((-180, -90), (180, 90), around[::40].shape)
    return [Position(lon, max(-90, min(90, lat))) for lon, lat in around.tolist()]


def points_where_answers_change(
    outlines: NDArray[np.object_], count: int, seed: int
) -> tuple[Floats, Floats]:
    """Longitudes and latitudes on vertices, on edges, a hair or a street beside them, and around.

    Some lie on the sides of the cells that an index cuts, where a rounding error would tell.
    """
    draw = np.random.default_rng(seed)
    lines, line = shapely.get_coordinates(shapely.boundary(outlines), return_index=True)
    start = draw.choice(np.flatnonzero(line[1:] == line[:-1]), count)
    along = draw.choice([0.0, 0.5, 1.0, np.nan], (count, 1), p=[0.1, 0.1, 0.1, 0.7])
    along = np.where(np.isnan(along), draw.random((count, 1)), along)
    beside = draw.choice([0.0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-5, 3e-4, 5e-3], (count, 1))
    lon_lat = lines[start] + along * (lines[start + 1] - lines[start])
    lon_lat += beside * draw.normal(0, 1, (count, 2))
    on_cells = draw.random((count, 2)) < 0.05
    lon_lat = np.where(on_cells, np.round(lon_lat * 8_192) / 8_192, lon_lat)
    one_step = draw.random((count, 2)) < 0.05
    lon_lat = np.where(
        one_step, np.nextafter(lon_lat, draw.choice([-400, 400], (count, 2))), lon_lat
    )
    return np.clip(lon_lat[:, 0], -180, 180), np.clip(lon_lat[:, 1], -90, 90)
