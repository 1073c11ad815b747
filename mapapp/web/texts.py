"""What templates say in French: dates, numbers, and which themes have an icon."""

from __future__ import annotations

from flask import Flask

from geo.wording import metres
from mapapp.catalogue import MONTHS, THEMES_CHAPTER


def init_app(app: Flask) -> None:
    """Give templates their filters and tests."""
    app.jinja_env.filters["date_fr"] = french_date
    app.jinja_env.filters["nombre"] = french_number
    app.jinja_env.filters["metres"] = metres
    app.jinja_env.filters["pourcent"] = french_percent
    app.jinja_env.tests["initiative_theme"] = is_initiative_theme


def french_date(iso: str | None) -> str:
    """« 2014-06-07 » → « 7 juin 2014 », « 2017-06 » → « juin 2017 », « 2015 » → « 2015 »."""
    if not iso:
        return ""
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = MONTHS[int(rest[0]) - 1]
    if len(rest) == 1:
        return f"{month} {year}"
    day = int(rest[1])
    return f"{'1er' if day == 1 else day} {month} {year}"


def french_number(value: float) -> str:
    """« 5.1 » → « 5,1 », « 12.0 » → « 12 »."""
    return f"{value:g}".replace(".", ",")


def french_percent(share: float) -> str:
    """« 0.034 » → « 3 % »; what is neither nothing nor everything never looks like it."""
    if 0 < share < 0.01:
        return "moins de 1\u00a0%"
    return f"{min(round(share * 100), 99) if share < 1 else 100}\u00a0%"


def is_initiative_theme(theme: object) -> bool:
    """Whether a theme is one of the twelve that initiatives have, and so has an icon."""
    chapter = getattr(theme, "chapter", None)
    return theme is not None and (chapter is None or chapter.number == THEMES_CHAPTER)
