"""Every operation of the API on the shipped data: declared shapes, counts, links, coordinates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from invariants import CheckingClient
from pydantic import BaseModel

from mapapp.api import schemas
from mapapp.queries.initiatives import Initiatives

pytestmark = pytest.mark.both_databases

#: Requests that together show every operation, and every kind of record.
REQUESTS = [
    "themes",
    "resources",
    "resources?theme=mobilite&theme=sante&q=avise",
    "resources?q=zzz",
    "initiatives",
    "initiatives?theme=alimentation&region=44",
    "initiatives?departement=2A",
    "initiatives?bbox=170,-30,190,30",
    "initiatives/la-coursive-boutaric",
    "initiatives/digifab",
    "initiatives/groupe-diverscite",
    "clusters",
    "clusters?zoom=12&bbox=3,50,3.2,51",
    "clusters?zoom=0",
    "clusters?zoom=19&departement=2A",
    "qpv?zoom=5",
    "qpv?bbox=0.3,46.5,0.5,46.7",
    "qpv?bbox=0.3,46.5,0.5,46.7&zoom=12&generation=2015",
    "qpv/QN08604M",
    "qpv/QP021004",
    "qpv/QP009001",
    "locate?lon=0.35&lat=46.565",
    "locate?lon=0.35&lat=46.565&rayon=900&generation=2015",
    "locate?lon=-52.3&lat=4.9",
    "locate?lon=-30&lat=-40",
    "search?q=gresilles",
    "search?q=lille",
    "search",
]


def declared(client: FlaskClient, path: str) -> tuple[str, type[BaseModel]]:
    """The media type and shape that the OpenAPI file tells for a request."""
    document = json.loads(client.get("/api/v1/openapi.json").data)
    parts = path.split("?")[0].split("/")
    operation = next(
        methods["get"]
        for told, methods in document["paths"].items()
        if len(asked := told.removeprefix("/api/v1/").split("/")) == len(parts)
        and all(a == p or a.startswith("{") for a, p in zip(asked, parts, strict=True))
    )
    ((mimetype, content),) = operation["responses"]["200"]["content"].items()
    return mimetype, getattr(schemas, content["schema"]["$ref"].split("/")[-1])


@pytest.mark.parametrize("path", REQUESTS)
def test_an_answer_has_the_declared_shape(client: CheckingClient, path: str) -> None:
    """What is sent is what the OpenAPI file says: its type, each field, and no other."""
    mimetype, shape = declared(client, path)
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200
    assert response.mimetype == mimetype
    shape.model_validate_json(response.data, extra="forbid", by_alias=True, by_name=False)


@pytest.mark.parametrize("path", REQUESTS)
def test_coordinates_are_longitude_then_latitude_with_six_decimals(
    client: CheckingClient, path: str
) -> None:
    """No coordinate claims more than 11 cm, and all of them are on the Earth."""
    answer = json.loads(client.get(f"/api/v1/{path}").data, parse_float=str)
    for lon, lat in _positions(answer):
        assert max(len(x.partition(".")[2]) for x in (lon, lat)) <= 6, (lon, lat)
        assert abs(float(lon)) <= 180
        assert abs(float(lat)) <= 90


def _positions(node: Any) -> list[tuple[str, str]]:
    """All the coordinate pairs below a node of GeoJSON."""
    if isinstance(node, dict):
        inner = [node["coordinates"]] if "coordinates" in node else node.values()
        return [pair for child in inner for pair in _positions(child)]
    if isinstance(node, list) and len(node) == 2 and not isinstance(node[0], (list, dict)):
        return [(str(node[0]), str(node[1]))]
    return [p for child in node for p in _positions(child)] if isinstance(node, list) else []


def test_longitude_comes_first(ask: Any) -> None:
    """Dijon is at 5° east and 47° north, and GeoJSON says it in that order."""
    lon, lat = ask("initiatives/la-coursive-boutaric")["geometry"]["coordinates"]
    assert (round(lon), round(lat)) == (5, 47)


def test_an_unknown_place_has_no_geometry(ask: Any) -> None:
    """An initiative whose place nobody knows is listed, never pinned."""
    answer = ask("initiatives/digifab")
    assert answer["geometry"] is None
    assert answer["properties"]["precision"] == "none"
    statuses = {v["status"] for v in answer["properties"]["verdicts"].values()}
    assert statuses == {"unknown"}


def test_a_collection_tells_what_it_is(ask: Any) -> None:
    """Count, licence, sources and version of the data come with every collection."""
    versions = set()
    for path in ("initiatives", "clusters", "qpv?zoom=3", "resources", "themes", "search?q=lille"):
        answer = ask(path)
        held = answer["features"] if "features" in answer else answer["items"]
        assert answer["count"] == len(held), path
        assert answer["licence"] == "Licence Ouverte 2.0"
        assert answer["links"]["self"].endswith(f"/api/v1/{path}")
        assert answer["sources"]
        versions.add(answer["data_version"])
    assert len(versions) == 1


def test_pages_are_linked(
    ask: Any, client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page leads to the next, filters kept, until all have been seen once."""
    monkeypatch.setattr(Initiatives.page, "__defaults__", (7,))
    path, seen, before = "/api/v1/initiatives?source=rtes-2022&bbox=-180,-90,180,90", [], []
    while path:
        answer = json.loads(client.get(path).data)
        before.append(answer["links"].get("previous"))
        seen += [feature["properties"]["slug"] for feature in answer["features"]]
        path = answer["links"].get("next", "").replace("http://localhost", "")
    assert len(seen) == len(set(seen)) == answer["count"]
    assert [bool(link) for link in before] == [False] + [True] * (len(before) - 1)
    assert len(before) == -(-len(seen) // 7)


def test_a_page_beyond_the_last_does_not_exist(client: CheckingClient) -> None:
    """The 24 initiatives fit on one page: the second is not there."""
    assert client.get("/api/v1/initiatives?page=1").status_code == 200
    assert client.get("/api/v1/initiatives?page=2").status_code == 404


def test_the_counts_of_the_themes_are_those_of_the_lists(ask: Any) -> None:
    """What the themes announce is what the filtered lists hold."""
    for theme in ask("themes")["items"]:
        assert ask(f"initiatives?theme={theme['slug']}")["count"] == theme["initiatives"]
        assert ask(f"resources?theme={theme['slug']}")["count"] == theme["resources"]


def test_a_list_proposes_three_resources_and_a_record_all(ask: Any) -> None:
    """At most three with their reason in a list, the same first ones in the whole record."""
    for feature in ask("initiatives")["features"]:
        told = feature["properties"]
        assert len(told["resources"]) == 3
        whole = ask(f"initiatives/{told['slug']}")["properties"]
        assert whole["resources"][:3] == told["resources"]
        assert len(whole["resources"]) > 20
        assert all(resource["reason"] for resource in whole["resources"])


def test_the_clusters_count_the_located_initiatives(ask: Any) -> None:
    """Whatever the zoom, the map stands for all the located initiatives."""
    listed = ask("initiatives")["features"]
    located = sum(feature["geometry"] is not None for feature in listed)
    for zoom in range(0, 20, 3):
        features = ask(f"clusters?zoom={zoom}")["features"]
        assert sum(f["properties"].get("count", 1) for f in features) == located


def test_a_qpv_sheet_and_its_initiatives_agree(ask: Any) -> None:
    """The sheet of a QPV tells the initiatives whose verdict names it, with the same sentence."""
    sheet = ask("qpv/QN02103M")
    assert [seen["slug"] for seen in sheet["initiatives"]] == ["la-coursive-boutaric"]
    record = ask("initiatives/la-coursive-boutaric")["properties"]["verdicts"]["2024"]
    assert sheet["initiatives"][0]["sentence"] == record["sentence"]
    assert sheet["initiatives_inside"] == 1
    assert sheet["themes"] == {"culture": 1}
    (lon, lat), (west, south, east, north) = sheet["point"], sheet["bbox"]
    assert west < lon < east
    assert south < lat < north
    assert (
        ask(f"locate?lon={lon}&lat={lat}")["verdicts"]["2024"]["nearest"]["code"] == sheet["code"]
    )


def test_every_url_of_an_answer_leads_somewhere(ask: Any, app: Flask) -> None:
    """The paths that the API gives are pages that exist."""
    paths = {feature["properties"]["url"] for feature in ask("initiatives")["features"][:3]}
    paths |= {item["url"] for item in ask("resources")["items"][:3]}
    paths |= {item["url"] for item in ask("themes")["items"][:2]}
    paths |= {hit["url"] for hit in ask("search?q=lille")["items"]}
    client = FlaskClient(app)
    for path in sorted(paths):
        assert client.get(path).status_code == 200, path


def test_the_documentation_lists_every_operation(client: CheckingClient, app: Flask) -> None:
    """The OpenAPI file and its French page tell all the operations, and their examples work."""
    document = json.loads(client.get("/api/v1/openapi.json").data)
    assert document["openapi"].startswith("3.1")
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    routes -= {"/api/v1/openapi.json"}
    told = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    assert told == routes
    page = client.get("/api").get_data(as_text=True)
    assert [path for path in document["paths"] if path.replace("&", "&amp;") not in page] == []


@pytest.mark.parametrize(
    "path", ["initiatives/inconnue", "qpv/QN99999M", "rien", "initiatives/a/b"]
)
def test_an_unknown_record_is_a_404_in_the_one_shape(client: CheckingClient, path: str) -> None:
    """What does not exist is told in French, in the error body that all faults have."""
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 404
    fault = schemas.Error.model_validate_json(response.data, extra="forbid")
    assert (fault.ok, fault.status) == (False, 404)
    assert fault.error.endswith(".")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_another_method_is_a_405_in_the_one_shape(client: CheckingClient, method: str) -> None:
    """The API is read only: writing is refused in the error body that all faults have."""
    response = client.open("/api/v1/initiatives", method=method)
    assert response.status_code == 405
    assert schemas.Error.model_validate_json(response.data, extra="forbid").status == 405
