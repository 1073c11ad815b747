"""Points gathered into clusters: each once, none lost, apart from one another by their seeds."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.clusters import APART_PX, Cluster, Scatter, clusters, meets
from geo.distance import Box

Floats = NDArray[np.float64]

lon_lat = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
in_france = st.tuples(st.floats(-4, 8), st.floats(43, 50))
#: Some 300 px of the screen at zoom 12: points that touch, chains of them, and gaps.
on_one_screen = st.tuples(st.floats(2, 2.1), st.floats(46, 46.07))
clouds = st.one_of(
    st.lists(st.one_of(lon_lat, in_france), min_size=1, max_size=60),
    st.lists(on_one_screen, min_size=1, max_size=60),
).map(np.array)
zooms = st.integers(0, 19) | st.just(12)


def gathered(points: Floats, zoom: int, apart_px: float = APART_PX) -> list[Cluster]:
    """The clusters of ``(n, 2)`` degrees."""
    return clusters(Scatter.of(*points.T), zoom, apart_px)


@given(clouds, zooms)
def test_every_point_is_in_exactly_one_cluster(points: Floats, zoom: int) -> None:
    """None lost, none twice, and the fullest cluster comes first."""
    found = gathered(points, zoom)
    members = np.concatenate([cluster.members for cluster in found])
    assert sorted(members.tolist()) == list(range(len(points)))
    sizes = [len(cluster.members) for cluster in found]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= 1


@given(clouds, zooms)
def test_the_box_of_a_cluster_holds_its_points_and_its_centre(points: Floats, zoom: int) -> None:
    """Just so: zooming on the box shows all of them and nothing is drawn outside."""
    for cluster in gathered(points, zoom):
        mine = points[cluster.members]
        assert cluster.box == (*mine.min(axis=0), *mine.max(axis=0))
        west, south, east, north = cluster.box
        assert west - 1e-9 <= cluster.lon <= east + 1e-9
        assert south - 1e-9 <= cluster.lat <= north + 1e-9
        np.testing.assert_allclose([cluster.lon, cluster.lat], mine.mean(axis=0), atol=1e-9)


def on_screen(points: Floats, zoom: int) -> Floats:
    """The pixels of ``(n, 2)`` degrees."""
    return Scatter.of(*points.T).pixels(zoom)


def seeds(points: Floats, cluster: Cluster, zoom: int, apart_px: float) -> list[Floats]:
    """The squares (half of ``apart_px``) from which a cluster may have grown, as mean pixels.

    A seed is a fullest square of its cluster, and reaches the mean of every other of its squares.
    """
    at = on_screen(points[cluster.members], zoom)
    cells = np.floor(at / (apart_px / 2)).astype(np.int64)
    _, square, sizes = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    means = [at[square == i].mean(axis=0) for i in range(len(sizes))]
    fullest = [mean for mean, size in zip(means, sizes, strict=True) if size == sizes.max()]
    return [
        seed
        for seed in fullest
        if all(np.hypot(*(seed - mean)) <= apart_px + 1e-6 for mean in means)
    ]


@given(clouds, zooms, st.sampled_from([10.0, APART_PX, 90.0]))
def test_clusters_are_apart_by_their_seeds(points: Floats, zoom: int, apart_px: float) -> None:
    """What holds: each cluster has a seed, and two seeds are at least ``apart_px`` apart.

    The seed is the mean of a fullest square of the cluster. The clusters' own means may be closer,
    by what each took around its seed.
    """
    of_each = [
        seeds(points, cluster, zoom, apart_px) for cluster in gathered(points, zoom, apart_px)
    ]
    assert all(of_each)
    for rank, mine in enumerate(of_each):
        for others in of_each[:rank]:
            assert any(
                np.hypot(*(one - other)) >= apart_px - 1e-6 for one in mine for other in others
            )


@given(clouds, zooms)
def test_a_cluster_is_no_wider_than_what_a_seed_reaches(points: Floats, zoom: int) -> None:
    """From its seed to the mean of a square, and from there across the square."""
    reach_px = APART_PX + APART_PX / 2 * np.sqrt(2) + 1e-6
    for cluster in gathered(points, zoom):
        at = on_screen(points[cluster.members], zoom)
        assert any(
            np.hypot(*(at - seed).T).max() <= reach_px
            for seed in seeds(points, cluster, zoom, APART_PX)
        )


@given(clouds, zooms, st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(points: Floats, zoom: int, random: Random) -> None:
    """Shuffled, they make as many clusters of the same sizes, at the same places."""
    order = list(range(len(points)))
    random.shuffle(order)
    assert counted(gathered(points[order], zoom)) == counted(gathered(points, zoom))


def counted(found: list[Cluster]) -> list[tuple[int, tuple[float, ...]]]:
    """How many points each cluster holds, and its box."""
    return sorted((len(cluster.members), cluster.box) for cluster in found)


@given(lon_lat, st.integers(1, 200), zooms)
def test_identical_points_are_one_cluster(
    point: tuple[float, float], count: int, zoom: int
) -> None:
    """Several initiatives at one address: one marker, however deep the zoom."""
    (cluster,) = gathered(np.array([point] * count), zoom)
    assert len(cluster.members) == count
    assert cluster.box == (*point, *point)


def test_no_point_no_cluster() -> None:
    """An empty map."""
    assert clusters(Scatter.of(np.array([]), np.array([])), 5) == []


@pytest.mark.parametrize(("share", "expected"), [(0.4, 1), (0.98, 1), (1.02, 2), (5, 2)])
def test_two_points_part_when_their_markers_have_room(share: float, expected: int) -> None:
    """Closer than the room of a marker they are one, farther they are two."""
    zoom = 12
    degrees = share * APART_PX / (256 * 2**zoom) * 360
    for start in (2.0, 2.001, 2.002, 2.003):  # whichever square the first one falls in
        points = np.array([[start, 46.5], [start + degrees, 46.5]])
        assert len(gathered(points, zoom)) == expected


def test_a_point_between_two_clusters_goes_to_the_fuller() -> None:
    """Within reach of both seeds, it is taken by the one that grows first."""
    step = APART_PX / (256 * 2**12) * 360
    five, three, one = [[2.0, 46.5]] * 5, [[2.0 + 1.2 * step, 46.5]] * 3, [[2.0 + 0.6 * step, 46.5]]
    for points in (five + three + one, one + three + five):
        found = gathered(np.array(points), 12)
        assert [len(cluster.members) for cluster in found] == [6, 3]


@given(st.lists(lon_lat, min_size=1, max_size=400).map(np.array))
@examples(30)
def test_the_world_is_never_crowded(points: Floats) -> None:
    """At zoom 0 it is 256 px wide, and so many seeds that far apart fit in it at most.

    Oler's inequality (1961): area · 2/√3 + perimeter / 2 + 1 points at unit distance in a convex.
    """
    side = 256 / APART_PX
    assert len(gathered(points, 0)) <= side**2 * 2 / np.sqrt(3) + 2 * side + 1


def test_far_from_one_another_twenty_thousand_points_stay_alone() -> None:
    """A whole country asked for at street level: as many markers as points."""
    step = 2 * APART_PX / (256 * 2**14) * 360
    columns, rows = np.meshgrid(np.arange(200), np.arange(100))
    points = np.column_stack([2 + step * columns.ravel(), 46 + step * rows.ravel()])
    found = gathered(points, 14)
    assert {len(cluster.members) for cluster in found} == {1}
    assert len(found) == len(points)


@given(lon_lat, zooms)
def test_pixels_are_those_of_web_mercator(point: tuple[float, float], zoom: int) -> None:
    """A square of 256 px at zoom 0, doubled at each zoom; the poles are held at its edge."""
    ((x, y),) = on_screen(np.array([point]), zoom)
    assert 0 <= x <= 256 * 2**zoom
    assert 0 <= y <= 256 * 2**zoom


def test_known_tiles_have_their_pixels() -> None:
    """The origin is the middle of the world; OpenStreetMap's tile of zoom 1 begins there."""
    np.testing.assert_allclose(on_screen(np.array([[0.0, 0.0]]), 0), [[128, 128]])
    np.testing.assert_allclose(on_screen(np.array([[-180.0, 85.0511287]]), 3)[0, 0], 0)
    # 66.51326° north is three quarters of the way up from the equator (published tile bounds).
    np.testing.assert_allclose(
        on_screen(np.array([[90.0, 66.51326044]]), 2), [[768, 256]], atol=1e-4
    )


def in_view(points: Floats, zoom: int, view: Box, kept: NDArray[np.bool_]) -> list[Cluster]:
    """What a view shows of some points, looked at from there alone."""
    return clusters(Scatter.of(*points.T), zoom, view=view, kept=kept)


#: Crowds as wide as some screens, in which who takes whom hangs on squares far away.
crowds = st.tuples(st.integers(0, 2**32 - 1), st.integers(50, 4_000)).map(
    lambda drawn: np.random.default_rng(drawn[0]).uniform([2, 46], [3, 46.7], (drawn[1], 2))
)
#: Points in rows, one to a square: ties from end to end.
rows = st.integers(1, 400).map(lambda n: np.column_stack([np.linspace(2, 3, n), np.full(n, 46.3)]))
views = st.tuples(st.floats(1.9, 3.1), st.floats(45.9, 46.8), st.floats(0, 0.3), st.floats(0, 0.3))


@given(crowds | rows, st.integers(8, 14), views, st.floats(0, 1))
def test_a_cluster_is_the_same_whatever_the_view(
    points: Floats, zoom: int, asked: tuple[float, ...], share: float
) -> None:
    """A view shows those of the whole Earth that meet it: none changes while the map moves."""
    west, south, width, height = asked
    view = (west, south, west + width, south + height)
    kept = np.random.default_rng(len(points)).random(len(points)) < share
    everything = clusters(Scatter.of(*points[kept].T), zoom)
    expected = [described(one, points[kept]) for one in everything if meets(one.box, view)]
    assert [described(one, points) for one in in_view(points, zoom, view, kept)] == expected


def described(cluster: Cluster, points: Floats) -> tuple[object, ...]:
    """A cluster by what can be seen of it."""
    return (cluster.lon, cluster.lat, cluster.box, points[cluster.members].tolist())
