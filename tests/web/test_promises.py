"""Addresses are promises: each of ``tests/promises.txt`` answers, each of its parameters counts.

What mapapp answers, and what its own pages and its API's description name, is promised there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from promises import promises
from werkzeug.routing import MapAdapter

from mapapp.filters import Filters

#: More ways than this from an address to another are a circle.
MOST_MOVES = 5

#: Its target changes with each version of the icon: nobody may keep it for ever.
MOVES_FOR_NOW = {"/favicon.ico"}

#: What a publication gives addresses to: tests/web/test_donnees.py holds what they answer.
GIVEN_BY_SNAPSHOTS = {"/donnees/<snapshot>", "/donnees/<snapshot>/<name>"}

#: What no parameter means: bytes that are no text.
NONSENSE = "\ufffd"

#: Written again at each request, or long to write: a parameter is known by what it refuses.
FILES = (".csv", ".xlsx", ".geojson")

#: What the shipped data give no other value to: 24 initiatives fill one page and have one source.
SOLE = {"page": "1", "source": "rtes-2022"}

#: The API repeats the address that it was asked, whatever it made of it.
ITS_OWN_ADDRESS = re.compile(rb'"self":"[^"]*"')

#: A path as the application declares it, and the name of a parameter.
Asked = tuple[str, str]


class Answers:
    """Status and body at the end of each address, asked for once."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self._known: dict[str, tuple[int, bytes]] = {}

    def of(self, address: str) -> tuple[int, bytes]:
        """What an address answers, where it leads for good."""
        if address not in self._known:
            self._known[address] = self._asked(address)
        return self._known[address]

    def _asked(self, address: str) -> tuple[int, bytes]:
        answer = self._client.get(address)
        for _ in range(MOST_MOVES):
            if answer.status_code not in (301, 308) and address not in MOVES_FOR_NOW:
                break
            answer = self._client.get(answer.headers.get("Location", address))
        return answer.status_code, ITS_OWN_ADDRESS.sub(b"", answer.data)


@pytest.fixture(scope="module")
def answers(app: Flask) -> Answers:
    """What the site answers, without looking at its pages: other tests do."""
    return Answers(FlaskClient(app, app.response_class))


@pytest.fixture(scope="module")
def routes(app: Flask) -> MapAdapter:
    """Which route an address takes."""
    return app.url_map.bind("localhost")


@pytest.fixture(scope="module")
def promised(routes: MapAdapter) -> set[Asked]:
    """Every parameter that is promised, by route."""
    return {one for address in promises() for one in asked(routes, address)}


def asked(routes: MapAdapter, address: str) -> Iterator[Asked]:
    """The route of an address with each of its parameters."""
    parts = urlsplit(address)
    rule = routes.match(parts.path, "GET", return_rule=True)[0].rule
    yield from ((rule, name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))


def test_every_promise_is_kept(answers: Answers) -> None:
    """Each address answers, at once or where it leads for good."""
    addresses = [address.partition("#")[0] for address in promises()]
    broken = [address for address in addresses if answers.of(address)[0] != 200]

    assert not broken, f"promised addresses that do not answer: make them lead on: {broken}"


def test_no_promise_is_made_twice() -> None:
    """Each line of the list says something."""
    assert len(set(promises())) == len(promises())


def test_every_parameter_counts(answers: Answers, routes: MapAdapter) -> None:
    """On each route that promises it, without it an answer is another."""
    where: dict[Asked, list[str]] = defaultdict(list)
    for address in promises():
        for one in asked(routes, address):
            where[one].append(address)
    ignored = [
        (rule, name)
        for (rule, name), addresses in where.items()
        if not any(counts(answers, address, name) for address in addresses)
    ]

    assert not ignored, f"promised parameters that change nothing: {ignored}"


def test_a_parameter_that_nobody_knows_changes_nothing(answers: Answers) -> None:
    """Else the former test would tell nothing."""
    for path in ("/", "/initiatives", "/qpv-sans-exemple", "/api/v1/initiatives", "/carte.svg"):
        assert answers.of(f"{path}?inconnu=1") == answers.of(path)


def test_every_route_is_promised(app: Flask, routes: MapAdapter) -> None:
    """A new address is added to the list; files are addressed by their version, not promised."""
    known = {routes.match(urlsplit(a).path, "GET", return_rule=True)[0].rule for a in promises()}
    served = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    known |= GIVEN_BY_SNAPSHOTS
    missing = {rule for rule in served - known if not rule.startswith("/static/")}

    assert not missing, f"add a line to tests/promises.txt for each of {sorted(missing)}"


def test_every_parameter_of_the_api_is_promised(answers: Answers, promised: set[Asked]) -> None:
    """All that the OpenAPI file tells of questions asked by GET."""
    told: dict[str, Any] = json.loads(answers.of("/api/v1/openapi.json")[1])["paths"]
    named = {
        (path.replace("{", "<").replace("}", ">"), parameter["name"])
        for path, operations in told.items()
        for parameter in operations.get("get", {}).get("parameters", ())
        if parameter["in"] == "query"
    }

    assert named
    assert named <= promised, f"add to tests/promises.txt: {sorted(named - promised)}"


def test_every_filter_is_promised(promised: set[Asked]) -> None:
    """The filters have one meaning everywhere, and are promised somewhere."""
    assert {field.name for field in fields(Filters)} <= {name for _, name in promised}


def test_what_pages_ask_is_promised(
    answers: Answers, routes: MapAdapter, promised: set[Asked]
) -> None:
    """Visitors keep the addresses that links and forms of the pages make."""
    written = {
        one
        for page in dict.fromkeys(address.partition("#")[0] for address in promises())
        for link in links(page, answers.of(page)[1])
        for one in asked(routes, link)
    }

    assert len(written) > 50, "the pages are not read any more"
    assert written <= promised, f"add to tests/promises.txt: {sorted(written - promised)}"


def pairs(address: str) -> list[tuple[str, str]]:
    """The parameters of an address."""
    return parse_qsl(urlsplit(address).query, keep_blank_values=True)


def counts(answers: Answers, address: str, name: str) -> bool:
    """Whether a parameter of an address means something.

    A file's, and one that can mean but one thing here, is known by the nonsense that it refuses, or
    that an embed tells.
    """
    path = urlsplit(address).path
    others = [(other, value) for other, value in pairs(address) if other != name]
    without = f"{path}?{urlencode(others)}" if others else path
    if path.endswith(FILES) or (name, SOLE.get(name)) in pairs(address):
        told = answers.of(f"{path}?{urlencode([*others, (name, NONSENSE)])}")
        return told[0] == 400 or (path == "/embed" and told != answers.of(without))
    return answers.of(without) != answers.of(address.partition("#")[0])


def links(address: str, body: bytes) -> list[str]:
    """The addresses of ours with parameters that a page leads to; none when it is no page."""
    if not body.lstrip().startswith(b"<!doctype html>"):
        return []
    page = Links()
    page.feed(body.decode())
    found = [urlsplit(urljoin(address, link)) for link in page.found]
    return [f"{one.path}?{one.query}" for one in found if one.query and not one.netloc]


class Links(HTMLParser):
    """What the links of a page lead to, and what its forms ask by GET."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._action: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note a link, or a field of a form."""
        given: Mapping[str, str] = {name: value or "" for name, value in attributes}
        if tag == "a" and "?" in given.get("href", ""):
            self.found.add(given["href"])
        if tag == "form":
            is_asked = given.get("method", "get").lower() == "get"
            self._action = given.get("action", "") if is_asked else None
        elif tag in ("input", "select", "button") and self._action is not None and "name" in given:
            self.found.add(f"{self._action}?{given['name']}={given.get('value') or '1'}")

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self._action = None
