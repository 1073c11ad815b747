"""What must hold on every page, checked each time any test fetches one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mapapp.web.headers import CONTENT_SECURITY_POLICY, policy

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
#: Elements whose address the browser fetches by itself.
_FETCHING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "use": "href"}
_STRAIGHT_APOSTROPHE = re.compile(r"\w'\w")


class PageOutline(HTMLParser):
    """What the invariants look at in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = ""
        self.titles: list[str] = []
        self.description = ""
        self.canonicals: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.fetched: list[str] = []
        self.faults: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an element that opens."""
        given = {name: value or "" for name, value in attributes}
        if tag not in _VOID:
            self._open.append(tag)
        self._silent += tag in ("template", "script", "style", "code", "pre", "svg")
        if tag == "html":
            self.lang = given.get("lang", "")
        if re.fullmatch("h[1-6]", tag) and "template" not in self._open:
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        self._note_field(tag, given)
        self._note_unsafe(tag, given)

    def _note_field(self, tag: str, given: dict[str, str]) -> None:
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.fields.append(given | {"in_label": "label" if "label" in self._open else ""})

    def _note_unsafe(self, tag: str, given: dict[str, str]) -> None:
        if tag == "meta" and given.get("name") == "description":
            self.description = given.get("content", "")
        if given.get("rel") == "canonical":
            self.canonicals.append(given.get("href", ""))  # told, not fetched
        elif given.get("rel") == "alternate":
            pass  # told, not fetched
        elif tag in _FETCHING and _FETCHING[tag] in given:
            self.fetched.append(given[_FETCHING[tag]])
        if tag == "style" or "style" in given:
            self.faults.append(f"inline style on <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/ld+json":
            self.faults.append("inline script")
        self.faults += [f"{name} on <{tag}>" for name in given if name.startswith("on")]
        if urlsplit(given.get("href", "")).scheme not in ("", "http", "https"):
            self.faults.append(f"<{tag}> leads to {given['href'][:40]}")

    def handle_endtag(self, tag: str) -> None:
        """Note an element that closes."""
        self._silent -= tag in ("template", "script", "style", "code", "pre", "svg")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.titles.append(data)
        if not self._silent:
            self.text.append(data)


def check_page(html: str) -> None:
    """Raise an AssertionError that names what does not hold."""
    page = PageOutline()
    page.feed(html)
    assert page.lang == "fr", "the page says no language"
    assert len(page.titles) == 1, "a page has one title"
    assert page.titles[0].strip(), "a page has a title"
    assert len(page.canonicals) <= 1, "a page has one address"
    assert page.description or not page.canonicals, "a page to be found has a description"
    assert page.headings.count(1) == 1, f"a page has one h1, here: {page.headings}"
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(deeper <= level + 1 for level, deeper in steps), f"a level skipped: {page.headings}"
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    for field in page.fields:
        named = field.get("id") in page.labels or field["in_label"] or field.get("aria-label")
        assert named, f"a field has no label: {field}"
    foreign = [address for address in page.fetched if urlsplit(address).netloc]
    assert not foreign, f"the browser would ask another host: {foreign}"
    assert not page.faults, page.faults
    text = " ".join(page.text)
    straight = _STRAIGHT_APOSTROPHE.findall(text)
    assert not straight, f"straight apostrophes: {straight[:5]}"


def check_policy(path: str, header: str) -> None:
    """Only /embed may be framed, and only /integrer may frame: ourselves."""
    if path == "/embed":
        assert header.startswith(CONTENT_SECURITY_POLICY.removesuffix("'none'"))
        assert "frame-ancestors 'none'" not in header
    elif path == "/integrer" and header != CONTENT_SECURITY_POLICY:
        assert header == policy(frame_src="'self'")
    else:
        assert header == CONTENT_SECURITY_POLICY


class CheckingClient(FlaskClient):
    """A test client that holds every answer to what is promised of all of them."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and check the answer."""
        response = super().open(*args, **kwargs)
        check_policy(response.request.path, response.headers["Content-Security-Policy"])
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in response.headers, "visitors get no cookie"
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            check_page(response.get_data(as_text=True))
        return response
