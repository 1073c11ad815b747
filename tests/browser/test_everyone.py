"""For everyone: axe-core finds nothing on any page, in light and dark, wide and narrow.

A page is opened once, and seen in each of its states: opening it is what costs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from visitors import COLOURS, Visitor, faults, visit

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?q=rien-de-tel",
    "/pres-de-moi",
    "/pres-de-moi?ou=Stains",
    "/pres-de-moi?ou=Saint-Denis",
    "/pres-de-moi?lat=47&lon=-6",
    "/initiatives",
    "/initiatives/la-coop-des-domes",
    "/initiatives/digifab",
    "/initiatives/cooperative-hotel-du-nord",
    "/ressources",
    "/ressources/kpa-cite",
    "/ressources/marches-publics-et-clauses-insertion-renovation-urbaine",
    "/themes/alimentation",
    "/themes/commande-publique-responsable",
    "/adresses",
    "/adresses?ou=Stains",
    "/qpv",
    "/qpv?q=poitiers&generation=2015",
    "/qpv/correspondance?q=strasbourg",
    "/qpv-sans-exemple",
    "/qpv-sans-exemple?region=27&tous=1&theme=culture&theme=mobilite",
    "/qpv-sans-exemple?region=27&departement=93",
    "/qpv/QN08604M",
    "/qpv/QP009002",
    "/territoires",
    "/territoires?q=saint-denis",
    "/territoires/region-27",
    "/territoires/59?generation=2015",
    "/territoires/200054781",
    "/territoires/21231",
    "/embed?region=27&theme=mobilite",
    "/embed?vue=compteur&theme=disparu&region=27",
    "/embed?initiative=garage-solidaire-jura&accent=ffcc00",
    "/embed?ressource=kpa-cite",
    "/integrer?ou=Paris&accent=ffcc00&hauteur=2",
    "/donnees",
    "/api",
    "/ressources?q=rien-de-tel",
    "/a-propos",
    "/accessibilite",
    "/mentions-legales",
    "/introuvable",
    "/?theme=nulle-part",
)


@pytest.fixture(params=["light", "dark"])
def reader(request: pytest.FixtureRequest, chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone at a desk, in each colour scheme."""
    size = {"width": 1280, "height": 900}
    yield from visit(chromium, base, viewport=size, color_scheme=request.param)


#: Pages whose map is laid out for the screen on which it is opened.
LAID_OUT = tuple(path for path in PAGES if path.startswith(("/?", "/embed")) or path == "/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_everyone(visitor: Visitor, path: str) -> None:
    """No violation of WCAG 2.2 A and AA, nor of good practice, and nothing that overflows.

    With every detail open; in dark, of which colours alone differ; with text at 200 % on a screen
    of 1280 pixels; on a screen of 320, where tables and examples alone scroll, in their own frame.
    """
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 900})
    visitor.goto(path)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= 1280
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    assert faults(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert faults(page, COLOURS) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert width_of(page) <= 320
    statuses = ("Failed to load resource", "404", "400")
    visitor.watch.errors = [e for e in visitor.watch.errors if not e.startswith(statuses)]
    visitor.check()


def width_of(page: Page) -> int:
    """How wide the page is, in pixels."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_axe_finds_nothing_with_a_popup_open(reader: Visitor) -> None:
    """Nor on the map with a popup open."""
    reader.open_map()
    reader.page.get_by_role("button", name="Voir sur la carte : La Coop des Dômes").click()
    reader.page.get_by_role("dialog", name="La Coop des Dômes").wait_for()
    assert faults(reader.page) == []
    reader.check()


@pytest.mark.parametrize("path", LAID_OUT)
def test_a_map_opened_on_a_phone_is_as_wide_as_it(phone: Visitor, path: str) -> None:
    """Not only one that was opened wide, then made narrow."""
    phone.goto(path)
    assert width_of(phone.page) <= 320


def test_the_menu_stays_compact_on_a_phone(phone: Visitor) -> None:
    """Four lines at most, each entry tall enough for a finger."""
    phone.goto("/donnees")
    height, smallest = phone.page.evaluate(
        """() => { const list = document.querySelector('.nav ul');
        return [list.offsetHeight, Math.min(...[...list.querySelectorAll('a')]
          .map((link) => link.offsetHeight))]; }"""
    )
    assert height <= 140
    assert smallest >= 24
    assert width_of(phone.page) <= 320


@pytest.mark.parametrize("path", ["/", "/initiatives/la-coop-des-domes", "/qpv/QN08604M"])
def test_the_keyboard_meets_every_link_with_a_visible_focus(visitor: Visitor, path: str) -> None:
    """Tab goes from the skip link onward; what has the focus shows it."""
    visitor.goto(path)
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => { const s = getComputedStyle(document.activeElement);
            const l = document.activeElement.closest('label');
            const o = l ? getComputedStyle(l) : s;
            return [s.outlineStyle, s.boxShadow, o.outlineStyle, o.boxShadow]; }"""
        )
        assert set(style) - {"none"}, page.evaluate("document.activeElement.outerHTML")
