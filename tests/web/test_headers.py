"""What every answer says of itself: who may read it, how long it keeps, how it travels."""

from __future__ import annotations

import gzip
import json
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from invariants import CheckingClient
from sqlalchemy import Engine
from sqlalchemy.event import listen, remove
from werkzeug.test import TestResponse

from mapapp.memory import Memory
from mapapp.web import revalidation

PATHS = [
    "/api/v1/initiatives",
    "/api/v1/initiatives/la-coursive-boutaric",
    "/api/v1/clusters?zoom=6",
    "/api/v1/qpv?bbox=2,48,3,49&zoom=10",
    "/api/v1/qpv/QN08604M",
    "/api/v1/resources",
    "/api/v1/themes",
    "/api/v1/locate?lon=0.35&lat=46.565",
    "/api/v1/search?q=lille",
    "/api/v1/openapi.json",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_an_answer_that_has_not_changed_is_not_sent_again(
    client: CheckingClient, path: str, encoding: str
) -> None:
    """Asked again with its tag, compressed or not, an unchanged answer is an empty 304."""
    asked = {"Accept-Encoding": encoding} if encoding else {}
    first = client.get(path, headers=asked)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers=asked | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.get(path, headers=asked | {"If-None-Match": '"autre"'})
    assert other.status_code == 200


@pytest.mark.parametrize("path", [*PATHS, "/", "/qpv/QN08604M", "/carte.svg"])
def test_what_has_not_changed_is_not_made_again(app: Flask, engine: Engine, path: str) -> None:
    """The store is asked for the version of its data, and for nothing else."""
    client = FlaskClient(app)
    tag = client.get(path).headers["ETag"]
    asked: list[str] = []
    listen(engine, "before_cursor_execute", note := lambda *told: asked.append(told[2]))
    again = client.get(path, headers={"If-None-Match": f'"autre", W/{tag}'})
    remove(engine, "before_cursor_execute", note)
    assert (again.status_code, again.data) == (304, b"")
    assert len(asked) == 1
    assert "Content-Security-Policy" in again.headers


def test_a_tag_is_of_one_version_of_the_data_one_address_one_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an answer may follow from, another of it is another tag."""
    client = FlaskClient(app)

    def tag(path: str = "/api/v1/themes", **asked: Any) -> str:
        return str(client.get(path, **asked).headers["ETag"])

    first = tag()
    assert tag() == first
    others = [tag("/api/v1/themes?q=x"), tag(base_url="http://127.0.0.1")]
    others += [tag(headers={"Authorization": "a"}), tag(headers={"Accept": "text/html"})]
    with monkeypatch.context() as patched:
        patched.setattr(Memory, "version", lambda *_: "another")
        others.append(tag())
    with monkeypatch.context() as patched:
        patched.setattr(revalidation, "instance_tag", lambda: "other code, other settings")
        others.append(tag())
    assert len({first, *others}) == 7


@pytest.mark.parametrize("path", ["/pres-de-moi?q=lille", "/adresses", "/healthz"])
def test_what_follows_from_more_is_made_before_it_is_compared(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A geocoder's answer, or the present state of the store, is in no tag made beforehand."""
    monkeypatch.setattr(revalidation, "_told", lambda: "told beforehand")
    assert "told beforehand" not in client.get(path).headers.get("ETag", "")


@pytest.mark.parametrize("path", PATHS)
def test_any_site_may_read_the_api(client: CheckingClient, path: str) -> None:
    """The API is open: a page of any origin may read what it answers."""
    response = client.get(path, headers={"Origin": "https://exemple.fr"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_pages_are_not_open_to_other_sites(client: CheckingClient) -> None:
    """What is meant for people is read by people, not framed nor read by another site."""
    response = client.get("/ressources")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "mimetype"),
    [
        ("/api/v1/resources", "application/json"),
        ("/api/v1/initiatives", "application/geo+json"),
        ("/api/v1/qpv?zoom=6", "application/geo+json"),
        ("/ressources", "text/html"),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_texts_travel_compressed(app: Flask, path: str, mimetype: str, encoding: str) -> None:
    """JSON, GeoJSON and pages weigh a third at most of what they say, and say the same."""
    client = FlaskClient(app)
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": encoding})
    assert packed.mimetype == mimetype
    assert packed.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert _unpacked(packed, encoding) == plain.data
    assert len(packed.data) < len(plain.data) / 3


def _unpacked(response: TestResponse, encoding: str) -> bytes:
    data: bytes = (
        gzip.decompress(response.data) if encoding == "gzip" else brotli.decompress(response.data)
    )
    return data


def test_head_says_what_get_would(client: CheckingClient) -> None:
    """The headers of an answer can be asked for without its body."""
    got, head = client.get("/api/v1/themes"), client.head("/api/v1/themes")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == got.headers[name]


def test_json_is_told_in_utf8_without_escapes(client: CheckingClient) -> None:
    """French is readable in the answer as it is."""
    text = client.get("/api/v1/themes").data.decode("utf-8")
    assert "Économie circulaire et réemploi" in text
    assert json.loads(text)["count"] == 17


def test_no_header_can_be_injected(client: CheckingClient) -> None:
    """A line end in a parameter does not begin a header of the answer."""
    response = client.get("/api/v1/initiatives?q=a%0d%0aX-Injected:%201")
    assert "X-Injected" not in response.headers
