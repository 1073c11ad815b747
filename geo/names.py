"""French place names compared as people write them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": " ", "'": " "})
#: « 20e », « 20ème », « 1er »: the number alone tells as much.
_ORDINAL = re.compile(r"\b(\d+)(?:er|ere|e|eme)\b")
_SPELLED = {"st": "saint", "ste": "sainte", "fbg": "faubourg"} | dict(
    zip("123456789", "un deux trois quatre cinq six sept huit neuf".split(), strict=True)
)
#: Words that people add or drop when they name a neighbourhood or a commune.
_EMPTY_WORDS = frozenset(
    "l le la les d de du des et en sur aux au quartier prioritaire qpv secteur".split()
)


def plain(text: str) -> str:
    """Lower case, no accent, no punctuation: « L’Haÿ-les-Roses » → « l hay les roses »."""
    letters = text.casefold()
    if not letters.isascii():
        letters = without_accents(letters.translate(_LIGATURES))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def without_accents(text: str) -> str:
    """The same signs without their accents: « Évêché » → « Eveche »."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def typographic(name: str) -> str:
    """A published name with French apostrophes: « Côte-d'Or » → « Côte-d’Or »."""
    return re.sub(r"(?<=\w)'(?=\w)", "’", name)


# A file names the same communes again and again: as many as hold most inhabitants, in some 2 MB.
@lru_cache(maxsize=8_192)
def name_key(text: str) -> tuple[str, ...]:
    """The telling words of a name, spelled out: « quartier des 3 Cités » → ``("trois", "cites")``.

    A name made of empty words alone keeps them all.
    """
    words = [_SPELLED.get(word, word) for word in _ORDINAL.sub(r"\1", plain(text)).split()]
    return tuple(word for word in words if word not in _EMPTY_WORDS) or tuple(words)
