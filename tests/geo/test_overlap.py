"""What neighbourhoods of two generations have in common."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.contours import Contours, Qpv
from geo.distance import ELLIPSOID
from geo.overlap import areas, common_shift_m, moved_share, overlaps
from geo.qpv_index import QpvIndex


def contours(generation: int, **outlines: shapely.Polygon) -> Contours:
    """Contours of a few neighbourhoods by code."""
    qpvs = tuple(Qpv(code, code, (), outline) for code, outline in outlines.items())
    return Contours(generation, "essai", "essai", 0.0, "", (), qpvs)


def box(west: float, east: float) -> shapely.Polygon:
    """A neighbourhood 1 km high at the latitude of Lille; 0 to 1 is about 700 m."""
    return shapely.box(3 + west / 100, 50.6, 3 + east / 100, 50.61)


def test_a_neighbourhood_cut_in_two_has_two_successors() -> None:
    """The larger part first, with the share of each."""
    found = overlaps(contours(2015, A=box(0, 1)), contours(2024, B=box(0, 0.3), C=box(0.3, 1.4)))
    assert [(one.old_code, one.new_code) for one in found] == [("A", "C"), ("A", "B")]
    assert [one.share_of_old for one in found] == pytest.approx([0.7, 0.3])
    assert [one.share_of_new for one in found] == pytest.approx([0.7 / 1.1, 1])


def test_a_strip_along_a_shared_border_is_no_succession() -> None:
    """Half a hundredth of both is the drawing; of one alone it may be the whole of the other."""
    old = contours(2015, A=box(0, 1))
    assert overlaps(old, contours(2024, B=box(0.995, 2))) == []
    [inside] = overlaps(old, contours(2024, B=box(0.5, 0.505)))
    assert inside.share_of_new == pytest.approx(1)
    assert overlaps(old, contours(2024, B=box(1, 2))) == []


@given(west=st.floats(-1, 1), width=st.floats(0.1, 2))
def test_shares_turn_with_the_generations(west: float, width: float) -> None:
    """Which of the two is called the old one changes nothing but the names."""
    one, other = contours(2015, A=box(0, 1)), contours(2024, B=box(west, west + width))
    there = [share for o in overlaps(one, other) for share in (o.share_of_old, o.share_of_new)]
    back = [share for o in overlaps(other, one) for share in (o.share_of_new, o.share_of_old)]
    assert there == pytest.approx(back)


@pytest.mark.parametrize("south", [-21.3, 4.9, 43.3, 50.6])
def test_areas_compare_as_on_the_ellipsoid(south: float) -> None:
    """From Guyane to Lille, a ratio of areas 10 km apart is the geodesic one to one in 10,000."""
    # Many vertices along the parallels, which are no geodesics.
    shapes = [
        shapely.segmentize(shapely.box(3, south + up, 3.05, south + up + 0.03), 0.001)
        for up in (0, 0.1)
    ]
    here, there = areas(shapes)
    exact = [ELLIPSOID.geometry_area_perimeter(shape)[0] for shape in shapes]
    assert here / there == pytest.approx(exact[0] / exact[1], rel=1e-4)


def test_ground_that_moved_is_told_as_a_share() -> None:
    """Nothing, a tenth added, everything."""
    assert moved_share(box(0, 1), box(0, 1)) == 0
    assert moved_share(box(0, 1), box(0, 1.25)) == pytest.approx(0.2)
    assert moved_share(box(0, 1), box(2, 3)) == pytest.approx(1)


def test_a_common_shift_is_seen_and_single_moves_are_not() -> None:
    """50 m to the east for all; or 700 m for one of eleven."""
    before = [box(n, n + 1) for n in range(11)]
    east = 50 / ELLIPSOID.line_length([3, 4], [50.605, 50.605])
    shifted = [shapely.transform(one, lambda c: c + np.array([east, 0])) for one in before]
    assert common_shift_m(before, shifted) == pytest.approx(50, rel=0.01)
    assert common_shift_m(before, [*before[:10], box(11, 12)]) == pytest.approx(0, abs=1e-6)


def test_most_neighbourhoods_of_2015_are_found_again(indexes: dict[int, QpvIndex]) -> None:
    """No share exceeds the whole, the parts of one do not either, and few are lost."""
    found = overlaps(indexes[2015].contours, indexes[2024].contours)
    by_old: dict[str, float] = {}
    for one in found:
        assert 0 < one.share_of_old <= 1 + 1e-9
        assert 0 < one.share_of_new <= 1 + 1e-9
        by_old[one.old_code] = by_old.get(one.old_code, 0) + one.share_of_old
    assert max(by_old.values()) <= 1.01  # neighbours of 2024 overlap here and there
    assert len(by_old) >= 0.95 * len(indexes[2015].contours.qpvs)
