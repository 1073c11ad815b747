"""From « which QPVs have no example? » to a brief on paper, with and without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visitors import Visitor

pytestmark = pytest.mark.browser


def plain(page: Page, selector: str) -> str:
    """What is read there, spaces made plain."""
    return " ".join(page.locator(selector).inner_text().replace("\u202f", " ").split())


def narrow_down(page: Page) -> None:
    """An officer of the Côte-d’Or asks for culture, at 5 km."""
    page.get_by_label("Département").select_option(label="Côte-d’Or (21)")
    page.get_by_label("Proche jusqu’à").select_option(label="5 km")
    summary = page.get_by_text("Thèmes", exact=True).first
    if not page.get_by_role("checkbox", name=re.compile("^Culture")).is_visible():
        summary.click()
    page.get_by_role("checkbox", name=re.compile("^Culture")).check(force=True)
    page.get_by_role("button", name="Afficher").click()


def walk(visitor: Visitor) -> None:
    """From the menu to the sheet of a QPV, reading what stands there."""
    page = visitor.page
    visitor.goto("/")
    page.get_by_role("link", name="QPV sans exemple").click()
    expect(page).to_have_url(re.compile(r"/qpv-sans-exemple$"))
    narrow_down(page)
    expect(page).to_have_url(re.compile("departement=21"))
    assert "Côte-d’Or" in plain(page, "h1")
    table = page.get_by_role("region", name=re.compile("quartiers à qui il manque un exemple"))
    assert table.get_by_role("columnheader", name="Culture").is_visible()
    row = table.get_by_role("row", name=re.compile("^Fontaine"))
    expect(row).to_contain_text("aucun connu")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/qpv/QN\w+\?distance=5000$"))
    culture = page.get_by_role("row", name=re.compile("^Culture"))
    expect(culture).to_contain_text("La Coursive Boutaric, Dijon, à environ")
    culture.get_by_role("link", name="La Coursive Boutaric").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La Coursive Boutaric")


def test_an_officer_finds_what_lacks_and_who_is_nearest(visitor: Visitor) -> None:
    """Menu, territory, theme and distance, matrix, sheet, nearest example."""
    walk(visitor)
    visitor.check()


def test_it_is_found_without_javascript_too(scriptless: Visitor) -> None:
    """The same walk, every word of it."""
    walk(scriptless)


def test_the_keyboard_orders_the_lines(visitor: Visitor) -> None:
    """The link of a column header, and the column says that it orders the lines."""
    visitor.goto("/qpv-sans-exemple?region=76&generation=2015")
    page = visitor.page
    page.get_by_role("columnheader", name="Habitants").get_by_role("link").focus()
    page.keyboard.press("Enter")
    header = page.get_by_role("columnheader", name="Habitants")
    expect(header).to_have_attribute("aria-sort", "descending")
    cells = page.locator(".matrice tbody tr td:nth-child(2)").all_inner_texts()
    counts = [int(re.sub(r"\D", "", cell)) for cell in cells if re.search(r"\d", cell)]
    assert len(counts) > 10
    assert counts == sorted(counts, reverse=True)
    visitor.check()


@pytest.mark.parametrize("code", ["QN08604M", "QN02103M", "QN97102I", "QP013030"])
def test_the_brief_fits_two_pages_of_a4(visitor: Visitor, tmp_path: Path, code: str) -> None:
    """Printed by Chromium: paper size, two pages at most, no menu, every theme, source and date."""
    visitor.goto(f"/qpv/{code}")
    page = visitor.page
    pdf = page.pdf(path=tmp_path / "brief.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
    [width, height] = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", pdf)[0])
    assert (round(width), round(height)) == (595, 842)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Menu principal")).to_be_hidden()
    text = plain(page, "main")
    assert "Appartenances indicatives" in text
    assert "Sources : ANCT" in text.replace("\u00a0", " ")
    assert page.locator(".besoins tbody tr").count() == 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_print_button_prints(visitor: Visitor) -> None:
    """Shown by the script alone, it calls the browser's own printing."""
    visitor.page.add_init_script("window.print = () => { window.__printed = true }")
    visitor.goto("/qpv/QN08604M")
    visitor.page.get_by_role("button", name="Imprimer la fiche").click()
    assert visitor.page.evaluate("window.__printed")
    visitor.check()
