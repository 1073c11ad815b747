"""The builder's own code on a regional site, under its strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, Request, expect
from regional_site import RegionalSite, open_site, strict
from visitors import RULES, Visitor, faults, visit

pytestmark = pytest.mark.browser

#: Everything that an embed loads, in bytes as they travel.
TOTAL_LIMIT = 100_000

TITLE = "Initiatives de l’ESS dans les quartiers\u00a0: Mobilité, Bourgogne-Franche-Comté"


#: What has the focus, in a word.
_FOCUSED = """(() => { const at = document.activeElement;
  return ["main", "input"].includes(at.localName) ? at.localName : at.textContent.trim(); })()"""


@pytest.fixture(scope="module")
def stranger() -> Iterator[RegionalSite]:
    """A site that the operator does not know."""
    yield from open_site()


@pytest.fixture(scope="module")
def code(chromium: Browser, explorer: str) -> str:
    """What the webmaster of Bourgogne-Franche-Comté copies, mobility chosen."""
    for webmaster in visit(chromium, explorer):
        webmaster.goto("/integrer")
        webmaster.page.get_by_label("Région, département").fill("Bourgogne-Franche-Comté")
        webmaster.page.get_by_role("checkbox", name="Mobilité").focus()
        webmaster.page.keyboard.press("Space")
        webmaster.page.wait_for_url("**ou=Bourgogne**theme=mobilite**")
        preview = webmaster.page.frame_locator("iframe")
        expect(preview.get_by_role("heading", level=1)).to_have_text(TITLE)
        expect(webmaster.page.get_by_role("status")).to_have_text("Aperçu et code mis à jour.")
        copied = webmaster.page.get_by_label("À coller").input_value()
        webmaster.check()
        return copied
    raise AssertionError("no webmaster")


@pytest.fixture
def page_of_region(region: RegionalSite, explorer: str, code: str) -> str:
    """The page in which the code stands, under a policy that allows it alone."""
    return region.publish("/carte", code, strict(explorer))


@pytest.fixture
def without_script(chromium: Browser, region: RegionalSite) -> Iterator[Visitor]:
    """Someone whose browser runs no JavaScript, on a small phone."""
    yield from visit(
        chromium,
        region.origin,
        java_script_enabled=False,
        viewport={"width": 320, "height": 640},
    )


def framed(page: Page) -> Frame:
    """The document in the frame of a page."""
    found = page.locator("iframe").element_handle().content_frame()
    assert found
    return found


def foreign(visitor: Visitor, *origins: str) -> list[str]:
    """What was asked of any other host than these."""
    return [url for url in visitor.watch.asked if not url.startswith((*origins, "data:", "about:"))]


def test_it_is_shown_right_and_asks_nobody_else(
    reader: Visitor, page_of_region: str, explorer: str
) -> None:
    """Title, pin, list, sources; two origins, no cookie, no violation, nothing for axe to say."""
    page = reader.page
    page.goto(page_of_region, wait_until="networkidle")
    embed = page.frame_locator("iframe")
    expect(embed.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(embed.get_by_role("heading", level=3)).to_have_text("Garage solidaire du Jura")
    expect(embed.locator(".dessin a[href^='/initiatives/']")).to_be_in_viewport()
    expect(embed.locator("footer").get_by_text("Données du")).to_be_in_viewport()
    full = embed.get_by_role("link", name="Voir sur la carte complète")
    expect(full).to_have_attribute("href", "/?theme=mobilite&region=27")
    assert foreign(reader, reader.base, explorer) == []
    assert reader.watch.errors == []
    assert page.context.cookies() == []
    for document in (page, framed(page)):
        assert document.evaluate("window.__broken") == []
    assert faults(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (320, "light"), (900, "dark")])
def test_axe_finds_nothing_inside_the_frame(
    reader: Visitor, page_of_region: str, width: int, scheme: Literal["dark", "light"]
) -> None:
    """Axe looks into the frame itself; only the drawing may be wider than it."""
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    reader.page.goto(page_of_region, wait_until="networkidle")
    embed = framed(reader.page)
    assert faults(embed, RULES) == []  # type: ignore[arg-type]
    assert embed.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_it_says_the_same(
    without_script: Visitor, page_of_region: str, explorer: str
) -> None:
    """The drawn map and the list, the search and the way to the full view."""
    page = without_script.page
    page.goto(page_of_region, wait_until="networkidle")
    embed = page.frame_locator("iframe")
    expect(embed.locator(".dessin a[href='/initiatives/garage-solidaire-jura']")).to_be_visible()
    embed.get_by_label("Nom, commune").fill("jardin")
    embed.get_by_role("button", name="Filtrer").click()
    expect(embed.get_by_text("Aucune initiative n’est connue ici")).to_be_visible()
    expect(embed.get_by_role("heading", level=1)).to_have_text(TITLE)
    embed.get_by_role("link", name="Effacer").click()
    expect(embed.get_by_role("heading", level=3)).to_have_text("Garage solidaire du Jura")
    assert foreign(without_script, without_script.base, explorer) == []


def test_the_keyboard_reaches_all_of_it(reader: Visitor, page_of_region: str) -> None:
    """Tab goes through pin, search, list and sources in this order, and comes out again."""
    page = reader.page
    page.goto(page_of_region, wait_until="networkidle")
    embed = framed(page)
    met = []
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.localName") != "iframe":
            break
        met.append(embed.evaluate(_FOCUSED))
    pin = (
        "Garage solidaire du Jura, Lons-le-Saunier (Mobilité), emplacement connu à 2,7\u00a0km près"
    )
    assert met == [
        *("main", pin, "input", "Filtrer", "Garage solidaire du Jura", "Mobilité"),
        *("Voir sur la carte complète", "RTES, ANCT, INSEE, IGN"),
    ]
    assert page.evaluate("document.activeElement.textContent").endswith("(voir sur mapapp)")


def test_the_visitor_cannot_undo_what_is_locked(reader: Visitor, page_of_region: str) -> None:
    """Searching and clearing stay within mobility in the region; a link opens beside, whole."""
    page = reader.page
    page.goto(page_of_region, wait_until="networkidle")
    embed = page.frame_locator("iframe")
    assert embed.get_by_role("combobox").count() == 0
    embed.get_by_label("Nom, commune").fill("dijon")
    embed.get_by_role("button", name="Filtrer").click()
    expect(embed.get_by_text("Aucune initiative n’est connue ici")).to_be_visible()
    embed.get_by_role("link", name="Effacer").click()
    expect(embed.get_by_role("heading", level=2)).to_have_text("1 initiative")
    with page.context.expect_page() as opened:
        embed.locator(".dessin a[href='/initiatives/garage-solidaire-jura']").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Garage solidaire du Jura")
    assert opened.value.evaluate("window.opener") is None
    with page.context.expect_page() as opened:
        embed.get_by_role("link", name="Voir sur la carte complète").click()
    expect(opened.value.get_by_role("checkbox", name="Mobilité")).to_be_checked()


def test_a_site_that_is_not_listed_sees_a_link(
    chromium: Browser, stranger: RegionalSite, explorer: str, code: str
) -> None:
    """A sentence in the frame; with a hidden referrer the browser refuses, and the link stays."""
    hidden = code.replace("strict-origin", "no-referrer")
    for visitor in visit(chromium, stranger.origin):
        page = visitor.page
        page.goto(stranger.publish("/carte", code, strict(explorer)), wait_until="networkidle")
        embed = page.frame_locator("iframe")
        expect(embed.get_by_text("n’est pas parmi les sites")).to_be_visible()
        assert embed.get_by_text("Garage solidaire").count() == 0
        expect(embed.get_by_role("link", name="Voir la carte complète")).to_be_visible()
        assert faults(framed(page), RULES) == []  # type: ignore[arg-type]
        page.goto(stranger.publish("/muet", hidden, strict(explorer)), wait_until="networkidle")
        assert page.frame_locator("iframe").get_by_text("Garage solidaire").count() == 0
        expect(page.get_by_role("link", name="voir sur mapapp")).to_be_visible()


def test_the_pages_for_people_refuse_every_frame(
    reader: Visitor, region: RegionalSite, explorer: str
) -> None:
    """Even on a listed site: the map itself is not shown inside another."""
    frame = f'<iframe src="{explorer}/" title="Carte"></iframe>'
    reader.page.goto(region.publish("/tout", frame, strict(explorer)), wait_until="networkidle")
    assert reader.page.frame_locator("iframe").get_by_text("mapapp").count() == 0
    assert any("frame-ancestors" in error or "refused" in error for error in reader.watch.errors)


@pytest.mark.parametrize("path", ["/embed", "/embed?region=11", "/embed?vue=ressources"])
def test_an_embed_is_light(chromium: Browser, explorer: str, path: str) -> None:
    """All that a frame loads, with an empty cache, for the whole country too."""
    context = chromium.new_context()
    page = context.new_page()
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(explorer + path, wait_until="networkidle")
    weights = {urlsplit(r.url).path: r.sizes()["responseBodySize"] for r in finished}
    context.close()
    assert weights["/embed"]
    assert sum(weights.values()) <= TOTAL_LIMIT, weights


def test_wordpress_shows_it_in_its_sandbox(
    reader: Visitor, region: RegionalSite, explorer: str
) -> None:
    """No origin, no tab, no form: it tells its height and its links in WordPress's words."""
    listener = """
      addEventListener("message", ({ data }) => { (window.told ||= []).push(data); });
    """
    region.scripts["/ecoute.js"] = listener
    frame = (
        f'<script src="/ecoute.js"></script><iframe title="Carte" '
        f'src="{explorer}/embed?region=27#?secret=abc123" '
        'sandbox="allow-scripts" width="600" height="700"></iframe>'
    )
    policy = strict(explorer, "script-src 'self'")
    reader.page.goto(region.publish("/wordpress", frame, policy), wait_until="networkidle")
    embed = reader.page.frame_locator("iframe")
    embed.get_by_role("link", name="La Coursive Boutaric", exact=True).click()
    reader.page.wait_for_function("() => window.told?.some((one) => one.message === 'link')")
    told = reader.page.evaluate("window.told")
    assert {"message": "link", "secret": "abc123"} | {
        "value": f"{explorer}/initiatives/la-coursive-boutaric"
    } in told
    heights = [one["height"] for one in told if one.get("type") == "mapapp:height"]
    assert heights
    assert {"message": "height", "value": heights[-1], "secret": "abc123"} in told
    assert embed.get_by_role("button", name="Filtrer").count() == 0
    assert reader.watch.errors == []
