"""White spots and initiatives over the web: JSON and files that say what the queries say."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest
from invariants import CheckingClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from mapapp.api.coverage_schemas import CoverageCollection
from mapapp.catalogue import load_catalogue
from mapapp.exporting import listed
from mapapp.exporting.coverage import LINE_COLUMNS
from mapapp.filters import Filters
from mapapp.queries.coverage import Coverage
from mapapp.web import files

ASKED = "departement=93&theme=alimentation&theme=culture&distance=5000&tous=1"
FILTERS = Filters(
    departement="93", theme=("alimentation", "culture"), distance=5_000.0, tous=True
)  # fmt: skip
ADDRESSES = ("/qpv-sans-exemple", "/api/v1/coverage", "/api/v1/initiatives")
FORMS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}


def lines(response: TestResponse) -> list[dict[str, Any]]:
    """The lines of a CSV, XLSX or GeoJSON answer, cells as texts, 8360.0 as 8360."""
    assert response.status_code == 200, response.get_data(as_text=True)
    if response.mimetype == FORMS["csv"]:
        text = io.StringIO(response.data.decode("utf-8-sig"), newline="")
        told = list(csv.DictReader(text, delimiter=";", strict=True))
        return [{k: v.removesuffix(".0") for k, v in line.items()} for line in told]
    if response.mimetype == FORMS["xlsx"]:
        sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
        header, *body = sheet.iter_rows(values_only=True)
        told = [dict(zip(header, line, strict=True)) for line in body]
    else:
        told = [feature["properties"] for feature in json.loads(response.data)["features"]]
    return [
        {k: "" if v is None else str(v).removesuffix(".0") for k, v in line.items()}
        for line in told
    ]


def test_the_api_says_what_coverage_finds(ask: Any, session: Session) -> None:
    """Totals, states, territories and each cell, the nearest examples named."""
    answer = ask(f"coverage?{ASKED}")
    CoverageCollection.model_validate(answer, extra="forbid")
    asked = Coverage(session, load_catalogue(session), FILTERS)
    total = asked.total()
    assert answer["total"]["qpvs"] == total.qpvs == answer["count"]
    assert answer["total"]["without_example"] == total.without_example
    assert answer["states"] == {state.value: n for state, n in asked.states().items()}
    assert [t["code"] for t in answer["territories"]] == [t.code for t in asked.by_territory()]
    assert answer["distance_m"] == 5_000
    page = asked.page()
    assert [line["code"] for line in answer["items"]] == [row.code for row in page.items]
    for line, row in zip(answer["items"], page.items, strict=True):
        assert (line["empty"], line["nearest_m"]) == (row.empty, row.nearest_m)
        for told, cell in zip(line["cells"], row.cells, strict=True):
            assert (told["theme"], told["state"]) == (cell.theme.slug, cell.state.value)
            assert (told["examples"], told["reach_m"]) == (cell.examples, cell.reach_m)
            assert [n["distance_m"] for n in told["nearest"]] == [
                near.distance_m for near in cell.nearest
            ]


def test_pages_of_the_api_are_linked(ask: Any, client: CheckingClient) -> None:
    """Filters are kept from one page to the next; beyond the last there is none."""
    first = ask(f"coverage?{ASKED}")
    assert "page=2" in first["links"]["next"]
    second = json.loads(client.get(first["links"]["next"]).data)
    codes = {line["code"] for answer in (first, second) for line in answer["items"]}
    assert len(codes) == len(first["items"]) + len(second["items"])
    assert second["total"] == first["total"]
    assert client.get(f"/api/v1/coverage?{ASKED}&page=9999").status_code == 404
    for name in ("licence", "sources", "data_version"):
        assert first[name]


def test_the_urls_of_the_api_lead_somewhere(ask: Any, client: CheckingClient) -> None:
    """A QPV and the nearest examples have pages."""
    [line, *_] = ask(f"coverage?{ASKED}")["items"]
    assert client.get(line["url"]).status_code == 200
    assert client.get(line["cells"][0]["nearest"][0]["url"]).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_an_attachment_named_after_its_territory_and_day(
    client: CheckingClient, address: str, form: str
) -> None:
    """Type, name, and nothing sent again to who has it."""
    path = f"{address}.{form}?{ASKED.partition('&distance')[0]}"
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, FORMS[form])
    named = response.headers["Content-Disposition"]
    assert named.startswith("attachment; filename=")
    assert f"-seine-saint-denis-{date.today().isoformat()}.{form}" in named
    for encoding in ("", "gzip", "br"):
        asked = {"If-None-Match": response.headers["ETag"], "Accept-Encoding": encoding}
        again = client.get(path, headers=asked)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == response.headers["ETag"]
    squeezed = client.get(path, headers={"Accept-Encoding": "br"}).headers["ETag"]
    asked = {"If-None-Match": squeezed, "Accept-Encoding": "br"}
    assert client.get(path, headers=asked).status_code == 304
    other = client.get(path + "&generation=2015")
    assert other.headers["ETag"] != response.headers["ETag"]


def test_the_three_forms_say_the_same(client: CheckingClient, session: Session) -> None:
    """CSV and XLSX cell by cell, GeoJSON a feature per QPV; under both addresses; any page."""
    page, api = "/qpv-sans-exemple", "/api/v1/coverage"
    told = lines(client.get(f"{page}.csv?{ASKED}"))
    for path in (f"{page}.xlsx?{ASKED}", f"{api}.csv?{ASKED}", f"{page}.csv?{ASKED}&page=7"):
        assert lines(client.get(path)) == told, path
    rows = Coverage(session, load_catalogue(session), FILTERS).page(None).items
    assert [line["etat"] for line in told] == [c.state.value for row in rows for c in row.cells]
    states = {(line["qpv"], line["theme"]): line["etat"] for line in told}
    features = lines(client.get(f"{page}.geojson?{ASKED}"))
    assert [feature["qpv"] for feature in features] == [row.code for row in rows]
    for feature in features:
        for theme in FILTERS.theme:
            assert feature[theme] == states[feature["qpv"], theme]


def test_the_initiatives_say_the_same(client: CheckingClient, ask: Any) -> None:
    """One line each in the three forms, with what the API tells of each, verdicts included."""
    told = lines(client.get("/api/v1/initiatives.csv"))
    known = {f["properties"]["slug"]: f for f in ask("initiatives")["features"]}
    assert [line["slug"] for line in told] == list(known)
    for form in ("xlsx", "geojson"):
        assert lines(client.get(f"/api/v1/initiatives.{form}")) == told
    for line in told:
        feature = known[line["slug"]]
        properties = feature["properties"]
        assert line["nom"] == properties["name"]
        assert line["precision"] == properties["precision"]
        assert line["url"] == f"http://localhost{properties['url']}"
        place = feature["geometry"] and [float(line["longitude"]), float(line["latitude"])]
        assert place == (feature["geometry"] and feature["geometry"]["coordinates"])
        for generation in ("2015", "2024"):
            verdict = properties["verdicts"][generation]
            assert line[f"statut_{generation}"] == verdict["status"]
            assert line[f"phrase_{generation}"] == verdict["sentence"]
            assert line[f"qpv_{generation}"] == "|".join(q["code"] for q in verdict["qpv"])


def test_the_filters_of_initiatives_choose(client: CheckingClient) -> None:
    """As in the list."""
    told = lines(client.get("/api/v1/initiatives.csv?theme=culture"))
    assert told
    assert all("culture" in line["themes"].split("|") for line in told)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wrong", ["theme=licorne", "departement=999", "generation=1999"])
def test_bad_input_is_refused_before_anything(
    client: CheckingClient, address: str, form: str, wrong: str
) -> None:
    """A 400 with a sentence, not a file."""
    response = client.get(f"{address}.{form}?{wrong}")
    assert response.status_code == 400
    assert "Content-Disposition" not in response.headers


def test_a_form_that_is_none_is_not_found(client: CheckingClient) -> None:
    """As any unknown address."""
    for path in (*(f"{address}.pdf" for address in ADDRESSES), "/qpv-sans-exemple.gpkg"):
        assert client.get(path).status_code == 404


def test_an_empty_selection_has_its_header(client: CheckingClient) -> None:
    """Whoever opens it sees that nothing answered."""
    response = client.get("/qpv-sans-exemple.csv?q=zzzzz")
    assert response.data.decode("utf-8-sig").splitlines() == [";".join(LINE_COLUMNS)]
    assert lines(client.get("/qpv-sans-exemple.xlsx?q=zzzzz")) == []
    assert lines(client.get("/qpv-sans-exemple.geojson?q=zzzzz")) == []
    assert lines(client.get("/api/v1/initiatives.csv?q=zzzzz")) == []


def test_too_much_is_refused_with_what_to_do(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of initiatives, and a workbook, have bounds; the sentence says how to go on.

    Questions that no other test asks: their files would be kept.
    """
    monkeypatch.setattr(listed, "MOST_LINES", 3)
    monkeypatch.setattr(files, "MOST_SHEET_LINES", 3)
    for path, advice in (
        ("/api/v1/initiatives.csv?bbox=-70,-30,60,60", "territoire"),
        ("/api/v1/coverage.xlsx?distance=35000", ".csv"),
    ):
        response = client.get(path)
        assert response.status_code == 400
        assert advice in json.loads(response.data)["error"]
