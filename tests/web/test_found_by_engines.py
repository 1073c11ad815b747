"""Pages are found: told apart, one address for each, in words that engines and people read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from effort import tried
from flask import Flask
from hostile import TEXTS, fill_with_hostile_texts
from invariants import CheckingClient
from shipped_copy import make_small_copy
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp import create_app
from mapapp.cli import main
from mapapp.errors import BadInput
from mapapp.pages import sitemap
from mapapp.paths import shipped
from mapapp.queries.addresses import FIXED, PARTS, address_count, addresses
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine
from mapapp.web.site import read_origin
from mapapp.web.structured import json_ld
from mapapp.web.texts import LONGEST_TITLE, in_short, page_title

BASE = "http://localhost"
PUBLIC = "https://carte.example"

#: Lists that stand for themselves in engines, beside the addresses of the sitemap.
LISTS = ("/qpv?page=2", "/qpv?generation=2015", "/qpv?generation=2015&page=2")

TYPES = {
    "AdministrativeArea", "BreadcrumbList", "CollectionPage", "CreativeWork", "DataDownload",
    "Dataset", "EntryPoint", "GeoCircle", "GeoCoordinates", "ItemList", "ListItem", "Organization",
    "Place", "PostalAddress", "Project", "PropertyValue", "SearchAction", "WebSite",
}  # fmt: skip


@dataclass
class Head:
    """What a page tells those who have not opened it."""

    title: str
    description: str
    canonicals: list[str]
    robots: str
    properties: dict[str, str]
    told: list[dict[str, Any]]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The one block of that type."""
        (block,) = [told for told in self.told if told["@type"] == kind]
        return block


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.head = Head("", "", [], "", {}, [])
        self._in = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        told = tag == "script" and given.get("type") == "application/ld+json"
        self._in = "json" if told else tag
        if tag == "link" and given.get("rel") == "canonical":
            self.head.canonicals.append(given["href"])
        if tag == "meta" and given.get("property"):
            self.head.properties[given["property"]] = given["content"]
        if tag == "meta" and given.get("name") == "description":
            self.head.description = given["content"]
        if tag == "meta" and given.get("name") == "robots":
            self.head.robots = given["content"]

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "title" and not self.head.title:
            self.head.title = data
        if self._in == "json":
            self.head.told.append(json.loads(data))


def read_head(client: CheckingClient, path: str, status: int = 200) -> Head:
    """Read the head of a page."""
    response = client.get(path)
    assert response.status_code == status, path
    reader = _Reader()
    reader.feed(response.get_data(as_text=True))
    return reader.head


def sitemap_paths(client: CheckingClient, path: str = "/sitemap.xml") -> list[str]:
    """The paths that a file of the sitemap holds."""
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/xml")
    root = ElementTree.fromstring(response.data)
    found = [element.text or "" for element in root.iter() if element.tag.endswith("}loc")]
    assert all(address.startswith(f"{BASE}/") for address in found)
    return [address.removeprefix(BASE) for address in found]


def every_type(told: Any) -> Iterator[str]:
    """Every type named in a block."""
    inner = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    for value in inner:
        yield from every_type(value)
    if isinstance(told, dict) and "@type" in told:
        yield told["@type"]


def few_alike(paths: list[str]) -> list[str]:
    """The paths of a sitemap, of QPVs and of territories one in fifty; all in a long campaign."""
    alike = [path for path in paths if path.startswith(("/qpv/Q", "/territoires/"))]
    return sorted({*paths} - {*alike}) + alike[:: tried("ONE_PAGE_IN", 50, 1)]


@pytest.fixture(scope="module")
def heads(app: Flask) -> dict[str, Head]:
    """The head of the pages of the sitemap and of some pages of lists, each asked once."""
    client = CheckingClient(app, app.response_class)
    kept = few_alike(sitemap_paths(client))
    return {path: read_head(client, path) for path in (*kept, *LISTS)}


def test_every_address_of_the_sitemap_answers_and_is_its_own_canonical(
    heads: dict[str, Head],
) -> None:
    """No redirection, no error, no page that says to be another or not to be shown."""
    assert len(heads) > 150
    for path, head in heads.items():
        assert head.canonicals == [BASE + path], path
        assert head.properties["og:url"] == BASE + path
        assert head.robots == "", path


def test_every_page_has_a_title_of_its_own(heads: dict[str, Head]) -> None:
    """70 characters at most, and no two alike."""
    titles = Counter(head.title for head in heads.values())
    assert [title for title, count in titles.items() if count > 1] == []
    assert [title for title in titles if not 8 <= len(title) <= LONGEST_TITLE] == []
    assert not [title for title in titles if title.startswith("mapapp")]


def test_every_page_has_a_description_of_its_own(heads: dict[str, Head]) -> None:
    """50 to 160 characters, and no two alike."""
    descriptions = Counter(head.description for head in heads.values())
    assert [text for text, count in descriptions.items() if count > 1] == []
    assert [text for text in descriptions if not 50 <= len(text) <= 160] == []


def test_every_page_tells_types_that_exist(heads: dict[str, Head]) -> None:
    """JSON-LD of schema.org, in types that are known, with a breadcrumb below the first level."""
    for path, head in heads.items():
        assert all(block["@context"] == "https://schema.org" for block in head.told)
        assert set(every_type(head.told)) <= TYPES, path
        if path.count("/") > 1:
            last = head.of_type("BreadcrumbList")["itemListElement"][-1]
            assert "item" not in last, path
            assert last["position"] > 1


def test_a_page_is_shared_by_its_title_and_description(heads: dict[str, Head]) -> None:
    """OpenGraph says what the page says, without a picture of another host."""
    for head in heads.values():
        assert head.properties["og:title"] == head.title
        assert head.properties["og:description"] == head.description
        assert "og:image" not in head.properties


@pytest.mark.parametrize(
    ("asked", "canonical", "shown"),
    [
        ("/?utm_source=lettre", "/", True),
        ("/?page=1", "/", True),
        ("/?theme=sante", "/?theme=sante", False),
        ("/initiatives?page=1&utm=x&distance=500", "/initiatives", True),
        ("/initiatives?generation=2024", "/initiatives", True),
        ("/initiatives?theme=sante&utm=x", "/initiatives?theme=sante", False),
        ("/initiatives?region=32&q=", "/initiatives?region=32", False),
        ("/ressources?page=3&generation=2015", "/ressources", True),
        ("/ressources?q=lille", "/ressources?q=lille", False),
        ("/ressources/kpa-cite?generation=2015", "/ressources/kpa-cite", True),
        ("/qpv?theme=sante&generation=2015", "/qpv?generation=2015", True),
        ("/qpv?page=2&generation=2015", "/qpv?generation=2015&page=2", True),
        ("/qpv?q=dijon", "/qpv?q=dijon", False),
        ("/qpv/qn02103m", "/qpv/QN02103M", True),
        ("/qpv/correspondance?page=2&x=1", "/qpv/correspondance?page=2", True),
        ("/themes/sante?page=2", "/themes/sante", True),
    ],
)
def test_a_page_has_one_address_whatever_was_asked(
    client: CheckingClient, asked: str, canonical: str, shown: bool
) -> None:
    """It drops what changes nothing and keeps what does; mere combinations are not shown."""
    head = read_head(client, asked)
    assert head.canonicals == [BASE + canonical]
    assert head.robots == ("" if shown else "noindex,follow")


@pytest.mark.parametrize(("path", "status"), [("/nulle-part", 404), ("/?theme=x", 400)])
def test_an_error_is_not_a_page_to_find(client: CheckingClient, path: str, status: int) -> None:
    """It names no address and asks not to be shown."""
    head = read_head(client, path, status)
    assert (head.canonicals, head.robots) == ([], "noindex")


def test_behind_a_proxy_addresses_are_those_that_the_world_knows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With MAPAPP_PUBLIC_URL nothing depends on what the request says of its host."""
    monkeypatch.setenv("MAPAPP_PUBLIC_URL", f"{PUBLIC}/")
    monkeypatch.setenv("MAPAPP_HOSTS", "10.0.0.7:8000")
    app = create_app(engine)
    client = CheckingClient(app, app.response_class)
    page = client.get("/initiatives/pole-s", headers={"Host": "10.0.0.7:8000"})
    assert f'<link rel="canonical" href="{PUBLIC}/initiatives/pole-s">' in page.text
    for path in ("/initiatives/pole-s", "/", "/sitemap.xml", "/robots.txt", "/api"):
        text = client.get(path, headers={"Host": "10.0.0.7:8000"}).text
        assert f"{PUBLIC}/" in text
        assert "10.0.0.7" not in text


@pytest.mark.parametrize("address", ["carte.example", "ftp://x", "https://x/carte", "https://a b"])
def test_a_public_address_that_cannot_be_is_refused(address: str) -> None:
    """A host alone: pages link to each other from its root."""
    with pytest.raises(BadInput, match="MAPAPP_PUBLIC_URL"):
        read_origin(address)


def test_serving_under_a_faulty_public_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator reads one sentence before anything is served."""
    monkeypatch.setenv("MAPAPP_PUBLIC_URL", "carte.example")
    run = CliRunner().invoke(main, ["serve"])
    assert run.exit_code == 2
    assert "sans chemin, par exemple https://carte.example" in run.stderr


def test_the_home_page_tells_how_to_search(heads: dict[str, Head], client: CheckingClient) -> None:
    """The address told to engines answers."""
    told = heads["/"].of_type("WebSite")
    address = told["potentialAction"]["target"]["urlTemplate"].replace("{q}", "dijon")
    assert "La Coursive Boutaric" in client.get(address.removeprefix(BASE)).text
    assert told["hasPart"]["@id"] == f"{BASE}/donnees"


def test_the_data_tell_their_licence_and_where_to_take_them(
    heads: dict[str, Head], client: CheckingClient
) -> None:
    """Each download of the API answers with the type told; test_donnees.py asks for the files."""
    told = heads["/donnees"].of_type("Dataset")
    assert told["license"].endswith("etalab-2.0.html")
    assert [source["publisher"]["name"] for source in told["isBasedOn"]] == ["RTES"]
    paths = {one["contentUrl"].removeprefix(BASE): one for one in told["distribution"]}
    assert {"/donnees/initiatives.csv", "/api/v1/initiatives"} <= set(paths)
    for path, download in paths.items():
        if path.startswith("/donnees/"):
            continue
        response = client.get(path)
        assert (response.status_code, response.mimetype) == (200, download["encodingFormat"])


def test_an_initiative_tells_what_is_known_of_it(heads: dict[str, Head]) -> None:
    """Dijon, in a QPV that its source declares; no point, for a neighbourhood is not one."""
    told = heads["/initiatives/la-coursive-boutaric"].told[0]
    assert told["@type"] in ("Organization", "Project")
    assert told["name"] == "La Coursive Boutaric"
    place = told["location"]
    assert place["address"]["addressLocality"] == "Dijon"
    assert [area["identifier"] for area in place["containedInPlace"]] == ["QN02103M", "QP021004"]
    assert "geo" not in place
    assert all(sheet["url"].startswith(f"{BASE}/ressources/") for sheet in told["subjectOf"])


def test_what_is_unsure_is_not_told(heads: dict[str, Head]) -> None:
    """An unknown place tells none; a street of the past is not told as today's."""
    assert "location" not in heads["/initiatives/digifab"].told[0]
    moved = heads["/initiatives/la-coop-des-domes"].told[0]
    assert "streetAddress" not in moved["location"]["address"]
    possible = heads["/initiatives/amap-solidaire-verdun"].told[0]
    assert "containedInPlace" not in possible["location"]


def test_a_resource_tells_who_published_it_and_when(heads: dict[str, Head]) -> None:
    """Publisher and year, when they are known."""
    told = heads["/ressources/kpa-cite"].of_type("CreativeWork")
    assert told["datePublished"] == "2020"
    assert told["publisher"][0]["url"] == "https://www.rtes.fr/"


def test_a_list_tells_its_records_with_their_rank(client: CheckingClient) -> None:
    """The second page goes on from the first."""
    first, second = (
        read_head(client, path).of_type("CollectionPage")["mainEntity"]
        for path in ("/qpv", "/qpv?page=2")
    )
    assert first["numberOfItems"] == second["numberOfItems"] == 1584
    ranks = [entry["position"] for part in (first, second) for entry in part["itemListElement"]]
    assert ranks == list(range(1, 51))


def test_the_sitemap_holds_every_page_once(client: CheckingClient, session: Session) -> None:
    """Fixed pages, themes, resources, initiatives and QPVs, dated by the data."""
    paths = sitemap_paths(client)
    assert len(paths) == len(set(paths)) == address_count(session)
    begins = Counter(path.split("/")[1] for path in paths)
    assert (begins["initiatives"], begins["ressources"], begins["themes"]) == (25, 81, 17)
    assert begins["qpv"] == 2 + 1584 + 1345
    assert set(FIXED) <= set(paths)
    assert re.search(r"<lastmod>\d{4}-\d\d-\d\d</lastmod>", client.get("/sitemap.xml").text)


@pytest.mark.parametrize("length", [7, 100, 1000])
def test_slices_of_the_sitemap_make_the_whole(session: Session, length: int) -> None:
    """Nothing is lost nor told twice where a slice ends."""
    whole = addresses(session, 0, 100_000)
    count = 300 if length < 100 else address_count(session)
    slices = [addresses(session, start, length) for start in range(0, count, length)]
    joined = [path for part in slices for path in part]
    assert joined == whole[: len(joined)]
    assert len(joined) >= count
    assert addresses(session, len(whole), length) == []


def test_a_long_sitemap_is_an_index_of_files(
    client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page is in one of its files, and there is no file after the last."""
    whole = sitemap_paths(client)
    monkeypatch.setattr(sitemap, "PER_FILE", 1000)
    files = sitemap_paths(client)
    count = -(-len(whole) // 1000)
    assert files == [f"/sitemap/{number}.xml" for number in range(1, count + 1)]
    assert [path for file in files for path in sitemap_paths(client, file)] == whole
    for number in (0, count + 1):
        assert client.get(f"/sitemap/{number}.xml").status_code == 404


def test_a_part_of_the_sitemap_reads_an_index(session: Session) -> None:
    """The order of each part is one that the store keeps: a slice sorts nothing."""
    for part in PARTS[2:]:
        sql = part.ends.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
        assert "USE TEMP B-TREE" not in str(plan)


def test_robots_are_shown_the_sitemap_and_forbidden_nothing(client: CheckingClient) -> None:
    """Pages may be visited; answers of the API say that they are not pages."""
    lines = client.get("/robots.txt").text.splitlines()
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert not [line for line in lines if line.startswith("Disallow")]
    assert client.get("/api/v1/themes").headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get("/initiatives").headers


@pytest.mark.parametrize("text", [*TEXTS, "a\u2028b\u2029c", "<!--<script>", "&lt;", "]]>"])
def test_no_text_ends_the_block(text: str) -> None:
    """It comes back whole from JSON, and HTML sees none of its signs."""
    block = str(json_ld({"@type": "Thing", "name": text, text: [text]}))
    inner = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not re.search("[<>&\u2028\u2029]", inner)
    told = json.loads(inner)
    assert told["name"] == text
    assert told[text] == [text]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckingClient]:
    """A client of a store where every free text is hostile."""
    folder = make_small_copy(shipped("data"), tmp_path_factory.mktemp("hostile") / "data")
    fill_with_hostile_texts(folder)
    engine = open_engine(f"sqlite:///{folder.parent / 'hostile.sqlite'}")
    initialise(engine, folder)
    app = create_app(engine)
    app.testing = True
    yield CheckingClient(app, app.response_class)
    engine.dispose()


def test_hostile_texts_are_told_as_texts(hostile: CheckingClient) -> None:
    """Every page of a hostile store: blocks that parse, one title, one canonical address."""
    for path in few_alike(sitemap_paths(hostile)):
        head = read_head(hostile, path)
        assert head.canonicals == [BASE + path]
        assert set(every_type(head.told)) <= TYPES
        assert len(head.title) <= LONGEST_TITLE
    told = read_head(hostile, "/initiatives/pole-s").told[0]
    assert any(text in told["name"] for text in TEXTS)


@pytest.mark.parametrize("host", ['a"><script>alert(1)</script>', "</loc><x>", "a&b'c"])
def test_a_hostile_host_breaks_nothing(app: Flask, host: str) -> None:
    """What a request says of its host is written as text, or refused."""
    client = CheckingClient(app, app.response_class)
    for path in ("/", "/initiatives/pole-s", "/api"):
        assert "<script>alert" not in client.get(path, headers={"Host": host}).text
    answer = client.get("/sitemap.xml", headers={"Host": host})
    if answer.status_code == 200:
        ElementTree.fromstring(answer.data)


def test_a_title_keeps_what_tells_it_apart() -> None:
    """The site's name goes first, then what else may go, then the end of the name."""
    assert page_title("Pôle S", "Poitiers") == "Pôle S – Poitiers – mapapp"
    assert page_title("Pôle S", None) == "Pôle S – mapapp"
    long = page_title("mot " * 30, "QPV QN02103M", "Dijon")
    assert long.endswith("mot… – QPV QN02103M")
    assert len(long) <= LONGEST_TITLE
    assert page_title("mot " * 30).endswith("mot…")


def test_a_text_is_cut_after_a_word() -> None:
    """No half word, no sign left hanging, no-break spaces kept."""
    assert in_short("Un deux trois", 13) == "Un deux trois"
    assert in_short("Un, deux, trois", 11) == "Un, deux…"
    assert in_short("Ici\u00a0: \n là", 20) == "Ici\u00a0: là"
    assert in_short("x" * 30, 10) == "x" * 9 + "…"
