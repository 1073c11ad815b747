"""The map is the same to see and to use with twenty initiatives and with a hundred thousand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from made_once import made_once
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import Engine
from synthetic import fill
from visitors import Visitor, path_of, serve, visit

from mapapp import create_app
from mapapp.store.engine import open_engine, sessions

pytestmark = pytest.mark.browser

MANY = 100_000

#: The page itself, and everything that its first view loads, in bytes as they travel.
HTML_LIMIT, TOTAL_LIMIT = 15_000, 200_000

#: The marker nearest to the middle of the map, which stays in sight when the map moves a little.
MIDDLE = """() => {
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
  const [x, y] = middle(document.getElementById("carte_ess").getBoundingClientRect());
  const away = (marker) => {
    const [left, top] = middle(marker.getBoundingClientRect());
    return Math.hypot(left - x, top - y);
  };
  const markers = [...document.querySelectorAll(".leaflet-marker-icon")];
  return markers.sort((a, b) => away(a) - away(b))[0];
}"""


#: The markers stand for some initiatives, and for no more than there are.
SHOWN = """(most) => {
  const clusters = [...document.querySelectorAll(".grappe")].map((one) => Number(one.textContent));
  const alone = document.querySelectorAll(".marqueur").length;
  const shown = clusters.reduce((sum, count) => sum + count, alone);
  return 0 < shown && shown <= most;
}"""


@pytest.fixture(scope="module", params=["few", "many"])
def crowd(
    request: pytest.FixtureRequest,
    app: Flask,
    engine: Engine,
    kept: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Address of the map of the shipped initiatives, alone and among a hundred thousand others."""
    if request.param == "few":
        yield from serve(app)
        return

    def make(folder: Path) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(folder / "m.sqlite"),))
        many = open_engine(f"sqlite:///{folder / 'm.sqlite'}")
        with sessions(many).begin() as session:
            fill(session, MANY)
        many.dispose()

    made = made_once(kept, "many", make)
    file = shutil.copy(made / "m.sqlite", tmp_path_factory.mktemp("many"))
    many = open_engine(f"sqlite:///{file}")
    yield from serve(create_app(many))
    many.dispose()


@pytest.fixture
def someone(chromium: Browser, crowd: str) -> Iterator[Visitor]:
    """Someone at a desk: 1440 × 900."""
    yield from visit(chromium, crowd, viewport={"width": 1440, "height": 900})


def counted(page: Page) -> int:
    """How many initiatives the title of the list tells."""
    return int(re.sub(r"\D", "", page.locator("#titre-liste").inner_text()))


def test_map_list_and_filters_say_the_same(someone: Visitor) -> None:
    """What is seen is part of what is counted; a theme keeps fewer, on both sides."""
    someone.open_map()
    page = someone.page
    title, everything = page.locator("#titre-liste"), counted(page)
    told = title.inner_text()
    page.locator("label.puce", has_text="Alimentation").click()
    expect(title).not_to_have_text(told)
    assert "theme=alimentation" in page.url
    assert counted(page) < everything
    page.wait_for_function(SHOWN, arg=counted(page))
    someone.check()


def test_the_keyboard_opens_a_cluster_and_a_record(someone: Visitor) -> None:
    """Enter brings a cluster nearer; a record opens from the list, and gives its focus back."""
    someone.open_map()
    page = someone.page
    before = page.evaluate("carte_ess.getZoom()")
    page.locator(".grappe").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("(before) => carte_ess.getZoom() > before", arg=before)
    seen = page.get_by_role("button", name=re.compile("^Voir sur la carte")).first
    name = seen.get_attribute("aria-label") or seen.inner_text()
    seen.click()
    popup = page.get_by_role("dialog")
    expect(popup).to_be_focused()
    expect(popup).to_contain_text(name.split(":")[-1].strip())
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    someone.check()


def test_a_marker_that_stays_keeps_its_place_and_focus(someone: Visitor) -> None:
    """The map moves under the keyboard: the same button is still there, still focused."""
    someone.open_map()
    page = someone.page
    marker = page.evaluate_handle(MIDDLE).as_element()
    assert marker
    marker.focus()
    for _ in range(4):  # faster than answers come: those of views that are gone are given up
        page.evaluate("carte_ess.panBy([15, 10], {animate: false})")
        page.wait_for_timeout(60)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(
        "(marker) => marker.isConnected && document.activeElement === marker", marker
    )
    someone.check()


def test_the_focus_of_a_marker_that_goes_is_the_maps(someone: Visitor) -> None:
    """Far away, its marker is gone: arrows still move the map, Tab still goes on from there."""
    someone.open_map()
    page = someone.page
    page.locator(".leaflet-marker-icon").first.focus()
    page.evaluate("carte_ess.setView([-30, -150], 8, {animate: false})")
    page.wait_for_function("() => document.querySelectorAll('.leaflet-marker-icon').length === 0")
    assert page.evaluate("document.activeElement === carte_ess.getContainer()")
    someone.check()


def test_the_first_view_is_light(chromium: Browser, crowd: str) -> None:
    """HTML ≤ 15 kB and all of it ≤ 200 kB, with an empty cache, however many there are."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(f"{crowd}/", wait_until="networkidle")
    weights = {path_of(r.url): r.sizes()["responseBodySize"] for r in finished}
    context.close()
    assert 0 < weights["/"] <= HTML_LIMIT, weights
    assert sum(weights.values()) <= TOTAL_LIMIT, weights
    assert len(weights) >= 10, "the map and its layers were loaded"
