"""White spots as files: the figures of ``Coverage``, line by line and QPV by QPV, inert."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hostile import TEXTS, fill_with_hostile_texts
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from mapapp.catalogue import load_catalogue
from mapapp.exporting.coverage import LINE_COLUMNS, coverage
from mapapp.exporting.extracts import Extract
from mapapp.exporting.formats import WRITERS
from mapapp.exporting.formulas import unescaped
from mapapp.filters import Filters
from mapapp.queries.coverage import Coverage, QpvRow
from mapapp.queries.qpvs import qpv_sheet
from mapapp.shipping import initialise
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

SELECTIONS = (
    Filters(departement="69"),
    Filters(region="27", theme=("culture", "sport"), distance=5_000.0, generation=2015),
    Filters(commune="21231", tous=True),
)


def extract(session: Session, suffix: str, *selections: Filters) -> Extract:
    """What a file of that suffix holds."""
    return coverage(session, load_catalogue(session), selections, suffix)


def records(told: Extract) -> list[dict[str, Any]]:
    """Its lines, cell by column."""
    return [dict(zip(told.columns, one.cells, strict=True)) for one in told.records]


def rows(session: Session, filters: Filters) -> tuple[QpvRow, ...]:
    """The same selection asked of ``Coverage``."""
    return Coverage(session, load_catalogue(session), filters).page(None).items


@pytest.mark.parametrize("filters", SELECTIONS)
def test_a_line_is_a_cell_of_the_matrix(session: Session, filters: Filters) -> None:
    """One for each QPV and theme, in the order asked for, with its state, counts and distances."""
    lines = records(extract(session, ".csv", filters))
    cells = [(row, cell) for row in rows(session, filters) for cell in row.cells]
    assert len(lines) == len(cells) > 0
    for line, (row, cell) in zip(lines, cells, strict=True):
        assert (line["qpv"], line["nom"], line["theme"]) == (row.code, row.name, cell.theme.slug)
        assert (line["etat"], line["etat_libelle"]) == (cell.state.value, cell.state.label)
        assert (line["exemples"], line["possibles"]) == (cell.examples, cell.possible)
        assert line["population"] == row.population
        assert line["communes"] == "|".join(commune.insee_code for commune in row.communes)
        assert line["distance_demandee_m"] == filters.distance
        reaches = cell.reach_m and ceil(cell.reach_m)
        assert line["distance_certaine_m"] == reaches
        for rank, near in enumerate(cell.nearest, 1):
            assert line[f"proche_{rank}_distance_m"] == round(near.distance_m)
            known = session.get_one(ini.Initiative, near.initiative_id)
            assert line[f"proche_{rank}_slug"] == known.slug
            assert line[f"proche_{rank}_nom"] == known.name


@pytest.mark.parametrize("filters", SELECTIONS)
def test_a_map_has_each_qpv_once(session: Session, filters: Filters) -> None:
    """Its outline, and two columns for each theme asked for that say what the lines say."""
    told = extract(session, ".geojson", filters)
    held = list(told.records)
    lines = records(replace(extract(session, ".csv", filters)))
    by_cell = {(line["qpv"], line["theme"]): line for line in lines}
    assert told.count == len(held) == len(rows(session, filters))
    for record in held:
        area = dict(zip(told.columns, record.cells, strict=True))
        assert record.shape is not None
        assert record.shape.geom_type in ("Polygon", "MultiPolygon")
        for theme in filters.theme or ("culture", "vers-l-emploi"):
            line = by_cell[area["qpv"], theme]
            assert area[theme] == line["etat"]
            assert area[f"{theme}_distance_certaine_m"] == line["distance_certaine_m"]


def test_a_qpv_tells_the_territories_it_reaches_into(session: Session, initiatives: Any) -> None:
    """Both communes of Poitiers' QPV, their département and région once; no EPCI is invented."""
    [line, *_] = records(extract(session, ".csv", Filters(qpv="QN08604M")))
    assert line["communes"] == "86194|86214"
    assert line["noms_communes"] == "Poitiers|Saint-Benoît"
    assert (line["departements"], line["noms_departements"]) == ("86", "Vienne")
    assert (line["regions"], line["noms_regions"]) == ("75", "Nouvelle-Aquitaine")
    assert line["noms_epci"] == "CU du Grand Poitiers"
    sheet = qpv_sheet(session, initiatives, "QN08604M")
    assert line["population_source"] == sheet.population_source


def test_the_page_asked_for_changes_nothing(session: Session) -> None:
    """A file holds the whole selection."""
    filters = SELECTIONS[0]
    whole = records(extract(session, ".csv", filters))
    assert records(extract(session, ".csv", replace(filters, page=9_999))) == whole


def test_both_generations_follow_each_other(session: Session) -> None:
    """Each line says its own generation and edition of contours."""
    asked = [Filters(departement="21", generation=one) for one in (2024, 2015)]
    lines = records(extract(session, ".csv", *asked))
    assert [line["generation"] for line in lines] == sorted(
        (line["generation"] for line in lines), reverse=True
    )
    assert {line["generation"] for line in lines} == {2024, 2015}
    assert len({line["contours"] for line in lines}) == 2


@pytest.mark.parametrize("suffix", WRITERS)
def test_an_empty_selection_is_a_file_with_its_header(
    session: Session, tmp_path: Path, suffix: str
) -> None:
    """Whoever opens it sees that nothing answered."""
    told = extract(session, suffix, Filters(q="zzzzz"))
    path = tmp_path / f"a{suffix}"
    WRITERS[suffix](told, path)
    assert told.count == 0
    if suffix == ".csv":
        assert path.read_text("utf-8-sig").splitlines() == [";".join(LINE_COLUMNS)]
    if suffix == ".xlsx":
        [header] = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        assert header == LINE_COLUMNS
    if suffix == ".geojson":
        assert json.loads(path.read_text("utf-8"))["features"] == []


@pytest.fixture
def hostile(new_engine: Engine, folder: Path) -> Engine:
    """A store whose texts are all hostile, and whose initiatives are called by a formula."""
    fill_with_hostile_texts(folder)
    initialise(new_engine, folder)
    with sessions(new_engine).begin() as session:
        session.execute(update(ini.Initiative).values(name="=cmd|'/c calc'!A1"))
    return new_engine


def csv_lines(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file of ours."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def test_hostile_texts_are_inert(hostile: Engine, tmp_path: Path) -> None:
    """No cell of the CSV or of the workbook is a formula; texts come back whole."""
    with sessions(hostile)() as session:
        filters = Filters(tous=True)
        told = records(extract(session, ".csv", filters))
        for suffix in (".csv", ".xlsx"):
            WRITERS[suffix](extract(session, suffix, filters), tmp_path / f"a{suffix}")
    lines = csv_lines(tmp_path / "a.csv")
    assert not [cell for line in lines for cell in line.values() if cell[:1] in tuple("=+@\t\r")]
    names = {unescaped(line["proche_1_nom"]) for line in lines}
    assert names - {""} == {"=cmd|'/c calc'!A1"}
    assert [line["nom"] for line in lines] == [line["nom"] for line in told]
    assert any(text in line["nom"] for line in lines for text in TEXTS)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}


def test_spreadsheets_say_the_same(session: Session, tmp_path: Path) -> None:
    """CSV and XLSX hold the same cells; numbers are numbers in the workbook."""
    filters = SELECTIONS[0]
    for suffix in (".csv", ".xlsx"):
        WRITERS[suffix](extract(session, suffix, filters), tmp_path / f"a{suffix}")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    header, *body = sheet.iter_rows(values_only=True)
    written: list[Mapping[str, Any]] = [dict(zip(header, line, strict=True)) for line in body]
    assert [
        {name: "" if cell is None else str(cell) for name, cell in line.items()} for line in written
    ] == csv_lines(tmp_path / "a.csv")
    assert {type(line["distance_certaine_m"]) for line in written} <= {int, type(None)}
