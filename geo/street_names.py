"""Street names compared as people write them: « av. du Mal Foch », « Avenue du Maréchal Foch ».

The distance between two names counts what a reader would have to forgive: letters mistyped, words
left out, words too many, another kind of street.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from geo.names import plain

#: Kinds of streets, with the abbreviations of the postal standard (AFNOR XPZ 10-011) and of use.
_KINDS = {
    "allee": "all al",
    "avenue": "av ave",
    "boulevard": "bd bld bvd boul",
    "chaussee": "chs",
    "chemin": "ch che chem",
    "cite": "cte",
    "clos": "",
    "cour": "",
    "cours": "crs",
    "domaine": "dom",
    "esplanade": "esp",
    "faubourg": "fg fbg",
    "hameau": "ham",
    "impasse": "imp",
    "lotissement": "lot",
    "mail": "",
    "montee": "mte",
    "passage": "pass psg pas",
    "place": "pl",
    "promenade": "prom",
    "quai": "",
    "quartier": "qua quart",
    "residence": "res",
    "rond point": "rpt",
    "route": "rte",
    "rue": "r",
    "ruelle": "rle",
    "sente": "",
    "sentier": "sen",
    "square": "sq",
    "traverse": "tra",
    "venelle": "ven",
    "villa": "vla",
    "voie": "",
    "zone": "za zi zac zone",
}
_KIND_OF = {short: kind for kind, shorts in _KINDS.items() for short in (kind, *shorts.split())}

#: Every way to begin the name of a street, for a regular expression.
KINDS = "|".join(
    sorted(
        (re.escape(kind) for kind in {*_KIND_OF, "allée", "cité", "résidence"}),
        key=len,
        reverse=True,
    )
)

#: Words with one short form; numbers are figures, as in « 8 mai 1945 ».
_WHOLE = {
    "st": "saint",
    "ste": "sainte",
    "gal": "general",
    "gen": "general",
    "mal": "marechal",
    "col": "colonel",
    "cdt": "commandant",
    "cne": "capitaine",
    "lt": "lieutenant",
    "sgt": "sergent",
    "adjt": "adjudant",
    "dr": "docteur",
    "pr": "professeur",
    "prof": "professeur",
    "pdt": "president",
    "fg": "faubourg",
    "fbg": "faubourg",
    "premier": "1",
    "1er": "1",
    "deux": "2",
    "trois": "3",
    "quatre": "4",
    "cinq": "5",
    "six": "6",
    "sept": "7",
    "huit": "8",
    "neuf": "9",
    "dix": "10",
    "onze": "11",
    "douze": "12",
    "quatorze": "14",
    "dix huit": "18",
}
_SMALL = frozenset("l le la les d de du des et en sur aux au a".split())

#: What each thing to forgive costs, in mistyped letters. A first name left out is usual, a word
#: of another name is another street. An initial says something, a missing kind leaves « rue » or
#: « place » open, and another kind is nearly always another street.
LEFT_OUT = 1.0
INITIAL = 0.25
TOO_MANY = 2.5
NO_KIND = 0.5
OTHER_KIND = 3.0
SWAPPED = 0.25


@dataclass(frozen=True, slots=True)
class StreetName:
    """A name in whole words: its kind (« rue », may be empty) and the words that tell."""

    kind: str
    words: tuple[str, ...]


@lru_cache(maxsize=8_192)
def street_name(text: str) -> StreetName:
    """What a name says, without abbreviations, accents nor small words."""
    words = plain(re.sub(r"\brd[ -]?pt\b|\brond[ -]point\b", "rpt", text, flags=re.I)).split()
    kind = _kind(words[0]) if len(words) > 1 else ""
    rest = [_WHOLE.get(word, word) for word in words[bool(kind) :]]
    # « 27 a Barbusse » may be at number 27 a, « 4 d Alembert » at 4 d: the letter is no small word.
    lost = 1 if not kind and rest[:1] in (["a"], ["d"]) else 0
    telling = rest[:lost] + [word for word in rest[lost:] if word not in _SMALL]
    return StreetName(kind, tuple(telling or rest))


def _kind(word: str) -> str:
    """The kind of street that a word is, one slip forgiven in a long one: « avenuee »."""
    slips = (kind for kind in _KINDS if len(kind) > 5 and OSA.distance(word, kind) == 1)
    return _KIND_OF.get(word) or next(slips, "")


def whole_words(text: str) -> str:
    """A name without abbreviations, small words kept: what a geocoder understands best."""
    words = plain(text).split()
    if not words:
        return ""
    first = _KIND_OF.get(words[0], words[0]) if len(words) > 1 else words[0]
    return " ".join([first, *(_WHOLE.get(w, w) if w.isalpha() else w for w in words[1:])])


def distance(written: str, found: str) -> float:
    """What a reader must forgive to read ``found`` in ``written``; 0 when they say the same."""
    asked, name = street_name(written), street_name(found)
    if asked == name:
        return 0.0
    return _kinds_apart(asked, name) + _words_apart(asked.words, name.words)


def _kinds_apart(asked: StreetName, name: StreetName) -> float:
    if asked.kind == name.kind:
        return 0.0
    return NO_KIND if not asked.kind or not name.kind else OTHER_KIND


def _words_apart(asked: Sequence[str], name: Sequence[str]) -> float:
    """Each word asked takes the nearest word of the name that is still free."""
    free = list(name)
    cost, places = 0.0, []
    if not any(len(word) > 1 for word in asked):
        return TOO_MANY  # initials alone tell no name
    for word in sorted(asked, key=len, reverse=True):
        near = min(free, key=lambda other: _letters_apart(word, other), default="")
        apart = _letters_apart(word, near) if near else TOO_MANY
        if apart < TOO_MANY:
            free.remove(near)
            places.append((asked.index(word), name.index(near)))
        cost += min(apart, TOO_MANY)
    order = [place for _, place in sorted(places)]
    return cost + LEFT_OUT * len(free) + (SWAPPED if order != sorted(order) else 0.0)


def _letters_apart(word: str, other: str) -> float:
    """Mistyped letters between two words, :data:`TOO_MANY` when they are not the same word."""
    if word == other:
        return 0.0
    if len(word) == 1 and other.startswith(word):
        return INITIAL
    # One slip in a word of four letters, two in one of eight; figures are never mistyped.
    allowed = 0 if word.isdigit() or other.isdigit() else min(2, min(len(word), len(other)) // 4)
    apart = OSA.distance(word, other, score_cutoff=allowed)
    return float(apart) if apart <= allowed else TOO_MANY


def same_word(word: str, other: str) -> bool:
    """Whether two words are one, but for some letters mistyped."""
    return _letters_apart(word, other) < TOO_MANY
