"""Wrong requests: always a 400 that names the field in French, never a failure of ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from effort import examples
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from invariants import CheckingClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from mapapp import create_app
from mapapp.api import schemas
from mapapp.store.engine import open_engine

Refused = Callable[[str], dict[str, Any]]

#: Operation, field, value.
WRONG = [
    ("locate?lat=46", "lon", "200"),
    ("locate?lat=46", "lon", "-180.0001"),
    ("locate?lat=46", "lon", "2,35"),
    ("locate?lat=46", "lon", ""),
    ("locate?lon=2", "lat", "nan"),
    ("locate?lon=2", "lat", "inf"),
    ("locate?lon=2", "lat", "90.1"),
    ("locate?lon=2", "lat", "1e400"),
    ("locate?lon=2", "lat", "%00"),
    ("locate?lon=2&lat=46", "rayon", "-1"),
    ("locate?lon=2&lat=46", "rayon", "100001"),
    ("locate?lon=2&lat=46", "rayon", "large"),
    ("locate?lon=2&lat=46", "generation", "2016"),
    ("initiatives?", "generation", "2016"),
    ("initiatives?", "bbox", "1,2,3"),
    ("initiatives?", "bbox", "nan,nan,nan,nan"),
    ("initiatives?", "theme", "inconnu"),
    ("initiatives?", "theme", "%3Cscript%3E"),
    ("initiatives?", "page", "0"),
    ("initiatives?", "page", "1" + "0" * 30),
    ("initiatives?", "q", "x" * 10_000),
    ("initiatives?", "q", "a%00b"),
    ("initiatives?", "q", "%1B%5B31m"),
    ("initiatives?", "commune", "%C3%28"),
    ("initiatives?", "departement", "93%0d%0aX-Injected:%201"),
    ("initiatives?", "region", "999"),
    ("initiatives?", "epci", "x"),
    ("initiatives?", "source", "x"),
    ("initiatives?", "etat", "x"),
    ("initiatives?", "qpv", "x"),
    ("clusters?", "zoom", "99"),
    ("clusters?", "zoom", "-1"),
    ("clusters?", "zoom", "5.5"),
    ("clusters?", "zoom", "²"),
    ("clusters?", "bbox", "9,41,-5,51"),
    ("qpv?", "zoom", "99"),
    ("qpv?", "bbox", "1,2,3"),
    ("qpv?", "generation", "2"),
    ("resources?", "theme", "inconnu"),
    ("resources?", "q", "x" * 10_000),
    ("search?", "q", "x" * 10_000),
    ("search?", "q", "%00"),
]


@pytest.mark.parametrize(("path", "field", "value"), WRONG)
def test_a_wrong_value_is_told_by_its_field(
    refused: Refused, path: str, field: str, value: str
) -> None:
    """The body has the one shape of faults, names the field, and says in French what to write."""
    body = refused(f"{path}&{field}={value}".replace("?&", "?"))
    fault = schemas.Error.model_validate(body, extra="forbid")
    assert (fault.ok, fault.status) == (False, 400)
    assert [told.field for told in fault.errors] == [field]
    assert fault.errors[0].message in fault.error
    assert 15 < len(fault.error) < 300
    assert not set("\x00\x1b\r\n") & set(fault.error)


def test_all_the_faults_of_a_point_are_told_at_once(refused: Refused) -> None:
    """Who writes three wrong values learns it once."""
    body = refused("locate?lon=x&lat=y&rayon=z&generation=w")
    assert [told["field"] for told in body["errors"]] == ["lon", "lat", "rayon", "generation"]


def test_a_point_must_be_told(refused: Refused) -> None:
    """Without coordinates there is no verdict, and both are asked for."""
    body = refused("locate")
    assert [told["field"] for told in body["errors"]] == ["lon", "lat"]
    assert "absent" in body["errors"][0]["message"]


def test_bytes_that_are_no_text_find_nothing(client: CheckingClient) -> None:
    """What is not UTF-8 in an address is taken for the letters it is written with."""
    for operation in ("initiatives", "search", "resources"):
        body = json.loads(client.get(f"/api/v1/{operation}?q=zz%ff").data)
        assert body["count"] == 0


def test_a_fault_is_never_kept(client: CheckingClient) -> None:
    """A cache must not serve yesterday's fault."""
    response = client.get("/api/v1/initiatives?page=0")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.fixture
def served(app: Flask, engine: Engine) -> CheckingClient:
    """The application as in service: an unexpected failure is answered, not raised."""
    other = create_app(engine)
    other.test_client_class = CheckingClient
    return other.test_client()  # type: ignore[return-value]


def test_a_failure_of_ours_is_a_500_in_the_one_shape(
    served: CheckingClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The visitor reads a sentence without any detail of ours, the operator the trace."""
    monkeypatch.setattr("mapapp.api.places.search", lambda *_: 1 // 0)
    with caplog.at_level(logging.ERROR):
        response = served.get("/api/v1/search?q=lille")
    fault = schemas.Error.model_validate_json(response.data, extra="forbid")
    assert (response.status_code, fault.status, fault.errors) == (500, 500, [])
    assert "Zero" not in fault.error
    assert "ZeroDivisionError" in caplog.text


def test_without_a_store_the_answer_is_a_503(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is not there is said to be our matter; its path goes to the log alone."""
    engine = open_engine(f"sqlite:///{tmp_path / 'absente.sqlite'}")
    with caplog.at_level(logging.ERROR):
        response = create_app(engine).test_client().get("/api/v1/themes")
    engine.dispose()
    assert response.status_code == 503
    fault = schemas.Error.model_validate_json(response.data, extra="forbid")
    assert "absente.sqlite" not in fault.error
    assert "mapapp init" in caplog.text


_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "0", "-1", "1e9", "nan", "2015", "QN08604M", "sante", "93", "5", "1,2,3,4"]
    ),
    st.floats().map(repr),
    st.integers().map(str),
)
_NAMES = st.sampled_from(
    "q theme qpv commune departement region epci source etat generation bbox page zoom lon lat "
    "rayon inconnu".split()
)
_PATHS = st.sampled_from(
    "themes resources initiatives initiatives/{} clusters qpv qpv/{} locate search "
    "openapi.json {}".split()
)
_FORMATS = {"application/json", "application/geo+json"}


@given(
    path=_PATHS, query=st.lists(st.tuples(_NAMES, _VALUES), max_size=5), part=st.text(max_size=12)
)
@examples(200)
def test_no_request_at_all_breaks_the_api(
    app: Flask, path: str, query: list[tuple[str, str]], part: str
) -> None:
    """Whatever is asked, the answer is one, a 404 or a 400 in the one shape; never a 5xx."""
    response = _get(app, f"/api/v1/{path.replace('{}', quote(part or 'x'))}", query)
    if response.status_code in (301, 308):
        return
    assert response.status_code in (200, 400, 404)
    if not response.request.path.startswith("/api/v1/"):
        return
    assert response.mimetype in _FORMATS
    body = json.loads(response.data)
    if response.status_code != 200:
        fault = schemas.Error.model_validate(body, extra="forbid")
        assert fault.status == response.status_code
        assert all(told.message for told in fault.errors)


def _get(app: Flask, path: str, query: list[tuple[str, str]]) -> TestResponse:
    arguments: dict[str, list[str]] = {}
    for name, value in query:
        arguments.setdefault(name, []).append(value)
    return app.test_client().get(path, query_string=arguments)
