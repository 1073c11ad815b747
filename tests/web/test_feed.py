"""The Atom feed of new initiatives: as RFC 4287 wants it, newest first, hostile texts inert."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hostile import TEXTS
from invariants import CheckingClient
from published import Published, import_rows, write_rows
from sqlalchemy import Engine, select, update

from mapapp import create_app
from mapapp.importing.rolling_back import roll_back
from mapapp.pages import feeds
from mapapp.store.backup import back_up
from mapapp.store.engine import open_engine, sessions
from mapapp.store.initiatives import Initiative
from mapapp.store.runs import Run

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "http://localhost"

#: RFC 3339, which RFC 4287 asks of its dates.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@pytest.fixture
def stored(published: Published, tmp_path: Path) -> Iterator[Engine]:
    """The small store, in which « essai » was published in January and « neuf » in February."""
    back_up(published.engine, tmp_path / "mapapp.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'mapapp.sqlite'}")
    import_rows(engine, write_rows(tmp_path / "neuf.csv", ["Neuf", "Deux"]), "neuf")
    with sessions(engine).begin() as session:
        broken = (
            update(Initiative).where(Initiative.slug == "neuf-a1").values(name="De\x0bux\ufffe")
        )
        session.execute(broken)
        for run_id, day in zip(session.scalars(select(Run.id)).all(), ("01", "02"), strict=True):
            told = f"2026-{day}-15T10:00:00+00:00"
            session.execute(update(Run).where(Run.id == run_id).values(published_at=told))
    yield engine
    engine.dispose()


@pytest.fixture
def reader(stored: Engine) -> CheckingClient:
    """A feed reader."""
    app = create_app(stored)
    app.testing = True
    app.test_client_class = CheckingClient
    return app.test_client()  # type: ignore[return-value]


def read(client: CheckingClient, path: str = "/initiatives.atom") -> Element:
    """The feed at an address, held to what RFC 4287 asks of every feed."""
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/atom+xml")
    assert response.headers["ETag"]
    root = fromstring(response.data)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            (told,) = element.findall(f"{ATOM}{name}")
            assert told.text
        assert INSTANT.fullmatch(element.findtext(f"{ATOM}updated") or "")
        assert (element.findtext(f"{ATOM}id") or "").startswith(f"{BASE}/initiatives")
        assert "alternate" in links(element)
    assert links(root)["self"] == BASE + path
    for entry in entries:
        assert entry.findtext(f"{ATOM}author/{ATOM}name")
        assert entry.findtext(f"{ATOM}summary")
        assert links(entry)["alternate"] == entry.findtext(f"{ATOM}id")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    return root


def links(element: Element) -> dict[str, str]:
    """The links of a feed or entry by what they are."""
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall(f"{ATOM}link")}


def slugs(root: Element) -> list[str]:
    """The initiatives of a feed, in its order."""
    ids = (entry.findtext(f"{ATOM}id") or "" for entry in root.findall(f"{ATOM}entry"))
    return [one.rsplit("/", 1)[1] for one in ids]


def entry_of(root: Element, slug: str) -> Element:
    """One entry of a feed."""
    return root.findall(f"{ATOM}entry")[slugs(root).index(slug)]


def test_the_last_published_come_first(reader: CheckingClient) -> None:
    """Then the former ones, then those of which nobody knows the day: no day is made up."""
    root = read(reader)
    told = slugs(root)
    assert told[:3] == ["neuf-a0", "neuf-a1", "essai-a0"]
    assert len(told) == 2 + 13 + 24
    assert not [slug for slug in told[:15] if not slug.startswith(("neuf", "essai"))]
    assert entry_of(root, "neuf-a0").findtext(f"{ATOM}published") == "2026-02-15T10:00:00Z"
    assert root.findtext(f"{ATOM}updated") == "2026-02-15T10:00:00Z"
    shipped = entry_of(root, told[-1])
    assert shipped.find(f"{ATOM}published") is None
    assert shipped.findtext(f"{ATOM}updated") == "2022-03-01T00:00:00Z"


def test_a_change_is_dated_and_keeps_the_first_day(
    reader: CheckingClient, stored: Engine, tmp_path: Path
) -> None:
    """« updated » moves, « published » and the place in the feed do not; taken back, it is gone."""
    import_rows(stored, write_rows(tmp_path / "b.csv", ["Renommé"]), "essai")
    root = read(reader)
    changed = entry_of(root, "essai-a0")
    assert changed.findtext(f"{ATOM}title") == "Renommé"
    assert changed.findtext(f"{ATOM}published") == "2026-01-15T10:00:00Z"
    assert datetime.fromisoformat(changed.findtext(f"{ATOM}updated") or "").year >= 2026
    assert changed.findtext(f"{ATOM}updated") > "2026-02-15"
    assert slugs(root)[:2] == ["neuf-a0", "neuf-a1"]
    with sessions(stored).begin() as session:
        roll_back(session, 3)
        roll_back(session, 2)
    assert slugs(read(reader))[0] == "essai-a0"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("?theme=mobilite&region=27&source=essai", 13),
        ("?source=neuf", 2),
        ("?region=27&theme=mobilite&commune=21231&q=neuf", 1),
        ("?region=94", 0),
    ],
)
def test_filters_are_those_of_the_list(reader: CheckingClient, asked: str, kept: int) -> None:
    """The feed holds what the list holds, and leads to it; an empty one is a feed all the same."""
    response = reader.get(f"/initiatives.atom{asked}")
    root = fromstring(response.data)
    assert len(slugs(root)) == kept
    page = links(root)["alternate"].removeprefix(BASE)
    listed = reader.get(page).get_data(as_text=True)
    assert all(f'href="/initiatives/{slug}' in listed for slug in slugs(root))


def test_an_empty_feed_is_valid(reader: CheckingClient) -> None:
    """It has its identity, its title and a day."""
    assert slugs(read(reader, "/initiatives.atom?region=94")) == []


def test_what_means_nothing_is_refused(reader: CheckingClient) -> None:
    """As on the list."""
    assert reader.get("/initiatives.atom?theme=nulle-part").status_code == 400


def test_hostile_texts_are_texts(reader: CheckingClient) -> None:
    """Titles and summaries hold them as they are: nothing in them is markup, none breaks XML."""
    root = read(reader, "/initiatives.atom?source=essai")
    titles = {entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")}
    assert {f"Nom {text}" for text in TEXTS[:5]} <= titles
    assert not [element for element in root.iter() if "type" in element.attrib and
                element.attrib["type"] in ("html", "xhtml")]  # fmt: skip
    assert not [one for one in root.iter() if not one.tag.startswith(ATOM)]


def test_a_reader_that_has_it_is_told_so(reader: CheckingClient) -> None:
    """304 until something changes."""
    tag = {"If-None-Match": reader.get("/initiatives.atom").headers["ETag"]}
    assert reader.get("/initiatives.atom", headers=tag).status_code == 304


def test_the_feed_is_short(reader: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest ones only."""
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    assert slugs(read(reader)) == ["neuf-a0", "neuf-a1"]
