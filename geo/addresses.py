"""What a written address says: its number, its street, its place, without the postman’s notes.

Nothing is corrected here: the text stays as it was written, beside what was read in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.street_names import KINDS, whole_words

#: A letter alone is a suffix when it is stuck to its number, or before a kind of street: « 12 d
#: Alembert » has none, nor has « 12 r. Carnot », where it is the street.
_SUFFIX = rf"\s?(?:bis|ter|quater|quinquies)\b|[a-z]\b|\s[a-qs-z](?=,?\s+(?:{KINDS})\b|\s*$)"
_NUMBER = rf"(?:n\s?[°o]\s*)?(\d{{1,4}})({_SUFFIX})?(?![\w’'])"
_JOINED = r"\s*(?:-|/|,|&|\bet\b|\bà\b|\bau\b)\s*"
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_JOINED}{_NUMBER})?[\s,]*", re.IGNORECASE)
#: Further in the text, a number before a kind of street: « Maison des familles 5 rue Carnot ».
_FURTHER = re.compile(rf"\b{_NUMBER}(?:{_JOINED}{_NUMBER})?[\s,]*(?=(?:{KINDS})\b)", re.IGNORECASE)
_SHORT_SUFFIX = {"b": "bis", "t": "ter", "q": "quater"}

#: What leads the postman to a letter box: post boxes, storeys, staircases, buildings.
_DELIVERY = re.compile(
    r"\b(?:b\.?\s?p\.?|c\.?\s?s\.?|t\.?\s?s\.?\s?a\.?|cidex)\s*(?:n\s?[°o]\s*)?\d[\d ]*\b"
    r"|\bc[ée]dex\b(?:\s*\d{1,2}\b)?"
    r"|\b\d{1,2}\s?(?:er|e|[èe]me)\s+[ée]tage\b|\brdc\b|\brez[ -]de[ -]chauss[ée]e\b"
    r"|\b(?:b[âa]t(?:iment)?|esc(?:alier)?|app?(?:artemen)?t|[ée]tage|bo[iî]te|hall|entr[ée]e)\b"
    r"\.?\s*(?:n\s?[°o]\s*)?(?:[a-z]\d?|\d{1,4}[a-z]?)(?=\s|,|$)",
    re.IGNORECASE,
)
_PLACE_NAME = re.compile(r"\b(?:lieux?[ -]?dits?|ldt)\b\s*:?\s*", re.IGNORECASE)
_AREA = re.compile(r"^(?:qpv|quartier(?:\s+prioritaire)?|secteur)\b[\s:]*(.+)", re.IGNORECASE)
#: A building named after the street: « 3 rue Carnot résidence du Parc ».
_BUILDING = re.compile(r"(?<=\w)\s+(?:r[ée]s(?:idence)?|imm(?:euble)?)\b.*", re.IGNORECASE)
_LEADING = re.compile(
    rf"((?:^|,\s*){_NUMBER}(?:{_JOINED}{_NUMBER})?)\s*,\s*(?=[^\W\d])", re.IGNORECASE
)
_ENUMERATED = re.compile(r"((?:^|,\s*)\d{1,4})\s*,\s*(?=\d)")
_POSTCODE = re.compile(r"(?<!\d)(\d{5}|\d{2} \d{3})(?!\d)")


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it was written, and what was read in it; what is not told is empty.

    Attributes:
        text: the original, never changed.
        numbers: house numbers, the first one first: « 12 bis » ; « 12-14 » has two.
        street: the street or named place, as written.
        area: a QPV or neighbourhood that the text names beside the street, or instead of one.
    """

    text: str
    numbers: tuple[str, ...] = ()
    street: str = ""
    postcode: str = ""
    commune: str = ""
    insee_code: str = ""
    area: str = ""

    @property
    def place(self) -> str:
        """The postcode and the commune."""
        return f"{self.postcode} {self.commune}".strip()


def read_address(
    text: str = "", *, street: str = "", postcode: str = "", commune: str = "", insee_code: str = ""
) -> Written:
    """Read an address written as one text, as the columns of a file, or both.

    Columns that tell something win over the same thing read in the text.
    """
    original = text or ", ".join(filter(None, [street, f"{postcode} {commune}".strip()]))
    line, read_postcode, read_commune = (street, "", "") if street else _cut(_tidy(text))
    numbers, name, area = _read_line(_tidy(line))
    return Written(
        text=original,
        numbers=numbers,
        street=name,
        postcode=postcode.strip() or read_postcode,
        commune=_without_delivery(_tidy(commune)) or read_commune,
        insee_code=insee_code.strip(),
        area=area,
    )


def _tidy(text: str) -> str:
    lines = re.sub(r"[\r\n;|]+", ", ", text)
    return " ".join(lines.split()).strip(" ,-")


def _without_delivery(text: str) -> str:
    return _tidy(re.sub(r"(?:,\s*){2,}", ", ", _DELIVERY.sub(" ", text)))


def _cut(text: str) -> tuple[str, str, str]:
    """The line of the street, the postcode, the commune: after the last postcode, else comma."""
    codes = list(_POSTCODE.finditer(text))
    if codes:
        line, commune = text[: codes[-1].start()], text[codes[-1].end() :]
        return line, codes[-1][1].replace(" ", ""), _without_delivery(commune)
    line, comma, last = _glue(_without_delivery(text)).rpartition(",")
    return (line, "", last.strip()) if comma and not _has_number(last) else (text, "", "")


def _has_number(part: str) -> bool:
    return any(sign.isdigit() for sign in part)


def _read_line(line: str) -> tuple[tuple[str, ...], str, str]:
    """The numbers, the street and the neighbourhood of a line."""
    parts = [
        tidied for part in _glue(_without_delivery(line)).split(",") if (tidied := _tidy(part))
    ]
    areas = [found[1] for part in parts if (found := _AREA.match(part))]
    others = [part for part in parts if not _AREA.match(part)]
    chosen = next((part for part in others if _numbers_in(part)), "")
    numbers, name = _numbered(chosen or (others[0] if others else ""))
    name = _BUILDING.sub("", _PLACE_NAME.sub("", name))
    return numbers, _tidy(name), areas[0] if areas else ""


def _glue(line: str) -> str:
    """« 12, rue Carnot » and « 45, 47 rue Carnot » without the comma that would cut them."""
    return _ENUMERATED.sub(r"\1-", _LEADING.sub(r"\1 ", line))


def _numbers_in(part: str) -> re.Match[str] | None:
    return _NUMBERS.match(part) or _FURTHER.search(part)


def _numbered(part: str) -> tuple[tuple[str, ...], str]:
    """The numbers that a part begins with, or that stand before its street, and the rest."""
    found = _numbers_in(part)
    if not found or found.end() == len(part):
        return (), part
    first, suffix, second, second_suffix = found.groups()
    pairs = [(first, suffix), (second, second_suffix)]
    numbers = tuple(house_number(f"{n} {s or ''}") for n, s in pairs if n)
    return numbers, part[found.end() :].lstrip(" .")


def house_number(text: str) -> str:
    """A number in its usual form: « 012B » is « 12 bis », « 4 C » is « 4 c »."""
    found = re.match(r"\s*0*(\d+)\s*([a-z]*)", text.casefold())
    if not found:
        return ""
    suffix = _SHORT_SUFFIX.get(found[2], found[2])
    return f"{found[1]} {suffix}".strip()


def question_text(written: Written, number: str = "", *, with_postcode: bool = True) -> str:
    """The text to ask a geocoder: whole words, without signs nor the postman’s notes."""
    place = written.place if with_postcode else written.commune
    return " ".join(filter(None, [number, whole_words(written.street), whole_words(place)]))
