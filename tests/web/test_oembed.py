"""oEmbed 1.0: the cases of its specification, and the addresses that are not ours."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from invariants import CheckingClient

HERE = "http://localhost"

#: What a rich answer must hold, and what any answer may.
REQUIRED = {"type", "version", "html", "width", "height"}
OPTIONAL = {"title", "provider_name", "provider_url", "cache_age"}


class Frame(HTMLParser):
    """The attributes of the frame that an answer holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.given: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note each element."""
        self.tags.append(tag)
        self.given |= {name: value or "" for name, value in attributes}


def told(client: CheckingClient, url: str, **asked: str) -> dict[str, Any]:
    """What is said of an address."""
    answer = client.get(f"/oembed?{urlencode({'url': url} | asked)}")
    assert answer.status_code == 200, (url, answer.get_data(as_text=True))
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    said: dict[str, Any] = json.loads(answer.data)
    return said


@pytest.mark.parametrize(
    ("path", "embed", "title"),
    [
        ("/", "/embed", "Initiatives de l’ESS dans les quartiers"),
        ("", "/embed", "Initiatives de l’ESS dans les quartiers"),
        ("/?region=27&theme=mobilite", "/embed?theme=mobilite&region=27", "Bourgogne"),
        ("/#vue=47,5,8&fiche=digifab", "/embed?initiative=digifab", "Digifab"),
        ("/#qpv=QN02103M", "/embed?qpv=QN02103M", "QPV Les Grésilles"),
        ("/initiatives?q=jardin&page=1", "/embed?q=jardin&vue=liste", "« jardin »"),
        ("/initiatives/digifab", "/embed?initiative=digifab", "Digifab"),
        ("/ressources", "/embed?vue=ressources", "Ressources"),
        ("/ressources/kpa-cite", "/embed?ressource=kpa-cite", "KPA"),
        ("/themes/mobilite", "/embed?theme=mobilite", "Mobilité"),
        (
            "/themes/commande-publique-responsable",
            "/embed?theme=commande-publique-responsable&vue=ressources",
            "ommande publique",
        ),
        ("/qpv", "/embed?vue=compteur", "QPV sans exemple connu"),
        ("/qpv/qn02103m", "/embed?qpv=QN02103M", "QPV Les Grésilles"),
        ("/qpv/QP021004", "/embed?qpv=QP021004&generation=2015", "QPV"),
        (
            "/qpv-sans-exemple?region=27&tri=nom",
            "/embed?region=27&vue=compteur",
            "QPV sans exemple connu : Bourgogne-Franche-Comté",
        ),
        ("/territoires", "/embed", "Initiatives"),
        ("/territoires/region-27", "/embed?region=27", "Bourgogne-Franche-Comté"),
        ("/territoires/21231", "/embed?commune=21231", "Dijon"),
        ("/pres-de-moi?lat=47.3&lon=5", "/embed?lat=47.3&lon=5", "à moins de 5 km"),
        ("/embed?region=27&vue=carte", "/embed?region=27&vue=carte", "Bourgogne"),
    ],
)
def test_a_page_of_ours_becomes_its_embed(
    client: CheckingClient, path: str, embed: str, title: str
) -> None:
    """A rich answer with the frame alone, titled, of the width and height that are told."""
    said = told(client, HERE + path)
    assert said.keys() >= REQUIRED
    assert said.keys() <= REQUIRED | OPTIONAL
    assert (said["type"], said["version"]) == ("rich", "1.0")
    assert title.casefold() in said["title"].replace("\u00a0", " ").casefold()
    frame = Frame(said["html"])
    assert frame.tags == ["iframe"]
    assert frame.given["src"] == HERE + embed
    assert frame.given["title"] == said["title"]
    assert (frame.given["width"], frame.given["height"]) == (
        str(said["width"]),
        str(said["height"]),
    )
    assert client.get(embed).status_code == 200


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({}, (600, 680)),
        ({"maxwidth": "3"}, (3, 680)),
        ({"maxwidth": "3", "maxheight": "1"}, (3, 1)),
        ({"maxwidth": "9999", "maxheight": "9999"}, (600, 680)),
        ({"maxheight": "300", "format": "json", "dnt": "1"}, (600, 300)),
        ({"maxwidth": "", "maxheight": ""}, (600, 680)),
    ],
)
def test_an_embed_is_never_larger_than_is_allowed(
    client: CheckingClient, asked: dict[str, str], size: tuple[int, int]
) -> None:
    """Per the specification: maxwidth and maxheight bound it, however small."""
    said = told(client, f"{HERE}/", **asked)
    assert (said["width"], said["height"]) == size


@pytest.mark.parametrize("size", ["0", "-3", "3.5", "x", "٣", "10000000"])
def test_a_size_that_is_none_is_refused(client: CheckingClient, size: str) -> None:
    """400, in the shape of the API's errors."""
    answer = client.get(f"/oembed?{urlencode({'url': HERE, 'maxwidth': size})}")
    assert answer.status_code == 400
    assert json.loads(answer.data)["errors"][0]["field"] == "maxwidth"


def test_the_same_is_told_in_xml(client: CheckingClient) -> None:
    """The same names and values, as text/xml."""
    url = f"{HERE}/initiatives/digifab"
    answer = client.get(f"/oembed?{urlencode({'url': url, 'format': 'xml', 'maxwidth': '320'})}")
    assert answer.content_type == "text/xml; charset=utf-8"
    root = ET.fromstring(answer.data)
    assert root.tag == "oembed"
    said = told(client, url, maxwidth="320")
    assert {one.tag: one.text for one in root} == {name: str(value) for name, value in said.items()}


@pytest.mark.parametrize("form", ["yaml", "JSON", "../x"])
def test_another_form_is_not_implemented(client: CheckingClient, form: str) -> None:
    """501, as the specification says."""
    answer = client.get(f"/oembed?{urlencode({'url': HERE, 'format': form})}")
    assert answer.status_code == 501


def test_an_address_must_be_given(client: CheckingClient) -> None:
    """400 without one."""
    assert client.get("/oembed").status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "http://ailleurs.example/",
        "https://localhost/",
        "//localhost/",
        "localhost",
        "/initiatives",
        "http://localhost.ailleurs.example/",
        "http://ailleurs.example/http://localhost/",
        "http://localhost@ailleurs.example/",
        "http://user@localhost/",
        "http://user:pw@localhost/",
        "http://@localhost/",
        "http://localhost:8000/",
        "http://localhost:/",
        "http://localhost:80/",
        "http://localhost\\@ailleurs.example/",
        "http:\\\\localhost\\",
        "http://localhost/\n",
        " http://localhost/",
        "http://local\thost/",
        "http://[::1]/",
        "http://[localhost/",
        "http://localhost%2f@ailleurs.example/",
        "javascript:alert(1)//localhost/",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://localhost/",
        "http://ⓛocalhost/",
        "http://localhost/introuvable",
        "http://localhost/initiatives/inconnue",
        "http://localhost/initiatives/../api",
        "http://localhost/qpv/QN00000X",
        "http://localhost/territoires/99999",
        "http://localhost/themes/disparu",
        "http://localhost/?theme=disparu",
        "http://localhost/#fiche=inconnue",
        "http://localhost/pres-de-moi?ou=Dijon",
        "http://localhost/donnees",
        "http://localhost/api/v1/initiatives",
        "http://localhost/oembed?url=http://localhost/",
        "http://localhost/static/x/css/mapapp.css",
        "http://localhost/sitemap/99.xml",
    ],
)
def test_what_is_not_a_page_of_ours_is_a_404(client: CheckingClient, url: str) -> None:
    """Scheme, host and port are compared whole; a page without an embed has none."""
    answer = client.get(f"/oembed?{urlencode({'url': url})}")
    assert answer.status_code == 404, url
    assert json.loads(answer.data)["ok"] is False
    assert "ailleurs" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/", "/?region=27", "/initiatives/digifab", "/themes/sante", "/qpv/QN02103M", "/ressources"],
)
def test_a_page_tells_where_its_embed_is(client: CheckingClient, path: str) -> None:
    """The discovery link leads to an answer about the page itself."""
    head = client.get(path).get_data(as_text=True).partition("</head>")[0]
    links = re.findall(r'type="application/json\+oembed" href="([^"]*)"', head)
    assert len(links) == 1
    answer = client.get(links[0].replace("&amp;", "&").removeprefix(HERE))
    assert json.loads(answer.data)["type"] == "rich"


@pytest.mark.parametrize("path", ["/donnees", "/a-propos", "/api", "/pres-de-moi", "/introuvable"])
def test_a_page_without_an_embed_tells_none(client: CheckingClient, path: str) -> None:
    """Pasted elsewhere it stays a link."""
    assert "oembed" not in client.get(path).get_data(as_text=True)
