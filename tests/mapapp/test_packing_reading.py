"""Official files of every published form are read alike, and the unreadable ones are refused."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.generalise import plane_of
from mapapp.errors import DataFault
from mapapp.packing.reading import Feature, read_features, read_table, sha256_of

SQUARE = shapely.box(2.3, 48.9, 2.4, 49)
COLUMNS = {"CODE_QP": "QP093035", "Nom_QP": "Cité « Pablo-Neruda »", "vide": None}


def geojson(crs: str | None = None, shape: shapely.Geometry = SQUARE) -> dict[str, Any]:
    """A collection of one object, as published."""
    geometry = json.loads(shapely.to_geojson(shape))
    feature = {"type": "Feature", "properties": COLUMNS, "geometry": geometry}
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return {"type": "FeatureCollection", "features": [feature]} | named


def in_lambert_93(shape: shapely.Geometry) -> Any:
    """The shape in the metres of the French national system."""
    to_lambert = Transformer.from_crs(4326, 2154, always_xy=True).transform
    return shapely.transform(shape, to_lambert, interleaved=False)


def write(path: Path, document: object) -> Path:
    """Write JSON, gzipped when the name says so."""
    content = json.dumps(document).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["qpv.geojson", "qpv.json", "QPV.GEOJSON", "qpv.geojson.gz"])
def test_geojson_is_read_without_any_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Column names in any case come in lower case, an absent value as empty text."""
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    [feature] = read_features(write(tmp_path / name, geojson()))
    assert feature.rank == 1
    assert feature.properties == {
        "code_qp": "QP093035",
        "nom_qp": "Cité « Pablo-Neruda »",
        "vide": "",
    }
    assert feature.geometry.equals(SQUARE)


def test_a_coordinate_system_named_in_geojson_is_obeyed(tmp_path: Path) -> None:
    """Lambert-93 metres become degrees."""
    document = geojson("urn:ogc:def:crs:EPSG::2154", in_lambert_93(SQUARE))
    [feature] = read_features(write(tmp_path / "qpv.geojson", document))
    assert shapely.hausdorff_distance(feature.geometry, SQUARE) < 1e-9


@pytest.mark.parametrize("name", ["qpv.shp.zip", "qpv.gpkg", "qpv.fgb"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2154"])
def test_geographic_formats_come_in_degrees(tmp_path: Path, name: str, crs: str) -> None:
    """Zipped Shapefile, GeoPackage and FlatGeobuf, in degrees or in Lambert-93."""
    shape = in_lambert_93(SQUARE) if crs.endswith("2154") else SQUARE
    path = gis_file(tmp_path / name, shape, crs)
    [feature] = read_features(path, "code_qp")
    assert feature.properties["code_qp"] == "QP093035"
    assert shapely.hausdorff_distance(feature.geometry, SQUARE) < 1e-8


def gis_file(path: Path, shape: shapely.Geometry, crs: str | None) -> Path:
    """A file of one object, in the format that its name says."""
    from pyogrio.raw import write as write_gis

    drivers = {".zip": "ESRI Shapefile", ".gpkg": "GPKG", ".fgb": "FlatGeobuf"}
    write_gis(
        path,
        geometry=np.array([shapely.to_wkb(shape)], dtype=object),
        field_data=[np.array(["QP093035"], dtype=object)],
        fields=np.array(["CODE_QP"]),
        driver=drivers[path.suffix],
        geometry_type="Polygon",
        crs=crs,
    )
    return path


def test_a_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyogrio a Shapefile is refused, and the message names the extra."""
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    with pytest.raises(DataFault, match=r"installez mapapp\[gis\]"):
        read_features(tmp_path / "qpv.shp")


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_a_file_without_coordinate_system_is_refused(tmp_path: Path) -> None:
    """Metres of an unknown system are not guessed."""
    path = gis_file(tmp_path / "qpv.fgb", in_lambert_93(SQUARE), None)
    with pytest.raises(DataFault, match="système de coordonnées manque"):
        read_features(path)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"type": "FeatureCollection"}, "GeoJSON entier"),
        ([], "GeoJSON entier"),
        ({"features": [{"properties": {}, "geometry": {"type": "Cube"}}]}, "GeoJSON entier"),
        (geojson("EPSG:93"), "coordonnées inconnu"),
        (geojson(), "« insee_com »"),
    ],
)
def test_a_strange_geojson_is_refused(tmp_path: Path, document: object, told: str) -> None:
    """One sentence that names the file."""
    path = write(tmp_path / "qpv.geojson", document)
    with pytest.raises(DataFault) as caught:
        read_features(path, "code_qp", "insee_com")
    sentence = caught.value.message.replace("\N{NO-BREAK SPACE}", " ")
    assert sentence.startswith("qpv.geojson : ")
    assert told in sentence


@pytest.mark.parametrize("name", ["qpv.geojson", "qpv.gpkg"])
@pytest.mark.parametrize("content", [b"", b"\x1f\x8bgarbage", b"PK\x03\x04"])
def test_damaged_bytes_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """A file cut or mistaken for another is a sentence, not a traceback."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataFault, match=f"^{name}"):
        read_features(tmp_path / name)


def test_an_object_without_geometry_is_kept_for_the_report(tmp_path: Path) -> None:
    """It has columns and an empty shape, so that it can be named."""
    document = geojson()
    document["features"][0]["geometry"] = None
    [feature] = read_features(write(tmp_path / "qpv.geojson", document))
    assert feature.geometry.is_empty


def test_the_official_lambert_93_is_where_the_degrees_are(extracts: Path) -> None:
    """Lille and Marseille, official Lambert-93, lie within 0.2 m of the file in degrees.

    The carriers of the two files took different ways (SOURCES.md: 0.06 to 0.09 m); a forgotten
    datum shift would be 40 m or more.
    """
    exact = by_code(read_features(extracts / "qpv_2015_lille_marseille_lambert93.fgb"))
    degrees = by_code(read_features(extracts / "qpv_2015_metropole.geojson.gz"))
    assert len(exact) == 45
    for code, feature in exact.items():
        plane = plane_of(feature.geometry)
        here, there = (plane.project(f.geometry) for f in (feature, degrees[code]))
        assert shapely.hausdorff_distance(here, there) < 0.2, code


def by_code(features: list[Feature]) -> dict[str, Feature]:
    """The features by QPV code."""
    return {feature.properties["code_qp"]: feature for feature in features}


def test_a_table_is_read_gzipped_or_not(tmp_path: Path) -> None:
    """A byte order mark and quotes are no part of the values."""
    content = '\ufeffinsee,nom\r\n93072,"Stains, Seine"\r\n'.encode()
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
    expected = [{"insee": "93072", "nom": "Stains, Seine"}]
    assert read_table(tmp_path / "a.csv", "insee") == expected
    assert read_table(tmp_path / "a.csv.gz", "insee") == expected
    assert sha256_of(tmp_path / "a.csv") != sha256_of(tmp_path / "a.csv.gz")


@pytest.mark.parametrize("content", [b"nom\n\xe9\n", b'a\n"', b"", b"nom\nStains\n"])
def test_a_table_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    """cp1252, an open quote, nothing at all, or the wrong columns."""
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataFault, match=r"^a\.csv"):
        read_table(tmp_path / "a.csv", "insee")
