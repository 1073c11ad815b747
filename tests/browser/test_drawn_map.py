"""The drawn map in a real browser: without JavaScript, as a document, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from visitors import RULES, Visitor, faults, path_of, visit

pytestmark = pytest.mark.browser

DOCUMENTS = ("/carte.svg", "/carte.svg?departement=93", "/carte.svg?qpv=QN08604M")


@pytest.fixture(params=["light", "dark"])
def reader(request: pytest.FixtureRequest, chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone at a desk, in each colour scheme."""
    size = {"width": 1280, "height": 900}
    yield from visit(chromium, base, viewport=size, color_scheme=request.param)


def focused(page: Page) -> tuple[str, str]:
    """Where the link under the focus leads, and its outline's style."""
    href, outline = page.evaluate(
        """() => { const e = document.activeElement;
        return [e?.getAttribute('href') ?? '', e ? getComputedStyle(e).outlineStyle : '']; }"""
    )
    return href, outline


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 320, "height": 640}])
def test_without_javascript_the_map_page_shows_it(
    chromium: Browser, base: str, size: dict[str, int]
) -> None:
    """The same filters, as wide as its frame, with a link to the document."""
    for visitor in visit(chromium, base, viewport=size, java_script_enabled=False):
        visitor.page.set_default_timeout(20_000)  # the first map of a server reads all contours
        visitor.goto("/?departement=93")
        image = visitor.page.get_by_alt_text("Les mêmes initiatives, dessinées sur une carte")
        assert image.is_visible()
        frame = visitor.page.locator(".carte").bounding_box()
        box = image.bounding_box()
        assert frame
        assert box
        assert box["width"] >= frame["width"] - 4
        drawn = [path_of(url) for url in visitor.watch.asked if "/carte.svg" in url]
        assert len(drawn) == 1
        assert "departement=93" in drawn[0]
        assert ("largeur=" in drawn[0]) == (size["width"] == 320)
        assert not visitor.watch.foreign
        visitor.page.get_by_role("link", name="Ouvrir la carte").click()
        assert visitor.page.url == f"{base}/carte.svg?departement=93"


def test_with_javascript_it_is_not_fetched(visitor: Visitor) -> None:
    """Who sees the interactive map pays for it alone."""
    visitor.open_map()
    assert not [url for url in visitor.watch.asked if "carte.svg" in url]
    visitor.check()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_document_is_clean_for_everyone(reader: Visitor, path: str) -> None:
    """axe-core finds nothing; nothing runs, nothing is fetched, no policy is broken."""
    reader.goto(path)
    assert reader.page.title().startswith("Carte des initiatives\u00a0: ")
    rules = {"runOnly": [rule for rule in RULES["runOnly"] if rule != "best-practice"]}
    assert faults(reader.page, rules) == []
    assert [path_of(url) for url in reader.watch.asked] == [path]
    reader.check()


@pytest.mark.parametrize("path", ["/qpv/QN08604M", "/carte.svg?departement=93"])
def test_the_keyboard_follows_its_links(visitor: Visitor, path: str) -> None:
    """Every QPV large enough and every initiative takes the focus, visibly; Enter follows."""
    visitor.goto(path)
    page = visitor.page
    links = page.locator("svg.dessin a:not([tabindex])")
    wanted = {link.get_attribute("href") for link in links.all()}
    met: dict[str, str] = {}
    for _ in range(40 + len(wanted)):
        page.keyboard.press("Tab")
        href, outline = focused(page)
        met.setdefault(href, outline)
        if wanted <= met.keys():
            break
    assert wanted <= met.keys()
    assert len(wanted) >= 2
    assert all(met[str(href)] != "none" for href in wanted)
    last, _ = focused(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{visitor.base}{last}")
    visitor.check()


def test_its_colours_follow_the_page(reader: Visitor) -> None:
    """Inside a page, a QPV has the page's colour for QPVs, in light and in dark."""
    reader.goto("/qpv/QN08604M")
    colours = reader.page.evaluate(
        """() => { const probe = document.createElement('i');
        probe.className = 'verdict verdict-inside';
        const icon = document.querySelector('.dessin-qpv-choisi');
        document.body.append(probe);
        const drawn = getComputedStyle(icon).stroke;
        const wanted = getComputedStyle(document.documentElement).getPropertyValue('--brique');
        probe.style.color = wanted;
        return [drawn, getComputedStyle(probe).color]; }"""
    )
    assert colours[0] == colours[1]


def test_it_prints_in_the_light(reader: Visitor) -> None:
    """On paper the ground is light, whatever the screen."""
    reader.goto("/qpv/QN08604M")
    reader.page.emulate_media(media="print")
    ground = reader.page.evaluate("getComputedStyle(document.querySelector('.dessin-sol')).fill")
    assert ground == "rgb(253, 250, 244)"
