"""« Près de moi » in a real browser: typing, choosing, one's own position, no script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from visitors import Visitor, visit

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def located(chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone in Poitiers who gives their position."""
    here = {"latitude": 46.580012345, "longitude": 0.340012345, "accuracy": 30}
    yield from visit(chromium, base, geolocation=here, permissions=["geolocation"])


def combobox(visitor: Visitor, text: str) -> None:
    """Type in the field and wait for the proposals."""
    visitor.goto("/pres-de-moi")
    visitor.page.get_by_role("combobox", name="Commune, code postal").press_sequentially(text)
    visitor.page.get_by_role("listbox").wait_for()


def test_a_place_is_chosen_with_the_keyboard(visitor: Visitor) -> None:
    """Arrows go through the proposals, Enter searches around the one chosen."""
    combobox(visitor, "st-den")
    page = visitor.page
    field = page.get_by_role("combobox", name="Commune, code postal")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.get_by_role("option").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", second.get_attribute("id") or "")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Autour de Saint-Denis (93, Seine-Saint-Denis)").wait_for()
    visitor.check()


def test_escape_closes_the_proposals_and_keeps_the_text(visitor: Visitor) -> None:
    """The field stays as it was typed, and searches as it is."""
    combobox(visitor, "verdun")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("listbox")).to_be_hidden()
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("heading", name="« Verdun » : quel lieu ?").or_(
        visitor.page.get_by_role("heading", name="« verdun » : quel lieu ?")
    ).wait_for()
    visitor.check()


def test_a_proposal_is_chosen_with_a_pointer(phone: Visitor) -> None:
    """On a phone too, where the list fits the screen."""
    combobox(phone, "gresil")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 320
    phone.page.get_by_role("option", name="Les Grésilles Dijon").click()
    phone.page.get_by_role("heading", name="Autour de Les Grésilles").wait_for()
    phone.check()


def test_axe_finds_nothing_with_the_proposals_open(visitor: Visitor) -> None:
    """The combobox keeps to its pattern."""
    combobox(visitor, "lille")
    visitor.page.keyboard.press("ArrowDown")
    report = Axe().run(visitor.page, options=RULES).response
    assert [violation["id"] for violation in report["violations"]] == []
    visitor.check()


def test_the_position_is_asked_on_a_click_only_and_rounded(located: Visitor) -> None:
    """Nothing is asked before; four decimals and the stated error are all that is sent."""
    located.goto("/pres-de-moi")
    assert not [url for url in located.watch.asked if "lat=" in url]
    located.page.get_by_role("button", name="Autour de moi").click()
    located.page.get_by_role("heading", name="Autour de 46,5800").wait_for()
    assert "lat=46.58&lon=0.34&exactitude=30" in located.page.url
    located.check()


def test_a_refused_position_leaves_the_form(visitor: Visitor) -> None:
    """A sentence says so, and a place can still be typed."""
    visitor.goto("/pres-de-moi")
    visitor.page.get_by_role("button", name="Autour de moi").click()
    expect(visitor.page.locator("#position-etat")).to_contain_text("n’a pas été donnée")
    visitor.page.get_by_role("combobox", name="Commune, code postal").fill("Stains (93)")
    visitor.page.get_by_role("button", name="Chercher").click()
    visitor.page.get_by_role("heading", name="Autour de Stains").wait_for()
    visitor.check()


def test_everything_works_without_a_script(scriptless: Visitor) -> None:
    """Type, choose among homonyms, read; what needs a script is not shown."""
    scriptless.goto("/pres-de-moi")
    page = scriptless.page
    expect(page.locator("#autour-de-moi")).to_be_hidden()
    page.locator("#ou").fill("Verdun")
    page.locator("#rayon").select_option("20000")
    page.get_by_role("button", name="Chercher").click()
    page.locator(".propositions a").first.click()
    page.get_by_role("heading", name="Autour de Verdun (55, Meuse)").wait_for()
    assert "rayon=20000" in page.url
