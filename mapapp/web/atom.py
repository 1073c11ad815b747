"""A list of initiatives as an Atom feed (RFC 4287): texts only, which no reader can run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from mapapp.queries.news import News
from mapapp.web.site import absolute

MEDIA_TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"

#: What no XML document may hold (XML 1.0, production Char).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed(title: str, path: str, page: str, entries: Sequence[News], changed_on: str) -> bytes:
    """The feed found at ``path``, of what ``page`` shows; ``changed_on``: last day of the data.

    The identity of an entry is the address of its page, which is a promise.
    """
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": "fr"})
    _text(root, "id", absolute(path))
    _text(root, "title", title)
    days = [_instant(entry.updated or changed_on) for entry in entries]
    _text(root, "updated", max(days, default=_instant(changed_on)))
    _link(root, "self", path, MEDIA_TYPE)
    _link(root, "alternate", page, "text/html")
    _text(root, "rights", "Licence Ouverte 2.0")
    _text(root, "generator", "mapapp")
    for entry in entries:
        _entry(SubElement(root, "entry"), entry, changed_on)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(element: Element, news: News, changed_on: str) -> None:
    card = news.card
    _text(element, "id", absolute(card.url))
    _text(element, "title", card.name)
    _link(element, "alternate", card.url, "text/html")
    if news.published:
        _text(element, "published", _instant(news.published))
    _text(element, "updated", _instant(news.updated or changed_on))
    _text(SubElement(element, "author"), "name", news.publisher)
    for theme in card.themes:
        SubElement(element, "category", {"term": theme.slug, "label": _legal(theme.label)})
    where = f"{card.commune}. " if card.commune else ""
    _text(element, "summary", f"{where}{card.summary or ''}".strip() or card.name)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _legal(text)


def _link(parent: Element, rel: str, path: str, media_type: str) -> None:
    SubElement(parent, "link", {"rel": rel, "type": media_type, "href": absolute(path)})


def _legal(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _instant(iso: str) -> str:
    """A day, month or year as its first instant; an instant as RFC 3339 writes it."""
    if "T" in iso:
        return iso.replace("+00:00", "Z")
    first_day = f"{iso}-01-01"[:10]
    return f"{first_day}T00:00:00Z"
