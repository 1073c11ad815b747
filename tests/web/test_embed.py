"""``/embed``: what is locked stays, what is gone is said, and only listed sites may show it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from invariants import CheckingClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from mapapp import create_app
from mapapp.errors import BadInput, NotReady
from mapapp.web.framing import Hosts, read_hosts

LISTED = "https://cress.example"
STRANGER = "https://ailleurs.example"


@pytest.fixture(scope="module")
def listed(engine: Engine) -> Flask:
    """The application of an operator who has listed one site, and a port of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAPAPP_EMBED_HOSTS", "cress.example, 127.0.0.1:9000")
        app = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    return app


@pytest.fixture
def framed(listed: Flask) -> CheckingClient:
    """A client of it."""
    return listed.test_client()  # type: ignore[return-value]


def text(response: TestResponse) -> str:
    """The page with its no-break spaces as spaces."""
    return response.get_data(as_text=True).replace("\u00a0", " ").replace("&nbsp;", " ")


def test_an_embed_is_complete_in_itself(client: CheckingClient) -> None:
    """Title, map whose marks are links, list, sources, date, and the way to the full view."""
    page = text(client.get("/embed?region=27&theme=mobilite"))
    assert "Initiatives de l’ESS dans les quartiers : Mobilité, Bourgogne-Franche-Comté" in page
    links = re.findall(r'<a[^>]*href="/initiatives/garage-solidaire-jura"[^>]*>', page)
    assert len(links) == 2
    assert 'href="/?theme=mobilite&amp;region=27">Voir sur la carte complète</a>' in page
    assert re.search(r"Données du \d+(er)? \w+ \d{4} : <a[^>]*>RTES, ANCT, INSEE, IGN</a>", page)


def test_every_link_leaves_the_frame(client: CheckingClient) -> None:
    """Our other pages refuse frames: each link opens a tab, but those of the embed itself."""
    page = text(client.get("/embed"))
    assert '<base target="_blank">' in page
    drawn = re.findall(
        r"<a [^>]*>", page[page.index('class="dessin"') : page.index("</svg></div>")]
    )
    assert drawn
    assert all('target="_blank" rel="noopener"' in link for link in drawn)
    assert all('target="_self"' in link for link in re.findall(r'<a [^>]*href="/embed[^>]*>', page))


def test_an_embed_is_kept_apart_and_not_found_by_engines(client: CheckingClient) -> None:
    """Its own cache entry, asked again with its tag, no cookie, noindex."""
    answer = client.get("/embed?region=27")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in text(answer)
    again = client.get("/embed?region=27", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("Content-Security-Policy", "Cache-Control"):
        assert again.headers[name] == answer.headers[name], "a 304 changes what the browser holds"


@pytest.mark.parametrize(
    ("wish", "kept"),
    [
        ("", True),
        ("&recherche=garage", True),
        ("&recherche=jardin", False),
        ("&choix=culture", True),  # not among what is locked: no wish
        ("&recherche=%00%ff", True),
    ],
)
def test_a_visitor_searches_within_what_is_locked(
    client: CheckingClient, wish: str, kept: bool
) -> None:
    """The webmaster's filters hold whatever the visitor adds, and the form repeats them."""
    page = text(client.get(f"/embed?region=27&theme=mobilite{wish}"))
    assert ("Garage solidaire du Jura</a></h3>" in page) is kept
    assert "La Coursive Boutaric" not in page
    assert '<input type="hidden" name="region" value="27">' in page
    assert '<input type="hidden" name="theme" value="mobilite">' in page
    assert 'name="choix"' not in page, "one theme is locked: there is nothing to choose"


def test_a_visitor_chooses_among_the_themes_that_are_left(client: CheckingClient) -> None:
    """Two themes are locked: one of them, or both, and never a third."""
    page = text(client.get("/embed?region=27&theme=mobilite&theme=culture&choix=culture"))
    assert set(re.findall(r'<option value="([\w-]+)"', page)) == {"mobilite", "culture"}
    assert "La Coursive Boutaric" in page
    assert "Garage solidaire" not in page
    assert 'href="/?theme=culture&amp;region=27">Voir sur la carte complète' in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("theme=disparu", "Thème inconnu : « disparu ». Le reste est montré."),
        ("theme=mobilite&theme=disparu", "Thème inconnu : « disparu »."),
        ("region=99", "Région inconnue : « 99 ». Le reste est montré."),
        ("vue=mosaique", "Vue inconnue : « mosaique »."),
        ("accent=rouge", "Couleur illisible : « rouge »."),
        ("initiative=disparue", "Aucune initiative ne porte l’identifiant « disparue »."),
        ("ressource=disparue", "Aucune ressource ne porte l’identifiant « disparue »."),
        ("page=99", "Il n’y a pas de page 99"),
        ("lat=48", "lon manque"),
    ],
)
def test_what_is_gone_is_said_and_the_rest_is_shown(
    client: CheckingClient, asked: str, said: str
) -> None:
    """Never an error on somebody else's site: what is true is shown, with a sentence."""
    answer = client.get(f"/embed?{asked}")
    assert answer.status_code == 200
    assert said in text(answer)
    assert "Garage solidaire du Jura" in text(client.get(f"/embed?{asked}&recherche=garage"))


@pytest.mark.parametrize(
    ("query", "seen", "full"),
    [
        ("vue=liste&region=27", "2 initiatives", "/?region=27"),
        ("vue=carte&region=27", "2 initiatives en liste", "/?region=27"),
        ("vue=compteur&region=27", "sans aucun exemple connu", "/qpv-sans-exemple?region=27"),
        ("vue=compteur&q=rien&region=27", "sans aucun", "/qpv-sans-exemple?region=27"),
        ("vue=ressources&theme=mobilite", "Voir la page", "/ressources?theme=mobilite"),
        ("qpv=QN02103M", "QPV Les Grésilles", "/?qpv=QN02103M"),
        ("initiative=la-coursive-boutaric", "Culture", "/initiatives/la-coursive-boutaric"),
        ("ressource=kpa-cite", "Voir la ressource", "/ressources/kpa-cite"),
        ("lat=47.3&lon=5&rayon=9000", "à moins de 9 km d’un lieu", "/?lat=47.3&amp;lon=5"),
    ],
)
def test_each_view_shows_its_subject(
    client: CheckingClient, query: str, seen: str, full: str
) -> None:
    """Map, list, count, card: and each leads to the page that tells the same."""
    page = text(client.get(f"/embed?{query}"))
    assert seen in page.replace("\u202f", " ")
    assert f'href="{full}' in page


def test_the_counter_counts_as_the_page_of_white_spots(client: CheckingClient) -> None:
    """The same numbers as the page that it leads to."""
    told = [
        re.findall(r"<dd>(\d+)</dd>", text(client.get(path)))[:2]
        for path in ("/embed?vue=compteur&region=27", "/qpv-sans-exemple?region=27")
    ]
    assert told[0] == told[1] == ["62", "61"]


def test_a_long_list_has_pages_that_stay_locked(client: CheckingClient) -> None:
    """The next page keeps the filters, and opens in the frame."""
    page = text(client.get("/embed?vue=liste"))
    assert (
        '<a class="bouton bouton-discret" href="/embed?vue=liste&amp;page=2" target="_self"' in page
    )
    assert "Page 2 sur 2" in text(client.get("/embed?vue=liste&page=2"))


def test_an_accent_is_a_sheet_of_ours(client: CheckingClient) -> None:
    """The policy forbids inline styles: the colour is in a sheet, readable in both schemes."""
    assert 'href="/embed/accent-ffcc00.css"' in text(client.get("/embed?accent=%23FC0"))
    sheet = text(client.get("/embed/accent-ffcc00.css"))
    assert "--accent: #826800" in sheet
    assert "prefers-color-scheme: dark" in sheet
    for colour in ("FFCC00", "fc0", "x", "0a5763%7D%20body", "..%2f"):
        assert client.get(f"/embed/accent-{colour}.css").status_code == 404


def test_only_the_embed_may_be_framed_and_by_listed_sites(framed: CheckingClient) -> None:
    """The policy names our own pages and the list; older browsers are not told otherwise."""
    answer = framed.get("/embed")
    ancestors = answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
    assert ancestors == f"'self' {LISTED} http://127.0.0.1:9000"
    assert "X-Frame-Options" not in answer.headers
    for path in ("/", "/integrer", "/carte.svg", "/oembed?url=http://localhost/", "/embed/x"):
        assert framed.get(path).headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Referer": f"{LISTED}/page"}, 200),
        ({"Referer": f"{LISTED}:443/"}, 200),
        ({"Referer": "http://localhost/integrer"}, 200),
        ({"Referer": "http://127.0.0.1:9000/"}, 200),
        ({"Referer": "http://127.0.0.1:9001/"}, 403),
        ({"Referer": f"{STRANGER}/page"}, 403),
        ({"Referer": "http://cress.example/"}, 403),
        ({"Referer": "https://www.cress.example/"}, 403),
        ({"Referer": "https://cress.example.ailleurs.example/"}, 403),
        ({"Referer": "https://cress.example@ailleurs.example/"}, 403),
        ({"Referer": f"{LISTED}:8443/"}, 403),
        ({"Referer": f"{STRANGER}/", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Referer": f"{STRANGER}/", "Sec-Fetch-Dest": "document"}, 200),
        ({"Referer": "https://[::1"}, 200),
        ({"Referer": "about:blank"}, 200),
    ],
)
def test_a_site_that_is_not_listed_gets_a_link(
    framed: CheckingClient, headers: dict[str, str], status: int
) -> None:
    """Host, port and scheme are compared whole; a link to the embed is not a frame."""
    answer = framed.get("/embed?region=27", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
        assert "n’est pas parmi les sites" in text(answer)
        assert 'href="http://localhost/">Voir la carte complète</a>' in text(answer)
        assert "Garage solidaire" not in text(answer)


def test_nobody_may_frame_until_the_operator_says_who(client: CheckingClient) -> None:
    """By default our own pages only."""
    assert client.get("/embed").headers["Content-Security-Policy"].endswith("ancestors 'self'")
    assert client.get("/embed", headers={"Referer": f"{LISTED}/"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "ancestors"),
    [
        ("", "'self'"),
        ("*", "*"),
        ("CRESS.example", "'self' https://cress.example"),
        ("a.example,b.example; a.example", "'self' https://a.example https://b.example"),
        ("cress.example:8443", "'self' https://cress.example:8443"),
        ("cress.example:443", "'self' https://cress.example"),
        ("localhost", "'self' http://localhost:*"),
        ("été.example", "'self' https://xn--t-9fab.example"),
    ],
)
def test_a_list_is_names_of_hosts(text: str, ancestors: str) -> None:
    """The world by https, this machine by http."""
    assert read_hosts(text).ancestors == ancestors


@pytest.mark.parametrize(
    "text",
    ["https://cress.example", "*.cress.example", "cress.example/page", "a b;'none'", "x:0", "-a.b",
     "cress.example:99999", "* cress.example", "[::1]", "a..b"],
)  # fmt: skip
def test_a_list_that_cannot_be_understood_is_refused(text: str) -> None:
    """At the start, in a sentence that says what is expected."""
    with pytest.raises(BadInput, match="attendu des noms d’hôtes"):
        read_hosts(text)


@pytest.mark.parametrize("fault", [NotReady.empty(), OperationalError("SELECT", {}, OSError())])
def test_a_failure_is_said_in_the_frame(
    framed: CheckingClient, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A short page that listed sites may show, kept by nobody."""

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("mapapp.pages.embed.read_embed", fail)
    answer = framed.get("/embed?region=27", headers={"Referer": f"{LISTED}/"})
    assert answer.status_code == 503
    assert "La carte ne répond pas" in text(answer)
    assert LISTED in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_everyone_is_everyone() -> None:
    """« * » lets any site frame."""
    assert Hosts(everyone=True).allow(STRANGER)
