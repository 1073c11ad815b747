"""QPVs: the list, the sheet of one, and the contours that the map draws."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord
from mapapp.filters import Filters, read_bbox
from mapapp.memory import Memory
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.map_features import drawn_contours
from mapapp.queries.qpvs import COUNTED, qpv_page, qpv_sheet
from mapapp.store import territory as ter
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

ALL = 5000

#: Contours are given with five decimals.
GRID_DEGREES = 1e-5


def codes(session: Session, filters: Filters) -> set[str]:
    """The codes of the QPVs that the filters keep."""
    return {card.code for card in qpv_page(session, filters, ALL).items}


@pytest.mark.parametrize(("generation", "count"), [(2015, 1345), (2024, 1584)])
def test_the_list_holds_a_generation(session: Session, generation: int, count: int) -> None:
    """The list shows each QPV of one generation, never of both."""
    page = qpv_page(session, Filters(generation=generation), ALL)
    assert page.count == len(page.items) == count
    assert {card.generation for card in page.items} == {generation}


@pytest.mark.sqlite
@pytest.mark.parametrize("generation", [2015, 2024])
def test_the_departements_share_out_the_list(session: Session, generation: int) -> None:
    """Each QPV is in the list of a département; the regions and communes agree with them."""
    everything = codes(session, Filters(generation=generation))
    for model, name in ((ter.Departement, "departement"), (ter.Region, "region")):
        territories = session.scalars(select(model.code)).all()
        shared = [codes(session, Filters(generation=generation, **{name: c})) for c in territories]
        assert set().union(*shared) == everything, name


@pytest.mark.parametrize("generation", [2015, 2024])
def test_paris_lists_the_qpvs_of_its_districts(session: Session, generation: int) -> None:
    """Whether a generation names Paris or its districts, the commune and the département agree."""
    paris = codes(session, Filters(commune="75056", generation=generation))
    assert len(paris) > 15
    assert paris == codes(session, Filters(departement="75", generation=generation))


def test_a_qpv_of_two_communes_is_in_both_lists(session: Session) -> None:
    """A neighbourhood that crosses a limit is shown by each commune that it reaches into."""
    crossing = select(ter.QpvCommune.qpv_code).where(ter.QpvCommune.rank == 1)
    code = session.scalars(crossing.order_by(ter.QpvCommune.qpv_code)).first()
    row = session.get_one(ter.Qpv, code)
    for link in row.communes:
        asked = Filters(commune=link.insee_code, generation=row.generation)
        assert code in codes(session, asked)


def test_an_epci_lists_the_qpvs_of_its_communes(session: Session) -> None:
    """Strasbourg's intercommunality holds those of the city and of the communes around."""
    epci, city = (
        codes(session, Filters(**f)) for f in ({"epci": "246700488"}, {"commune": "67482"})
    )
    assert city < epci < codes(session, Filters(departement="67"))


@pytest.mark.parametrize(
    ("words", "code"),
    [("grésilles", "QN02103M"), ("DIJON gresilles", "QN02103M"), ("qn08604m", "QN08604M")],
)
def test_a_qpv_is_found_by_its_words(session: Session, words: str, code: str) -> None:
    """By name, commune and code, in any case, accents or not."""
    assert code in codes(session, Filters(q=words))


@pytest.mark.parametrize("words", ["…", "%", "zzz", "grésilles lille"])
def test_words_of_no_qpv_find_nothing(session: Session, words: str) -> None:
    """Every word must be there, and signs are not a word."""
    assert codes(session, Filters(q=words)) == set()


def test_the_sheet_counts_the_initiatives_inside_or_declared(
    session: Session, initiatives: Initiatives
) -> None:
    """The number of the list is what the sheet shows as inside or declared; « possible » is not."""
    for card in qpv_page(session, Filters(), ALL).items:
        if card.initiative_count:
            sheet = qpv_sheet(session, initiatives, card.code)
            counted = [seen for seen in sheet.initiatives if seen.status in COUNTED]
            assert card.initiative_count == len(counted)
            assert sum(sheet.themes.values()) >= len(counted)
    assert qpv_sheet(session, initiatives, "QN02103M").card.initiative_count == 1


def test_the_sheet_of_a_qpv_may_be_asked_in_small_letters(
    session: Session, initiatives: Initiatives
) -> None:
    """A code copied from elsewhere in another case is the same QPV."""
    assert qpv_sheet(session, initiatives, "qp021004").card.code == "QP021004"
    with pytest.raises(UnknownRecord, match="QN99999M"):
        qpv_sheet(session, initiatives, "QN99999M")


def test_a_known_population_says_where_it_comes_from(
    session: Session, initiatives: Initiatives
) -> None:
    """A figure is shown with its source; where INSEE's is not known there is none."""
    known = qpv_sheet(session, initiatives, "QP009001")
    assert known.population == 1177
    assert "INSEE" in (known.population_source or "")
    unknown = qpv_sheet(session, initiatives, "QN08604M")
    assert (unknown.population, unknown.population_source) == (None, None)


def test_a_page_of_the_list_beyond_the_last_does_not_exist(session: Session) -> None:
    """Pages of 25; the one after the last is told as not being there."""
    last = qpv_page(session, Filters()).pages
    assert last == -(-1584 // 25)
    assert len(qpv_page(session, Filters(page=last)).items) == 1584 % 25
    with pytest.raises(UnknownRecord):
        qpv_page(session, Filters(page=last + 1))


@pytest.mark.sqlite
@pytest.mark.parametrize("zoom", [None, 0, 8, 11, 15])
@pytest.mark.parametrize("generation", [2015, 2024])
def test_every_contour_is_drawn_sound(
    session: Session, memory: Memory, generation: int, zoom: int | None
) -> None:
    """At any zoom each QPV is a valid area near its own, or a point inside its box when tiny."""
    index = memory.index(session, generation)
    drawn = drawn_contours(session, memory, generation, zoom)
    features = [json.loads(text) for text in drawn.within(None)]
    assert [f["properties"]["code"] for f in features] == [q.code for q in index.contours.qpvs]
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    kinds = {shape.geom_type for shape in shapes}
    assert kinds <= {"Polygon", "MultiPolygon"} | ({"Point"} if zoom is not None else set())
    outlines = np.array([qpv.geometry for qpv in index.contours.qpvs])
    strayed = shapely.area(shapely.symmetric_difference(outlines, shapes))
    pixel = GRID_DEGREES if zoom is None else 360 / 256 / 2**zoom
    areas = shapely.get_dimensions(shapes) == 2
    reach = shapely.length(outlines) * max(pixel, GRID_DEGREES)
    assert (strayed <= reach)[areas].all()
    assert shapely.covers(shapely.envelope(outlines), shapes)[~areas].all()


def test_the_nearer_the_map_the_fewer_points(session: Session, memory: Memory) -> None:
    """From far away QPVs are points, from near they all have their area."""
    points = [
        sum('"Point"' in text for text in drawn_contours(session, memory, 2024, zoom).within(None))
        for zoom in (4, 8, 10, 13)
    ]
    assert points == sorted(points, reverse=True)
    assert (points[0], points[-1]) == (1584, 0)


_BOXES = st.tuples(
    st.floats(-62, 56), st.floats(-22, 50), st.floats(0, 8), st.floats(0, 6)
).map(lambda x: f"{x[0]!r},{x[1]!r},{x[0] + x[2]!r},{x[1] + x[3]!r}")  # fmt: skip


@given(text=_BOXES | st.sampled_from(["2,48,3,49", "170,-30,320,90", "2.35,48.9,2.36,48.91"]))
def test_a_frame_holds_the_contours_that_meet_it(engine: Engine, memory: Memory, text: str) -> None:
    """The contours given for a frame are those that meet it, all of them and no other."""
    with sessions(engine)() as session:
        index = memory.index(session, 2024)
        drawn = drawn_contours(session, memory, 2024, 9)
    west, south, east, north = box = read_bbox(text)
    halves = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    frame = shapely.union_all([shapely.box(w, south, e, north) for w, e in halves])
    meeting = {q.code for q in index.contours.qpvs if shapely.intersects(q.geometry, frame)}
    found = [json.loads(feature)["properties"]["code"] for feature in drawn.within(box)]
    assert len(found) == len(set(found))
    assert set(found) == meeting


def test_the_communes_of_a_qpv_are_told_in_the_order_of_the_official_file(
    session: Session, memory: Memory
) -> None:
    """The first commune of a QPV is the one that the decree names first."""
    for generation in (2015, 2024):
        told = {q.code: q.communes for q in memory.index(session, generation).contours.qpvs}
        for card in qpv_page(session, Filters(generation=generation), ALL).items:
            assert tuple(c.insee_code for c in card.communes) == told[card.code]
    assert session.scalar(select(func.max(ter.QpvCommune.rank)))
