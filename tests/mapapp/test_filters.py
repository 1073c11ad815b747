"""Query parameters with one meaning everywhere: what each takes, refuses, and how it is written."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.verdict import Status
from mapapp.errors import BadInput
from mapapp.filters import Filters, read_bbox, read_filters, read_known_filters
from mapapp.queries.distances import DISTANCE_STEPS_M, nearest_step
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

THEMES = ("alimentation", "sante", "vers-l-emploi", "acteurs-de-l-accompagnement")


def read(session: Session, query: str) -> Filters:
    """The filters of a query string."""
    return read_filters(parse_qs(query.removeprefix("?"), keep_blank_values=True), session)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", {}),
        ("q=&theme=&commune=%20&bbox=&page=", {}),
        ("inconnu=1", {}),
        ("q=%20jardin%20", {"q": "jardin"}),
        ("q=%C3%A9picerie", {"q": "épicerie"}),
        ("theme=sante", {"theme": ("sante",)}),
        ("theme=sante&theme=sport&theme=sante", {"theme": ("sante", "sport")}),
        ("qpv=QN08604M", {"qpv": "QN08604M"}),
        ("qpv=qp086004", {"qpv": "QP086004"}),
        ("commune=75120", {"commune": "75120"}),
        ("commune=75056", {"commune": "75056"}),
        ("departement=2A", {"departement": "2A"}),
        ("departement=973", {"departement": "973"}),
        ("region=44", {"region": "44"}),
        ("epci=246700488", {"epci": "246700488"}),
        ("source=rtes-2022", {"source": "rtes-2022"}),
        ("etat=declared", {"etat": "declared"}),
        ("generation=2015", {"generation": 2015}),
        ("bbox=-5,41,10,52", {"bbox": (-5.0, 41.0, 10.0, 52.0)}),
        ("page=12", {"page": 12}),
        ("lat=46.5&lon=0,34", {"lat": 46.5, "lon": 0.34}),
        ("lat=46.5&lon=0.34&rayon=2000", {"lat": 46.5, "lon": 0.34, "rayon": 2_000.0}),
        ("distance=1000", {"distance": 1_000.0}),
        ("population=2500", {"population": 2_500}),
        ("commune=93072&commune=75120", {"commune": "75120"}),
    ],
)
def test_a_known_value_is_understood(session: Session, query: str, kept: dict[str, Any]) -> None:
    """Each parameter is read; blanks and unknown names ask nothing; the last one counts."""
    assert read(session, query) == Filters(**kept)


@pytest.mark.parametrize("status", Status)
def test_every_verdict_may_be_asked_for(session: Session, status: Status) -> None:
    """The words of the verdicts are the words of the filter."""
    assert read(session, f"etat={status.value}").etat == status.value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("q", "x" * 101),
        ("q", "x" * 10_000),
        ("q", "a%00b"),
        ("q", "a%1Bb"),
        ("q", "%FF%FE"),
        ("theme", "inconnu"),
        ("theme", "Sante"),
        ("theme", "x" * 10_000),
        ("qpv", "QN99999M"),
        ("qpv", "' OR 1=1 --"),
        ("commune", "Verdun"),
        ("commune", "99999"),
        ("departement", "99"),
        ("region", "Grand Est"),
        ("epci", "1"),
        ("source", "inconnue"),
        ("etat", "dedans"),
        ("etat", "INSIDE"),
        ("generation", "2016"),
        ("generation", "2024.0"),
        ("bbox", "1,2,3"),
        ("bbox", "a,b,c,d"),
        ("distance", "-3"),
        ("distance", "1e9"),
        ("distance", "nan"),
        ("population", "-1"),
        ("population", "beaucoup"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "1.5"),
        ("page", "deux"),
        ("page", "10000000"),
        ("page", "0000000019"),
        ("page", "1" + "0" * 30),
        ("page", "٣"),
    ],
)
def test_an_unknown_value_is_refused_in_french(session: Session, field: str, value: str) -> None:
    """The sentence names the field and is short enough to be read, whatever was sent."""
    with pytest.raises(BadInput) as refusal:
        read(session, f"{field}={value}")
    assert [fault.field for fault in refusal.value.errors] == [field]
    (fault,) = refusal.value.errors
    assert fault.message == refusal.value.message
    assert 15 < len(fault.message) < 250
    assert fault.message.endswith((".", "…"))


@pytest.mark.parametrize(
    "query",
    ["lat=46,5&lon=0&rayon=-3", "lat=46,5&lon=0&rayon=10000000", "rayon=500", "lat=91&lon=0"],
)
def test_a_place_that_is_none_is_refused_in_french(session: Session, query: str) -> None:
    """Off the Earth, without its other half, or with a radius that says nothing."""
    with pytest.raises(BadInput, match=r"attendu|ensemble"):
        read(session, query)


def test_one_unknown_theme_among_known_ones_is_refused(session: Session) -> None:
    """A misspelt theme is not silently left out of the answer."""
    with pytest.raises(BadInput, match="santé"):
        read(session, "theme=sport&theme=santé")


def test_all_the_faults_are_told_at_once(session: Session) -> None:
    """Who wrote several wrong values learns it once."""
    with pytest.raises(BadInput) as refusal:
        read(session, "theme=x&commune=y&page=0&bbox=1&etat=z&generation=1&q=ok&region=44")
    fields = [fault.field for fault in refusal.value.errors]
    assert fields == ["theme", "commune", "etat", "generation", "bbox", "page"]
    assert all(fault.message in refusal.value.message for fault in refusal.value.errors)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("-5.2,41.3,9.6,51.1", (-5.2, 41.3, 9.6, 51.1)),
        ("170,-25,190,-10", (170.0, -25.0, -170.0, -10.0)),
        ("-200,10,-170,20", (160.0, 10.0, -170.0, 20.0)),
        ("355,40,365,50", (-5.0, 40.0, 5.0, 50.0)),
        ("-180,-90,180,90", (-180.0, -90.0, 180.0, 90.0)),
        ("-300,40,300,50", (-180.0, 40.0, 180.0, 50.0)),
        ("2,48,2,48", (2.0, 48.0, 2.0, 48.0)),
    ],
)
def test_a_box_is_brought_back_onto_the_earth(text: str, box: tuple[float, ...]) -> None:
    """A map dragged round the world asks beyond ±180°: the same places are meant."""
    assert read_bbox(text) == box


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "1,2,3", "1,2,3,4,5", "1;2;3;4", "1,2,3,quatre", "nan,41,9,51", "-5,nan,9,51",
        "-5,41,inf,51", "-inf,41,9,51", "9,41,-5,51", "-5,51,9,41", "-5,-91,9,51", "-5,41,9,90.1",
        "-541,41,9,51", "-5,41,541,51", "1e999,0,1e999,0", "1,2,3,4\x00", "1" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_a_box_is_refused(text: str) -> None:
    """Malformed, not a number, infinite, reversed or off the Earth: a French example is given."""
    with pytest.raises(ValueError, match="ouest,sud,est,nord en degrés") as refusal:
        read_bbox(text)
    assert len(str(refusal.value)) < 220


_WEST = st.floats(-540, 540)
_LAT = st.floats(-90, 90)


@given(west=_WEST, width=st.floats(0, 359.9), south=_LAT, north=_LAT, lon=st.floats(-180, 180))
def test_a_box_holds_the_same_meridians_once_brought_back(
    west: float, width: float, south: float, north: float, lon: float
) -> None:
    """Wherever the map was dragged to, a place is in the box as asked if it is in it as read."""
    south, north = sorted((south, north))
    east = west + width
    if east > 540:
        return
    w, s, e, n = read_bbox(f"{west!r},{south!r},{east!r},{north!r}")
    assert (s, n) == (south, north)
    assert -180 <= w <= 180
    assert -180 <= e <= 180
    turns = [lon + 360 * turn for turn in (-2, -1, 0, 1, 2)]
    if all(abs(x - side) > 1e-6 for x in turns for side in (west, east)):
        asked = any(west <= x <= east for x in turns)
        assert asked == (w <= lon <= e if w <= e else lon >= w or lon <= e)


_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd"), max_size=40
).map(str.strip)
_BOXES = st.tuples(st.integers(-540_000, 540_000), st.integers(0, 400_000), _LAT, _LAT).map(
    lambda x: (x[0] / 1000, *sorted(x[2:]), min(540.0, (x[0] + x[1]) / 1000))
)

FILTERS = st.builds(
    Filters,
    q=_TEXTS,
    theme=st.lists(st.sampled_from(THEMES), unique=True).map(tuple),
    qpv=st.sampled_from(["", "QN08604M", "QP086004"]),
    commune=st.sampled_from(["", "75056", "2A004", "97309"]),
    departement=st.sampled_from(["", "2A", "93", "973"]),
    region=st.sampled_from(["", "44", "01"]),
    epci=st.sampled_from(["", "246700488"]),
    source=st.sampled_from(["", "rtes-2022"]),
    etat=st.sampled_from(["", *(status.value for status in Status)]),
    generation=st.sampled_from([2015, 2024]),
    distance=st.sampled_from(DISTANCE_STEPS_M),
    population=st.integers(0, 9_999_999),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    rayon=st.floats(1, 100_000),
    bbox=st.none() | _BOXES.map(lambda b: read_bbox(f"{b[0]!r},{b[1]!r},{b[3]!r},{b[2]!r}")),
    page=st.integers(1, 10**7 - 1),
)


@given(filters=FILTERS)
def test_a_link_to_the_same_filters_means_the_same(engine: Engine, filters: Filters) -> None:
    """What a page writes in its links is read back as it was, to the last decimal of the box."""
    with sessions(engine)() as session:
        assert read(session, filters.query_string()) == filters


@pytest.mark.parametrize(
    ("asked", "step"),
    [(1, 100), (300, 300), (640, 500), (749.9, 500), (750, 1_000), (8_000, 8_000),
     (12_499, 10_000), (12_500, 15_000), (49_999, 50_000), (50_000, 50_000)],
)  # fmt: skip
@pytest.mark.sqlite
def test_a_distance_is_rounded_to_a_step(engine: Engine, asked: float, step: float) -> None:
    """So few questions are different; those that pages propose are steps."""
    assert nearest_step(asked) == step
    with sessions(engine)() as session:
        assert read(session, f"distance={asked}").distance == step


@given(filters=FILTERS)
def test_a_link_to_another_page_changes_the_page_alone(engine: Engine, filters: Filters) -> None:
    """« Page suivante » keeps every filter."""
    with sessions(engine)() as session:
        there = read(session, filters.query_string(page=3))
    assert there.page == 3
    assert there.pairs(page=filters.page) == filters.pairs()


def test_nothing_asked_is_an_empty_query_string() -> None:
    """The address of « everything » is the bare address."""
    assert Filters().query_string() == ""
    assert Filters(page=2).query_string(page=1) == ""


def test_a_list_listens_to_some_filters_only() -> None:
    """What a list does not listen to changes neither what it shows nor its address."""
    asked = Filters(q="dijon", theme=("sante",), page=2)
    assert asked.only(("q", "page")) == Filters(q="dijon", page=2)
    assert asked.only(()).query_string() == ""


@pytest.mark.parametrize(
    ("query", "kept", "faulty"),
    [
        ("region=27&theme=sante", {"region": "27", "theme": ("sante",)}, []),
        ("region=27&theme=disparu", {"region": "27"}, ["theme"]),
        ("theme=sante&theme=disparu&theme=sport", {"theme": ("sante", "sport")}, ["theme"]),
        ("region=99&generation=1900&q=a", {"q": "a"}, ["region", "generation"]),
        ("lat=48&q=a", {"q": "a"}, ["lon"]),
        ("lat=48&lon=x&rayon=10", {}, ["lon"]),
        ("rayon=10", {}, ["lat", "lon"]),
    ],
)
def test_what_is_gone_takes_nothing_with_it(
    session: Session, query: str, kept: dict[str, Any], faulty: list[str]
) -> None:
    """Read for an embed, the filters that have a meaning hold, and the others are told."""
    filters, faults = read_known_filters(parse_qs(query), session)
    assert filters == Filters(**kept)
    assert [fault.field for fault in faults] == faulty
