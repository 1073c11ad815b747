"""The published data over the web: files of now and of a day, schemas, what harvesters read."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from hostile import TEXTS
from invariants import CheckingClient
from published import Published
from werkzeug.test import TestResponse

from mapapp import create_app
from mapapp.importing.mapping import COLUMNS
from mapapp.opendata.datasets import DATASETS, FORMS
from mapapp.opendata.schemas import DESCRIBED
from mapapp.web import published_files

#: The terms of DCAT-AP that a catalogue, a dataset and a file must or should have.
CATALOGUE_TERMS = {"dct:title", "dct:description", "dct:publisher", "dcat:dataset", "dct:license"}
DATASET_TERMS = {
    "dct:title", "dct:description", "dct:identifier", "dct:publisher", "dct:spatial",
    "dct:temporal", "dct:modified", "dcat:theme", "dcat:keyword", "dcat:landingPage",
    "dcat:contactPoint", "dcat:distribution", "dct:accrualPeriodicity",
}  # fmt: skip
FILE_TERMS = {
    "dct:title", "dcat:accessURL", "dcat:downloadURL", "dcat:mediaType", "dct:format",
    "dct:license", "dcat:byteSize", "spdx:checksum",
}  # fmt: skip


class WholeAnswers(CheckingClient):
    """A client that reads each answer to its end, as a server's does: files are closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and read the answer."""
        return super().open(*args, buffered=True, **kwargs)


@pytest.fixture
def reader(published: Published, monkeypatch: pytest.MonkeyPatch) -> CheckingClient:
    """Someone who reads the instance that has two snapshots."""
    monkeypatch.setenv("MAPAPP_INSTANCE", str(published.instance))
    monkeypatch.setenv("MAPAPP_PUBLIC_URL", "https://carte.example")
    monkeypatch.setenv("MAPAPP_EDITEUR", "RTES </script>")
    monkeypatch.setenv("MAPAPP_CONTACT", "donnees@carte.example")
    app = create_app(published.engine)
    app.testing = True
    app.test_client_class = WholeAnswers
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def bare(client: CheckingClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> CheckingClient:
    """Someone who reads an instance without any snapshot."""
    monkeypatch.setenv("MAPAPP_INSTANCE", str(tmp_path))
    return client


def test_a_file_of_a_snapshot_is_what_its_checksum_says(
    reader: CheckingClient, published: Published
) -> None:
    """Streamed, for ever the same, open to other sites, named after its day."""
    for file in published.second.files:
        response = reader.get(f"{published.second.url}/{file.name}")
        assert response.status_code == 200
        assert hashlib.sha256(response.data).hexdigest() == file.sha256
        assert response.mimetype == file.media_type
        assert response.headers["ETag"] == f'"{file.sha256}"'
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["X-Robots-Tag"] == "noindex"
        stem, form = file.name.rsplit(".", 1)
        assert f"{stem}-2026-03-02-2.{form}" in response.headers["Content-Disposition"]


def test_who_has_a_file_is_not_sent_it_again(reader: CheckingClient, published: Published) -> None:
    """304 by its ETag, and a part of it to who lost the line in the middle."""
    file = published.first.by_name["qpv.csv"]
    path = f"{published.first.url}/{file.name}"
    assert reader.get(path, headers={"If-None-Match": f'"{file.sha256}"'}).status_code == 304
    part = reader.get(path, headers={"Range": "bytes=10-19", "If-Range": f'"{file.sha256}"'})
    assert (part.status_code, part.data) == (206, reader.get(path).data[10:20])


@pytest.mark.parametrize("path", ["/donnees/2026-03-02/qpv.csv", "/donnees/initiatives.csv"])
def test_a_file_compressed_on_its_way_is_not_sent_again(reader: CheckingClient, path: str) -> None:
    """As browsers ask: 304 by the ETag that they were given, and no part of compressed bytes."""
    asked = {"Accept-Encoding": "gzip, br"}
    given = reader.get(path, headers=asked)
    assert given.headers["Content-Encoding"] == "br"
    tag = {"If-None-Match": given.headers["ETag"]}
    assert reader.get(path, headers=asked | tag).status_code == 304
    assert reader.get(path, headers=asked | {"Range": "bytes=10-19"}).status_code == 200


def test_the_file_of_now_is_that_of_the_last_snapshot(
    reader: CheckingClient, published: Published
) -> None:
    """Same bytes under an address that stays, asked again each time."""
    for dataset in DATASETS:
        response = reader.get(f"/donnees/{dataset.name}.csv")
        kept = published.second.by_name[f"{dataset.name}.csv"]
        assert hashlib.sha256(response.data).hexdigest() == kept.sha256
        assert response.headers["Cache-Control"] == "no-cache"


def test_without_a_snapshot_the_file_of_now_is_made(
    bare: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every form; 304 to who has it; too many lines or a missing extra is a sentence."""
    for form in DATASETS[0].forms:
        response = bare.get(f"/donnees/initiatives.{form}")
        assert (response.status_code, response.mimetype) == (200, FORMS[form][1])
        for asked in ({}, {"Accept-Encoding": "gzip"}):
            given = bare.get(f"/donnees/initiatives.{form}", headers=asked).headers["ETag"]
            tag = {"If-None-Match": given}
            assert bare.get(f"/donnees/initiatives.{form}", headers=asked | tag).status_code == 304
    assert "écrites à la demande" in bare.get("/donnees").get_data(as_text=True)
    monkeypatch.setattr(published_files, "_MOST_OTHER_LINES", 10)
    refused = bare.get("/donnees/initiatives-situees.csv")
    assert refused.status_code == 400
    assert "24 lignes" in refused.get_data(as_text=True)
    monkeypatch.setattr(published_files, "available", lambda form: form != "gpkg")
    slow = bare.get("/donnees/couverture.xlsx")
    assert slow.status_code == 404
    assert "dans un instantané" in slow.get_data(as_text=True)
    assert 'href="/donnees/couverture.xlsx"' not in bare.get("/donnees").get_data(as_text=True)
    assert "mapapp[gis]" in bare.get("/donnees/qpv.gpkg").get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    [
        "/donnees/initiatives.pdf",
        "/donnees/ressources.gpkg",
        "/donnees/rien.csv",
        "/donnees/1999-01-01",
        "/donnees/1999-01-01/qpv.csv",
        "/donnees/2026-03-02/rien.csv",
        "/donnees/2026-03-02/..%2f..%2fmapapp.sqlite",
        "/donnees/%2e%2e/mapapp.sqlite",
        "/donnees/.mapapp-0/qpv.csv",
        "/donnees/2026-03-02-999999/qpv.csv",
        "/donnees/2026-03-02/" + "x" * 300,
        "/schemas/rien.json",
    ],
)
def test_what_is_not_there_is_told_in_a_page(reader: CheckingClient, path: str) -> None:
    """A sentence and a way back; no file but those of a manifest leaves the folder."""
    assert reader.get(path).status_code == 404


def test_a_file_taken_away_is_told(reader: CheckingClient, published: Published) -> None:
    """An operator may remove one: a page says so, not a fault of ours."""
    path = published.folder / published.first.name / "qpv.xlsx"
    content = path.read_bytes()
    path.unlink()
    try:
        assert reader.get(f"{published.first.url}/qpv.xlsx").status_code == 404
    finally:
        path.write_bytes(content)


def test_the_page_offers_files_with_size_and_schema(
    reader: CheckingClient, published: Published
) -> None:
    """Every file that can be written, the snapshots, the template, the catalogue, the feed."""
    page = reader.get("/donnees").get_data(as_text=True)
    for dataset in DATASETS:
        assert f'href="/schemas/{dataset.name}.json"' in page
        for form in dataset.forms:
            assert f'href="/donnees/{dataset.name}.{form}"' in page
    for path in (
        published.first.url,
        published.second.url,
        "/donnees/modele-initiatives.csv",
        "/donnees/catalogue.jsonld",
        "/initiatives.atom",
    ):
        assert f'href="{path}"' in page
    assert '<link rel="alternate" type="application/ld+json"' in page


def test_the_page_of_a_snapshot_tells_checksums_and_changes(
    reader: CheckingClient, published: Published
) -> None:
    """Each file, the counts, the first lines of the list; hostile texts inert."""
    page = reader.get(published.second.url).get_data(as_text=True)
    for file in published.second.files:
        assert file.sha256 in page
        assert f'href="{published.second.url}/{file.name}"' in page
    assert "premières lignes" in page or "Le détail" in page
    assert "essai-a0" in page
    assert "<script>alert" not in page
    first = reader.get(published.first.url).get_data(as_text=True)
    assert "il n’y a rien à comparer" in first


def test_the_manifest_is_read_by_programs(reader: CheckingClient, published: Published) -> None:
    """JSON with licence, sources, version and checksums."""
    told = json.loads(reader.get(f"{published.second.url}/manifest.json").data)
    assert told["licence"] == "Licence Ouverte 2.0"
    assert told["data_version"] == published.second.data_version
    assert {file["name"] for file in told["files"]} == set(published.second.by_name)


def test_hostile_texts_are_inert_in_every_form(reader: CheckingClient) -> None:
    """No formula, no end of a block; the text itself is told."""
    text = reader.get("/donnees/initiatives.csv").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    names = {line["nom"] for line in lines}
    assert {f"Nom {text}" for text in TEXTS[:4]} <= names
    assert "'=1+1" in names
    book = openpyxl.load_workbook(io.BytesIO(reader.get("/donnees/initiatives.xlsx").data))
    cells = [cell for line in book.active.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    for path in ("/donnees/initiatives.jsonld", "/donnees/catalogue.jsonld"):
        document = reader.get(path).get_data(as_text=True)
        assert "<" not in document
        assert "</script>" in json.dumps(json.loads(document))


def test_linked_data_say_what_is_known_and_no_more(reader: CheckingClient) -> None:
    """schema.org nodes with the address of their page; no point for who is only in a commune."""
    told = json.loads(reader.get("/donnees/initiatives.jsonld").data)
    assert told["@context"] == "https://schema.org"
    nodes = {node["identifier"]: node for node in told["@graph"]}
    assert len(nodes) == 24 + 13
    placed, vague = nodes["essai-a1"], nodes["essai-a0"]
    assert placed["@id"] == "https://carte.example/initiatives/essai-a1"
    assert "47.34" in json.dumps(placed["location"]["geo"])
    assert "geo" not in vague["location"]
    assert [one for one in nodes.values() if "containedInPlace" in one.get("location", {})]
    for path, count in (("ressources", 80), ("qpv", None)):
        graph = json.loads(reader.get(f"/donnees/{path}.jsonld").data)["@graph"]
        assert len(graph) == (count or len(graph)) > 0
        assert all(node["@id"].startswith(f"/{path}/") for node in graph)


def expanded(context: dict[str, str], term: str) -> str:
    """A prefixed name as an address."""
    prefix, _, name = term.partition(":")
    return context[prefix] + name


def test_the_catalogue_speaks_dcat(reader: CheckingClient, published: Published) -> None:
    """Catalogue, datasets and files with the expected terms; checksums are those of the files."""
    response = reader.get("/donnees/catalogue.jsonld")
    assert response.mimetype == "application/ld+json"
    told = json.loads(response.data)
    context = told["@context"]
    assert expanded(context, told["@type"]) == "http://www.w3.org/ns/dcat#Catalog"
    assert set(told) >= CATALOGUE_TERMS
    assert told["dct:publisher"]["foaf:name"] == "RTES </script>"
    assert len(told["dcat:dataset"]) == len(DATASETS)
    for dataset, node in zip(DATASETS, told["dcat:dataset"], strict=True):
        assert set(node) >= DATASET_TERMS
        assert node["dcat:contactPoint"]["vcard:hasEmail"]["@id"].startswith("mailto:")
        assert node["dct:temporal"]["dcat:startDate"]["@value"] == "2022-03"
        assert {version["@id"].rsplit("/", 1)[1] for version in node["dcat:hasVersion"]} == {
            published.first.name,
            published.second.name,
        }
        assert len(node["dcat:distribution"]) == len(dataset.forms)
        for file in node["dcat:distribution"]:
            assert set(file) >= FILE_TERMS
            address = file["dcat:downloadURL"]["@id"]
            assert address.startswith("https://carte.example/donnees/")
            kept = published.second.by_name[address.rsplit("/", 1)[1]]
            assert file["dcat:byteSize"]["@value"] == str(kept.size)
            checksum = file["spdx:checksum"]
            assert checksum["spdx:checksumValue"]["@value"] == kept.sha256
            assert checksum["spdx:algorithm"]["@id"].endswith("checksumAlgorithm_sha256")
            assert file["dcat:mediaType"]["@id"].endswith(kept.media_type)
    assert {term.partition(":")[0] for term in every_term(told)} <= {*context, "@id"}


def every_term(node: Any) -> Iterator[str]:
    """Every property and type that a document uses."""
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            yield from every_term(value)
    if isinstance(node, dict):
        yield from (name for name in node if not name.startswith("@"))
        yield from [node["@type"]] if "@type" in node else []


def test_without_a_snapshot_the_catalogue_tells_no_checksum(bare: CheckingClient) -> None:
    """What is not known is left out, and an instance without a publisher says so."""
    told = json.loads(bare.get("/donnees/catalogue.jsonld").data)
    assert "n’est pas déclaré" in told["dct:publisher"]["foaf:name"]
    for node in told["dcat:dataset"]:
        assert "dcat:contactPoint" not in node
        for file in node["dcat:distribution"]:
            assert "spdx:checksum" not in file


def test_search_engines_read_the_same_files(reader: CheckingClient) -> None:
    """The schema.org dataset of the page names every file that DCAT does."""
    page = reader.get("/donnees").get_data(as_text=True)
    block = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    files = {one["contentUrl"] for one in json.loads(block)["distribution"]}
    told = json.loads(reader.get("/donnees/catalogue.jsonld").data)
    named = {file["@id"] for node in told["dcat:dataset"] for file in node["dcat:distribution"]}
    assert named <= files


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_schema_is_complete(reader: CheckingClient, name: str) -> None:
    """What schema.data.gouv.fr expects, and each field told in French with its type."""
    response = reader.get(f"/schemas/{name}.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(response.data)
    assert {
        "name", "title", "description", "homepage", "path", "version", "created", "lastModified",
        "contributors", "fields", "missingValues", "countryCode",
    } <= set(told)  # fmt: skip
    assert told["path"] == f"https://carte.example/schemas/{name}.json"
    assert all(field["title"] and field["description"] for field in told["fields"])
    assert {field["type"] for field in told["fields"]} <= {
        "string", "number", "integer", "boolean",
    }  # fmt: skip


def test_the_template_has_the_columns_of_the_format(reader: CheckingClient) -> None:
    """Its headers are those that an import knows, with one line as an example."""
    text = reader.get("/donnees/modele-initiatives.csv").data.decode("utf-8-sig")
    header, example = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert tuple(header) == COLUMNS
    empty = {name for name, cell in zip(header, example, strict=True) if not cell}
    assert empty == {"remplace"}  # a first file replaces nothing


def test_the_feed_is_announced_where_initiatives_are_listed(client: CheckingClient) -> None:
    """With the filters of the page."""
    for path, feed in (
        ("/initiatives?theme=mobilite", "/initiatives.atom?theme=mobilite"),
        ("/themes/mobilite", "/initiatives.atom?theme=mobilite"),
        ("/territoires/region-27", "/initiatives.atom?region=27"),
    ):
        page = client.get(path).get_data(as_text=True)
        assert 'rel="alternate" type="application/atom+xml"' in page
        assert f'href="{feed}"' in page
        root = ElementTree.fromstring(client.get(feed).data)
        assert root.tag == "{http://www.w3.org/2005/Atom}feed"
