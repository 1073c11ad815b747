"""What the map frames when its address gives no view."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.distance import Box, distance_m
from geo.position import Position
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.extent import LEAST_DEGREES, circle_box, extent
from mapapp.queries.initiatives import Initiatives
from mapapp.store import territory as ter

pytestmark = pytest.mark.both_databases

FRAME = (1.0, 45.0, 2.0, 46.0)

ALL = 1000


Frame = Callable[..., Box | None]


@pytest.fixture
def frame(session: Session, memory: Memory) -> Frame:
    """What the map frames for some filters."""
    questions = Initiatives(session, memory)
    return lambda **asked: extent(questions, Filters(**asked))


def holds(box: Box, lon: float, lat: float) -> bool:
    """Whether a point lies well within the box."""
    west, south, east, north = box
    return west < lon < east and south < lat < north


def test_without_a_place_nothing_is_framed(frame: Frame) -> None:
    """Words, themes and states say nothing of where."""
    assert frame() is None
    assert frame(q="santé", theme=("culture",), etat="possible") is None


def test_the_frame_asked_for_wins(frame: Frame) -> None:
    """A bbox is the frame itself, whatever else is asked."""
    assert frame(bbox=FRAME, departement="59", lat=47.0, lon=5.0) == FRAME


@pytest.mark.parametrize("lon", [5.0, 179.99, -179.99])
def test_a_circle_is_held_and_touched(lon: float) -> None:
    """The box reaches the circle on its four sides, to 2 %, across the antimeridian too."""
    place = Position(lon, 47.0)
    west, south, east, north = circle_box(place, 5_000)
    assert all(type(side) is float for side in (west, south, east, north))
    sides = [Position(west, 47.0), Position(east, 47.0), Position(lon, south), Position(lon, north)]
    for side in sides:
        assert 5_000 <= distance_m(place, side) <= 5_100


@pytest.mark.parametrize("generation", [2015, 2024])
def test_a_qpv_is_framed_whole(
    session: Session, memory: Memory, frame: Frame, generation: int
) -> None:
    """Whichever generation the verdicts speak of, the outline named is in the frame."""
    for code in ("QN02103M", "QP021004"):
        index = next(i for i in memory.indexes(session).values() if code in i)
        qpv = index.get(code)
        assert qpv
        box = frame(qpv=code, generation=generation)
        assert box
        west, south, east, north = qpv.geometry.bounds
        assert holds(box, west, south)
        assert holds(box, east, north)


def test_a_territory_is_framed_by_what_the_list_holds(
    session: Session, initiatives: Initiatives, frame: Frame
) -> None:
    """In each département: every located initiative kept is in the frame, with its surroundings."""
    for code in session.scalars(select(ter.Departement.code)):
        box = frame(departement=code)
        assert box is not None, f"{code} has communes at least"
        assert box[2] - box[0] >= 2 * LEAST_DEGREES * 0.999
        for card in initiatives.page(Filters(departement=code), ALL).items:
            if card.lon is not None and card.lat is not None:
                assert holds(box, card.lon, card.lat)


def test_other_filters_narrow_the_frame(frame: Frame) -> None:
    """The frame is that of the initiatives kept, not of the whole territory."""
    wide, narrow = frame(region="32"), frame(region="32", q="roubaix")
    assert wide
    assert narrow
    assert narrow[2] - narrow[0] < wide[2] - wide[0]
