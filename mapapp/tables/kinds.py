"""What one cell may hold. Each kind turns text into a value, or says in French what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from geo.contours import CODE_PATTERNS

Kind = Callable[[str], Any]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_INSEE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
_POSTCODE = re.compile(r"[0-9]{5}")
_QPV = re.compile("|".join(pattern.pattern for pattern in CODE_PATTERNS.values()), re.ASCII)
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
#: Nine digits are what an integer column of any database holds.
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_SIRET = re.compile(r"[0-9]{14}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text(cell: str) -> str:
    """Any text without control characters."""
    if _CONTROL.search(cell):
        raise ValueError("un texte sans caractère de contrôle est attendu")
    return cell


def _pattern(pattern: re.Pattern[str], expected: str) -> Kind:
    def read(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise ValueError(f"{expected} est attendu")
        return cell

    return read


slug = _pattern(_SLUG, "un identifiant en minuscules, chiffres et tirets (« mon-initiative »)")
insee_code = _pattern(_INSEE, "un code INSEE de cinq caractères (« 93072 », « 2A004 »)")
postcode = _pattern(_POSTCODE, "un code postal de cinq chiffres")
qpv_code = _pattern(_QPV, "un code de QPV (« QP093035 » ou « QN09335M »)")


def integer(cell: str) -> int:
    """A whole number of nine digits at most."""
    if not _INTEGER.fullmatch(cell):
        raise ValueError("un nombre entier est attendu")
    return int(cell)


def number(cell: str) -> float:
    """A decimal number with a point."""
    if not _NUMBER.fullmatch(cell):
        raise ValueError("un nombre est attendu (séparateur décimal : le point)")
    return float(cell)


def between(lowest: float, highest: float, kind: Kind = number) -> Kind:
    """A number within bounds, both included."""

    def read(cell: str) -> Any:
        value = kind(cell)
        if not lowest <= value <= highest:
            raise ValueError(f"un nombre entre {lowest:g} et {highest:g} est attendu")
        return value

    return read


#: No document of the catalogue is older than the social economy's first laws (1901) or of a
#: year that is still far away: anything else is a typing error.
year = between(1901, 2100, integer)


def partial_date(cell: str) -> str:
    """A date known to the year, month or day: 2015, 2015-11, 2015-11-02."""
    match = _PARTIAL_DATE.fullmatch(cell)
    try:
        if not match:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise ValueError("une date AAAA, AAAA-MM ou AAAA-MM-JJ est attendue") from None
    return cell


def url(cell: str) -> str:
    """A web address, http or https, with a host and no blank."""
    try:
        parts = urlsplit(cell)
        well_formed = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        well_formed = False
    if not well_formed or re.search(r"\s", cell) or _CONTROL.search(cell):
        raise ValueError("une adresse commençant par http:// ou https:// est attendue")
    return cell


def siret(cell: str) -> str:
    """Fourteen digits whose check digit (Luhn) is right."""
    if not _SIRET.fullmatch(cell) or _luhn_sum(cell) % 10:
        raise ValueError("un SIRET de 14 chiffres à la clé juste est attendu")
    return cell


def _luhn_sum(digits: str) -> int:
    """The sum that Luhn's key makes a multiple of ten, every second digit from the left doubled."""
    doubled = [digit * 2 - 9 * (digit > 4) for digit in map(int, digits[::2])]
    return sum(doubled) + sum(map(int, digits[1::2]))


def choice(*allowed: str) -> Kind:
    """One of a few words."""

    def read(cell: str) -> str:
        if cell not in allowed:
            raise ValueError(f"un mot parmi {', '.join(allowed)} est attendu")
        return cell

    return read


def yes_no(cell: str) -> bool:
    """« oui » or « non »."""
    return bool(choice("oui", "non")(cell) == "oui")
