"""The map in a real browser: what it shows, says and leads to, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from visitors import Visitor

pytestmark = pytest.mark.browser

#: Metropolitan France and Rémire-Montjoly, in one view (the whole Atlantic between them).
EVERYWHERE = "carte_ess.fitBounds([[0, -55], [52, 9]], {animate: false})"


SHOWN = """(wanted) => {
  const clusters = [...document.querySelectorAll(".grappe")].map((b) => Number(b.textContent));
  const alone = document.querySelectorAll(".marqueur").length;
  return clusters.reduce((sum, count) => sum + count, alone) === wanted;
}"""


def expect_on_map(page: Page, count: int) -> None:
    """Wait until the markers stand for so many initiatives."""
    page.wait_for_function(SHOWN, arg=count)


def open_from_list(page: Page, name: str) -> Locator:
    """Open the popup of an initiative from its card in the list."""
    page.get_by_role("button", name=f"Voir sur la carte : {name}").click()
    return page.get_by_role("dialog", name=name)


def test_every_locatable_initiative_is_on_the_map(visitor: Visitor) -> None:
    """20 of the 24 have a place; the other four are listed as not located."""
    visitor.open_map()
    visitor.page.evaluate(EVERYWHERE)
    expect_on_map(visitor.page, 20)
    unlocated = visitor.page.locator("#liste .groupe")
    expect(unlocated.get_by_role("article")).to_have_count(4)
    visitor.check()


def test_a_popup_leads_to_resources_with_their_reason(visitor: Visitor) -> None:
    """Name, commune, theme, precision, both verdicts, three resources each with its reason."""
    visitor.open_map()
    popup = open_from_list(visitor.page, "La Coursive Boutaric")
    expect(popup).to_contain_text("Dijon")
    expect(popup).to_contain_text("Culture")
    expect(popup).to_contain_text("Située à l’échelle du quartier")
    expect(popup).to_contain_text("Dans le QPV Les Grésilles selon la fiche")
    expect(popup.locator(".ressources > li")).to_have_count(3)
    expect(popup.locator(".raison").first).to_have_text("La fiche qui décrit cette initiative")
    expect(popup.get_by_role("link", name="Voir la fiche")).to_have_attribute(
        "href", "/initiatives/la-coursive-boutaric"
    )
    visitor.check()


def test_the_keyboard_reaches_and_leaves_every_popup(visitor: Visitor) -> None:
    """For all 20: Enter opens and moves the focus in; Escape closes and gives it back."""
    visitor.open_map()
    page = visitor.page
    names = page.locator("#liste [data-slug] h3").all_inner_texts()
    assert len(names) == 20
    for name in names:
        popup = open_from_list(page, name)
        expect(popup).to_be_focused()
        page.keyboard.press("Escape")
        expect(popup).to_have_count(0)
        marker = page.locator(".marqueur:focus")
        expect(marker).to_have_attribute("aria-label", re.compile(f"^{re.escape(name)}, "))
        page.keyboard.press("Enter")
        expect(popup).to_be_focused()
        page.keyboard.press("Tab")
        assert popup.evaluate("box => box.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(popup).to_have_count(0)
        expect(marker).to_have_attribute("aria-label", re.compile(f"^{re.escape(name)}, "))
    visitor.check()


def test_a_cluster_opens_by_keyboard_into_its_members(visitor: Visitor) -> None:
    """A cluster is a button that says how many it holds and brings them nearer."""
    visitor.open_map()
    cluster = visitor.page.locator(".grappe").first
    assert re.fullmatch(
        r"\d+ initiatives regroupées : .+", cluster.get_attribute("aria-label") or ""
    )
    before = visitor.page.evaluate("carte_ess.getZoom()")
    cluster.focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_timeout(600)
    assert visitor.page.evaluate("carte_ess.getZoom()") > before
    visitor.check()


def test_initiatives_at_one_place_are_listed_together(visitor: Visitor) -> None:
    """Where a cluster cannot be split, its popup lists the members and leads to each."""
    visitor.open_map()
    opened = "couche_4.getLayers().length"
    visitor.page.evaluate(
        """import(document.querySelector('script[src$="layers.js"]').src
            .replace('layers.js', 'popups.js'))
        .then(({openGroup}) => {
            const marker = couche_4.getLayers().find((layer) => layer.getLatLng);
            openGroup(carte_ess, marker, [-5, 41, 10, 52]);
        })"""
    )
    popup = visitor.page.get_by_role("dialog")
    expect(popup.get_by_role("heading")).to_contain_text("initiatives au même endroit")
    expect(popup.get_by_role("link", name="AMAP solidaire Verdun")).to_be_visible()
    assert visitor.page.evaluate(opened) > 0
    visitor.check()


def test_a_qpv_says_what_is_known_of_it(visitor: Visitor) -> None:
    """Name, code, communes, population, and how many initiatives it has."""
    visitor.open_map()
    page = visitor.page
    page.evaluate("carte_ess.setView([47.3375, 5.0665], 15, {animate: false})")
    page.wait_for_timeout(500)
    code = page.evaluate("couche_3.getLayers().length")
    assert code >= 1
    box = page.locator("#carte_ess").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2)
    popup = page.get_by_role("dialog", name="Les Grésilles")
    expect(popup).to_contain_text("QN02103M")
    expect(popup).to_contain_text("Dijon")
    expect(popup).to_contain_text("Population non connue ici")
    expect(popup).to_contain_text("1 initiative connue")
    expect(popup).to_contain_text("Culture (1)")
    visitor.check()


def test_filters_change_map_list_and_address_together(visitor: Visitor) -> None:
    """A theme ticked filters both without a reload, and the address says so."""
    visitor.open_map()
    page = visitor.page
    page.locator("label.puce", has_text="Alimentation").click()
    expect(page.locator("#titre-liste")).to_have_text("4 initiatives")
    page.evaluate(EVERYWHERE)
    expect_on_map(page, 4)
    assert "/?theme=alimentation" in page.url
    page.get_by_label("Nom, commune").fill("clermont")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator("#titre-liste")).to_have_text("1 initiative")
    expect_on_map(page, 1)
    page.go_back()
    expect(page.locator("#titre-liste")).to_have_text("4 initiatives")
    visitor.check()


def test_the_generation_changes_contours_and_verdicts(visitor: Visitor) -> None:
    """2015 shows the contours of 2015 and its verdicts, those of Guyane being unknown."""
    visitor.open_map()
    page = visitor.page
    page.locator("label.puce", has_text="2015").click()
    card = page.get_by_role("article").filter(has_text="Groupe DiversCité")
    expect(card).to_contain_text("Contours 2015 non disponibles")
    assert page.evaluate("[carte_ess.hasLayer(couche_2), carte_ess.hasLayer(couche_3)]") == [
        True,
        False,
    ]
    visitor.check()


def test_overseas_is_one_click_away(visitor: Visitor) -> None:
    """The way to Guyane moves the map to its initiative."""
    visitor.open_map()
    visitor.page.get_by_role("link", name="Guyane").click()
    marker = visitor.page.get_by_role("button", name="Groupe DiversCité, Remire-Montjoly")
    expect(marker).to_be_visible()
    visitor.check()


def test_controls_speak_french(visitor: Visitor) -> None:
    """No English word is left on the map's controls."""
    visitor.open_map()
    for name in ("Zoom avant", "Zoom arrière", "Couches de la carte"):
        expect(visitor.page.get_by_role("button", name=name)).to_be_visible()
    visitor.page.get_by_role("button", name="Couches de la carte").focus()
    expect(visitor.page.get_by_label("QPV 2015")).to_be_attached()
    visitor.check()


def test_visitors_may_zoom_the_page(visitor: Visitor) -> None:
    """Folium's viewport, which forbids it, does not reach them."""
    visitor.open_map()
    content = visitor.page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "user-scalable" not in content
    assert "maximum-scale" not in content


def test_a_phone_shows_all_of_it(phone: Visitor) -> None:
    """At 320 px nothing is cut and the popup stays on the map."""
    phone.open_map()
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    popup = open_from_list(page, "Régie de quartier de Laxou")
    expect(popup.get_by_role("link", name="Voir la fiche")).to_be_attached()
    box = popup.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    phone.check()


def test_without_javascript_the_list_says_it_all(scriptless: Visitor) -> None:
    """List, filters and ways to a territory work; the map says why it is empty."""
    scriptless.goto("/")
    page = scriptless.page
    expect(page.locator("#titre-liste")).to_have_text("24 initiatives")
    expect(page.get_by_text("La carte s’affiche avec JavaScript")).to_be_visible()
    page.get_by_label("Nom, commune").fill("wazemmes")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator("#titre-liste")).to_have_text("1 initiative")
    scriptless.goto("/")
    page.get_by_role("link", name="Guyane").click()
    expect(page.locator("#titre-liste")).to_have_text("1 initiative")
