"""Dates as people write them."""

from __future__ import annotations

from mapapp.catalogue import MONTHS


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
