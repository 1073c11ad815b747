"""What templates say in French: dates, numbers, addresses, which themes have an icon."""

from __future__ import annotations

import re

from flask import Flask

from geo.wording import metres
from mapapp.catalogue import THEMES_CHAPTER
from mapapp.dates import french_date
from mapapp.territory_urls import territory_url

SITE = "mapapp"

#: What engines show of a title and of a description before they cut them.
LONGEST_TITLE, LONGEST_DESCRIPTION = 70, 160

#: No-break spaces are not among them: they stay.
_BLANKS = re.compile(r"[ \t\r\n]+")


def init_app(app: Flask) -> None:
    """Give templates their filters and tests."""
    app.jinja_env.filters["date_fr"] = french_date
    app.jinja_env.filters["nombre"] = french_number
    app.jinja_env.filters["metres"] = metres
    app.jinja_env.filters["pourcent"] = french_percent
    app.jinja_env.filters["octets"] = french_size
    app.jinja_env.filters["titre"] = page_title
    app.jinja_env.filters["en_bref"] = in_short
    app.jinja_env.globals["territoire_url"] = territory_url
    app.jinja_env.tests["initiative_theme"] = is_initiative_theme


def page_title(name: str, *apart: str | None) -> str:
    """« name – what tells it apart – … – mapapp », in 70 characters.

    The first word that tells it apart always stays; then the name is cut before anything else.
    """
    kept = [*filter(None, apart), SITE]
    while len(kept) > 1 and len(" – ".join([name, *kept])) > LONGEST_TITLE:
        kept.pop()
    if kept == [SITE] and len(f"{name} – {SITE}") > LONGEST_TITLE:
        kept = []
    room = LONGEST_TITLE - sum(len(f" – {part}") for part in kept)
    return " – ".join([in_short(name, room), *kept])


def in_short(text: str, length: int = LONGEST_DESCRIPTION) -> str:
    """The text, cut after a word with « … » when it is longer than ``length`` characters."""
    text = _BLANKS.sub(" ", text).strip()
    if len(text) <= length:
        return text
    cut = text[:length]
    words = cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut[:-1]
    return words.rstrip(" ,;:.–-\u00a0") + "…"


def french_number(value: float) -> str:
    """« 5.1 » → « 5,1 », « 12.0 » → « 12 »."""
    return f"{value:g}".replace(".", ",")


def french_percent(share: float) -> str:
    """« 0.034 » → « 3 % »; what is neither nothing nor everything never looks like it."""
    if 0 < share < 0.01:
        return "moins de 1\u00a0%"
    return f"{min(round(share * 100), 99) if share < 1 else 100}\u00a0%"


def french_size(size: int) -> str:
    """Bytes as people read them: « 812 octets », « 146 Ko », « 11,8 Mo »."""
    if size < 1000:
        return f"{size}\u00a0octets"
    if size < 1_000_000:
        return f"{round(size / 1000)}\u00a0Ko"
    return f"{french_number(round(size / 1_000_000, 1))}\u00a0Mo"


def is_initiative_theme(theme: object) -> bool:
    """Whether a theme is one of the twelve that initiatives have, and so has an icon."""
    chapter = getattr(theme, "chapter", None)
    return theme is not None and (chapter is None or chapter.number == THEMES_CHAPTER)
