"""Official perimeters imported: every published form, every trap, published whole or not at all."""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.overlap import moved_share
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import Place, Verdict, judge
from mapapp.errors import DataFault
from mapapp.importing.contours_in_force import contours_kept
from mapapp.importing.qpv import QpvPlan, plan_qpv, publish_qpv, restore_contours
from mapapp.packing.reading import Feature, read_features
from mapapp.paths import shipped
from mapapp.store import State
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.contours import load_contours
from mapapp.store.engine import sessions
from mapapp.tables.unpacking import HARMLESS

OFFICIAL = {
    2015: ("qpv_2015_metropole.geojson.gz", ("CODE_QP", "NOM_QP", "COMMUNE_QP")),
    2024: ("qpv_2024.geojson.gz", ("code_qp", "lib_qp", "insee_com")),
}
#: The départements of which the extracts are cut down: arrondissements, accents, islands.
KEPT = {2015: ("13", "31", "59"), 2024: ("13", "31", "974")}

Make = Callable[..., Path]


@cache
def cut(extracts: Path, generation: int) -> list[Feature]:
    """The QPVs of a few départements, as published."""
    name, _ = OFFICIAL[generation]
    ranks = tuple(f"{code:0>3}" for code in KEPT[generation])
    features = read_features(extracts / name)
    return [f for f in features if f.properties["code_qp"][2:5] in ranks]


def projected(geometries: Sequence[Any], crs: str) -> list[Any]:
    """Geometries in degrees, in another system."""
    forward = Transformer.from_crs(4326, crs, always_xy=True).transform
    return [shapely.transform(one, forward, interleaved=False) for one in geometries]


def written(
    path: Path,
    features: Sequence[Feature],
    columns: Sequence[str],
    crs: str = "EPSG:4326",
    labelled: str | None = None,
    encoding: str = "cp1252",
) -> Path:
    """A file of these objects in the format that its name says; ``labelled``: the CRS it tells."""
    from pyogrio.raw import write

    table = path.with_suffix(".shp") if path.suffix == ".zip" else path
    shapes = [shapely.force_2d(f.geometry) for f in features]
    multi = [shapely.multipolygons([*shapely.get_parts(s)]) for s in projected(shapes, crs)]
    fields = [np.array([f.properties[c.lower()] for f in features], dtype=object) for c in columns]
    options = {"encoding": encoding} if path.suffix == ".zip" else {}
    write(
        table,
        geometry=np.array([shapely.to_wkb(shape) for shape in multi], dtype=object),
        field_data=fields,
        fields=np.array(columns),
        geometry_type="MultiPolygon",
        crs=labelled or crs,
        **options,
    )
    return zipped(path) if path.suffix == ".zip" else path


def zipped(path: Path, leaving: str = "", folder: str = "") -> Path:
    """The parts of a Shapefile in one zip, all but one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in path.parent.glob(f"{path.stem}.*"):
            if part.suffix not in (".zip", leaving):
                archive.write(part, folder + part.name)
    return path


def as_published(path: Path, generation: int, keep: Callable[[str], bool]) -> Path:
    """A file of the whole country as producers publish it, its contours those that ship."""
    _, (_, name, _) = OFFICIAL[generation]
    document = json.loads((shipped("data") / f"qpv_{generation}.geojson").read_text("utf-8"))
    features = [f for f in document["features"] if keep(f["properties"]["code"])]
    for feature in features:
        told = feature["properties"]
        communes = ",".join(told["communes"])
        feature["properties"] = {
            "code_qp": told["code"], name.lower(): told["nom"], "insee_com": communes
        }  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def refused(session: Session, path: Path, generation: int = 2015, **options: bool) -> str:
    """The sentence with which a file is refused, with plain spaces."""
    with pytest.raises(DataFault) as caught:
        plan_qpv(session, [path], generation, "essai", 0.1, **({"allow_shrink": True} | options))
    return caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def few(extracts: Path, tmp_path: Path) -> Make:
    """Makes a file of some QPVs of 2015; the options are those of :func:`written`."""

    def make(name: str, **options: Any) -> Path:
        features = cut(extracts, 2015)[:30]
        return written(tmp_path / name, features, OFFICIAL[2015][1], **options)

    return make


@pytest.fixture(scope="module")
def of_2015(engine: Engine, extracts: Path) -> QpvPlan:
    """The plan of the perimeters of 2015 at hand, two files."""
    names = ("qpv_2015_metropole.geojson.gz", "qpv_2015_reunion.geojson.gz")
    with sessions(engine)() as session:
        paths = [extracts / name for name in names]
        return plan_qpv(session, paths, 2015, "décret 2014-1750", 0.1, allow_shrink=True)


@pytest.fixture(scope="module")
def published(engine: Engine, extracts: Path) -> dict[int, QpvPlan]:
    """What the extracts give in the form in which they are published here."""
    plans = {}
    with sessions(engine)() as session:
        for generation, (name, _) in OFFICIAL.items():
            plan = plan_qpv(session, [extracts / name], generation, "essai", 1.0, allow_shrink=True)
            plans[generation] = plan
    return plans


@pytest.mark.parametrize("generation", OFFICIAL)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("qpv.zip", {"encoding": "cp1252"}),
        ("qpv.zip", {"encoding": "UTF-8", "crs": "EPSG:2154"}),
        ("qpv.gpkg", {}),
        ("qpv.gpkg", {"crs": "EPSG:2154"}),
        ("qpv.fgb", {"crs": "EPSG:2154"}),
        ("qpv.geojson", {}),
        ("qpv.geojson", {"crs": "EPSG:2154"}),
    ],
)
def test_every_form_gives_the_same_qpvs(
    session: Session,
    extracts: Path,
    published: dict[int, QpvPlan],
    tmp_path: Path,
    generation: int,
    name: str,
    options: dict[str, str],
) -> None:
    """Codes, names, communes, and the same ground to a millionth."""
    features = cut(extracts, generation)
    if "crs" in options:  # Lambert-93 is not for La Réunion
        features = [f for f in features if f.properties["code_qp"][2:5] != "974"]
    path = written(tmp_path / name, features, OFFICIAL[generation][1], **options)
    plan = plan_qpv(session, [path], generation, "essai", 1.0, allow_shrink=True)
    expected = {qpv.code: qpv for qpv in published[generation].contours.qpvs}
    assert len(plan.contours.qpvs) == len(features) > 50
    for qpv in plan.contours.qpvs:
        same = expected[qpv.code]
        assert (qpv.name, qpv.communes) == (same.name, same.communes)
        assert moved_share(same.geometry, qpv.geometry) < 1e-6


def test_an_overseas_projection_is_understood(
    session: Session, extracts: Path, published: dict[int, QpvPlan], tmp_path: Path
) -> None:
    """La Réunion in the metres of RGR92 / UTM 40 south."""
    features = [f for f in cut(extracts, 2024) if f.properties["code_qp"][2:5] == "974"]
    path = written(tmp_path / "run.gpkg", features, OFFICIAL[2024][1], crs="EPSG:2975")
    plan = plan_qpv(session, [path], 2024, "essai", 1.0, allow_shrink=True)
    expected = {qpv.code: qpv.geometry for qpv in published[2024].contours.qpvs}
    assert len(plan.contours.qpvs) == len(features) == 57
    assert all(moved_share(expected[q.code], q.geometry) < 1e-6 for q in plan.contours.qpvs)


@pytest.mark.parametrize("encoding", ["cp1252", "UTF-8"])
def test_a_shapefile_that_hides_its_encoding_is_read_right(
    session: Session, few: Make, published: dict[int, QpvPlan], encoding: str
) -> None:
    """Without its .cpg, in a folder of the zip, in capitals or not."""
    path = zipped(few("qpv.zip", encoding=encoding), leaving=".cpg", folder="QP 2015/")
    plan = plan_qpv(session, [path], 2015, "essai", 0.1, allow_shrink=True)
    expected = {qpv.code: qpv.name for qpv in published[2015].contours.qpvs}
    assert {qpv.code: qpv.name for qpv in plan.contours.qpvs}.items() <= expected.items()


@pytest.mark.parametrize(("part", "told"), [(".dbf", "les codes et les noms"), (".prj", "système")])
def test_a_shapefile_without_one_of_its_parts_is_refused(
    session: Session, few: Make, part: str, told: str
) -> None:
    """In a zip or on the disk: the sentence names the part and what it is for."""
    path = zipped(few("qpv.zip"), leaving=part)
    path.with_suffix(part).unlink()
    for given in (path, path.with_suffix(".shp")):
        sentence = refused(session, given)
        assert sentence.startswith(f"{given.name} : il manque « qpv{part} »")
        assert told in sentence


@pytest.mark.parametrize(
    "options",
    [
        {"labelled": "EPSG:2154"},
        {"crs": "EPSG:2154", "labelled": "EPSG:4326"},
        {"crs": "EPSG:2154", "labelled": "EPSG:2975"},
        {"crs": "EPSG:2154", "labelled": "EPSG:27572"},
    ],
)
def test_a_wrong_coordinate_system_is_said(
    session: Session, few: Make, options: dict[str, str]
) -> None:
    """Degrees told as metres, metres as degrees, and the metres of elsewhere."""
    sentence = refused(session, few("qpv.fgb", **options))
    assert "qpv.fgb : 30 QPV sur 30 sont hors de leur territoire" in sentence
    assert "système de coordonnées" in sentence


def test_swapped_axes_are_said(session: Session, few: Make) -> None:
    """Latitude before longitude, as some exports have it."""
    path = few("qpv.geojson")
    document = json.loads(path.read_text())
    for feature in document["features"]:
        swapped = shapely.transform(
            shapely.from_geojson(json.dumps(feature["geometry"])), lambda c: c[:, ::-1]
        )
        feature["geometry"] = json.loads(shapely.to_geojson(swapped))
    path.write_text(json.dumps(document))
    assert "longitude et latitude inversées" in refused(session, path)


def test_a_forgotten_datum_is_told_in_the_preview(session: Session, few: Make) -> None:
    """The metres of Paris's old meridian without its shift lie 45 m away: said, not refused."""
    path = few("qpv.geojson")
    document = json.loads(path.read_text())
    for feature in document["features"]:
        moved = shapely.transform(
            shapely.from_geojson(json.dumps(feature["geometry"])), lambda c: c + 0.0005
        )
        feature["geometry"] = json.loads(shapely.to_geojson(moved))
    path.write_text(json.dumps(document))
    first = plan_qpv(session, [path], 2015, "essai", 0.1, allow_shrink=True).issues[0]
    assert "dans le même sens" in first.message


@pytest.mark.parametrize(("given", "told"), [(2024, 2015), (2015, 2024)])
def test_the_other_generation_is_recognised(
    session: Session, extracts: Path, given: int, told: int
) -> None:
    """A 2024 file given as 2015, and the reverse: nothing is read further."""
    sentence = refused(session, extracts / OFFICIAL[given][0], told)
    assert f"codes de la génération {given}" in sentence
    assert f"--generation {given}" in sentence


def test_fewer_qpvs_than_in_force_are_refused(session: Session, tmp_path: Path) -> None:
    """Metropolitan France alone would lose La Réunion; --allow-shrink says that it is meant."""
    path = as_published(tmp_path / "qpv.geojson", 2015, lambda code: code[2:5] != "974")
    sentence = refused(session, path, allow_shrink=False)
    assert "1296 QPV 2015" in sentence
    assert "QP974001" in sentence
    assert "--allow-shrink" in sentence
    plan = plan_qpv(session, [path], 2015, "essai", 0.1, allow_shrink=True)
    assert len(plan.disappeared) == 49
    assert "La Réunion" in {territory.name for territory in plan.uncovered}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("qpv.txt", b"QP093035", "format inconnu"),
        ("qpv.gpkg", b"QP093035;Ici;Stains", "ce n’est pas un fichier géographique"),
        ("qpv.fgb", b"<OGRVRTDataSource/>", "ce n’est pas un fichier géographique"),
        ("qpv.zip", b"PK\x03\x04 and then nothing", "abîmé"),
        ("qpv.geojson", b"{}", "GeoJSON entier"),
    ],
)
def test_what_is_no_gis_file_is_refused(
    session: Session, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    """A text, a disguise, a cut zip: one sentence that names the file."""
    (tmp_path / name).write_bytes(content)
    sentence = refused(session, tmp_path / name)
    assert sentence.startswith(f"{name} :")
    assert told in sentence


def test_a_zip_without_any_layer_is_refused(session: Session, tmp_path: Path) -> None:
    """A zip of something else; and a layer in it that is not what its name says."""
    for member, told in (("lisez-moi.txt", "aucun fichier"), ("qpv.shp", "« qpv.shp » contenu")):
        with zipfile.ZipFile(tmp_path / "qpv.zip", "w") as archive:
            archive.writestr(member, "bonjour")
        assert told in refused(session, tmp_path / "qpv.zip")


def test_a_zip_bomb_is_not_opened(session: Session, tmp_path: Path) -> None:
    """Zeros that pack a thousand times: refused from the directory of the zip, or on the way."""
    zeros = bytes(HARMLESS + 1)
    with zipfile.ZipFile(tmp_path / "qpv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("qpv.shp", zeros)
    (tmp_path / "qpv.geojson.gz").write_bytes(gzip.compress(zeros))
    for name in ("qpv.zip", "qpv.geojson.gz"):
        assert "se déplie à 10 Mo" in refused(session, tmp_path / name)


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_altered_zip_is_refused(session: Session, tmp_path: Path, packing: int) -> None:
    """Whatever its packing: what is inside cannot be unpacked."""
    with zipfile.ZipFile(tmp_path / "qpv.zip", "w", packing) as archive:
        archive.writestr("q.geojson", b"{}" * 1_000)
    content = bytearray((tmp_path / "qpv.zip").read_bytes())
    content[39:59] = b"\xff" * 20
    (tmp_path / "qpv.zip").write_bytes(content)
    assert "abîmé" in refused(session, tmp_path / "qpv.zip")


def test_a_missing_extra_says_what_to_install(
    session: Session, few: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plain installation reads GeoJSON alone."""
    path = few("qpv.fgb")
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    assert "installez mapapp[gis]" in refused(session, path)


def test_invalid_contours_are_repaired_and_listed(session: Session, of_2015: QpvPlan) -> None:
    """27 of the published contours of 2015 cross themselves; all of these are at hand."""
    assert of_2015.counts["repaired"] == len(of_2015.repaired) == 27
    listed = {issue.value for issue in of_2015.issues if "réparé" in issue.message}
    assert listed == set(of_2015.repaired)
    assert all(qpv.geometry.is_valid for qpv in of_2015.contours.qpvs)


def verdicts(session: Session) -> list[tuple[Any, ...]]:
    """Every verdict in the store, as rows."""
    kept = [c for c in ini.Verdict.__table__.columns if c.name != "judged_on"]
    rows = session.execute(select(*kept).order_by(*kept[:2])).all()
    named = session.execute(
        select(ini.VerdictQpv.__table__).order_by(*ini.VerdictQpv.__table__.primary_key)
    )
    return [tuple(row) for row in (*rows, *named)]


@pytest.mark.both_databases
def test_publishing_replaces_the_contours_and_keeps_what_is_known(
    session: Session, of_2015: QpvPlan
) -> None:
    """The contours carry their run; population and the other generation stay; version is new."""
    version = session.get_one(State, "data_version").value
    other = contours_kept(session, 2024)
    run = publish_qpv(session, of_2015, "essai")
    kept = session.scalars(select(ter.Contours).where(ter.Contours.generation == 2015)).one()
    assert (kept.run_id, kept.checksum, kept.accuracy_m) == (run.id, run.checksum, 0.1)
    held = {qpv.code: qpv for qpv in load_contours(session, 2015).qpvs}
    assert all(held[q.code].geometry.equals_exact(q.geometry) for q in of_2015.contours.qpvs)
    assert session.get_one(ter.Qpv, "QP009002").population == 1236
    assert contours_kept(session, 2024) == other
    assert session.get_one(State, "data_version").value != version
    assert (run.kind, run.generation, run.counts["qpv"]) == ("qpv", 2015, 139 + 25)


@pytest.mark.both_databases
def test_restoring_gives_the_same_rows(session: Session, of_2015: QpvPlan) -> None:
    """Contours, QPVs, communes and verdicts, to the last bit, through JSON."""
    before, judged = contours_kept(session, 2015), verdicts(session)
    run = publish_qpv(session, of_2015, "essai")
    [change] = run.changes
    assert change.key == "contours:2015"
    assert contours_kept(session, 2015) != before
    restore_contours(session, 2015, json.loads(json.dumps(change.before)))
    assert contours_kept(session, 2015) == before
    assert verdicts(session) == judged


@pytest.mark.both_databases
def test_restoring_brings_back_what_had_gone(session: Session, extracts: Path) -> None:
    """QPVs that the file lacked come back with their population and communes."""
    before = contours_kept(session, 2015)
    path = extracts / "qpv_2015_reunion.geojson.gz"
    plan = plan_qpv(session, [path], 2015, "essai", 0.1, allow_shrink=True)
    run = publish_qpv(session, plan, "essai")
    assert session.get(ter.Qpv, "QP009002") is None
    restore_contours(session, 2015, run.changes[0].before or {})
    assert contours_kept(session, 2015) == before
    with pytest.raises(DataFault, match="2024"):
        restore_contours(session, 2024, run.changes[0].before or {})


@pytest.mark.both_databases
def test_verdicts_that_change_are_told(session: Session, tmp_path: Path) -> None:
    """A QPV that goes takes « declared » from the initiative that its sheet places there."""
    path = as_published(tmp_path / "moins.geojson", 2024, lambda code: code != "QN02103M")
    plan = plan_qpv(session, [path], 2024, "essai", 7.0, allow_shrink=True)
    assert plan.disappeared == ("QN02103M",)
    run = publish_qpv(session, plan, "essai")
    told = {i["value"]: i for i in run.issues if i["file"] == "initiatives"}
    assert run.counts["verdicts_changed"] == len(told) >= 1
    assert told["la-coursive-boutaric"]["column"] == "verdict 2024"
    assert "declared QN02103M" in told["la-coursive-boutaric"]["message"]


def test_a_plan_made_against_other_contours_is_refused(session: Session, of_2015: QpvPlan) -> None:
    """Two imports at once: the second is told to look again."""
    publish_qpv(session, of_2015, "le premier")
    with pytest.raises(DataFault, match="ont changé depuis cet aperçu"):
        publish_qpv(session, of_2015, "le second")


def around(outline: Any) -> Iterator[Position]:
    """Addresses at 5 to 340 m of six points of a border, in four directions."""
    for share in np.linspace(0, 1, 6, endpoint=False):
        point = outline.boundary.interpolate(share, normalized=True)
        for metres in (5, 18, 23, 60, 150, 280, 340):
            for turn in (0.3, 1.8, 3.4, 4.9):
                east, north = np.cos(turn) * metres / 80_000, np.sin(turn) * metres / 111_200
                yield Position(point.x + east, point.y + north, Precision.ADDRESS, 20.0)


#: Where a verdict turns (metres), for an address (20 m) and contours exact to 0.1 m.
THRESHOLDS = np.array([-20.1, 0, 20.1, 300])


def is_decided(index: QpvIndex, position: Position) -> bool:
    """Whether no QPV around is so near a threshold that 0.09 m of drawing could decide."""
    around_m = [[near.distance_m] for near in index.within(position, 320)]
    return not (abs(np.array(around_m or [[np.inf]]) - THRESHOLDS) < 0.2).any()


def test_lambert_93_and_wgs_84_give_the_same_verdicts(
    session: Session, extracts: Path, of_2015: QpvPlan
) -> None:
    """QPVs of Lille and Marseille, installed from either file, seen from their borders.

    The files differ by 0.06 to 0.09 m: what so little could decide is passed over.
    """
    publish_qpv(session, of_2015, "essai")
    path = extracts / "qpv_2015_lille_marseille_lambert93.fgb"
    plan = plan_qpv(session, [path], 2015, "essai", 0.1, allow_shrink=True)
    codes = [qpv.code for qpv in plan.contours.qpvs]
    assert len(codes) == 45
    all_of_2015 = load_contours(session, 2015)
    ours = tuple(qpv for qpv in all_of_2015.qpvs if qpv.code in codes)
    wgs_84 = QpvIndex(replace(all_of_2015, qpvs=ours))
    publish_qpv(session, plan, "essai")
    lambert_93 = QpvIndex(load_contours(session, 2015))
    compared = 0
    for qpv in ours:
        for position in filter(lambda p: is_decided(wgs_84, p), around(qpv.geometry)):
            one, other = (judge(Place(position), index) for index in (wgs_84, lambert_93))
            assert (one.status, codes_of(one)) == (other.status, codes_of(other))
            compared += 1
    assert compared > 7_000


def codes_of(verdict: Verdict) -> list[str]:
    """The QPVs that a verdict names."""
    return sorted(qpv.code for qpv in verdict.qpvs)
