"""A colour chosen elsewhere is shown as it is, or as the nearest that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.accents import READABLE, accent_sheet, contrast, read_accent
from mapapp.maps.palette import dark_palette, palette

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"{number:06x}")


@given(colours)
def test_any_colour_can_be_read_in_both_schemes(colour: str) -> None:
    """4.5:1 as a link on every ground, and under the text of a button."""
    accent = read_accent(colour)
    assert accent
    for shown, scheme in ((accent.light, palette()), (accent.dark, dark_palette())):
        for ground in ("fond", "surface", "sable", "sur-accent"):
            assert contrast(shown, scheme[ground]) >= READABLE, (ground, shown)


@pytest.mark.parametrize(
    ("text", "light", "kept"),
    [
        ("#0a5763", "#0a5763", True),
        ("0A5763", "#0a5763", True),
        ("#fc0", "#826800", False),
        ("000", "#000000", True),
        ("fff", "#6b6b6b", False),
    ],
)
def test_a_readable_colour_is_kept(text: str, light: str, kept: bool) -> None:
    """One that is not is darkened along its own hue."""
    accent = read_accent(text)
    assert accent
    assert (accent.light, accent.is_kept) == (light, kept)


@pytest.mark.parametrize(
    "text", ["", "rouge", "#12", "#12345", "#1234567", "#gggggg", "#0a57 3", "١٢٣"]
)
def test_what_is_no_colour_is_none(text: str) -> None:
    """Three or six hexadecimal digits, and nothing else."""
    assert read_accent(text) is None


def test_the_ratio_is_that_of_wcag() -> None:
    """Its own examples: black on white, and the grey that just passes."""
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_a_sheet_says_both_schemes_and_nothing_else() -> None:
    """Two custom properties, twice."""
    accent = read_accent("fc0")
    assert accent
    assert accent_sheet(accent).count("--") == 4
