"""The cell index answers as Shapely does: of a million points, not one differs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from drawn import moved, ring, square
from effort import tried
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scattered import DRAWN, FIJI, points_where_answers_change
from shapely import MultiPolygon, Polygon
from shapely.geometry import shape

from geo.cell_building import build_index
from geo.cell_index import OUTSIDE, CellIndex
from geo.generalise import polygons_of
from geo.position import Position
from geo.qpv_index import QpvIndex

Floats = NDArray[np.float64]
Outlines = NDArray[np.object_]

#: Points of each generation in the big comparison, of each set of drawn areas, and of the official
#: perimeters; in a long campaign more than five millions with those of the smaller tests.
MANY = tried("POINTS", 300_000, 1_850_000)
MANY_DRAWN, MANY_PUBLISHED = MANY // 4, MANY // 6


def areas(*drawn: Polygon | MultiPolygon) -> Outlines:
    """An array of areas."""
    return np.array(drawn, dtype=object)


def check(index: CellIndex, outlines: Outlines, lon: Floats, lat: Floats) -> None:
    """Every area that covers each point, and the first of them, are those that Shapely names."""
    points = shapely.points(lon, lat)
    point, area = shapely.STRtree(outlines).query(points)
    covered = shapely.covers(outlines[area], points[point])
    point, area = point[covered], area[covered]
    order = np.lexsort((area, point))
    point, area = point[order], area[order]
    found = index.pairs(lon, lat)
    np.testing.assert_array_equal(found[0], point)
    np.testing.assert_array_equal(found[1], area)
    first = np.full(len(lon), OUTSIDE)
    first[point[::-1]] = area[::-1]
    np.testing.assert_array_equal(index.locate(lon, lat), first)


@pytest.mark.parametrize("generation", [2015, 2024])
def test_of_many_points_not_one_differs(indexes: dict[int, QpvIndex], generation: int) -> None:
    """On the borders, vertices and parts of the shipped contours, and a hair beside them."""
    outlines = indexes[generation].outlines
    lon, lat = points_where_answers_change(outlines, MANY, generation)
    check(build_index(outlines), outlines, lon, lat)


def test_on_the_official_perimeters_not_one_differs(extracts: Path) -> None:
    """Perimeters of 2024 as published, before generalisation, their invalid geometry repaired."""
    check_published(extracts)


@pytest.mark.endure
def test_on_all_the_official_perimeters_not_one_differs(official_data: Path) -> None:
    """The same of the whole file."""
    check_published(official_data)


def check_published(folder: Path) -> None:
    """Points around the published perimeters of 2024."""
    content = gzip.decompress((folder / "qpv_2024.geojson.gz").read_bytes())
    published = [shape(feature["geometry"]) for feature in json.loads(content)["features"]]
    outlines = areas(*(area if area.is_valid else polygons_of(area) for area in published))
    lon, lat = points_where_answers_change(outlines, MANY_PUBLISHED, 3)
    check(build_index(outlines), outlines, lon, lat)


def test_points_of_both_hemispheres_and_of_the_antimeridian() -> None:
    """Squares in France, Polynesia, Réunion, the far north, and across the antimeridian."""
    outlines = areas(*(area.geometry for area in DRAWN))
    lon, lat = points_where_answers_change(outlines, MANY_DRAWN, 5)
    assert {-180.0, 180.0} <= set(lon)
    check(build_index(outlines), outlines, lon, lat)


def test_a_shared_edge_belongs_to_both() -> None:
    """Two areas that touch, a third that overlaps both, a fourth that fills the court of a ring."""
    here = Position(2.35, 48.9)
    west, east = square(here, 400), square(moved(here, 90, 400), 400)
    outlines = areas(west, east, square(moved(here, 90, 200), 300), ring(here, 4_000, 2_000))
    outlines = np.append(outlines, areas(square(here, 2_000)))
    lon, lat = points_where_answers_change(outlines, MANY_DRAWN, 6)
    index = build_index(outlines)
    check(index, outlines, lon, lat)
    edge = shapely.get_coordinates(shapely.intersection(west, outlines[3]))
    assert len(edge) == 0
    corner = shapely.get_coordinates(outlines[4])[:1].T
    assert index.pairs(*corner)[1].tolist() == [3, 4]


#: To a tenth of a micrometre: of finer rings GEOS itself cannot tell what is inside.
fine = st.floats(-0.01, 0.01).map(lambda degrees: round(degrees, 12))
coordinates = st.tuples(fine, fine)
centres = st.sampled_from([(0.0, 0.0), (2.35, 48.9), (-149.5, -17.5), (179.99, -16), (-179.99, 52)])


@given(st.lists(coordinates, min_size=3, max_size=12, unique=True), centres, st.integers(0, 99))
@example([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)], (0.0, 0.0), 0)
@example([(0, 0), (1 / 8192, 0), (1 / 8192, 1 / 8192), (0, 1 / 8192)], (0.0, 0.0), 1)
@example([(-0.01, 1e-9), (0.01, 2e-9), (0.01, 0.0)], (179.99, -16), 2)
def test_whatever_is_drawn_is_answered_as_shapely_does(
    vertices: list[tuple[float, float]], centre: tuple[float, float], seed: int
) -> None:
    """Any ring, crossing itself or not once made valid: needles, bow ties, holes, several parts."""
    drawn = shapely.make_valid(Polygon([(centre[0] + x, centre[1] + y) for x, y in vertices]))
    parts = [part for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"]
    outlines = areas(*parts, MultiPolygon(parts)) if parts else areas(square(FIJI, 100))
    lon, lat = points_where_answers_change(outlines, 500, seed)
    check(build_index(outlines), outlines, lon, lat)


def test_what_is_not_on_the_earth_is_outside(indexes: dict[int, QpvIndex]) -> None:
    """Not a number, infinite, or beyond the poles and the antimeridian; an answer, no warning."""
    index = build_index(indexes[2024].outlines)
    odd = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, 181, -181, 540, 1e9])
    lat = np.full(len(odd), 48.9)
    assert set(index.locate(odd, lat)) == {OUTSIDE}
    assert set(index.locate(np.full(len(odd), 2.35), odd)) == {OUTSIDE}
    assert len(index.pairs(odd, odd)[0]) == 0


def test_no_area_or_no_point_is_no_difficulty() -> None:
    """An index without areas finds nothing; no point, no answer."""
    nothing = build_index(areas())
    assert nothing.locate(np.array([2.35]), np.array([48.9])).tolist() == [OUTSIDE]
    some = build_index(areas(square(FIJI, 500)))
    assert len(some.locate(np.empty(0), np.empty(0))) == 0
    assert len(some.pairs(np.empty(0), np.empty(0))[0]) == 0


def test_a_cell_may_hold_a_whole_neighbourhood() -> None:
    """An area of two metres, smaller than the finest cell, is found."""
    tiny = areas(square(Position(0.35, 46.565), 2))
    lon, lat = points_where_answers_change(tiny, 10_000, 8)
    check(build_index(tiny), tiny, lon, lat)


def test_an_area_wider_than_many_cells_is_held_by_them() -> None:
    """Sixty kilometres: coarse cells inside it meet no border."""
    wide = areas(square(Position(0.35, 46.565), 60_000), square(Position(0.35, 46.565), 500))
    draw = np.random.default_rng(9)
    lon, lat = draw.uniform(-0.2, 0.9, 50_000), draw.uniform(46.2, 46.9, 50_000)
    check(build_index(wide), wide, lon, lat)
    check(build_index(wide), wide, *points_where_answers_change(wide, 50_000, 10))


@pytest.mark.parametrize("generation", [2015, 2024])
def test_the_tables_stay_small(indexes: dict[int, QpvIndex], generation: int) -> None:
    """Less than 45 MB, and as many border cells as the borders are long."""
    cells = build_index(indexes[generation].outlines).cells
    tables = [getattr(cells, name) for name in cells.__slots__]
    assert sum(table.nbytes for table in tables) < 45e6
    border_cells = len(cells.starts) - 1
    kilometres = border_cells * 0.0136
    assert 5_000 < kilometres < 15_000  # the borders are some 5,800 and 8,400 km long
