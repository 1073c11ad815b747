"""Every state of the map is an address: shared, reloaded, gone back to, it shows the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from promises import old_links
from visitors import Visitor, visit

pytestmark = pytest.mark.browser

SLUG = "la-coursive-boutaric"
NAME = "La Coursive Boutaric"

CENTRE = """() => {
  const { lat, lng } = carte_ess.getCenter();
  return [lat, lng, carte_ess.getZoom()];
}"""

#: Pixels between the centre of the map and a place, at the zoom of the map.
APART = """([lat, lon]) => {
  const here = carte_ess.latLngToContainerPoint(carte_ess.getCenter());
  return here.distanceTo(carte_ess.latLngToContainerPoint([lat, lon]));
}"""

FRAMED = "() => carte_ess.getBounds().toBBoxString().split(',').map(Number)"

CIRCLE = "document.querySelectorAll('.cercle-cherche').length"

#: A layer that an address puts away, as the layer control calls it.
LAYERS = {"departements": "Départements", "initiatives": "Initiatives"}

SHOWN_GENERATIONS = "[couche_2, couche_3].map((layer) => carte_ess.hasLayer(layer))"


@pytest.fixture
def other(chromium: Browser, base: str) -> Iterator[Visitor]:
    """Someone else, with the same screen and a browser that knows nothing of the first."""
    yield from visit(chromium, base, viewport={"width": 1440, "height": 900})


def view(page: Page) -> list[float]:
    """Latitude, longitude and zoom that the map shows."""
    shown: list[float] = page.evaluate(CENTRE)
    return shown


def expect_same_view(page: Page, wanted: list[float]) -> None:
    """The map shows that centre, to a pixel or so, at that zoom."""
    page.wait_for_function("(zoom) => carte_ess.getZoom() === zoom", arg=wanted[2])
    assert page.evaluate(APART, wanted[:2]) <= 2


def path(visitor: Visitor) -> str:
    """The address of the page, without its host."""
    return visitor.page.url.removeprefix(visitor.base)


def pan(page: Page) -> None:
    """Move the map as a visitor does, and wait until the address says so."""
    before = page.url
    page.evaluate("carte_ess.panBy([120, 40])")
    page.wait_for_function("(before) => location.href !== before", arg=before)


def open_record(page: Page, name: str = NAME) -> Locator:
    """Open the popup of an initiative from the list, and wait until the map is at rest."""
    page.get_by_role("button", name=f"Voir sur la carte : {name}").click()
    popup = page.get_by_role("dialog", name=name)
    expect(popup).to_be_focused()
    page.wait_for_timeout(600)  # the address follows the last move
    return popup


def count(page: Page) -> Locator:
    """How many initiatives the list says it holds."""
    return page.locator("#titre-liste")


def chip(page: Page, text: str) -> Locator:
    """The field of a chip of the form."""
    return page.locator("label.puce", has_text=text).locator("input")


def tick(page: Page, text: str) -> None:
    """Tick a chip of the form."""
    page.locator("label.puce", has_text=text).click()


def toggle(page: Page, layer: str) -> None:
    """Choose a layer in the layer control, by the keyboard."""
    page.get_by_role("button", name="Couches de la carte").focus()
    page.keyboard.press("Enter")
    page.get_by_label(layer).focus()
    page.keyboard.press("Space")


def test_a_shared_address_shows_the_same(visitor: Visitor, other: Visitor) -> None:
    """Filters, generation, view and open record: another browser shows all of them."""
    visitor.open_map("/?theme=culture&generation=2015")
    open_record(visitor.page)
    shown = view(visitor.page)
    assert re.fullmatch(
        rf"/\?theme=culture&generation=2015#vue=[\d.]+,[\d.]+,13&fiche={SLUG}", path(visitor)
    )
    other.open_map(path(visitor))
    expect(other.page.get_by_role("dialog", name=NAME)).to_be_focused()
    expect_same_view(other.page, shown)
    assert chip(other.page, "Culture").is_checked()
    assert chip(other.page, "2015").is_checked()
    assert other.page.evaluate(SHOWN_GENERATIONS) == [True, False]
    expect(count(other.page)).to_have_text(count(visitor.page).inner_text())
    visitor.check()
    other.check()


def test_old_links_keep_their_meaning(visitor: Visitor) -> None:
    """Each promised view (tests/promises.txt) shows what it names, a record alone its place."""
    page = visitor.page
    for link in old_links():
        page.goto("about:blank")  # else the former page follows its address, without a reload
        visitor.goto(link)
        told = parse_qs(link.partition("#")[2])
        for layer in told.get("masque", []):
            expect(page.get_by_label(LAYERS[layer], exact=True)).not_to_be_checked()
        for record in (*told.get("fiche", []), *told.get("qpv", [])):
            way = page.get_by_role("dialog").locator(f"a[href$='/{record}']")
            expect(way.first, link).to_be_visible()
            assert view(page)[2] >= 13
        for wanted in told.get("vue", []):
            expect_same_view(page, [float(number) for number in wanted.split(",")])
    visitor.check()


def test_a_qpv_is_reopened_by_its_address(visitor: Visitor, other: Visitor) -> None:
    """A click on a contour names the QPV in the address; Back closes it."""
    visitor.open_map("/#vue=47.3375,5.0665,15")
    page = visitor.page
    page.locator(".qpv-contour").first.wait_for()
    box = page.locator("#carte_ess").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2)
    expect(page.get_by_role("dialog", name="Les Grésilles")).to_be_visible()
    assert path(visitor).endswith("&qpv=QN02103M")
    other.open_map(path(visitor))
    expect(other.page.get_by_role("dialog", name="Les Grésilles")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    visitor.check()
    other.check()


def test_back_and_forward_undo_and_redo_filters(visitor: Visitor) -> None:
    """List, chips, words, hidden filters and map follow the address, without a reload."""
    visitor.open_map("/?region=44")
    page = visitor.page
    page.evaluate("window.__sameDocument = true")
    everything = count(page).inner_text()
    tick(page, "Culture")
    expect(count(page)).not_to_have_text(everything)
    filtered = count(page).inner_text()
    page.get_by_label("Nom, commune").fill("zzzz")
    page.get_by_role("button", name="Filtrer").click()
    expect(count(page)).to_have_text("Aucune initiative")
    page.go_back()
    expect(count(page)).to_have_text(filtered)
    expect(page.get_by_label("Nom, commune")).to_have_value("")
    assert chip(page, "Culture").is_checked()
    page.go_back()
    expect(count(page)).to_have_text(everything)
    assert not chip(page, "Culture").is_checked()
    assert path(visitor) == "/?region=44"
    page.go_forward()
    expect(count(page)).to_have_text(filtered)
    assert chip(page, "Culture").is_checked()
    assert "theme=culture" in page.locator(".raccourcis a").first.get_attribute("href")
    assert page.locator("input[type=hidden][name=region]").input_value() == "44"
    assert page.evaluate("window.__sameDocument") is True
    visitor.check()


def test_a_move_replaces_the_address(visitor: Visitor) -> None:
    """Any number of moves adds no entry to the history; a reload finds the same view."""
    visitor.open_map()
    page = visitor.page
    length = page.evaluate("history.length")
    for _ in range(3):
        pan(page)
    assert page.evaluate("history.length") == length
    shown = view(page)
    page.reload(wait_until="networkidle")
    expect_same_view(page, shown)
    visitor.check()


def test_a_page_at_rest_keeps_a_plain_address(visitor: Visitor) -> None:
    """The view that an address opens with is not told in it, on any screen."""
    visitor.open_map("/?departement=21")
    visitor.page.set_viewport_size({"width": 900, "height": 700})
    visitor.page.wait_for_timeout(800)
    assert path(visitor) == "/?departement=21"
    visitor.check()


def test_back_restores_the_former_view(visitor: Visitor) -> None:
    """From a record to the view where it was asked for, and to the record again."""
    visitor.open_map()
    page = visitor.page
    pan(page)
    before = view(page)
    open_record(page)
    near = view(page)
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_same_view(page, before)
    page.go_forward()
    expect(page.get_by_role("dialog", name=NAME)).to_be_visible()
    expect_same_view(page, near)
    visitor.check()


def test_back_goes_from_one_record_to_the_former(visitor: Visitor) -> None:
    """Opening a record over another one keeps the way back to it."""
    visitor.open_map()
    page = visitor.page
    open_record(page)
    open_record(page, "Accorderie de Lille")
    page.go_back()
    expect(page.get_by_role("dialog", name=NAME)).to_be_focused()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert path(visitor) == "/"
    visitor.check()


def test_the_mouse_goes_from_one_record_to_the_next(visitor: Visitor) -> None:
    """A click on another contour closes one popup and opens the next: Back reopens the first."""
    visitor.open_map("/#vue=45.7,4.9,12")
    page = visitor.page
    page.evaluate(
        """() => {
          const shown = couche_3.getLayers().filter((layer) =>
            carte_ess.getBounds().pad(-0.2).contains(layer.getBounds().getCenter()));
          window.__first = shown[0].getLayers()[0];
          window.__second = shown[1].getLayers()[0];
        }"""
    )
    # As Leaflet does for a click: « preclick » closes what is open, then « click » opens.
    click = """(layer) => {
      const at = { latlng: layer.getBounds().getCenter() };
      carte_ess.fire("preclick", at); layer.fire("click", at, true);
    }"""
    page.evaluate(f"({click})(window.__first)")
    expect(page.get_by_role("dialog")).to_be_focused()
    first = path(visitor)
    page.evaluate(f"({click})(window.__second)")
    page.wait_for_function("(code) => !location.hash.endsWith(code)", arg=first.rpartition("=")[2])
    expect(page.get_by_role("dialog")).to_be_focused()
    page.go_back()
    page.wait_for_function("(code) => location.hash.endsWith(code)", arg=first.rpartition("=")[2])
    expect(page.get_by_role("dialog")).to_contain_text(first.rpartition("=")[2])
    visitor.check()


def test_the_keyboard_opens_and_goes_back(visitor: Visitor) -> None:
    """Enter on a marker opens and names it in the address; Back closes and gives the focus back."""
    visitor.open_map("/#vue=47.33,5.06,13")
    page = visitor.page
    marker = page.locator(f"[data-slug={SLUG}].marqueur")
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=NAME)).to_be_focused()
    assert path(visitor).endswith(f"&fiche={SLUG}")
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(marker).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=NAME)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_function("() => !location.hash.includes('fiche')")
    expect(marker).to_be_focused()
    visitor.check()


def test_control_and_form_choose_the_same_generation(visitor: Visitor) -> None:
    """Chosen in the layer control or in the form: contours, verdicts and address agree."""
    visitor.open_map()
    page = visitor.page
    toggle(page, "QPV 2015")
    card = page.get_by_role("article").filter(has_text="Groupe DiversCité")
    expect(card).to_contain_text("Contours 2015 non disponibles")
    assert path(visitor) == "/?generation=2015"
    assert chip(page, "2015").is_checked()
    tick(page, "2024")
    expect(card).not_to_contain_text("Contours 2015 non disponibles")
    assert path(visitor) == "/"
    assert page.evaluate(SHOWN_GENERATIONS) == [False, True]
    assert page.get_by_label("QPV 2024").is_checked()
    page.go_back()
    expect(card).to_contain_text("Contours 2015 non disponibles")
    assert page.evaluate(SHOWN_GENERATIONS) == [True, False]
    assert page.get_by_label("QPV 2015").is_checked()
    visitor.check()


def test_layers_put_away_are_told(visitor: Visitor, other: Visitor) -> None:
    """A shared address shows the same layers; a filter does not bring them back."""
    visitor.open_map()
    page = visitor.page
    toggle(page, "Départements")
    page.wait_for_url("**/#masque=departements")
    tick(page, "Culture")
    page.wait_for_url("**/?theme=culture#masque=departements")
    other.open_map(path(visitor))
    expect(other.page.get_by_label("Départements")).not_to_be_checked()
    assert other.page.evaluate("carte_ess.hasLayer(couche_1)") is False
    visitor.check()
    other.check()


@pytest.mark.parametrize(
    "fragment",
    [
        "vue=",
        "vue=1,2",
        "vue=91,0,5",
        "vue=45,5,99",
        "vue=NaN,Infinity,1e3",
        "vue=%",
        "fiche=",
        "fiche=../qpv",
        "fiche=" + quote("<img src=x onerror=alert(1)>"),
        "fiche=${alert(1)}",
        "qpv=javascript:alert(1)",
        "qpv=" + quote("QN08604M</script><script>alert(1)</script>"),
        "masque=" + quote("constructor,__proto__"),
        "=&&&=",
        "contenu",
    ],
)
def test_a_fragment_without_meaning_is_ignored(visitor: Visitor, fragment: str) -> None:
    """Malformed or hostile: the plain map, no error, no popup, nothing run."""
    visitor.open_map(f"/#{fragment}")
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    expect(count(visitor.page)).to_have_text("24 initiatives")
    assert 5 <= view(visitor.page)[2] <= 7
    visitor.check()


@pytest.mark.parametrize(
    ("fragment", "sentence"),
    [
        ("fiche=inconnue", "nomme une initiative qui n’existe pas"),
        ("qpv=QN99999M", "nomme un QPV qui n’existe pas"),
        ("fiche=digifab", "Le lieu de cette initiative n’est pas établi"),
    ],
)
def test_a_record_that_cannot_be_shown_is_said(
    visitor: Visitor, fragment: str, sentence: str
) -> None:
    """Unknown, or known without a place: a French sentence in the map's message area."""
    visitor.open_map(f"/#{fragment}")
    expect(visitor.page.locator(".carte-message")).to_contain_text(sentence)
    assert "=" not in path(visitor)
    visitor.watch.errors[:] = [e for e in visitor.watch.errors if "404" not in e]
    visitor.check()


def test_the_last_of_two_quick_changes_wins(visitor: Visitor) -> None:
    """The answer to an older question comes after that to a newer one, and changes nothing."""
    visitor.open_map()
    page = visitor.page
    held: list[Route] = []
    page.route(re.compile(r"/\?theme=culture$"), lambda route: held.append(route))
    tick(page, "Culture")
    page.wait_for_timeout(50)
    tick(page, "Alimentation")
    expect(count(page)).not_to_have_text("24 initiatives")
    both = count(page).inner_text()
    assert len(held) == 1, "the first question was held"
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(count(page)).to_have_text(both)
    assert path(visitor) == "/?theme=alimentation&theme=culture"
    assert chip(page, "Culture").is_checked()
    assert chip(page, "Alimentation").is_checked()
    visitor.check()


def test_back_before_the_answer_comes_undoes_the_change(visitor: Visitor) -> None:
    """Form and list are those of the address, though the answer in between never came."""
    visitor.open_map()
    page = visitor.page
    held: list[Route] = []
    page.route(re.compile(r"/\?theme=culture$"), lambda route: held.append(route))
    tick(page, "Culture")
    page.wait_for_timeout(50)
    page.go_back()
    expect(chip(page, "Culture")).not_to_be_checked()
    expect(count(page)).to_have_text("24 initiatives")
    assert len(held) == 1
    visitor.check()


def test_the_count_is_read_aloud_and_the_focus_stays(visitor: Visitor) -> None:
    """The live title is the same element all along; the chip that was ticked keeps the focus."""
    visitor.open_map()
    page = visitor.page
    page.evaluate("document.querySelector('#titre-liste').__first = true")
    chip(page, "Culture").focus()
    page.keyboard.press("Space")
    expect(count(page)).not_to_have_text("24 initiatives")
    assert page.evaluate("document.querySelector('#titre-liste').__first") is True
    expect(count(page)).to_have_attribute("aria-live", "polite")
    expect(chip(page, "Culture")).to_be_focused()
    page.get_by_role("link", name="Guyane").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Dans le cadre choisi seulement")).to_be_visible()
    expect(page.get_by_role("link", name="Guyane")).to_be_focused()
    page.get_by_role("link", name="Voir toutes les initiatives").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Dans le cadre choisi seulement")).to_have_count(0)
    expect(count(page)).to_be_focused()
    visitor.check()


def test_a_move_to_a_territory_is_the_same_without_script(
    visitor: Visitor, scriptless: Visitor
) -> None:
    """Address, list and frame of « Guyane » do not depend on JavaScript; Back leaves it."""
    for person in (visitor, scriptless):
        person.goto("/?theme=services-a-la-personne")
        person.page.get_by_role("link", name="Guyane").click()
        person.page.wait_for_url("**bbox=**")
    assert path(visitor) == path(scriptless)
    expect(count(visitor.page)).to_have_text(count(scriptless.page).inner_text())
    west, south, east, north = visitor.page.evaluate(FRAMED)
    assert west <= -54.7 < -51.5 <= east
    assert south <= 2.1 < 5.9 <= north
    visitor.page.go_back()
    visitor.page.wait_for_function("() => carte_ess.getCenter().lat > 40")
    visitor.check()


def test_a_circle_is_framed_and_drawn(visitor: Visitor) -> None:
    """lat, lon and rayon: the map frames what is searched and draws its limit."""
    visitor.open_map("/?lat=47.322&lon=5.041&rayon=3000")
    page = visitor.page
    assert page.evaluate(CIRCLE) == 1
    assert page.evaluate(APART, [47.322, 5.041]) <= 5
    west, south, east, north = page.evaluate(FRAMED)
    assert east - west < 0.3
    assert north - south < 0.2
    assert south < 47.322 - 0.026
    assert north > 47.322 + 0.026
    visitor.page.get_by_role("link", name="Tout effacer").click()
    page.wait_for_function(f"() => {CIRCLE} === 0")
    visitor.check()


@pytest.mark.parametrize(
    ("search", "place"),
    [
        ("qpv=QN02103M", (47.337, 5.066)),
        ("commune=21231", (47.33, 5.05)),
        ("departement=59", (50.65, 3.1)),
        ("region=44", (48.6, 6.5)),
        ("departement=48", (44.5, 3.5)),
    ],
)
def test_a_territory_is_framed(visitor: Visitor, search: str, place: tuple[float, float]) -> None:
    """Where the kept initiatives are; a département that has none is framed all the same."""
    visitor.goto(f"/?{search}")
    west, south, east, north = visitor.page.evaluate(FRAMED)
    lat, lon = place
    assert west < lon < east
    assert south < lat < north
    assert view(visitor.page)[2] > 6.5
    visitor.check()


def test_the_link_of_the_view_is_copied(chromium: Browser, base: str) -> None:
    """The button copies an address that tells the view, and says so."""
    for visitor in visit(
        chromium,
        base,
        viewport={"width": 1440, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    ):
        visitor.open_map("/?theme=culture")
        visitor.page.get_by_role("button", name="Copier le lien de cette vue").click()
        expect(visitor.page.get_by_role("status")).to_have_text("Le lien de cette vue est copié.")
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        assert copied == visitor.page.url
        assert re.search(r"/\?theme=culture#vue=[\d.]+,[\d.]+,[\d.]+$", copied)
        visitor.check()


def test_where_copying_is_refused_the_link_is_shown(visitor: Visitor) -> None:
    """A plain http address has no clipboard: the link is in a field, selected."""
    visitor.page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )
    visitor.open_map()
    visitor.page.get_by_role("button", name="Copier le lien de cette vue").click()
    field = visitor.page.get_by_label("Lien de cette vue")
    expect(field).to_be_focused()
    expect(field).to_have_value(visitor.page.url)
    visitor.check()


def test_without_javascript_filters_are_the_same(scriptless: Visitor, visitor: Visitor) -> None:
    """The address of filters needs no script; what only a script could do is not offered."""
    address = "/?theme=culture&generation=2015"
    scriptless.goto(f"{address}#vue=47.3,5,13&fiche={SLUG}")
    visitor.open_map(address)
    expect(count(scriptless.page)).to_have_text(count(visitor.page).inner_text())
    assert chip(scriptless.page, "Culture").is_checked()
    expect(scriptless.page.get_by_role("button", name="Copier le lien")).to_have_count(0)
