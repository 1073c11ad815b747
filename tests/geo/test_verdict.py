"""The QPV verdict, line by line of its table, at the exact thresholds, and on real places.

Let r be the radius of a position, c the accuracy of the contours, t = r + c, d the signed distance
to the border. In the drawn cases the contours are a square of a kilometre and c is 12 m.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawn import index_of, moved, qpv, square
from hypothesis import given
from hypothesis import strategies as st

from geo.contours import Qpv, Territory
from geo.gazetteer import Commune
from geo.position import PINNED, Position, Precision
from geo.qpv_index import QpvIndex, point_inside
from geo.verdict import NEAR_M, NamedQpv, Place, Scope, Status, Verdict, judge
from geo.wording import sentence

CENTRE = Position(0.35, 46.565)
SIDE_M = 1_000
ACCURACY_M = 12.0

CITES = qpv("QN08604M", square(CENTRE, SIDE_M), "Trois Cités", ["86194"])
#: Two kilometres east of the first, border to border 1 km.
COURONNERIES = qpv("QN08605M", square(moved(CENTRE, 90, 2_000), SIDE_M), "Couronneries", ["86194"])

#: What is just over or under a threshold: a millimetre.
JUST_M = 0.001

pinned = pytest.mark.parametrize("precision", sorted(PINNED))


@pytest.fixture(scope="module")
def poitiers() -> QpvIndex:
    """Two squares, known to 12 m."""
    return index_of(CITES, COURONNERIES, accuracy_m=ACCURACY_M)


def at(distance_m: float) -> Position:
    """A place at a signed distance from the west border of Trois Cités, far from its corners."""
    return moved(CENTRE, 270, SIDE_M / 2 + distance_m)


def known_to(position: Position, precision: Precision, radius_m: float) -> Place:
    """A place that nobody declares, known to so many metres."""
    return Place(Position(*position.lon_lat, precision, radius_m))


def measured_m(position: Position, index: QpvIndex) -> float:
    """The signed distance to the border of Trois Cités, to the last digit."""
    return index.seen_from(position, "QN08604M").distance_m


def codes(qpvs: tuple[NamedQpv, ...]) -> list[str]:
    """The codes a verdict names, in its order."""
    return [named.code for named in qpvs]


# A point and its radius, without any declaration


@pinned
@pytest.mark.parametrize("distance_m", [-40, -120, -480])
def test_inside_needs_the_whole_doubt_inside(
    poitiers: QpvIndex, precision: Precision, distance_m: float
) -> None:
    """Inside when d ≤ −t; with a millimetre more than that of radius, it is the border."""
    place = at(distance_m)
    depth_m = -measured_m(place, poitiers)
    assert depth_m == pytest.approx(-distance_m, rel=0.001)
    sure = judge(known_to(place, precision, depth_m - ACCURACY_M - JUST_M), poitiers)
    assert sure.status is Status.INSIDE
    assert codes(sure.qpvs) == ["QN08604M"]
    assert sure.distance_m == pytest.approx(distance_m, rel=0.001)
    unsure = judge(known_to(place, precision, depth_m - ACCURACY_M + JUST_M), poitiers)
    assert unsure.status is Status.BORDER
    assert codes(unsure.qpvs) == ["QN08604M"]


@pinned
@pytest.mark.parametrize("distance_m", [13, 120, 290])
def test_the_border_ends_where_the_doubt_does(
    poitiers: QpvIndex, precision: Precision, distance_m: float
) -> None:
    """Near when t ≤ d; with a millimetre more than that of radius, it is the border."""
    place = at(distance_m)
    away_m = measured_m(place, poitiers)
    near = judge(known_to(place, precision, away_m - ACCURACY_M - JUST_M), poitiers)
    assert near.status is Status.NEAR
    assert codes(near.qpvs) == ["QN08604M"]
    assert near.distance_m == pytest.approx(distance_m, rel=0.001)
    border = judge(known_to(place, precision, away_m - ACCURACY_M + JUST_M), poitiers)
    assert border.status is Status.BORDER


@pytest.mark.parametrize("distance_m", [-120, 120])
def test_at_the_threshold_itself_the_doubt_is_over(distance_m: float) -> None:
    """With exact contours t is the radius: |d| = t is inside, or near."""
    exact = index_of(CITES)
    place = at(distance_m)
    verdict = judge(known_to(place, Precision.POINT, abs(measured_m(place, exact))), exact)
    assert verdict.status is (Status.INSIDE if distance_m < 0 else Status.NEAR)


@pinned
def test_near_ends_at_the_distance_asked_for(poitiers: QpvIndex, precision: Precision) -> None:
    """Near when d ≤ near; beyond it is outside, and the nearest QPV is told."""
    place = known_to(at(240), precision, 20)
    away_m = measured_m(at(240), poitiers)
    assert judge(place, poitiers, near_m=away_m).status is Status.NEAR
    assert judge(place, poitiers, near_m=away_m + JUST_M).status is Status.NEAR
    outside = judge(place, poitiers, near_m=away_m - JUST_M)
    assert outside.status is Status.OUTSIDE
    assert outside.qpvs == ()
    assert outside.nearest is not None
    assert outside.nearest.code == "QN08604M"
    assert outside.distance_m == pytest.approx(240, rel=0.001)


def test_near_is_three_hundred_metres_unless_told(poitiers: QpvIndex) -> None:
    """The ring of the reduced VAT."""
    assert NEAR_M == 300
    assert judge(known_to(at(298), Precision.ADDRESS, 20), poitiers).status is Status.NEAR
    assert judge(known_to(at(302), Precision.ADDRESS, 20), poitiers).status is Status.OUTSIDE


@pinned
def test_a_doubt_wider_than_near_decides_alone(poitiers: QpvIndex, precision: Precision) -> None:
    """With t = 400 m: the border below, outside above, nothing is near."""
    place = at(400)
    away_m = measured_m(place, poitiers)
    inside_doubt = known_to(place, precision, away_m - ACCURACY_M + JUST_M)
    assert judge(inside_doubt, poitiers).status is Status.BORDER
    beyond = known_to(place, precision, away_m - ACCURACY_M - JUST_M)
    assert judge(beyond, poitiers).status is Status.OUTSIDE
    assert judge(beyond, poitiers, near_m=0).status is Status.OUTSIDE


def test_two_neighbourhoods_in_doubt_are_both_named(poitiers: QpvIndex) -> None:
    """Half-way between two QPVs a kilometre apart, known to 600 m: the border of either."""
    between = moved(CENTRE, 90, 990)
    verdict = judge(known_to(between, Precision.PLACE, 600), poitiers)
    assert verdict.status is Status.BORDER
    assert codes(verdict.qpvs) == ["QN08604M", "QN08605M"]


def test_where_contours_overlap_the_place_is_in_both() -> None:
    """The deepest comes first."""
    other = qpv("QN08699M", square(moved(CENTRE, 90, 300), SIDE_M))
    verdict = judge(known_to(CENTRE, Precision.ADDRESS, 20), index_of(CITES, other))
    assert verdict.status is Status.INSIDE
    assert codes(verdict.qpvs) == ["QN08604M", "QN08699M"]


def test_a_distance_is_told_to_the_decimetre(poitiers: QpvIndex) -> None:
    """More digits would lie: the contours are known to metres."""
    verdict = judge(known_to(at(-123.456), Precision.ADDRESS, 20), poitiers)
    assert verdict.distance_m is not None
    assert verdict.distance_m == round(verdict.distance_m, 1)


def test_without_contours_nothing_is_inside() -> None:
    """No QPV: outside, and no nearest one to name."""
    verdict = judge(known_to(CENTRE, Precision.ADDRESS, 20), index_of())
    assert verdict == Verdict(2024, Status.OUTSIDE)
    assert verdict.distance_m is None


# A quartier


@pytest.mark.parametrize("radius_m", [10, 300, 700])
def test_a_quartier_is_never_sure_by_itself(poitiers: QpvIndex, radius_m: float) -> None:
    """However small its circle and deep its point: possible, since the circle is not the place."""
    verdict = judge(known_to(CENTRE, Precision.QUARTIER, radius_m), poitiers)
    assert verdict.status is Status.POSSIBLE
    assert codes(verdict.qpvs) == ["QN08604M"]
    assert verdict.scope is None


def test_a_quartier_that_holds_its_point_is_told_alone(poitiers: QpvIndex) -> None:
    """The point is in Trois Cités; its circle touches Couronneries, which is not named."""
    verdict = judge(known_to(at(-20), Precision.QUARTIER, 2_500), poitiers)
    assert codes(verdict.qpvs) == ["QN08604M"]


def test_a_quartier_between_two_qpvs_may_be_in_either(poitiers: QpvIndex) -> None:
    """Its point is in none and its circle reaches both."""
    verdict = judge(known_to(moved(CENTRE, 90, 990), Precision.QUARTIER, 700), poitiers)
    assert verdict.status is Status.POSSIBLE
    assert codes(verdict.qpvs) == ["QN08604M", "QN08605M"]


def test_a_quartier_away_from_every_qpv_is_outside(poitiers: QpvIndex) -> None:
    """Its circle reaches none: near, or outside."""
    near = judge(known_to(at(240), Precision.QUARTIER, 100), poitiers)
    assert near.status is Status.NEAR
    assert judge(known_to(at(2_000), Precision.QUARTIER, 900), poitiers).status is Status.OUTSIDE


# A commune


def commune_place(insee_code: str | None, *declared: str) -> Place:
    """A place of which only the commune is known: its town hall, with a wide radius."""
    return Place(Position(0.34, 46.58, Precision.COMMUNE, 6_000), insee_code, declared)


def test_in_a_commune_with_qpvs_any_of_them_is_possible(poitiers: QpvIndex) -> None:
    """Poitiers counts two here; no distance is told, since nothing was measured."""
    verdict = judge(commune_place("86194"), poitiers)
    assert verdict.status is Status.POSSIBLE
    assert verdict.scope is Scope.COMMUNE
    assert codes(verdict.qpvs) == ["QN08604M", "QN08605M"]
    assert verdict.distance_m is None
    assert verdict.nearest is None


def test_in_a_commune_without_qpv_the_place_is_outside(poitiers: QpvIndex) -> None:
    """Even though its circle reaches a QPV of the commune next door."""
    verdict = judge(commune_place("86214"), poitiers)
    assert verdict.status is Status.OUTSIDE
    assert verdict.scope is Scope.COMMUNE
    assert verdict.qpvs == ()


def test_a_commune_without_its_code_is_a_wide_circle(poitiers: QpvIndex) -> None:
    """What the circle reaches is possible."""
    verdict = judge(commune_place(None), poitiers)
    assert verdict.status is Status.POSSIBLE
    assert verdict.scope is None
    assert set(codes(verdict.qpvs)) == {"QN08604M", "QN08605M"}


def test_an_arrondissement_is_judged_as_such() -> None:
    """The file only knows Paris: those that reach the arrondissement are possible."""
    east = Position(2.399, 48.865, Precision.COMMUNE, 2_600)
    belleville = qpv("QN07519M", square(east, 400), "Grand Belleville", ["75056"])
    far_west = qpv("QN07505I", square(moved(east, 240, 9_000), 400), "Didot", ["75056"])
    verdict = judge(Place(east, "75120"), index_of(belleville, far_west))
    assert verdict.status is Status.POSSIBLE
    assert verdict.scope is Scope.ARRONDISSEMENT
    assert codes(verdict.qpvs) == ["QN07519M"]
    none_here = judge(Place(east, "75120"), index_of(far_west))
    assert (none_here.status, none_here.scope) == (Status.OUTSIDE, Scope.ARRONDISSEMENT)


# Nothing known, contours missing

GUYANE = Territory("973", "Guyane", (-54.61, 2.11, -51.61, 5.76))


@pytest.fixture(scope="module")
def of_2015() -> QpvIndex:
    """Trois Cités in 2015, with the contours of Guyane missing."""
    area = replace(CITES, code="QP086004")
    return index_of(area, generation=2015, accuracy_m=5.1, uncovered=[GUYANE])


def test_without_position_nor_declaration_nothing_is_known(poitiers: QpvIndex) -> None:
    """Unknown, even when the commune is: a commune alone is not a position."""
    assert judge(Place(None), poitiers) == Verdict(2024, Status.UNKNOWN)
    assert judge(Place(None, "86194"), poitiers) == Verdict(2024, Status.UNKNOWN)


@pytest.mark.parametrize("precision", [p for p in Precision if p is not Precision.NONE])
def test_where_contours_are_missing_nothing_is_said(
    of_2015: QpvIndex, precision: Precision
) -> None:
    """Cayenne in 2015: unknown whatever the precision, and the territory is named."""
    cayenne = Position(-52.33, 4.94, precision, 20)
    verdict = judge(Place(cayenne, "97302"), of_2015)
    assert verdict == Verdict(2015, Status.UNKNOWN, uncovered="Guyane")


# Declarations


@pinned
def test_a_declaration_decides_what_the_position_cannot(
    poitiers: QpvIndex, precision: Precision
) -> None:
    """On the border, on either side: declared, with its distance."""
    for distance_m in (-10, 10):
        place = replace(known_to(at(distance_m), precision, 30), declared=("QN08604M",))
        verdict = judge(place, poitiers)
        assert verdict.status is Status.DECLARED
        assert codes(verdict.qpvs) == ["QN08604M"]
        assert verdict.conflicts == ()
        assert verdict.distance_m == pytest.approx(distance_m, abs=0.1)


@pinned
@pytest.mark.parametrize("just_m", [-JUST_M, JUST_M])
def test_a_position_contradicts_a_declaration_beyond_its_doubt_only(
    poitiers: QpvIndex, precision: Precision, just_m: float
) -> None:
    """It agrees when d < t; from t on, the measured status stays and the conflict is kept."""
    away_m = measured_m(at(120), poitiers)
    place = known_to(at(120), precision, away_m - ACCURACY_M + just_m)
    verdict = judge(replace(place, declared=("QN08604M",)), poitiers)
    if just_m > 0:
        assert (verdict.status, verdict.conflicts) == (Status.DECLARED, ())
    else:
        assert verdict.status is Status.NEAR
        assert codes(verdict.conflicts) == ["QN08604M"]


def test_what_is_measured_inside_is_not_merely_declared(poitiers: QpvIndex) -> None:
    """A sure position and a declaration that agree: inside, as measured."""
    place = known_to(at(-200), Precision.ADDRESS, 20)
    declared = judge(replace(place, declared=("QN08604M",)), poitiers)
    assert declared == judge(place, poitiers)
    assert declared.status is Status.INSIDE


def test_a_declaration_that_the_position_denies_is_kept_for_review(poitiers: QpvIndex) -> None:
    """Inside one QPV, declared in another: inside stays, the conflict says how far the other is."""
    place = replace(known_to(CENTRE, Precision.ADDRESS, 20), declared=("QN08605M",))
    verdict = judge(place, poitiers)
    assert verdict.status is Status.INSIDE
    assert codes(verdict.qpvs) == ["QN08604M"]
    (conflict,) = verdict.conflicts
    assert conflict.name == "Couronneries"
    assert conflict.distance_m == pytest.approx(1_500, rel=0.001)


def test_of_two_declarations_each_is_judged(poitiers: QpvIndex) -> None:
    """One agrees, one does not: declared in the first, the other kept as a conflict."""
    place = known_to(at(10), Precision.ADDRESS, 20)
    verdict = judge(replace(place, declared=("QN08605M", "QN08604M")), poitiers)
    assert verdict.status is Status.DECLARED
    assert codes(verdict.qpvs) == ["QN08604M"]
    assert codes(verdict.conflicts) == ["QN08605M"]


def test_in_an_overlap_a_declaration_is_told_beside_what_is_measured() -> None:
    """Deep inside one and on the border of the other, declared in the other: both are told."""
    other = qpv("QN08699M", square(moved(CENTRE, 90, 490), SIDE_M))
    place = replace(known_to(CENTRE, Precision.ADDRESS, 20), declared=("QN08699M",))
    verdict = judge(place, index_of(CITES, other))
    assert verdict.status is Status.INSIDE
    assert codes(verdict.qpvs) == ["QN08604M", "QN08699M"]


def test_a_declared_quartier_is_declared(poitiers: QpvIndex) -> None:
    """The usual case: a point of the declared QPV, whose radius holds it all."""
    verdict = judge(Place(point_inside(CITES), "86194", ("QN08604M",)), poitiers)
    assert verdict.status is Status.DECLARED
    assert codes(verdict.qpvs) == ["QN08604M"]


def test_a_declared_commune_is_declared_when_the_qpv_lies_in_it(poitiers: QpvIndex) -> None:
    """Only the commune is known and the declared QPV is one of its own."""
    verdict = judge(commune_place("86194", "QN08604M"), poitiers)
    assert (verdict.status, verdict.conflicts) == (Status.DECLARED, ())
    assert codes(verdict.qpvs) == ["QN08604M"]
    assert verdict.distance_m is None


def test_a_qpv_of_another_commune_is_a_conflict(poitiers: QpvIndex) -> None:
    """The record says Buxerolles, the declared QPV lies in Poitiers."""
    verdict = judge(commune_place("86041", "QN08604M"), poitiers)
    assert verdict.status is Status.OUTSIDE
    assert codes(verdict.conflicts) == ["QN08604M"]


@pytest.mark.parametrize("of_contours", ["75056", "75120"])
@pytest.mark.parametrize("of_record", ["75056", "75120"])
def test_an_arrondissement_does_not_contradict_its_city(of_contours: str, of_record: str) -> None:
    """The contours say 75056 and the geocoder 75120, or the reverse: no conflict."""
    belleville = qpv("QN07519M", square(Position(2.38, 48.87), 400), communes=[of_contours])
    paris = Position(2.399, 48.865, Precision.COMMUNE, 2_600)
    verdict = judge(Place(paris, of_record, ("QN07519M",)), index_of(belleville))
    assert (verdict.status, verdict.conflicts) == (Status.DECLARED, ())


def test_a_declaration_without_position_is_enough(poitiers: QpvIndex) -> None:
    """Declared, without a distance."""
    verdict = judge(Place(None, None, ("QN08604M",)), poitiers)
    assert verdict.status is Status.DECLARED
    assert verdict.qpvs == (NamedQpv("QN08604M", "Trois Cités"),)
    assert verdict.distance_m is None


def test_each_generation_hears_its_own_declarations(poitiers: QpvIndex, of_2015: QpvIndex) -> None:
    """A code of 2015 says nothing of 2024, nor the reverse."""
    place = known_to(at(10), Precision.ADDRESS, 20)
    told = replace(place, declared=("QP086004",))
    assert judge(told, poitiers) == judge(place, poitiers)
    assert judge(told, of_2015).status is Status.DECLARED
    told = replace(place, declared=("QN08604M",))
    assert judge(told, of_2015) == judge(place, of_2015)
    assert judge(told, poitiers).status is Status.DECLARED


def test_a_code_that_complete_contours_do_not_know_is_a_conflict(poitiers: QpvIndex) -> None:
    """QN99999M does not exist: kept for review, under its code."""
    verdict = judge(Place(None, None, ("QN99999M",)), poitiers)
    assert verdict.status is Status.UNKNOWN
    assert verdict.conflicts == (NamedQpv("QN99999M", "QN99999M"),)


@pytest.mark.parametrize("position", [None, Position(-52.28, 4.89, Precision.COMMUNE, 9_000)])
def test_a_code_of_a_missing_territory_is_believed(
    of_2015: QpvIndex, position: Position | None
) -> None:
    """Guyane has QPVs of 2015 that the contours lack: the declaration is all there is."""
    verdict = judge(Place(position, "97309", ("QP973001",)), of_2015)
    assert verdict.status is Status.DECLARED
    assert verdict.qpvs == (NamedQpv("QP973001", "QP973001"),)
    assert verdict.conflicts == ()


def test_a_code_of_a_missing_territory_is_not_believed_elsewhere(of_2015: QpvIndex) -> None:
    """Declared in Guyane and found in Poitiers: a conflict."""
    place = replace(known_to(CENTRE, Precision.ADDRESS, 20), declared=("QP973001",))
    verdict = judge(place, of_2015)
    assert verdict.status is Status.INSIDE
    assert codes(verdict.conflicts) == ["QP973001"]


def test_an_unknown_code_of_a_covered_territory_is_a_conflict(of_2015: QpvIndex) -> None:
    """The contours of 2015 lack Guyane, not Paris: QP075999 is a mistake."""
    verdict = judge(Place(None, None, ("QP075999",)), of_2015)
    assert verdict.status is Status.UNKNOWN
    assert codes(verdict.conflicts) == ["QP075999"]


def test_where_contours_are_missing_a_qpv_from_elsewhere_is_a_conflict(of_2015: QpvIndex) -> None:
    """Found in Cayenne and declared in Poitiers."""
    cayenne = Position(-52.33, 4.94, Precision.ADDRESS, 20)
    verdict = judge(Place(cayenne, "97302", ("QP086004",)), of_2015)
    assert (verdict.status, verdict.uncovered) == (Status.UNKNOWN, "Guyane")
    assert codes(verdict.conflicts) == ["QP086004"]


# Whatever the place

around_poitiers = st.builds(
    lambda azimuth, metres: moved(CENTRE, azimuth, metres), st.floats(0, 360), st.floats(0, 4_000)
)
precisions = st.sampled_from([p for p in Precision if p is not Precision.NONE])
radii = st.floats(0, 3_000)
declarations = st.lists(
    st.sampled_from(["QN08604M", "QN08605M", "QN99999M", "QP086004", "QP973001", "quartier"]),
    max_size=4,
    unique=True,
).map(tuple)
positions = st.builds(
    lambda at, precision, radius_m: Position(at.lon, at.lat, precision, radius_m),
    around_poitiers,
    precisions,
    radii,
)
insee_codes = st.sampled_from([None, "86194", "86041"])
places = st.builds(Place, st.none() | positions, insee_codes, declarations)

#: From the surest « in » to the surest « out »: a wider doubt only moves towards the middle.
_CERTAINTY = {Status.INSIDE: 1, Status.BORDER: 0, Status.NEAR: -1, Status.OUTSIDE: -1}


@given(around_poitiers, st.sampled_from(sorted(PINNED)), radii, radii)
def test_a_wider_radius_only_brings_doubt(
    poitiers: QpvIndex, place: Position, precision: Precision, one: float, other: float
) -> None:
    """It never turns outside into inside, nor inside into outside, nor doubt into certainty."""
    small, large = sorted((one, other))
    before = judge(known_to(place, precision, small), poitiers).status
    after = judge(known_to(place, precision, large), poitiers).status
    assert _CERTAINTY[after] in (_CERTAINTY[before], 0)


@given(places, st.floats(0, 2_000))
def test_every_verdict_can_be_said(poitiers: QpvIndex, place: Place, near_m: float) -> None:
    """It has a sentence, and names a QPV whenever its status speaks of one."""
    verdict = judge(place, poitiers, near_m)
    assert sentence(verdict).strip()
    names_some = verdict.status not in (Status.OUTSIDE, Status.UNKNOWN)
    assert bool(verdict.qpvs) == names_some
    assert len(set(codes(verdict.qpvs))) == len(verdict.qpvs)
    if verdict.status is Status.UNKNOWN:
        assert place.position is None


@given(places)
def test_no_declaration_is_lost(poitiers: QpvIndex, place: Place) -> None:
    """Each declared code of the generation is told, or kept as a conflict.

    Never both, unless the place is near the QPV in which it is declared.
    """
    verdict = judge(place, poitiers)
    told, denied = set(codes(verdict.qpvs)), set(codes(verdict.conflicts))
    declared = {code for code in place.declared if not code.startswith("QP")}
    assert declared <= told | denied
    assert denied <= declared
    assert verdict.status is Status.NEAR or not denied & told


@given(places)
def test_both_generations_are_judged_alike(place: Place) -> None:
    """The same contours under the codes of the other generation give the same verdict."""
    renamed = {"QN08604M": "QP086004", "QN08605M": "QP086005"}
    now = index_of(CITES, COURONNERIES, accuracy_m=ACCURACY_M)
    then = index_of(
        *(replace(area, code=renamed[area.code]) for area in now.contours.qpvs),
        generation=2015,
        accuracy_m=ACCURACY_M,
    )
    declared = tuple(code for code in place.declared if code in renamed)
    verdict = judge(replace(place, declared=declared), now)
    twin = judge(replace(place, declared=tuple(map(renamed.__getitem__, declared))), then)
    assert twin.generation == 2015
    assert (twin.status, twin.scope, twin.distance_m) == (
        verdict.status,
        verdict.scope,
        verdict.distance_m,
    )
    assert codes(twin.qpvs) == [renamed[code] for code in codes(verdict.qpvs)]
    assert codes(twin.conflicts) == [renamed[code] for code in codes(verdict.conflicts)]


@given(around_poitiers, radii, declarations)
def test_a_declaration_never_changes_what_is_sure(
    poitiers: QpvIndex, place: Position, radius_m: float, declared: tuple[str, ...]
) -> None:
    """Measured inside stays inside; measured clear of every QPV is never declared in one."""
    alone = known_to(place, Precision.ADDRESS, radius_m)
    before = judge(alone, poitiers)
    after = judge(replace(alone, declared=declared), poitiers)
    if before.status is Status.BORDER:
        assert after.status in (Status.BORDER, Status.DECLARED)
    else:
        assert after.status is before.status


# Real places


@pytest.mark.parametrize(
    ("lon_lat", "of_2015", "of_2024"),
    [
        # Addresses of work-integration enterprises, ASP register (SIAE), December 2020, as
        # geocoded by the Base Adresse Nationale; verified against the official perimeters.
        # 18 rue Castelnau, Dijon.
        ((5.072302, 47.332812), ("inside", "QP021004"), ("inside", "QN02103M")),
        # 19 avenue Robert Schuman, Poitiers.
        ((0.358588, 46.589742), ("inside", "QP086005"), ("inside", "QN08605M")),
        # 3 rue des Gravières, Poitiers: on the edge of Trois Cités.
        ((0.341511, 46.565349), ("border", "QP086004"), ("border", "QN08604M")),
        # 14 rue de Verdun, Pierrefitte-sur-Seine: on the edge of a QPV shared with Stains.
        ((2.371333, 48.969703), ("border", "QP093035"), ("border", "QN09335M")),
        # Rue George Sand, Stains: the Clos Saint-Lazare's housing association.
        ((2.374469, 48.949032), ("inside", "QP093048"), ("inside", "QN09347M")),
        # 126 boulevard de Belleville, Paris 20e.
        ((2.377694, 48.871726), ("inside", "QP075020"), ("inside", "QN07519M")),
        # 5 boulevard Viala, Marseille 15e.
        ((5.362961, 43.335401), ("inside", "QP013058"), ("inside", "QN01362I")),
        # 15 rue Honnorat, Marseille 3e: the redrawing of 2024 reaches it.
        ((5.380682, 43.303980), ("near", "QP013032"), ("border", "QN01332M")),
    ],
)
def test_an_address_is_judged_in_both_generations(
    indexes: dict[int, QpvIndex],
    lon_lat: tuple[float, float],
    of_2015: tuple[str, str],
    of_2024: tuple[str, str],
) -> None:
    """Known to 20 m, nobody declares anything."""
    place = Place(Position.at(*lon_lat, Precision.ADDRESS))
    for generation, expected in ((2015, of_2015), (2024, of_2024)):
        verdict = judge(place, indexes[generation])
        assert (verdict.status, codes(verdict.qpvs)[0]) == expected


@pytest.mark.parametrize(
    ("of_2015", "of_2024", "name", "insee_code"),
    [
        # RTES catalogue, March 2022: « au sein du quartier prioritaire des 3 cités ».
        ("QP086004", "QN08604M", "Trois Cités", "86194"),
        # La Coursive Boutaric, in the Grésilles: http://rtes.fr/Coursive-Boutaric-la-suite
        ("QP021004", "QN02103M", "Les Grésilles", "21231"),
    ],
)
def test_an_initiative_that_its_source_places_is_declared_there(
    indexes: dict[int, QpvIndex], of_2015: str, of_2024: str, name: str, insee_code: str
) -> None:
    """Placed at a point of the newest contour, declared in both generations, no conflict."""
    position = point_inside(known(indexes[2024], of_2024))
    place = Place(position, insee_code, (of_2015, of_2024))
    for index in indexes.values():
        verdict = judge(place, index)
        assert verdict.status is Status.DECLARED
        assert [named.name for named in verdict.qpvs] == [name]
        assert verdict.conflicts == ()


def known(index: QpvIndex, code: str) -> Qpv:
    """The QPV of a code that the shipped contours must have."""
    area = index.get(code)
    assert area is not None, code
    return area


def test_in_remire_montjoly_one_generation_is_known_and_the_other_missing(
    indexes: dict[int, QpvIndex], communes: dict[str, Commune]
) -> None:
    """One QPV in 2024 (Mahury Dedrad des Cannes), contours of 2015 not published with ours."""
    place = Place(communes["97309"].position, "97309")
    verdict = judge(place, indexes[2024])
    assert (verdict.status, verdict.scope) == (Status.POSSIBLE, Scope.COMMUNE)
    assert codes(verdict.qpvs) == ["QN97324M"]
    assert judge(place, indexes[2015]) == Verdict(2015, Status.UNKNOWN, uncovered="Guyane")


def test_only_the_commune_of_stains_is_known(
    indexes: dict[int, QpvIndex], communes: dict[str, Commune]
) -> None:
    """La Ferme des Possibles: three QPVs in both generations, two shared with Saint-Denis."""
    place = Place(communes["93072"].position, "93072")
    for generation, expected in (
        (2015, {"QP093035", "QP093040", "QP093048"}),
        (2024, {"QN09335M", "QN09339M", "QN09347M"}),
    ):
        verdict = judge(place, indexes[generation])
        assert verdict.status is Status.POSSIBLE
        assert set(codes(verdict.qpvs)) == expected


def test_in_paris_20e_the_qpvs_of_the_city_that_reach_it_are_possible(
    indexes: dict[int, QpvIndex], communes: dict[str, Commune]
) -> None:
    """Bellevilles, rue des Panoyaux: named by 2015, deduced from the circle in 2024."""
    place = Place(communes["75120"].position, "75120")
    for generation, belleville in ((2015, "QP075020"), (2024, "QN07519M")):
        verdict = judge(place, indexes[generation])
        assert (verdict.status, verdict.scope) == (Status.POSSIBLE, Scope.ARRONDISSEMENT)
        assert belleville in codes(verdict.qpvs)


def test_a_commune_of_the_jura_without_qpv_is_outside(indexes: dict[int, QpvIndex]) -> None:
    """Champagnole has none; Lons-le-Saunier has one."""
    for generation, lons in ((2015, "QP039002"), (2024, "QN03902M")):
        place = Place(Position(5.913, 46.745, Precision.COMMUNE, 5_000), "39097")
        verdict = judge(place, indexes[generation])
        assert (verdict.status, verdict.scope) == (Status.OUTSIDE, Scope.COMMUNE)
        assert codes(judge(replace(place, insee_code="39300"), indexes[generation]).qpvs) == [lons]
