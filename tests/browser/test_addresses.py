"""« Mes adresses » in a real browser: a file looked at and taken away, script or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import TEXTS
from playwright.sync_api import expect
from visitors import Visitor, faults

from mapapp.web.limits import limiter

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def uncounted() -> Iterator[None]:
    """Nobody has sent anything yet."""
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two points, one of them swapped, and every hostile text."""
    lines = ["nom;longitude;latitude", "A;0,35;46,565", "B;46,565;0,35"]
    lines += [f'"{text.replace(chr(34), chr(34) * 2)}";2,36;48,95' for text in TEXTS]
    path = tmp_path / "liste.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def look(visitor: Visitor, table: Path) -> None:
    """Choose the file and ask for the preview."""
    visitor.goto("/adresses")
    visitor.page.get_by_label("Fichier .csv").set_input_files(table)
    visitor.page.get_by_role("button", name="Voir un aperçu").click()
    visitor.page.get_by_role("heading", name="liste.csv").wait_for()


def take(visitor: Visitor) -> str:
    """Download the result and read it."""
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Télécharger le résultat").click()
    assert download.value.suggested_filename == "liste-qpv.csv"
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_a_file_stays_chosen_after_the_preview(visitor: Visitor, table: Path) -> None:
    """The summary takes the focus; the result is one click away, and no text of it runs."""
    look(visitor, table)
    assert not faults(visitor.page)
    expect(visitor.page.locator("#titre-reponse")).to_be_focused()
    expect(
        visitor.page.get_by_text("Latitude et longitude semblent inversées").first
    ).to_be_visible()
    assert "A;0,35;46,565;QP086004" in take(visitor)
    visitor.check()


def test_everything_works_without_a_script(scriptless: Visitor, table: Path) -> None:
    """The preview is a page, the file is chosen again for the result."""
    look(scriptless, table)
    scriptless.page.get_by_label("Fichier .csv").set_input_files(table)
    assert "A;0,35;46,565;QP086004" in take(scriptless)


def test_the_preview_fits_a_phone(phone: Visitor, table: Path) -> None:
    """The tables scroll by themselves, the page does not."""
    look(phone, table)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 320
    phone.check()


def test_a_refusal_is_said_beside_the_form(visitor: Visitor, tmp_path: Path) -> None:
    """What the server answers, or what is known before sending: the page stays."""
    wrong = tmp_path / "a.csv"
    wrong.write_text("a;b\n1;2\n", encoding="utf-8")
    visitor.goto("/adresses")
    field = visitor.page.get_by_label("Fichier .csv")
    state = visitor.page.locator("#fichier-etat")
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 5_000_001)
    field.set_input_files(large)
    expect(state).to_contain_text("plus que ce site ne prend")
    visitor.check()
    field.set_input_files(wrong)
    visitor.page.get_by_role("button", name="Voir un aperçu").click()
    expect(state).to_contain_text("Aucune colonne ne dit un lieu")


def test_one_address_is_answered_by_the_keyboard(visitor: Visitor) -> None:
    """Type, Enter, read."""
    visitor.goto("/adresses")
    visitor.page.get_by_role("searchbox").fill("46,565 ; 0,35")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("Dans le QPV Trois Cités").first.wait_for()
    visitor.check()
