"""``POST /api/v1/locate``: a CSV file in, the same with its verdicts out, for programs."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from invariants import CheckingClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from mapapp.joining.uploads import LARGEST_UPLOAD
from mapapp.web.limits import limiter

PATH = "/api/v1/locate"


@pytest.fixture(autouse=True)
def uncounted() -> Iterator[None]:
    """Nobody has sent anything yet."""
    limiter.reset()
    yield
    limiter.reset()


def post(client: CheckingClient, content: bytes, name: str = "t.csv", **told: str) -> TestResponse:
    """Send a file as programs do."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), name), **told})
    return client.post(PATH, data=body, content_type=f"multipart/form-data; boundary={boundary}")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_same_delimiter_comes_back(client: CheckingClient, delimiter: str) -> None:
    """In UTF-8, with the columns of the contract."""
    table = "nom;x;y\nÉté;0.35;46.565\n".replace(";", delimiter)
    response = post(client, table.encode())
    first, second = response.get_data(as_text=True).splitlines()
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    assert first.split(delimiter)[3:5] == ["qpv_2015", "nom_2015"]
    assert second.split(delimiter)[:4] == ["Été", "0.35", "46.565", "QP086004"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_columns_may_be_named(client: CheckingClient) -> None:
    """As with the command."""
    response = post(client, b"est,nord\n0.35,46.565\n", lon="est", lat="nord")
    assert b"QN08604M" in response.data


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"", "t.csv", 400, "vide"),
        (b"a,b\n1,2\n", "t.csv", 400, "Aucune colonne"),
        (b"x" * (LARGEST_UPLOAD + 100_000), "t.csv", 413, "mapapp join"),
        (b"lon,lat\n" + b"2,48\n" * 20_001, "t.csv", 413, "mapapp join"),
    ],
)
def test_faults_have_the_one_shape(
    client: CheckingClient, content: bytes, name: str, status: int, said: str
) -> None:
    """400 or 413, with a French sentence."""
    response = post(client, content, name)
    body = response.get_json()
    assert (response.status_code, body["ok"], body["status"]) == (status, False, status)
    assert said in body["error"]


@pytest.mark.parametrize("data", [{}, {"file": "un texte"}])
def test_without_a_file_the_field_is_named(client: CheckingClient, data: dict[str, str]) -> None:
    """400 that says which field."""
    body = client.post(PATH, data=data).get_json()
    assert body["status"] == 400
    assert body["errors"][0]["field"] == "file"


def test_who_sends_too_often_waits(client: CheckingClient) -> None:
    """429 in the one shape; asking a point is not counted."""
    answers = [post(client, b"lon,lat\n2,48\n") for _ in range(11)]
    assert answers[-1].status_code == answers[-1].get_json()["status"] == 429
    assert "Retry-After" in answers[-1].headers
    assert client.get(f"{PATH}?lon=2&lat=48").status_code == 200


def test_the_operation_is_described(client: CheckingClient) -> None:
    """In the OpenAPI file, with its form and its faults, and on the page of the API."""
    told = client.get("/api/v1/openapi.json").get_json()["paths"][PATH]["post"]
    assert "multipart/form-data" in told["requestBody"]["content"]
    assert {"200", "400", "413", "429"} <= set(told["responses"])
    assert "text/csv" in told["responses"]["200"]["content"]
    assert "2 000 adresses" in client.get("/api").get_data(as_text=True).replace(
        "\u202f", " "
    ).replace("\u00a0", " ")
