"""A colour chosen by somebody else, made readable: WCAG 2.2's contrast, kept in both schemes."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

from mapapp.maps.palette import dark_palette, palette

#: Text at 4.5:1 against what it stands on (WCAG 2.2, 1.4.3, level AA).
READABLE = 4.5

_HEX = re.compile("#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

#: Grounds on which a link or a button may stand.
_GROUNDS = ("fond", "surface", "sable")

#: Lightness is tried by hundredths: a finer step is not seen.
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Accent:
    """A colour asked for (``rrggbb``), and what is shown of it in the light and in the dark."""

    asked: str
    light: str
    dark: str

    @property
    def is_kept(self) -> bool:
        """Whether the light shows the colour as it was asked for."""
        return self.light == f"#{self.asked}"


def read_accent(text: str) -> Accent | None:
    """« #0a5763 », « 0a5763 » or « 056 » made readable; None when it is no such colour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].lower()
    asked = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    return Accent(
        asked,
        _readable(asked, [palette()[name] for name in _GROUNDS], darker=True),
        _readable(asked, [dark_palette()[name] for name in _GROUNDS], darker=False),
    )


def accent_sheet(accent: Accent) -> str:
    """The style sheet that paints an embed with it; loaded after ``mapapp.css``."""
    light = f"--lien: {accent.light}; --accent: {accent.light};"
    dark = f"--lien: {accent.dark}; --accent: {accent.dark};"
    scheme = "@media screen and (prefers-color-scheme: dark)"
    return f":root {{ {light} }}\n{scheme} {{ :root {{ {dark} }} }}\n"


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours ``#rrggbb``, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _readable(asked: str, grounds: list[str], darker: bool) -> str:
    """The colour of that hue nearest to the one asked for that can be read on all grounds."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_shares(f"#{asked}"))
    end = 0.0 if darker else 1.0
    for step in range(_STEPS + 1):
        shade = lightness + (end - lightness) * step / _STEPS
        tried = f"#{asked}" if not step else _hex(colorsys.hls_to_rgb(hue, shade, saturation))
        if all(contrast(tried, ground) >= READABLE for ground in grounds):
            return tried
    raise AssertionError("black can be read on light grounds, and white on dark ones")


def _luminance(colour: str) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in _shares(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _shares(colour: str) -> tuple[float, float, float]:
    """Red, green, blue of « #rgb » or « #rrggbb », each 0 to 1."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(shares: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(share * 255):02x}" for share in shares)
