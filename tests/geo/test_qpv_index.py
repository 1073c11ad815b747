"""What surrounds a place: QPVs by signed distance, by commune, and where contours are missing."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from drawn import GEOD, border_m, index_of, moved, qpv, ring, square
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Proj, Transformer
from scattered import places_of_all_kinds
from shapely.geometry import shape

from geo.contours import Qpv, Territory, read_contours
from geo.gazetteer import Commune
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex, lies_in, point_inside

LAMBERT_93 = "EPSG:2154"

#: The official files of each generation.
OFFICIAL = {2015: ("qpv_2015_metropole", "qpv_2015_reunion"), 2024: ("qpv_2024",)}

anywhere = st.builds(Position, st.floats(-180, 180), st.floats(-90, 90))
inhabited = st.builds(Position, st.floats(-180, 180), st.floats(-60, 60))

#: One QPV of each territory of the 2024 edition, from 51° north to 17° south.
TERRITORIES = {
    "Dunkerque": "QN05960M",
    "Paris 20e": "QN07519M",
    "Marseille": "QN01362I",
    "Guadeloupe": "QN97101M",
    "Martinique": "QN97201M",
    "Rémire-Montjoly, Guyane": "QN97324M",
    "La Réunion": "QN97401I",
    "Mayotte": "QN97651C",
    "Saint-Martin": "QN97801M",
    "Polynésie française": "QN98701M",
}


def known(index: QpvIndex, code: str) -> Qpv:
    """The QPV of a code that the shipped contours must have."""
    qpv = index.get(code)
    assert qpv is not None, code
    return qpv


# Signed distances


@pytest.mark.parametrize("code", TERRITORIES.values(), ids=TERRITORIES)
def test_distances_are_right_to_a_thousandth_in_every_territory(
    indexes: dict[int, QpvIndex], code: str
) -> None:
    """Against a projection centred on each place, inside, near and up to 40 km away."""
    area = known(indexes[2024], code)
    centre = point_inside(area)
    for azimuth in range(0, 360, 40):
        for metres in (0, 90, 700, 4_000, 40_000):
            place = moved(centre, azimuth, metres)
            exact = border_m(place, area.geometry)
            measured = indexes[2024].seen_from(place, code).distance_m
            assert measured == pytest.approx(exact, rel=0.001, abs=0.01)


def test_distances_agree_with_the_official_lambert_93_perimeters(extracts: Path) -> None:
    """Lille and Marseille: flat metres of EPSG:2154, divided by the projection's own scale."""
    _, _, outlines, (codes,) = pyogrio.raw.read(
        extracts / "qpv_2015_lille_marseille_lambert93.fgb", columns=["code_qp"]
    )
    flat = dict(zip(codes, shapely.from_wkb(outlines), strict=True))
    assert len(flat) == 45
    to_degrees = Transformer.from_crs(LAMBERT_93, "EPSG:4171", always_xy=True)
    index = index_of(
        *(qpv(code, shapely.transform(area, in_degrees(to_degrees))) for code, area in flat.items())
    )
    scale = Proj(LAMBERT_93)
    draw = np.random.default_rng(2154)
    for code, area in flat.items():
        west, south, east, north = area.bounds
        for x, y in draw.uniform((west - 3e3, south - 3e3), (east + 3e3, north + 3e3), (8, 2)):
            here = shapely.Point(x, y)
            metres = here.distance(area.boundary) * (-1 if area.covers(here) else 1)
            position = Position(*to_degrees.transform(x, y))
            metres /= scale.get_factors(*position.lon_lat).meridional_scale
            measured = index.seen_from(position, code).distance_m
            assert measured == pytest.approx(metres, rel=0.001, abs=0.02)


def in_degrees(transformer: Transformer) -> Any:
    """The transformer as Shapely applies it: an array of coordinates in, one out."""
    return lambda at: np.column_stack(transformer.transform(at[:, 0], at[:, 1]))


@given(inhabited, st.floats(50, 3_000), st.floats(0, 360), st.floats(0, 30_000))
@example(Position(180, -16), 800.0, 90.0, 2_000.0)
@example(Position(-179.999, 52), 800.0, 270.0, 1_500.0)
def test_distances_are_right_on_both_hemispheres_and_across_the_antimeridian(
    centre: Position, side_m: float, azimuth: float, metres: float
) -> None:
    """Any square anywhere people live, seen from up to 30 km: a thousandth at most."""
    area = square(centre, side_m)
    place = moved(centre, azimuth, metres)
    measured = index_of(qpv("QN00101M", area)).seen_from(place, "QN00101M").distance_m
    assert measured == pytest.approx(border_m(place, area), rel=0.001, abs=0.01)


@pytest.mark.parametrize("lat", [90, 89.9999, -90, -89.9999])
@pytest.mark.parametrize("lon", [-180, 0, 133.7, 180])
def test_near_a_pole_a_question_has_an_answer(
    indexes: dict[int, QpvIndex], lon: float, lat: float
) -> None:
    """Nobody lives there, and nothing breaks: the nearest QPV is a few thousand kilometres off."""
    near = indexes[2024].nearest(Position(lon, lat))
    assert near is not None
    assert 3e6 < near.distance_m < 9e6


def test_a_place_in_the_bering_sea_is_not_in_belleville(indexes: dict[int, QpvIndex]) -> None:
    """On the meridian opposite to a QPV, its outline is not torn around the place."""
    west, south, east, north = known(indexes[2024], "QN07518M").geometry.bounds
    opposite = Position((west + east) / 2 - 180, (south + north) / 2)
    assert indexes[2024].seen_from(opposite, "QN07518M").distance_m > 9e6


# Nearest, within


def nearest_of_all(position: Position, index: QpvIndex) -> float:
    """Signed metres to the nearest border, every QPV that could be it measured one by one."""
    corners, owners = all_corners(index)
    near = np.linalg.norm(corners - in_space(*position.lon_lat), axis=1)
    # Straight through the Earth and along it, near and far are the same but for the flattening
    # (0.34 %); a border runs at most 4.5 km between two corners, Mayotte's.
    candidates = np.unique(owners[near <= near.min() * 1.004 + 2_500])
    return min(border_m(position, index.contours.qpvs[i].geometry) for i in candidates)


_CORNERS: dict[int, tuple[Any, Any]] = {}


def all_corners(index: QpvIndex) -> tuple[Any, Any]:
    """Every corner of every outline as a point in space (metres), and the rank of its QPV."""
    if id(index) not in _CORNERS:
        outlines = np.array([q.geometry for q in index.contours.qpvs], dtype=object)
        lon_lat, owners = shapely.get_coordinates(outlines, return_index=True)
        _CORNERS[id(index)] = in_space(lon_lat[:, 0], lon_lat[:, 1]), owners
    return _CORNERS[id(index)]


def in_space(lon: Any, lat: Any) -> Any:
    """Metres from the centre of the Earth, on the ellipsoid."""
    phi, theta = np.radians(lat), np.radians(lon)
    normal = GEOD.a / np.sqrt(1 - GEOD.es * np.sin(phi) ** 2)
    return np.stack(
        [
            normal * np.cos(phi) * np.cos(theta),
            normal * np.cos(phi) * np.sin(theta),
            normal * (1 - GEOD.es) * np.sin(phi),
        ],
        axis=-1,
    )


def test_the_nearest_of_the_shipped_qpvs_is_the_nearest_of_all(
    indexes: dict[int, QpvIndex],
) -> None:
    """From the towns, the fields and the oceans alike, to a thousandth."""
    draw = np.random.default_rng(2024)
    places = [Position(*at) for at in draw.uniform((-4, 43), (8, 50), (40, 2))]
    places += [Position(*at) for at in draw.uniform((-180, -90), (180, 90), (16, 2))]
    places += [moved(point_inside(area), 77, 900) for area in indexes[2024].contours.qpvs[::90]]
    for index in indexes.values():
        for place in places:
            near = index.nearest(place)
            assert near is not None
            exact = nearest_of_all(place, index)
            assert near.distance_m == pytest.approx(exact, rel=0.001, abs=0.01)


@st.composite
def neighbourhoods(draw: st.DrawFn) -> tuple[QpvIndex, Position]:
    """Up to six squares around a place or over the Earth, and where they are seen from."""
    seen_from = draw(inhabited)
    away = st.one_of(st.floats(0, 3_000), st.floats(0, 60_000), st.floats(0, 15_000_000))
    centres = draw(st.lists(st.tuples(st.floats(0, 360), away), min_size=1, max_size=6))
    areas = [
        square(near_the_equator(moved(seen_from, *centre)), draw(st.floats(50, 2_000)))
        for centre in centres
    ]
    return index_of(*(qpv(f"QN001{i:02}M", area) for i, area in enumerate(areas))), seen_from


def near_the_equator(place: Position) -> Position:
    """A square is drawn along meridians: not around a pole."""
    return Position(place.lon, max(-70.0, min(70.0, place.lat)))


@given(neighbourhoods())
def test_the_nearest_is_found_wherever_the_neighbourhoods_lie(
    asked: tuple[QpvIndex, Position],
) -> None:
    """Overlapping, far at sea, across the antimeridian: as when each is measured in turn."""
    index, place = asked
    exact = min(border_m(place, area.geometry) for area in index.contours.qpvs)
    near = index.nearest(place)
    assert near is not None
    assert near.distance_m == pytest.approx(exact, rel=0.001, abs=0.01)


@given(neighbourhoods(), st.floats(0, 100_000))
def test_within_tells_every_neighbourhood_in_reach_deepest_first(
    asked: tuple[QpvIndex, Position], radius_m: float
) -> None:
    """None beyond the radius, none forgotten, in the order of their signed distances."""
    index, place = asked
    measured = sorted(
        (index.seen_from(place, area.code).distance_m, area.code) for area in index.contours.qpvs
    )
    expected = [code for metres, code in measured if metres <= radius_m]
    assert [near.qpv.code for near in index.within(place, radius_m)] == expected


def test_without_contours_nothing_is_near() -> None:
    """No QPV at all: None and nothing, not an error."""
    nowhere = index_of()
    assert nowhere.nearest(Position(2.35, 48.87)) is None
    assert nowhere.within(Position(2.35, 48.87), 1e7) == []


# Inside, outside


def test_inside_and_outside_are_what_shapely_says(indexes: dict[int, QpvIndex]) -> None:
    """Around each of 150 QPVs: negative when the outline covers the point, else positive."""
    draw = np.random.default_rng(151)
    for index in indexes.values():
        for area in index.contours.qpvs[:: len(index.contours.qpvs) // 75]:
            west, south, east, north = area.geometry.bounds
            for lon_lat in draw.uniform((west, south), (east, north), (6, 2)):
                measured = index.seen_from(Position(*lon_lat), area.code).distance_m
                assert (measured <= 0) == area.geometry.covers(shapely.Point(lon_lat))


def test_every_hole_of_the_shipped_contours_is_outside(indexes: dict[int, QpvIndex]) -> None:
    """A block left out of a neighbourhood (76 QPVs of 2024 have some) is not in it."""
    pierced = [area for area in indexes[2024].contours.qpvs if holes(area)]
    assert "QN01305M" in {area.code for area in pierced}  # Roquecoquille, Châteaurenard
    for area in pierced:
        for hole in holes(area):
            middle = shapely.point_on_surface(hole)
            if area.geometry.covers(middle):
                continue  # another part of the QPV stands in the hole of this one
            seen = indexes[2024].seen_from(Position(middle.x, middle.y), area.code)
            assert seen.distance_m > 0, area.code


def holes(area: Qpv) -> list[shapely.Polygon]:
    """The blocks that the outline of a QPV leaves out."""
    parts = shapely.get_parts(area.geometry)
    return [shapely.Polygon(ring) for part in parts for ring in part.interiors]


def test_from_the_middle_of_a_hole_the_border_is_the_hole_s() -> None:
    """A square of a kilometre with a court of 200 m: its middle is 100 m outside."""
    centre = Position(0.35, 46.565)
    index = index_of(qpv("QN08604M", ring(centre, 1_000, 200)))
    assert index.seen_from(centre, "QN08604M").distance_m == pytest.approx(100, rel=0.001)
    wall = moved(centre, 90, 250)
    assert index.seen_from(wall, "QN08604M").distance_m == pytest.approx(-150, rel=0.001)


def test_a_contour_published_crossed_is_repaired_and_measured(tmp_path: Path) -> None:
    """A bow tie is two triangles: inside either, outside between them."""
    path = tmp_path / "qpv_2024.geojson"
    path.write_text(json.dumps(bow_tie()), encoding="utf-8")
    index = QpvIndex(read_contours(path))
    west, east = Position(2.3505, 48.8705), Position(2.3595, 48.8705)
    assert index.seen_from(west, "QN07501M").distance_m < 0
    assert index.seen_from(east, "QN07501M").distance_m < 0
    above = Position(2.355, 48.8709)
    exact = border_m(above, known(index, "QN07501M").geometry)
    assert index.seen_from(above, "QN07501M").distance_m == pytest.approx(exact, rel=0.001)
    assert exact > 10


def bow_tie() -> dict[str, Any]:
    """A contour file whose only ring crosses itself in its middle (2.355, 48.8705)."""
    about = {
        "generation": 2024, "edition": "essai", "producer": "essai", "licence": "essai",
        "source_file_sha256": {}, "accuracy_m": 0, "tolerance_m": 0, "uncovered": [],
        "computed_on": "2026-01-01",
    }  # fmt: skip
    ring = [[2.35, 48.87], [2.36, 48.871], [2.36, 48.87], [2.35, 48.871], [2.35, 48.87]]
    feature = {
        "type": "Feature",
        "properties": {"code": "QN07501M", "nom": "Nœud", "communes": ["75056"]},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return {"type": "FeatureCollection", "contours": about, "features": [feature]}


def test_no_sure_answer_on_shipped_contours_is_denied_by_the_official_perimeters(
    indexes: dict[int, QpvIndex], extracts: Path
) -> None:
    """Places in and around the QPVs at hand: generalised or not, one answer.

    Beyond the accuracy of the contours from a border, a place is in the same QPVs for both.
    """
    for generation, names in OFFICIAL.items():
        published = perimeters(extracts, *names)
        contours = indexes[generation].contours
        at_hand = tuple(qpv for qpv in contours.qpvs if qpv.code in published)
        assert len(at_hand) == len(published) > 140
        index = QpvIndex(replace(contours, qpvs=at_hand))
        compare(index, published, places_of_all_kinds(index, 1_000, generation))


@pytest.mark.endure
def test_no_sure_answer_in_all_of_france_is_denied_by_the_official_perimeters(
    indexes: dict[int, QpvIndex], official_data: Path
) -> None:
    """The same for the 3,805 work-integration enterprises (ASP register, 2020) and every QPV."""
    places = registered_places(official_data)
    for generation, names in OFFICIAL.items():
        compare(indexes[generation], perimeters(official_data, *names), places)


def compare(
    index: QpvIndex, published: dict[str, shapely.Geometry], places: list[Position]
) -> None:
    """What the index is sure of is what the published perimeters say."""
    accuracy_m = index.contours.accuracy_m
    for place, official in zip(places, holders(places, published), strict=True):
        around = index.within(place, accuracy_m)
        assert {n.qpv.code for n in around if n.distance_m <= -accuracy_m} <= official
        assert official <= {near.qpv.code for near in around}


def registered_places(folder: Path) -> list[Position]:
    """Where the enterprises of the register are."""
    header, *lines = gzip.decompress((folder / "siae_2020.csv.gz").read_bytes()).splitlines()
    assert header.endswith(b"departement,lon,lat,source")
    cells = [line.rsplit(b",", 3)[1:3] for line in lines]
    places = [Position(float(lon), float(lat)) for lon, lat in cells if lon]
    assert len(places) == 3_805
    return places


def perimeters(folder: Path, *names: str) -> dict[str, shapely.Geometry]:
    """The perimeters of official files, made valid, by code."""
    return {
        feature["properties"]["code_qp"]: shapely.make_valid(shape(feature["geometry"]))
        for name in names
        for feature in json.loads(gzip.decompress((folder / f"{name}.geojson.gz").read_bytes()))[
            "features"
        ]
    }


def holders(places: list[Position], published: dict[str, shapely.Geometry]) -> list[set[str]]:
    """The codes of the perimeters that hold each place."""
    codes, areas = list(published), list(published.values())
    held_by: list[set[str]] = [set() for _ in places]
    points = shapely.points([place.lon_lat for place in places])
    for place, area in zip(*shapely.STRtree(areas).query(points, "covered_by"), strict=True):
        held_by[place].add(codes[area])
    return held_by


# Codes and communes


def test_a_qpv_is_known_by_its_code_in_its_own_generation(indexes: dict[int, QpvIndex]) -> None:
    """Trois Cités in Poitiers bears a code of each generation."""
    assert known(indexes[2024], "QN08604M").name == "Trois Cités"
    assert known(indexes[2015], "QP086004").name == "Trois Cités"
    assert "QN08604M" in indexes[2024]
    assert "QN08604M" not in indexes[2015]
    assert indexes[2015].get("QN08604M") is None
    with pytest.raises(KeyError):
        indexes[2015].seen_from(Position(0.34, 46.57), "QN08604M")


@pytest.mark.parametrize("generation", [2015, 2024])
def test_a_qpv_of_several_communes_is_found_from_each(
    indexes: dict[int, QpvIndex], generation: int
) -> None:
    """One field may list several communes; none of them is forgotten."""
    index = indexes[generation]
    shared = [area for area in index.contours.qpvs if len(area.communes) > 1]
    assert len(shared) > 50
    for area in shared:
        for commune in area.communes:
            assert area in index.of_commune(commune), (area.code, commune)


def test_a_qpv_over_stains_and_saint_denis_belongs_to_both(indexes: dict[int, QpvIndex]) -> None:
    """Floréal Saussaie Allende (QN09339M), of which ANCT lists two communes."""
    for commune in ("93072", "93066"):
        assert "QN09339M" in {area.code for area in indexes[2024].of_commune(commune)}
    assert lies_in(known(indexes[2024], "QN09339M"), "93072")
    assert not lies_in(known(indexes[2024], "QN09339M"), "93010")


@pytest.mark.parametrize("generation", [2015, 2024])
def test_pierrefitte_is_named_by_the_commune_it_merged_into(
    indexes: dict[int, QpvIndex], generation: int
) -> None:
    """INSEE 93059 is 93066 since January 2025: no QPV keeps the former code."""
    index = indexes[generation]
    assert index.of_commune("93059") == ()
    joncherolles = next(q for q in index.contours.qpvs if q.name == "Joncherolles - Fauvettes")
    assert joncherolles in index.of_commune("93066")


@pytest.mark.parametrize(
    ("arrondissement", "commune", "of_2015", "of_2024", "elsewhere"),
    [
        ("75120", "75056", "QP075020", "QN07519M", "QN07505I"),  # Belleville, not Vanves
        ("69383", "69123", "QP069042", "QN06939I", "QN06934M"),  # Moncey, not La Duchère
        ("13215", "13055", "QP013058", "QN01362I", "QN01334I"),  # La Cabucelle, not La Cayolle
    ],
    ids=["Paris 20e", "Lyon 3e", "Marseille 15e"],
)
def test_an_arrondissement_finds_its_qpvs_whichever_way_a_file_names_them(
    indexes: dict[int, QpvIndex],
    communes: dict[str, Commune],
    arrondissement: str,
    commune: str,
    of_2015: str,
    of_2024: str,
    elsewhere: str,
) -> None:
    """2015 names arrondissements, 2024 the commune only: those that reach the arrondissement."""
    place = communes[arrondissement].position
    named = {area.code for area in indexes[2015].of_commune(arrondissement, place)}
    assert of_2015 in named
    assert indexes[2015].of_commune(arrondissement) == indexes[2015].of_commune(
        arrondissement, place
    )
    around = {area.code for area in indexes[2024].of_commune(arrondissement, place)}
    assert of_2024 in around
    assert elsewhere not in around
    whole = {area.code for area in indexes[2024].of_commune(commune)}
    assert around | {elsewhere} <= whole
    assert named <= {area.code for area in indexes[2015].of_commune(commune)}
    assert indexes[2024].of_commune(arrondissement) == ()


def test_a_commune_without_qpv_has_none(indexes: dict[int, QpvIndex]) -> None:
    """Asked twice, an unknown code still has none."""
    for code in ("39001", "39001", "nowhere", ""):
        assert indexes[2024].of_commune(code) == ()


# Where contours are missing


def test_the_contours_of_2015_say_where_they_are_missing(indexes: dict[int, QpvIndex]) -> None:
    """Guyane, Guadeloupe, Martinique, Mayotte, Saint-Martin, Polynésie; not La Réunion."""
    missing = {
        Position(-52.28, 4.89): "Guyane",
        Position(-61.53, 16.24): "Guadeloupe",
        Position(-61.06, 14.61): "Martinique",
        Position(45.23, -12.78): "Mayotte",
        Position(-63.08, 18.07): "Saint-Martin",
        Position(-149.56, -17.54): "Polynésie française",
    }
    for place, name in missing.items():
        territory = indexes[2015].uncovered_at(place)
        assert territory is not None
        assert territory.name == name
        assert indexes[2024].uncovered_at(place) is None


@pytest.mark.parametrize("lon_lat", [(2.39, 48.86), (55.45, -20.88), (9.45, 42.70), (0, 0)])
def test_where_contours_exist_nothing_is_missing(
    indexes: dict[int, QpvIndex], lon_lat: tuple[float, float]
) -> None:
    """Paris, La Réunion and Bastia are covered; the ocean has no QPV to lack."""
    assert indexes[2015].uncovered_at(Position(*lon_lat)) is None


def test_the_edge_of_a_missing_territory_belongs_to_it() -> None:
    """Its box is closed."""
    island = Territory("971", "Guadeloupe", (-61.81, 15.83, -61.0, 16.52))
    index = index_of(generation=2015, uncovered=[island])
    assert index.uncovered_at(Position(-61.0, 16.52)) == island
    assert index.uncovered_at(Position(-60.999, 16.52)) is None


# A point for a whole QPV


def test_the_point_of_a_qpv_is_inside_it_and_its_radius_holds_it(
    indexes: dict[int, QpvIndex],
) -> None:
    """For the shipped QPVs, even those in parts, in a ring or in a crescent."""
    for index in indexes.values():
        for area in index.contours.qpvs[::3]:
            point = point_inside(area)
            assert point.precision is Precision.QUARTIER
            assert area.geometry.contains(shapely.Point(point.lon_lat)), area.code
            lons, lats = shapely.get_coordinates(area.geometry).T
            origin = np.full(len(lons), point.lon), np.full(len(lons), point.lat)
            assert point.radius_m == pytest.approx(GEOD.inv(*origin, lons, lats)[2].max())


def test_the_point_of_a_ring_is_in_the_ring() -> None:
    """The centre of a ring is in its hole: another point is taken."""
    centre = Position(0.35, 46.565)
    area = qpv("QN08604M", ring(centre, 1_000, 800))
    point = point_inside(area)
    assert index_of(area).seen_from(point, "QN08604M").distance_m < 0
    assert point.radius_m > 700
