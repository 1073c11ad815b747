"""Our contour files: what is written is what is read, and damage is told by file and feature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.contours import Contours, ContoursError, Qpv, Territory, read_contours, write_contours

SQUARE = shapely.Polygon([(2.3, 48.9), (2.4, 48.9), (2.4, 49), (2.3, 49), (2.3, 48.9)])
WITH_HOLE = SQUARE.difference(shapely.box(2.32, 48.92, 2.33, 48.93))
TWO_PARTS = shapely.MultiPolygon([SQUARE, shapely.box(3, 48, 3.1, 48.1)])

CONTOURS = Contours(
    generation=2015,
    edition="décret d’essai",
    producer="ANCT",
    accuracy_m=5.1,
    checksum="",
    uncovered=(Territory("971", "Guadeloupe", (-61.81, 15.83, -61.0, 16.52)),),
    qpvs=(
        Qpv("QP093035", "Centre Ville - Maroc", ("93066", "93072"), SQUARE),
        Qpv("QP02A001", "Les Cannes", ("2A004",), WITH_HOLE),
        Qpv("QP974001", "Le Gol", (), TWO_PARTS),
    ),
    tolerance_m=5.0,
    sources={"metropole.geojson": "0" * 64},
    computed_on="2026-11-24",
)

Damage = Callable[[dict[str, Any]], Any]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A sound file."""
    path = tmp_path / "qpv.geojson"
    write_contours(CONTOURS, path)
    return path


def test_what_is_written_is_read_back(written: Path) -> None:
    """Every field comes back, with the fingerprint of the file that was read."""
    contours = read_contours(written)
    assert contours == replace(CONTOURS, checksum=contours.checksum)
    assert contours.checksum == hashlib.sha256(written.read_bytes()).hexdigest()


def test_one_line_per_neighbourhood(written: Path) -> None:
    """A change of one QPV is a change of one line, in a file that GeoJSON readers accept."""
    before = written.read_text(encoding="utf-8").splitlines()
    moved = replace(CONTOURS.qpvs[1], name="Les Cannes - Les Salines")
    qpvs = (CONTOURS.qpvs[0], moved, CONTOURS.qpvs[2])
    write_contours(replace(CONTOURS, qpvs=qpvs), written)
    after = written.read_text(encoding="utf-8").splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1
    assert json.loads("\n".join(after))["type"] == "FeatureCollection"


def test_a_write_that_fails_leaves_the_former_file(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk never leaves half a file in force."""
    before = written.read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_contours(CONTOURS, written)
    assert written.read_bytes() == before


def degrees(most: int) -> st.SearchStrategy[float]:
    """To a tenth of a micrometre: finer ones GEOS itself cannot compute with."""
    return st.floats(-most, most).map(lambda value: round(value, 12))


@given(st.lists(st.tuples(degrees(180), degrees(90)), min_size=3, max_size=8, unique=True))
def test_a_centimetre_at_most_is_lost_in_writing(
    tmp_path_factory: pytest.TempPathFactory, corners: list[tuple[float, float]]
) -> None:
    """Coordinates keep seven decimals, anywhere on the Earth."""
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    if hull.area < 1e-6:  # degenerate at the written precision
        return
    path = tmp_path_factory.mktemp("contours") / "one.geojson"
    write_contours(replace(CONTOURS, qpvs=(Qpv("QP093035", "Ici", (), hull),)), path)
    read = read_contours(path).qpvs[0].geometry
    assert read.is_valid
    assert shapely.hausdorff_distance(read, hull) <= 2e-7


def test_an_area_that_crosses_itself_is_repaired(written: Path) -> None:
    """A bow tie is read as its two triangles."""
    crossing = [[[2, 48], [2.1, 48.1], [2.1, 48], [2, 48.1], [2, 48]]]
    damage(written, lambda d: d["features"][0]["geometry"].update(coordinates=crossing))
    repaired = read_contours(written).qpvs[0].geometry
    assert repaired.is_valid
    assert len(shapely.get_parts(repaired)) == 2


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.pop("contours"), "« contours » manque"),
        (lambda d: d.pop("features"), "« features » manque"),
        (lambda d: d["contours"].update(generation=2019), "génération 2019 inconnue"),
        (lambda d: d["contours"].update(generation=True), "« generation » manque"),
        (lambda d: d["contours"].update(accuracy_m=-1), "précision de -1"),
        (lambda d: d["contours"].update(accuracy_m="5"), "« accuracy_m » manque"),
        (lambda d: d["contours"].pop("edition"), "« edition » manque"),
        (lambda d: d["contours"]["uncovered"][0].update(bbox=[1, 2, 3]), "quatre nombres"),
        (lambda d: d["contours"]["uncovered"].append("971"), "« bbox » manque"),
        (lambda d: d["features"].append("QP093036"), "objet 4 : un objet GeoJSON"),
        (lambda d: d["features"][1].pop("properties"), "objet 2 : « properties » manque"),
        (lambda d: d["features"][1]["properties"].pop("code"), "objet 2 : « code » manque"),
        (lambda d: d["features"][1]["properties"].pop("nom"), "(QP02A001) : « nom » manque"),
        (lambda d: d["features"][1]["properties"].update(communes="2A004"), "« communes » manque"),
        (lambda d: d["features"][1]["properties"].update(code="QP093035"), "QP093035 figure deux"),
        (lambda d: d["features"][1]["properties"].update(code="QN09335M"), "« QN09335M » n’est"),
        (lambda d: d["features"][1].update(geometry=None), "« geometry » manque"),
        (lambda d: d["features"][1].update(geometry={"type": "Pentagone"}), "géométrie illisible"),
        (lambda d: d["features"][1]["geometry"].update(coordinates=[[[2]]]), "géométrie illisible"),
        (lambda d: d["features"][1]["geometry"].update(coordinates=[]), "géométrie sans surface"),
        (lambda d: d["features"][1].update(geometry=POINT), "géométrie sans surface"),
        (lambda d: d["features"][1]["geometry"].update(coordinates=LAMBERT_93), "hors de la Terre"),
    ],
)
def test_damage_is_told_in_french(written: Path, spoil: Damage, told: str) -> None:
    """The message names the file and what is wrong in it."""
    damage(written, spoil)
    with pytest.raises(ContoursError) as caught:
        read_contours(written)
    sentence = str(caught.value).replace("\N{NO-BREAK SPACE}", " ")
    assert told in sentence
    assert sentence.startswith("qpv.geojson")
    assert sentence.endswith(".")


POINT = {"type": "Point", "coordinates": [2, 48]}
LAMBERT_93 = [[[652000, 6862000], [653000, 6862000], [653000, 6863000], [652000, 6862000]]]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"12", b'"QP"', b"\xff\xfe", b'{"features": NaN}', b"[" * 200_000],
    ids=["empty", "cut", "list", "number", "text", "binary", "nan", "deep"],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes, one sentence and no traceback of another kind."""
    path = tmp_path / "autre.geojson"
    path.write_bytes(content)
    with pytest.raises(ContoursError, match=r"^autre\.geojson"):
        read_contours(path)


def test_a_truncated_file_is_refused_at_every_length(written: Path) -> None:
    """A download cut anywhere is never taken for a smaller set of QPVs."""
    whole = written.read_bytes()
    for length in range(0, len(whole.rstrip()), 37):
        written.write_bytes(whole[:length])
        with pytest.raises(ContoursError):
            read_contours(written)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The name of the file, not a traceback."""
    with pytest.raises(ContoursError, match=r"^absent\.geojson"):
        read_contours(tmp_path / "absent.geojson")


def damage(path: Path, spoil: Damage) -> None:
    """Change something in the file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    spoil(document)
    path.write_text(json.dumps(document), encoding="utf-8")
