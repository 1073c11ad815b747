"""The four forms of an export: right in a spreadsheet and on a map, inert, and the same again."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from hostile import TEXTS
from python_calamine import load_workbook
from sqlalchemy.orm import Session

from mapapp.errors import BadInput, DataFault
from mapapp.exporting import extracts
from mapapp.exporting.extracts import Extract, Record
from mapapp.exporting.formats import WRITERS, writer_for
from mapapp.exporting.formulas import unescaped
from mapapp.exporting.spreadsheets import LONGEST_CELL, MOST_LINES

FORMULAS = (
    "=1+1",
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1",
    "\r=1",
    "'=1",
    "#N/A",
    "#REF!",
    "TRUE",
    "00123",
    "_x0041_",
    "deux\nlignes",
    "a;b,c|d\te",
    '"guillemets"',
    "Épicerie « L’Œuvre » à Saint-Étienne, 12 €",
)
ALL = (*TEXTS, *FORMULAS)


def hostile(name: str = "initiatives") -> Extract:
    """An extract whose every cell, and some headers, hold a hostile text."""
    columns = ("identifiant", "=colonne", *TEXTS[:2])
    texts = [(f"a{rank}", text, text, text) for rank, text in enumerate(ALL)]
    records = [Record(cells, shapely.Point(2.35, 48.85 + rank / 1e4)) for rank, cells in
               enumerate(texts)]  # fmt: skip
    return Extract(name, columns, len(records), records, "Point")


def table(extract: Extract) -> list[list[Any]]:
    """Headers and cells of an extract made of a list."""
    return [list(extract.columns), *(list(record.cells) for record in extract.records)]


def written(extract: Extract, path: Path) -> Path:
    """Write an extract."""
    writer_for(path)(extract, path)
    return path


def csv_cells(path: Path) -> list[list[str]]:
    """The cells of a CSV file of ours, as they stand in it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";", strict=True))


def test_csv_holds_no_formula_and_every_text(tmp_path: Path) -> None:
    """No cell begins as a formula does; read back, each text is what it was."""
    cells = csv_cells(written(hostile(), tmp_path / "a.csv"))

    assert not [cell for line in cells for cell in line if cell[:1] in tuple("=+-@\t\r")]
    assert [[unescaped(cell) for cell in line] for line in cells] == table(hostile())


def test_csv_is_what_excel_in_french_opens(tmp_path: Path) -> None:
    """A byte order mark, semicolons, Windows line ends."""
    content = written(hostile(), tmp_path / "a.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbfidentifiant;'=colonne;")
    assert content.endswith(b"\r\n")
    assert "Épicerie « L’Œuvre » à Saint-Étienne".encode() in content


def test_xlsx_holds_texts_only(tmp_path: Path) -> None:
    """Every cell is typed as a text, none is a formula or an error."""
    book = openpyxl.load_workbook(written(hostile(), tmp_path / "a.xlsx"))
    cells = [cell for line in book.active.iter_rows() for cell in line]

    assert book.sheetnames == ["initiatives"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells if cell.quotePrefix]  # stay texts once edited


def test_xlsx_gives_every_text_back(tmp_path: Path) -> None:
    """What the importer reads is what was told, control signs and ``_x0041_`` included."""
    sheet = load_workbook(str(written(hostile(), tmp_path / "a.xlsx"))).get_sheet_by_index(0)

    assert sheet.to_python() == table(hostile())


def test_xlsx_is_legible(tmp_path: Path, session: Session) -> None:
    """The header stays in view, in bold; columns are neither slits nor screens wide."""
    path = written(extracts.initiatives(session), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(path).active

    assert sheet.freeze_panes == "A2"
    assert all(cell.font.b for cell in sheet[1])
    widths = [dimension.width for dimension in sheet.column_dimensions.values()]
    assert len(widths) == sheet.max_column
    assert 10 <= min(widths) < max(widths) <= 50


def test_xlsx_counts_are_numbers(tmp_path: Path, session: Session) -> None:
    """Populations can be added up; codes stay texts, their zeros kept."""
    path = written(extracts.qpvs(session, 2015), tmp_path / "qpv.xlsx")
    header, *lines = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    known = next(dict(zip(header, line, strict=True)) for line in lines if line[0] == "QP009001")

    assert (known["population"], known["communes"][:1]) == (1177, "0")


@pytest.mark.parametrize(
    "extract",
    [
        Extract("a", ("nom",), 1, [Record(("x" * (LONGEST_CELL + 1),))]),
        Extract("a", ("nom",), MOST_LINES, []),
    ],
    ids=["a text too long", "too many lines"],
)
def test_xlsx_refuses_what_it_would_cut(tmp_path: Path, extract: Extract) -> None:
    """A workbook cuts long texts in silence: refused, and CSV proposed; nothing is left behind."""
    with pytest.raises(DataFault, match=r"exportez en \.csv"):
        written(extract, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_text_that_is_no_text_does_not_stop_an_export(tmp_path: Path) -> None:
    """Half a character, which JSON can carry into the store, is replaced."""
    for suffix in WRITERS:
        extract = Extract("a", ("nom",), 1, [Record(("a\ud83d",))])
        assert written(extract, tmp_path / f"a{suffix}").stat().st_size


def test_geojson_is_json_with_points(tmp_path: Path) -> None:
    """One feature per record, hostile texts as they are, longitude first."""
    path = written(hostile(), tmp_path / "a.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]

    assert [list(feature["properties"].values()) for feature in features] == table(hostile())[1:]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [2.35, 48.85]}


def test_geojson_of_qpvs_has_sound_outlines(tmp_path: Path, session: Session) -> None:
    """Six decimals at most, outer rings counter-clockwise, near the outlines of the store."""
    path = written(extracts.qpvs(session, 2024), tmp_path / "qpv.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    kept = {str(r.cells[0]): r.shape for r in extracts.qpvs(session, 2024).records}

    assert len(features) == len(kept)
    for feature in features[::50]:
        drawn = shapely.from_geojson(json.dumps(feature["geometry"]))
        points = shapely.get_coordinates(drawn)
        assert (points.round(6) == points).all()
        assert all(part.exterior.is_ccw for part in shapely.get_parts(drawn))
        assert drawn.hausdorff_distance(kept[feature["properties"]["code"]]) < 1e-6


def test_what_is_nowhere_has_no_geometry(tmp_path: Path, session: Session) -> None:
    """``geometry: null``, and the columns are all there, null where nothing is told."""
    path = written(extracts.initiatives(session), tmp_path / "a.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]

    assert any(feature["geometry"] is None for feature in features)
    assert all(feature["properties"]["latitude"] is None for feature in features)


def test_gpkg_has_points_and_texts(tmp_path: Path) -> None:
    """A GIS reads the same texts, in WGS 84; the two names that SQL confuses are told apart."""
    pyogrio = pytest.importorskip("pyogrio.raw")
    columns = ("Nom", "nom", "fid", "vide")
    records = [Record((text, text, "f", None), shapely.Point(2, 48)) for text in TEXTS]
    records.append(Record(("a", "b", "c", None)))
    path = written(Extract("initiatives", columns, 11, records, "Point"), tmp_path / "a.gpkg")
    meta, _, shapes, values = pyogrio.read(path)

    assert list(meta["fields"]) == ["Nom", "nom_2", "fid_2", "vide"]
    assert (meta["crs"], meta["geometry_type"]) == ("EPSG:4326", "Point")
    assert list(values[0][:-1]) == list(values[1][:-1]) == list(TEXTS)
    assert shapes[-1] is None
    assert shapely.from_wkb(shapes[0]).coords[0] == (2, 48)


def test_gpkg_of_qpvs_and_of_what_has_no_place(tmp_path: Path, session: Session) -> None:
    """Outlines with whole numbers, null where unknown; the catalogue is a table without shapes."""
    pyogrio = pytest.importorskip("pyogrio.raw")
    meta, _, shapes, values = pyogrio.read(
        written(extracts.qpvs(session, 2015), tmp_path / "q.gpkg"), columns=["code", "population"]
    )
    population = dict(zip(*values, strict=True))

    assert meta["geometry_type"] == "MultiPolygon"
    assert len(shapes) == extracts.qpvs(session, 2015).count
    assert (population["QP009001"], population["QP001001"] > 0) == (1177, False)
    table_meta, *_ = pyogrio.read(written(extracts.resources(session), tmp_path / "r.gpkg"))
    assert table_meta["geometry_type"] is None
    assert tuple(table_meta["fields"]) == extracts.RESOURCE_COLUMNS


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyogrio: which extra to install, and no file."""
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    with pytest.raises(DataFault, match=r"installez mapapp\[gis\]"):
        written(hostile(), tmp_path / "a.gpkg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson"])
def test_the_same_again(tmp_path: Path, session: Session, suffix: str) -> None:
    """The same store gives the same bytes, whenever and wherever it is written."""
    first = written(extracts.initiatives(session), tmp_path / f"a{suffix}")
    os.utime(first, (0, 0))
    again = written(extracts.initiatives(session), tmp_path / f"b{suffix}")

    assert first.read_bytes() == again.read_bytes()


def test_a_failure_leaves_the_former_file(tmp_path: Path) -> None:
    """The disk fills half-way: the sentence names the file, which is as it was, alone."""

    def records() -> Iterator[Record]:
        yield Record(("a",))
        raise OSError(28, "No space left on device")

    for suffix in WRITERS:
        path = tmp_path / f"a{suffix}"
        path.write_text("ancien")
        with pytest.raises(OSError, match="No space") as fault:
            written(Extract("a", ("nom",), 2, records()), path)
        assert fault.value.filename == str(path)
        assert path.read_text() == "ancien"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == sorted(WRITERS)


def test_a_missing_folder_and_an_unknown_suffix_are_refused(tmp_path: Path) -> None:
    """What to do is said, before anything is asked of the store."""
    with pytest.raises(BadInput, match="créez-le"):
        written(hostile(), tmp_path / "absent" / "a.csv")
    with pytest.raises(BadInput, match=r"\.csv, \.xlsx, \.geojson, \.gpkg"):
        writer_for(tmp_path / "a.ods")
