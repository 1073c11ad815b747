"""Requests that have no one meaning, and failures: what is answered, and what is logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine
from trial_server import SHORT, answer, connected, get, post, read_all, running, trial_app

#: What nothing may repeat.
TYPED = "Jeanne-Exemple"


@pytest.fixture(scope="module")
def port(engine: Engine) -> Iterator[int]:
    """The port of a server with short limits."""
    with running(trial_app(engine), SHORT) as port:
        yield port


HOSTILE = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "two lengths": post(3, more="Content-Length: 4\r\n") + b"abcd",
    "a length and chunks": post(3, more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "chunks twice": post(None, more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "chunks in HTTP/1.0": post(None).replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "another coding": b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "a negative length": b"POST /essai/echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length of thousands of digits": post(10**4_000),
    "a chunk of no size": post(None) + f"{TYPED}\r\n".encode(),
    "a chunk that does not end": post(None) + b"3\r\nabcdef\r\n",
    "a size that does not end": post(None) + b"0" * 20_000,
    "chunks of one byte": post(None) + b"1\r\na\r\n" * 10_000,
    "a trailer without end": post(None) + b"0\r\n" + b"a: b\r\n" * 5_000,
    "a folded header": get(more=f"X: a\r\n {TYPED}\r\n"),
    "a line end of its own": f"GET /{TYPED} HTTP/1.1\nHost: a\r\n\r\n".encode(),
    "a null": get(more=f"X: {TYPED}\0\r\n"),
    "a null in the address": get(f"/{TYPED}\0"),
    "a space before the colon": get(more="Content-Length : 3\r\n"),
    "two hosts": get(more="Host: b\r\n"),
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "no version": f"GET /{TYPED}\r\n\r\n".encode(),
    "an address without meaning": get("http://[/"),
    "a method in lower case": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "an address of 100 kB": get("/" + TYPED * 8_000),
    "headers of a megabyte": get(more=f"X: {TYPED}\r\n" * 60_000),
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_what_has_no_one_meaning_is_refused(
    port: int, said: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A French page with the headers of all others; nothing that was sent is repeated or logged."""
    caplog.set_level(logging.DEBUG)
    with connected(port) as client:
        with suppress(ConnectionError):  # refused before its end
            client.sendall(said)
        got = read_all(client)
    head, _, body = got.decode().partition("\r\n\r\n")
    assert head.split(" ")[1] in {"400", "413", "414", "431", "501"}
    assert got.count(b"HTTP/1.") == 1
    for header in (
        "Content-Security-Policy: default-src 'none'",
        "X-Content-Type-Options: nosniff",
    ):
        assert header in head
    assert "Cache-Control: no-store" in head
    assert "Server:" not in head
    assert '<html lang="fr">' in body
    assert TYPED not in got.decode()
    written = caplog.text + "".join(capfd.readouterr())
    assert TYPED not in written
    assert "127.0.0.1" not in written


def test_an_accent_that_is_sent_as_it_is_typed_is_understood(port: int) -> None:
    """As « curl » does."""
    said = answer(port, get("/api/v1/search?q=évry"))
    assert said.startswith(b"HTTP/1.1 200 ")
    assert "Évry".encode() in said


def test_what_is_refused_to_a_program_has_the_shape_of_the_api(port: int) -> None:
    """As far as the beginning of the address is known."""
    for wrong in (get("/api/v1/" + "a" * 50_000), get("/api/v1/qpv", "X: a\r\n b\r\n")):
        head, _, body = answer(port, wrong).partition(b"\r\n\r\n")
        assert json.loads(body)["ok"] is False
        assert b"Access-Control-Allow-Origin: *" in head


def test_a_failure_is_logged_by_its_place(
    port: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Route, class and place in the code; neither path nor message, which hold what was typed."""
    said = answer(port, get(f"/essai/fails/{TYPED}"))
    assert said.startswith(b"HTTP/1.1 500 ")
    written = caplog.text + "".join(capfd.readouterr())
    assert "500 GET /essai/fails/<typed>: ValueError() at " in written
    assert "trial_server.py" in written
    assert TYPED not in written
    assert "127.0.0.1" not in written
