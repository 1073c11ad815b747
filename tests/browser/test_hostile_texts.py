"""Texts from data never run: not in a page, not in a popup, not in the map's script."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hostile import TEXTS, fill_with_hostile_texts
from playwright.sync_api import Browser
from shipped_copy import make_small_copy
from visitors import Visitor, serve, visit

from mapapp import create_app
from mapapp.paths import shipped
from mapapp.shipping import initialise
from mapapp.store.engine import open_engine

pytestmark = pytest.mark.browser

PAGES = (
    "/initiatives",
    "/initiatives/la-coop-des-domes",
    "/initiatives/pole-s",
    "/ressources",
    "/ressources/kpa-cite",
    "/themes/alimentation",
    "/adresses?ou=47.34 ; 5.07",
    "/qpv",
    "/qpv/QN02103M",
    "/carte.svg",
    "/carte.svg?commune=21231",
    "/carte.svg?manques=1&departement=21",
    "/qpv-sans-exemple?departement=21",
    "/pres-de-moi?ou=Dijon",
    "/territoires/21",
    "/territoires/21231",
    "/territoires?q=dijon",
    "/embed",
    "/embed?initiative=la-coop-des-domes",
    "/embed?ressource=kpa-cite",
    "/embed?vue=compteur&departement=21",
    "/integrer?departement=21",
    "/donnees",
    "/api",
)


@pytest.fixture(scope="module")
def hostile_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application on a store whose every free text is hostile."""
    folder = make_small_copy(shipped("data"), tmp_path_factory.mktemp("hostile") / "data")
    fill_with_hostile_texts(folder)
    engine = open_engine(f"sqlite:///{folder.parent / 'hostile.sqlite'}")
    initialise(engine, folder)
    app = create_app(engine)
    app.testing = True
    yield from serve(app)
    engine.dispose()


@pytest.fixture
def target(chromium: Browser, hostile_base: str) -> Iterator[Visitor]:
    """Someone who visits that application."""
    yield from visit(chromium, hostile_base, viewport={"width": 1280, "height": 900})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_them_as_text(target: Visitor, path: str) -> None:
    """Nothing runs, nothing is fetched, and the page keeps its shape."""
    target.goto(path)
    target.page.mouse.move(640, 450)
    blocks = target.page.locator("script[type='application/ld+json']").all_text_contents()
    assert all(json.loads(block)["@type"] for block in blocks)
    run = "main img, main script:not([type='application/ld+json']), svg script, svg img"
    assert target.page.locator(run).count() == 0
    target.check()


def test_the_map_and_its_popups_show_them_as_text(target: Visitor) -> None:
    """Markers' names, popups of initiatives, of groups and of QPVs."""
    target.open_map()
    page = target.page
    for slug in ("la-coop-des-domes", "la-coursive-boutaric", "groupe-diverscite"):
        page.locator(f"#liste [data-slug={slug}] .lien-carte").click()
        popup = page.get_by_role("dialog")
        popup.wait_for()
        assert popup.locator("img, script, svg[onload]").count() == 0
        page.keyboard.press("Escape")
    page.evaluate("carte_ess.setView([47.3375, 5.0665], 15, {animate: false})")
    page.wait_for_timeout(400)
    box = page.locator("#carte_ess").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2)
    qpv = page.get_by_role("dialog")
    qpv.wait_for()
    assert any(text in qpv.inner_text() for text in TEXTS)
    target.check()


def test_a_hostile_search_stays_a_search(target: Visitor) -> None:
    """The same texts typed by a visitor."""
    for text in TEXTS:
        target.page.goto(target.base)
        target.page.get_by_label("Nom, commune").fill(text)
        target.page.get_by_role("button", name="Filtrer").click()
        target.page.wait_for_timeout(150)
        target.check()
