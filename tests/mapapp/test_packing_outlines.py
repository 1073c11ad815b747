"""The base map of départements: light, whole, without a gap between neighbours."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from mapapp.errors import DataFault
from mapapp.packing.outlines import _from_drawing, _to_drawing, pack_outlines
from mapapp.packing.reading import sha256_of
from mapapp.paths import shipped

SOURCE = "departements_dont_outremer_anct.geojson.gz"

#: Places that a simplification may well drown, and the département they belong to.
PLACES = {
    "Île de Ré": ("17", -1.40, 46.20),
    "Oléron": ("17", -1.28, 45.93),
    "Belle-Île": ("56", -3.19, 47.33),
    "Houat": ("56", -2.961, 47.392),
    "Ouessant": ("29", -5.09, 48.46),
    "Yeu": ("85", -2.35, 46.71),
    "Porquerolles": ("83", 6.21, 42.99),
    "Marie-Galante": ("971", -61.27, 15.93),
    "Petite-Terre (Mayotte)": ("976", 45.28, -12.79),
    "Valréas, enclave": ("84", 4.99, 44.385),
    "Paris": ("75", 2.35, 48.86),
    "Bastia": ("2B", 9.44, 42.70),
    "Saint-Denis de La Réunion": ("974", 55.45, -20.90),
    "Saül": ("973", -53.20, 3.62),
}

#: Spanish, inside the Pyrénées-Orientales: the one true hole.
LLIVIA = shapely.Point(1.98, 42.466)


@pytest.fixture(scope="module")
def document() -> Any:
    """The outlines that ship."""
    return json.loads((shipped("data") / "departements.geojson").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def outlines(document: Any) -> dict[str, shapely.Geometry]:
    """The outlines that ship, by code."""
    return {f["properties"]["code"]: shape(f["geometry"]) for f in document["features"]}


def test_the_101_departements_weigh_less_than_40_kilobytes(
    outlines: dict[str, shapely.Geometry],
) -> None:
    """They load with the first view of the map."""
    assert len(outlines) == 101
    content = (shipped("data") / "departements.geojson").read_bytes()
    assert len(gzip.compress(content, 6)) <= 40_000


def test_neighbours_share_one_border(outlines: dict[str, shapely.Geometry]) -> None:
    """No gap and no overlap between départements, and each is sound."""
    areas = list(outlines.values())
    assert all(area.is_valid for area in areas)
    assert shapely.coverage_is_valid(areas)
    lands = shapely.get_parts(shapely.union_all(areas))
    holes = [shapely.Polygon(ring) for land in lands for ring in land.interiors]
    assert [hole.covers(LLIVIA) for hole in holes] == [True], "no gap but a Spanish town"


@pytest.mark.parametrize("place", PLACES)
def test_places_stay_in_their_departement(
    outlines: dict[str, shapely.Geometry], place: str
) -> None:
    """Islands that matter, an enclave, prefectures."""
    code, lon, lat = PLACES[place]
    assert outlines[code].covers(shapely.Point(lon, lat))


def test_areas_hardly_change(extracts: Path, outlines: dict[str, shapely.Geometry]) -> None:
    """What a département gains and loses is under a tenth of it, even Paris and the islands."""
    with gzip.open(extracts / SOURCE) as file:
        published = {
            f["properties"]["insee_dep"]: shape(f["geometry"]) for f in json.load(file)["features"]
        }
    assert len(published) == 11
    for code, before in published.items():
        changed = before.symmetric_difference(outlines[code])
        assert changed.area < 0.1 * before.area, code


def test_what_ships_is_what_the_command_makes(
    official_data: Path, document: Any, tmp_path: Path
) -> None:
    """Made again from the official file that it names, it is the same, line by line.

    But three lines: where two vertices are equally worth keeping, the last bit of a number decides,
    and machines differ.
    """
    assert document["contours"]["source_file_sha256"] == {SOURCE: sha256_of(official_data / SOURCE)}
    assert pack_outlines(official_data / SOURCE, tmp_path / "d.geojson") == 101
    made, kept = (
        (folder / name).read_text(encoding="utf-8").splitlines()
        for folder, name in ((tmp_path, "d.geojson"), (shipped("data"), "departements.geojson"))
    )
    assert sum(one != other for one, other in zip(made, kept, strict=True)) <= 3


@given(st.floats(-180, 180), st.floats(-80, 80))
def test_the_inset_around_paris_is_undone(lon: float, lat: float) -> None:
    """Any point comes back from the drawing where it was, to the four decimals written."""
    point = shapely.Point(lon, lat)
    back = shapely.transform(shapely.transform(point, _to_drawing), _from_drawing)
    assert shapely.distance(point, back) < 1e-4


def test_another_file_is_refused(tmp_path: Path) -> None:
    """Communes are not départements."""
    path = tmp_path / "communes.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}')
    with pytest.raises(DataFault, match="insee_dep"):
        pack_outlines(path, tmp_path / "out.geojson")
