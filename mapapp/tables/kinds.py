"""What one cell may hold. Each kind turns text into a value, or says in French what it expected.

A kind also tells what it takes in the words of Frictionless Table Schema, for those who check a
file before they send it (:mod:`mapapp.opendata.schemas`): they may take a little more, never less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from geo.contours import CODE_PATTERNS


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What a cell may hold: called with the text, it gives the value or raises ValueError (French).

    ``type``, ``constraints`` and ``more`` are those of a Table Schema field.
    """

    read: Callable[[str], Any]
    type: str = "string"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, cell: str) -> Any:
        """The value that a cell stands for."""
        return self.read(cell)


_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_INSEE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
_POSTCODE = re.compile(r"[0-9]{5}")
_QPV = re.compile(f"({'|'.join(code.pattern for code in CODE_PATTERNS.values())})", re.ASCII)
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
#: Nine digits are what an integer column of any database holds.
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_SIRET = re.compile(r"[0-9]{14}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(cell: str) -> str:
    if _CONTROL.search(cell):
        raise ValueError("un texte sans caractère de contrôle est attendu")
    return cell


#: Any text without control characters.
text = Kind(_text)


def _pattern(pattern: re.Pattern[str], expected: str) -> Kind:
    def read(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise ValueError(f"{expected} est attendu")
        return cell

    # Those who read a schema may take \d for digits of any script.
    return Kind(read, constraints={"pattern": pattern.pattern.replace(r"\d", "[0-9]")})


slug = _pattern(_SLUG, "un identifiant en minuscules, chiffres et tirets (« mon-initiative »)")
insee_code = _pattern(_INSEE, "un code INSEE de cinq caractères (« 93072 », « 2A004 »)")
postcode = _pattern(_POSTCODE, "un code postal de cinq chiffres")
qpv_code = _pattern(_QPV, "un code de QPV (« QP093035 » ou « QN09335M »)")


def _integer(cell: str) -> int:
    if not _INTEGER.fullmatch(cell):
        raise ValueError("un nombre entier est attendu")
    return int(cell)


#: A whole number of nine digits at most.
integer = Kind(_integer, "integer")


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError("un nombre est attendu (séparateur décimal : le point)")
    return float(cell)


#: A decimal number with a point.
number = Kind(_number, "number")


def between(lowest: float, highest: float, kind: Kind = number) -> Kind:
    """A number within bounds, both included."""

    def read(cell: str) -> Any:
        value = kind(cell)
        if not lowest <= value <= highest:
            raise ValueError(f"un nombre entre {lowest:g} et {highest:g} est attendu")
        return value

    return Kind(read, kind.type, {"minimum": lowest, "maximum": highest})


#: No document of the catalogue is older than the social economy's first laws (1901) or of a
#: year that is still far away: anything else is a typing error.
year = between(1901, 2100, integer)


def _partial_date(cell: str) -> str:
    match = _PARTIAL_DATE.fullmatch(cell)
    try:
        if not match:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise ValueError("une date AAAA, AAAA-MM ou AAAA-MM-JJ est attendue") from None
    return cell


#: A date known to the year, month or day: 2015, 2015-11, 2015-11-02.
partial_date = Kind(
    _partial_date,
    constraints={"pattern": "[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"},
)


def _url(cell: str) -> str:
    try:
        parts = urlsplit(cell)
        well_formed = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        well_formed = False
    if not well_formed or re.search(r"\s", cell) or _CONTROL.search(cell):
        raise ValueError("une adresse commençant par http:// ou https:// est attendue")
    return cell


#: A web address, http or https, with a host and no blank.
url = Kind(_url, constraints={"pattern": r"[Hh][Tt][Tt][Pp][Ss]?://\S+"})


def _siret(cell: str) -> str:
    if not _SIRET.fullmatch(cell) or _luhn_sum(cell) % 10:
        raise ValueError("un SIRET de 14 chiffres à la clé juste est attendu")
    return cell


#: Fourteen digits whose check digit (Luhn) is right.
siret = Kind(_siret, constraints={"pattern": _SIRET.pattern})


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

    return Kind(read, constraints={"enum": list(allowed)})


def _yes_no(cell: str) -> bool:
    return bool(choice("oui", "non")(cell) == "oui")


#: « oui » or « non ».
yes_no = Kind(_yes_no, "boolean", more={"trueValues": ["oui"], "falseValues": ["non"]})
