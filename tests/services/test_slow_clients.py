"""Slow, silent and numerous clients: others are answered, memory is bounded, work stops in time."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Engine
from trial_server import (
    MUCH,
    SHORT,
    answer,
    connected,
    get,
    post,
    read_all,
    running,
    stopped,
    trial_app,
)

from mapapp.serving.queueing import Lanes


@pytest.fixture(scope="module")
def application(engine: Engine) -> Flask:
    """The application with addresses for these tests."""
    return trial_app(engine)


@pytest.fixture(scope="module")
def port(application: Flask) -> Iterator[int]:
    """The port of a server with short limits."""
    with running(application, SHORT) as port:
        yield port


def is_quick(port: int) -> bool:
    """Whether an ordinary answer comes within a second."""
    begun = time.monotonic()
    return answer(port, get()).endswith(b"bonjour") and time.monotonic() - begun < 1


DRIPPED = {
    "headers": b"GET / HTTP/1.1\r\nX: ",
    "a body": post(100_000),
    "chunks": post(None),
}


@pytest.mark.parametrize("beginning", DRIPPED.values(), ids=DRIPPED)
def test_who_sends_byte_by_byte_hears_that_it_is_too_slow(port: int, beginning: bytes) -> None:
    """408 after a time counted from the beginning: each byte that comes gives no other."""
    begun = time.monotonic()
    with connected(port, beginning) as client:
        client.settimeout(0.1)
        said = b""
        while not said and time.monotonic() < begun + 5:
            try:
                client.sendall(b"1")
                said = client.recv(100)
            except TimeoutError:
                pass
    assert said.startswith(b"HTTP/1.1 408 ") or said.startswith(b"HTTP/1.0 408 ")
    assert 0.4 < time.monotonic() - begun < 3


SILENT = {
    "nothing": b"",
    "line ends": b"\r\n\r\n",
    "a body that does not come": post(100_000),
    "a body asked for and not sent": post(100_000, more="Expect: 100-continue\r\n"),
    "one answer and no other question": get(more=""),
}


@pytest.mark.parametrize("said", SILENT.values(), ids=SILENT)
def test_who_says_nothing_more_is_closed(port: int, said: bytes) -> None:
    """Whatever it said first; a page leaves the connection open for a while."""
    begun = time.monotonic()
    answer(port, said)
    assert 0.4 < time.monotonic() - begun < 4


def test_no_thread_waits_for_who_does_not_read(port: int) -> None:
    """More such readers than threads, each asking several times: others are answered at once."""
    with ExitStack() as held:
        unread = [
            held.enter_context(connected(port, get("/essai/much", "") * 4, buffer=4_096))
            for _ in range(3 * SHORT.threads)
        ]
        time.sleep(0.3)
        assert all(is_quick(port) for _ in range(5))
        time.sleep(2)  # and they are closed
        assert all(len(read_all(client)) < 4 * MUCH for client in unread)


def test_a_slow_reader_gets_all_of_it(port: int) -> None:
    """Within what reading may take, an answer waits for who reads it, and arrives whole."""
    with connected(port, get("/essai/much"), buffer=65_536) as client:
        time.sleep(0.3)
        assert len(read_all(client)) > MUCH


def test_a_crowd_that_says_nothing_leaves_a_place(port: int) -> None:
    """At the most connections of an address, who waits longest gives its place to a newcomer."""
    with ExitStack() as held:
        silent = [held.enter_context(connected(port)) for _ in range(SHORT.connections + 20)]
        assert is_quick(port)
        silent[0].settimeout(0.2)
        assert read_all(silent[0]) == b""


def test_who_is_answered_keeps_its_place(port: int) -> None:
    """A crowd of newcomers closes no connection whose request is being worked on."""
    with ExitStack() as held, connected(port, get("/essai/lasting")) as client:
        time.sleep(0.1)
        for _ in range(2 * SHORT.connections):
            held.enter_context(connected(port))
        assert read_all(client).endswith(b"enfin")


def test_a_body_that_is_too_large_is_refused_so_that_a_browser_sees_it(port: int) -> None:
    """The whole body is sent before the answer is read; beyond a bound, the connection is cut."""
    with connected(port, post(1_000_000, "/api/v1/locate")) as client:
        client.sendall(b"a" * 1_000_000)
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body)["status"] == 413
    with connected(port, post(10**9)) as client, pytest.raises(OSError, match=r"reset|[Bb]roken"):
        client.sendall(b"a" * 50_000_000)


def test_a_body_announced_as_too_large_is_not_asked_for(port: int) -> None:
    """« Expect: 100-continue » is answered by the refusal."""
    said = answer(port, post(10**7, more="Expect: 100-continue\r\n"))
    assert said.startswith(b"HTTP/1.1 413 ")


def test_bodies_are_taken_in_both_ways(port: int) -> None:
    """With a length, asked for first or not, and in chunks."""
    body = b"a" * 150_000
    end = "Connection: close\r\n"
    assert answer(port, post(len(body), more=end) + body).endswith(b"150000")
    asked = answer(port, post(len(body), more=end + "Expect: 100-continue\r\n") + body)
    assert asked.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    chunks = b"".join(b"3e8\r\n" + b"a" * 1_000 + b"\r\n" for _ in range(150)) + b"0\r\n\r\n"
    assert answer(port, post(None, more=end) + chunks).endswith(b"150000")


def test_bodies_that_are_held_are_bounded(application: Flask) -> None:
    """Who has been sending for the longest is refused when all of them are too much."""
    with running(application, replace(SHORT, window_s=20.0)) as port, ExitStack() as held:
        sent = [
            held.enter_context(connected(port, post(190_000) + b"a" * 180_000)) for _ in range(6)
        ]
        time.sleep(1.2)
        sent[0].settimeout(2)
        assert sent[0].recv(30).startswith(b"HTTP/1.1 503 ")
        sent[-1].sendall(b"a" * 10_000)
        sent[-1].settimeout(2)
        said = b""
        while b"190000" not in said:  # or the time is over
            said += sent[-1].recv(2_000)


def test_questions_asked_together_are_answered_in_order(port: int) -> None:
    """Pipelined requests, then the end of the connection."""
    said = answer(port, get(more="") + post(3) + b"abc" + get("/healthz"))
    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert said.index(b"bonjour") < said.index(b"\r\n\r\n3HTTP") < said.index(b"data_version")


def test_who_has_finished_asking_is_still_answered(port: int) -> None:
    """A client may close its half before it reads: HTTP/1.0 tools do."""
    with connected(port, b"GET /essai/lasting HTTP/1.0\r\nHost: localhost\r\n\r\n") as client:
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).endswith(b"enfin")


def test_work_stops_when_the_visitor_has_gone(port: int) -> None:
    """Between two parts of it."""
    connected(port, get("/essai/until_gone")).close()
    assert stopped.wait(2)


def test_more_requests_than_may_wait_are_told_to_come_back(port: int) -> None:
    """503 with Retry-After, in the shape of the fault pages; who watches is answered meanwhile."""
    with ExitStack() as held:
        asked = [held.enter_context(connected(port, get("/essai/lasting"))) for _ in range(25)]
        time.sleep(0.2)
        begun = time.monotonic()
        assert answer(port, get("/healthz")).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - begun < 1
        said = [read_all(client) for client in asked]
    refused = [one for one in said if one.startswith(b"HTTP/1.1 503 ")]
    assert len(refused) + sum(one.endswith(b"enfin") for one in said) == len(asked)
    assert refused
    assert b"Retry-After: 2" in refused[0]
    assert b"Trop de demandes attendent" in refused[0]


def test_dear_routes_are_passed_by_the_others() -> None:
    """What has cost much is worked on by some of the threads, whatever waits for it."""

    class Asked:
        def __init__(self, path: str) -> None:
            self.path, self.requests, self.done = path, [self], threading.Event()

        def service(self) -> None:
            end = time.thread_time() + (0.3 if self.path == "/dear" else 0.0)
            while time.thread_time() < end:
                sum(range(1_000))
            self.done.set()

    lanes = Lanes(threads=4, waiting=40, route_of=lambda asked: str(asked.path))
    assert lanes.offer(first := Asked("/dear"))
    assert first.done.wait(10)
    time.sleep(0.05)  # its cost is noted
    dear = [Asked("/dear") for _ in range(20)]
    assert all(map(lanes.offer, dear))
    assert lanes.offer(cheap := Asked("/"))
    assert cheap.done.wait(1)
    assert not dear[-1].done.is_set()
    lanes.shutdown()
