"""Every recipe of ``docs/integrer.md``, run on a page of a regional site under a strict policy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect
from regional_site import RegionalSite, strict
from visitors import Visitor

pytestmark = pytest.mark.browser

GUIDE = (Path(__file__).parents[2] / "docs" / "integrer.md").read_text(encoding="utf-8")

#: The address that stands for the reader's own explorer.
WRITTEN = "https://carte.example"

ATOM = "{http://www.w3.org/2005/Atom}"

RECIPES = dict(re.findall(r"<!-- recette: (\w+) -->\n```\w+\n(.*?)\n```", GUIDE, re.DOTALL))


@pytest.fixture
def recipes(explorer: str) -> dict[str, str]:
    """The recipes, for the explorer that is served."""
    return {name: told.replace(WRITTEN, explorer) for name, told in RECIPES.items()}


def test_each_recipe_is_run_here() -> None:
    """No recipe is told that is not tried, and every block of code is a recipe."""
    tried = {"cadre", "politique", "oembed", "hauteur", "image", "liens", "compteur"}
    assert set(RECIPES) == tried | {"flux", "phrase", "chiffres"}
    assert GUIDE.count("\n```") == 2 * len(RECIPES)


def test_the_frame_works_with_the_policy_that_is_told(
    reader: Visitor, region: RegionalSite, explorer: str, recipes: dict[str, str]
) -> None:
    """One directive, one line of HTML; the count is told by a smaller one."""
    _, _, frames = recipes["politique"].partition("Content-Security-Policy: ")
    policy = f"default-src 'none'; img-src data:; {frames}"
    reader.page.goto(region.publish("/cadre", recipes["cadre"] + recipes["compteur"], policy))
    map_, count = (
        reader.page.frame_locator("iframe >> nth=0"),
        reader.page.frame_locator("iframe >> nth=1"),
    )
    expect(map_.get_by_role("heading", level=3)).to_have_text("Garage solidaire du Jura")
    reader.page.locator("iframe >> nth=1").scroll_into_view_if_needed()
    expect(count.get_by_text("sans aucun exemple connu")).to_be_visible()
    assert (
        reader.page.locator("p > a").get_attribute("href")
        == f"{explorer}/?theme=mobilite&region=27"
    )
    assert reader.watch.errors == []


def test_wordpress_finds_the_embed_of_an_address(
    reader: Visitor, region: RegionalSite, explorer: str, recipes: dict[str, str]
) -> None:
    """The page names its answer; the frame that it gives is put into a sandbox."""
    with urlopen(recipes["oembed"]) as page:
        head = page.read().decode().partition("</head>")[0]
    [address] = re.findall(r'type="application/json\+oembed" href="([^"]*)"', head)
    with urlopen(address.replace("&amp;", "&")) as answer:
        told = json.load(answer)
    boxed = told["html"].replace("<iframe ", '<iframe sandbox="allow-scripts" ')
    reader.page.goto(region.publish("/oembed", boxed, strict(explorer)))
    embed = reader.page.frame_locator("iframe")
    expect(embed.get_by_role("heading", level=1)).to_contain_text("Bourgogne-Franche-Comté")
    assert reader.watch.errors == []


def test_the_frame_grows_to_what_it_holds(
    reader: Visitor, region: RegionalSite, explorer: str, recipes: dict[str, str]
) -> None:
    """With the script, nothing is left to scroll inside; without it the frame stays as it was."""
    region.scripts["/hauteur.js"] = recipes["hauteur"]
    policy = strict(explorer, "script-src 'self'")
    tall = recipes["cadre"].replace('height="680"', 'height="300"')
    page = reader.page
    page.goto(region.publish("/fixe", tall, strict(explorer)), wait_until="networkidle")
    assert page.locator("iframe").bounding_box()["height"] == 300  # type: ignore[index]
    body = f'<script src="/hauteur.js"></script>{tall}'
    page.goto(region.publish("/haut", body, policy), wait_until="networkidle")
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame
    frame.wait_for_function(
        "() => { const main = document.querySelector('main');"
        "return innerHeight > 400 && main.scrollHeight <= main.clientHeight + 1; }"
    )
    assert reader.watch.errors == []


def test_the_picture_is_drawn(
    reader: Visitor, region: RegionalSite, explorer: str, recipes: dict[str, str]
) -> None:
    """An image like any other, which leads to the map."""
    policy = f"default-src 'none'; img-src data: {explorer}"
    reader.page.goto(region.publish("/image", recipes["image"], policy), wait_until="networkidle")
    picture = reader.page.get_by_role("img", name="Carte des initiatives")
    assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [640, 480]
    assert reader.watch.errors == []


def test_every_link_leads_to_what_it_says(
    reader: Visitor, region: RegionalSite, recipes: dict[str, str]
) -> None:
    """The map filtered, the territory, the theme, the QPV, the initiative, the white spots."""
    page, titles = reader.page, []
    page.goto(region.publish("/liens", recipes["liens"], "default-src 'none'; img-src data:"))
    for link in page.locator("li a").evaluate_all("(all) => all.map((one) => one.href)"):
        answer = page.goto(link)
        assert answer
        assert answer.ok
        titles.append(page.locator("h1").inner_text().split("\n")[0])
    assert titles == [
        "L’économie sociale et solidaire dans les quartiers prioritaires",
        "Bourgogne-Franche-Comté",
        "Mobilité",
        "Les Grésilles",
        "Garage solidaire du Jura",
        "QPV sans exemple connu",
    ]


def test_the_feed_tells_the_initiatives_of_the_region(recipes: dict[str, str]) -> None:
    """Any reader of Atom understands it, and its entries lead to their pages."""
    with urlopen(recipes["flux"]) as answer:
        feed = ElementTree.parse(answer).getroot()
    assert feed.tag == f"{ATOM}feed"
    entries = {
        one.findtext(f"{ATOM}title"): one.find(f"{ATOM}link") for one in feed.iter(f"{ATOM}entry")
    }
    assert set(entries) == {"La Coursive Boutaric", "Garage solidaire du Jura"}
    link = entries["La Coursive Boutaric"]
    assert link is not None
    with urlopen(link.get("href", "")) as page:
        assert page.status == 200


def test_the_figure_comes_into_the_sentence(
    reader: Visitor, region: RegionalSite, explorer: str, recipes: dict[str, str]
) -> None:
    """And the sentence can be read without it."""
    region.scripts["/chiffres.js"] = recipes["chiffres"]
    body = recipes["phrase"] + '<script src="/chiffres.js"></script>'
    policy = strict(explorer, f"script-src 'self'; connect-src {explorer}")
    reader.page.goto(region.publish("/chiffre", body, policy))
    expect(reader.page.locator("strong")).to_have_text("2")
    reader.page.goto(region.publish("/muet", recipes["phrase"], policy))
    expect(reader.page.locator("strong")).to_have_text("des")
    assert reader.watch.errors == []
