"""Hostile texts in every field of every record: the API gives them back as plain strings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from invariants import CheckingClient
from shipped_copy import edit_contours, make_small_copy, rewrite
from stores import Stores

from mapapp import create_app
from mapapp.paths import shipped
from mapapp.tables import kinds
from mapapp.tables.layout import TABLES, Table

#: All that a browser, a template, a spreadsheet or a shell could take for an order.
HOSTILE = (
    "${alert(1)} `x` \\ </script><script>alert(1)</script> <img src=x onerror=alert(1)> <!-- "
    "javascript:alert(1) \u202egauche\u202c \u2028 {{ 7*7 }} {% x %} %s '; DROP TABLE qpv; -- "
    '"=1+1" & \u00e9\u0301 😀'
)


def free_columns(table: Table) -> set[str]:
    """The columns of a table where an editor may write any text."""
    told = {x.refers for t in TABLES for x in t.columns}
    return {
        column.name
        for column in table.columns
        if column.kind is kinds.text
        and not column.refers
        and f"{table.name}.{column.name}" not in told
        and column.name not in ("code", "siren", "code_territoire")
    }


def poison(folder: Path) -> None:
    """Write the hostile text after each text of each table and contour."""
    for table in TABLES:
        names = free_columns(table)
        rewrite(
            folder / table.file_name,
            lambda lines, names=names: [
                cells | {n: _worse(cells[n]) for n in names} for cells in lines
            ],
        )
    for generation in (2015, 2024):
        edit_contours(folder, generation, _poison_contours)


def _worse(text: str) -> str:
    return f"{text} {HOSTILE}".strip()


def _poison_contours(document: dict[str, Any]) -> None:
    for name in ("edition", "producer"):
        document["contours"][name] = _worse(document["contours"][name])
    for territory in document["contours"]["uncovered"]:
        territory["nom"] = _worse(territory["nom"])
    for feature in document["features"]:
        feature["properties"]["nom"] = _worse(feature["properties"]["nom"])


@pytest.fixture(scope="module")
def hostile(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckingClient]:
    """A client of a store where every text is hostile."""
    folder = make_small_copy(shipped("data"), tmp_path_factory.mktemp("hostile") / "data")
    poison(folder)
    with stores.opened(folder) as engine:
        app = create_app(engine)
        app.testing = True
        app.test_client_class = CheckingClient
        yield app.test_client()  # type: ignore[misc]


def test_every_kind_of_text_is_tried() -> None:
    """The names, titles, summaries and notes of the tables are all among the poisoned columns."""
    tried = {f"{table.name}.{name}" for table in TABLES for name in free_columns(table)}
    assert {
        "themes.libelle", "publishers.nom", "resources.titre", "resources.resume",
        "resources.sous_theme", "initiatives.nom", "initiatives.resume", "communes.nom",
        "departements.nom", "sources.nom", "initiative_evidence.preuve", "chapters.titre",
    } <= tried  # fmt: skip


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("themes", ["items.0.label"]),
        ("resources", ["items.0.title", "items.3.summary", "items.5.publishers.0.name"]),
        (
            "initiatives",
            [
                "features.0.properties.name",
                "features.1.properties.summary",
                "features.0.properties.commune",
                "features.0.properties.themes.0.label",
                "features.0.properties.resources.0.title",
                "features.0.properties.verdicts.2024.contours.edition",
            ],
        ),
        (
            "initiatives/la-coursive-boutaric",
            ["properties.verdicts.2024.qpv.0.name", "properties.verdicts.2015.sentence"],
        ),
        ("qpv/QN02103M", ["name", "communes.0.name", "contours.edition"]),
        ("qpv?zoom=12&bbox=5,47,5.1,47.5", ["features.0.properties.name"]),
        ("clusters?zoom=19&bbox=5,47,5.1,47.5", ["features.0.properties.name"]),
        ("locate?lon=5.07&lat=47.34", ["verdicts.2024.nearest.name"]),
        ("locate?lon=-52.3&lat=4.9", ["verdicts.2015.sentence"]),
        ("search?q=dijon", ["items.0.label", "items.0.detail"]),
    ],
)
def test_a_hostile_text_comes_back_as_it_was_written(
    hostile: CheckingClient, path: str, fields: list[str]
) -> None:
    """Each field is a JSON string that holds the text whole, neither obeyed nor mangled."""
    response = hostile.get(f"/api/v1/{path}")
    assert response.status_code == 200
    assert response.mimetype in ("application/json", "application/geo+json")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    answer = json.loads(response.data)
    for field in fields:
        value: Any = answer
        for step in field.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert HOSTILE in value, field


@pytest.mark.parametrize("text", ["${alert(1)}", "<img onerror>", "49", "'; DROP TABLE qpv"])
def test_hostile_words_may_be_searched(hostile: CheckingClient, text: str) -> None:
    """Searching for an order finds texts, and obeys nothing."""
    for path in ("search", "initiatives", "resources"):
        response = hostile.get(f"/api/v1/{path}", query_string={"q": text})
        assert response.status_code == 200
        json.loads(response.data)
    assert hostile.get("/api/v1/qpv/QN02103M").status_code == 200


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    "path", ["/initiatives/la-coursive-boutaric", "/qpv/QN02103M", "/themes/culture"]
)
def test_a_hostile_title_stays_in_its_attribute(
    hostile: CheckingClient, path: str, form: str
) -> None:
    """What oEmbed gives to another site is one frame, whatever the record is called."""
    answer = hostile.get("/oembed", query_string={"url": f"http://localhost{path}", "format": form})
    if form == "json":
        told = json.loads(answer.data)
    else:
        told = {one.tag: one.text for one in ET.fromstring(answer.data)}
    assert HOSTILE in told["title"]
    page = OneFrame()
    page.feed(told["html"])
    assert page.found == [("iframe", told["title"])]


class OneFrame(HTMLParser):
    """The elements of a piece of HTML, each with its title."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.found.append((tag, dict(attributes).get("title")))
