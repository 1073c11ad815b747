"""An address as a person writes it: abbreviated, unaccented, in another order, with typing errors.

A clean hand writes everything, in its own way. A noisy one also forgets, adds and mistypes. The
number is never mistyped: another number of the street is another address, which nobody can tell.
The same address, hand and seed always give the same writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from ban import TrueAddress

from geo.addresses import Written, read_address
from geo.names import without_accents

SEED = 20_261_124

TYPES = {
    "allée": ("all", "all.", "allee"),
    "avenue": ("av", "av.", "ave"),
    "chemin": ("ch", "che", "chem."),
    "cours": ("crs",),
    "impasse": ("imp", "imp."),
    "passage": ("pass", "psg"),
    "place": ("pl", "pl."),
    "résidence": ("res", "rés."),
    "rond point": ("rd pt", "rond-point"),
    "route": ("rte", "rte."),
    "rue": ("r", "r.", "rue"),
    "square": ("sq", "sq."),
}
TITLES = {
    "abbé": ("abbe",),
    "avenue du mal": ("avenue du maréchal", "av du marechal"),
    "faubourg": ("fbg", "fg"),
    "général": ("gal", "gén."),
    "professeur": ("pr", "prof."),
    "saint": ("st", "st."),
    "sainte": ("ste",),
    "sergent": ("sgt",),
}
EXTRAS = ("bât B", "BP 45", "escalier 3", "2e étage", "CS 70012", "appt 12", "résidence du Parc")
#: The rows of a French keyboard: a finger slips to the next key.
ROWS = "azertyuiopa qsdfghjklmq wxcvbnw"


@dataclass(frozen=True, slots=True)
class Draft:
    """An address being written; ``extra`` is what no address needs, ``tail`` the delivery line."""

    number: str
    street: str
    postcode: str
    commune: str
    extra: str = ""


Trick = Callable[[Draft, Random], Draft]


def written_by(address: TrueAddress, *, noisy: bool) -> Written:
    """What a person hands in, half the time as one text, half as the columns of a spreadsheet."""
    chance = Random(f"{SEED}/{address.id}/{noisy}")
    draft = Draft(address.number, address.street, address.postcode, address.commune)
    for trick in HABITS:
        draft = trick(draft, chance)
    for trick in chance.sample(FAULTS, chance.choice((1, 1, 2))) if noisy else ():
        draft = trick(draft, chance)
    return _handed_in(draft, chance)


def _handed_in(draft: Draft, chance: Random) -> Written:
    comma = chance.choice((" ", " ", ", "))
    line = f"{draft.number}{comma}{draft.street}".strip()
    if chance.random() < 0.5:
        street = f"{line} {draft.extra}".strip()
        return read_address(street=street, postcode=draft.postcode, commune=draft.commune)
    place = f"{draft.postcode} {draft.commune}".strip()
    before, after = chance.sample(("", draft.extra), 2)
    parts = [part for part in (before, line, after) if part]
    return read_address(f"{', '.join(parts)}{chance.choice((' ', ', '))}{place}")


def abbreviates(draft: Draft, chance: Random) -> Draft:
    """« avenue » is « av. » half the time, a title as well."""
    street = draft.street
    for shortened in (TITLES, TYPES):
        for whole, short in shortened.items():
            if chance.random() < 0.5:
                pattern = rf"^{whole}\b" if shortened is TYPES else rf"\b{whole}\b"
                street = re.sub(pattern, chance.choice(short), street, flags=re.IGNORECASE)
    return replace(draft, street=street)


def drops_accents(draft: Draft, chance: Random) -> Draft:
    """Half of the people type no accent."""
    return replace(draft, street=without_accents(draft.street)) if _heads(chance) else draft


def changes_case(draft: Draft, chance: Random) -> Draft:
    """Small letters, capitals, or as it should be."""
    change = chance.choice((str.lower, str.lower, str.upper, str))
    return replace(draft, street=change(draft.street), commune=change(draft.commune))


def writes_the_suffix(draft: Draft, chance: Random) -> Draft:
    """« 12 bis », « 12bis », « 12 B », and « n° 12 »."""
    number, _, suffix = draft.number.partition(" ")
    short = suffix[:1].upper() if suffix in ("bis", "ter", "quater") else suffix
    suffix = chance.choice((suffix, suffix, short))
    written = f"{number}{chance.choice((' ', ''))}{suffix}".strip()
    return replace(draft, number=chance.choice((written, written, written, f"n° {written}")))


def loosens_the_signs(draft: Draft, chance: Random) -> Draft:
    """« l’Est » is « l'Est » or « l Est », hyphens are spaces."""
    street = re.sub("[’']", chance.choice(("'", "’", " ")), draft.street)
    return replace(draft, street=street.replace("-", chance.choice(("-", " "))))


def mistypes(draft: Draft, chance: Random) -> Draft:
    """One letter of the name of the street is missing, doubled, swapped or another."""
    places = [i for i, sign in enumerate(draft.street) if sign.isalpha() and i > 4]
    if not places:
        return draft
    at = chance.choice(places)
    before, letter, after = draft.street[:at], draft.street[at], draft.street[at + 1 :]
    key = ROWS.find(without_accents(letter).lower())
    slips = [
        before + after,
        before + letter * 2 + after,
        before + ROWS[key + 1] + after,
        before + after[:1] + letter + after[1:],
    ]
    return replace(draft, street=chance.choice(slips))


def swaps_words(draft: Draft, chance: Random) -> Draft:
    """Two words of the street change places."""
    words = draft.street.split(" ")
    if len(words) < 3:
        return draft
    at = chance.randrange(1, len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return replace(draft, street=" ".join(words))


def forgets_small_words(draft: Draft, chance: Random) -> Draft:
    """« rue république »."""
    street = re.sub(r"\b(?:de la|de l|de|du|des) ?\b", "", draft.street, flags=re.IGNORECASE)
    return replace(draft, street=" ".join(street.replace("’", " ").split()))


def writes_an_initial(draft: Draft, chance: Random) -> Draft:
    """« rue E. Vaillant », or « rue Vaillant »."""
    words = draft.street.split(" ")
    if len(words) != 3 or len(words[1]) < 4:
        return draft
    words[1] = chance.choice((f"{words[1][0]}.", words[1][0], ""))
    return replace(draft, street=" ".join(filter(None, words)))


def forgets_the_type(draft: Draft, chance: Random) -> Draft:
    """« 12 Edouard Vaillant »."""
    return replace(draft, street=draft.street.partition(" ")[2] or draft.street)


def mistakes_the_postcode(draft: Draft, chance: Random) -> Draft:
    """None, or the one of the neighbours."""
    wrong = f"{int(draft.postcode) + chance.choice((-10, 10, 100)):05d}" if draft.postcode else ""
    return replace(draft, postcode=chance.choice(("", wrong)))


def mistypes_the_commune(draft: Draft, chance: Random) -> Draft:
    """A letter too few."""
    at = chance.randrange(1, len(draft.commune))
    return replace(draft, commune=draft.commune[:at] + draft.commune[at + 1 :])


def adds_a_line(draft: Draft, chance: Random) -> Draft:
    """What the postman needs and the map does not."""
    return replace(draft, extra=chance.choice(EXTRAS))


def adds_a_cedex(draft: Draft, chance: Random) -> Draft:
    """« Bondy Cedex »."""
    return replace(draft, commune=f"{draft.commune} {chance.choice(('Cedex', 'CEDEX 2'))}")


def writes_a_range(draft: Draft, chance: Random) -> Draft:
    """« 12-14 » or « 12/14 », for a number that has no suffix."""
    if not draft.number.isdigit():
        return draft
    sign = chance.choice(("-", "/", " à ", "-"))
    return replace(draft, number=f"{draft.number}{sign}{int(draft.number) + 2}")


def _heads(chance: Random) -> bool:
    return chance.random() < 0.5


HABITS: Sequence[Trick] = (
    abbreviates, drops_accents, loosens_the_signs, changes_case, writes_the_suffix,
)  # fmt: skip
FAULTS: Sequence[Trick] = (
    mistypes, mistypes, mistypes, swaps_words, forgets_small_words, writes_an_initial,
    forgets_the_type, mistakes_the_postcode, mistypes_the_commune, adds_a_line, adds_a_cedex,
    writes_a_range,
)  # fmt: skip
