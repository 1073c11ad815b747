"""Places found by what a visitor types: a whole name, its beginning, an address, a misspelling.

A name is compared by its telling words (:func:`geo.names.name_key`), and every other word typed
must be explained by where the place lies: « Verdun (55) », « Saint-Denis, La Réunion », « Les
Grésilles, Dijon », « 69003 Lyon ». Several places may answer: the asker chooses.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from geo.communes import PARENT_COMMUNE, departement_of
from geo.names import name_key, plain
from geo.position import Position

#: Letters in a hundred that agree: « Stainz » and « Stains » meet at 83, « Pari » and « Bari » at
#: 75; below 65 the names proposed share hardly more than their length.
ALIKE = 65

#: Ten times more inhabitants weigh as many letters in a hundred: « Roubay » is rather Roubaix (a
#: city, at 77) than Roubia (a village, at 83).
TENFOLD = 4

#: « Lyon 3e » and « Lyon 3e Arrondissement » are one name.
_UNTOLD = "arrondissement"


class Kind(StrEnum):
    """What a name is given to."""

    COMMUNE = "commune"
    QPV = "qpv"
    QUARTIER = "quartier"
    DEPARTEMENT = "departement"


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place with a name.

    Attributes:
        code: INSEE code, QPV code, or empty for a neighbourhood.
        detail: where it lies, in French: « 55, Meuse », « Dijon ».
        position: None for a département, which is not a place to be near of.
        insee_code: its commune, or the first of them.
        generation: of a QPV, else 0.
        population: sorts homonyms; 0 when not known.
        alias: another name by which it is found (a former commune); empty for its own.
        codes: lower case; one of them alone is enough to name the place.
        around: words that tell where it lies, shared by neighbours.
    """

    kind: Kind
    code: str
    name: str
    detail: str
    position: Position | None
    insee_code: str = ""
    generation: int = 0
    population: int = 0
    alias: str = ""
    codes: tuple[str, ...] = ()
    around: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """« Verdun (55, Meuse) », « Les Grésilles (QN02103M), Dijon »: understood when typed."""
        if self.kind is Kind.QPV:
            return f"{self.name} ({self.code}), {self.detail}"
        return f"{self.name} ({self.detail})"


class PlaceNames:
    """An index of named places. Read-only once built, so threads may share it."""

    def __init__(self, places: Iterable[NamedPlace]) -> None:
        self.places = tuple(places)
        self._words = [telling_words(place.alias or place.name) for place in self.places]
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_code: dict[str, list[int]] = defaultdict(list)
        for rank, (place, words) in enumerate(zip(self.places, self._words, strict=True)):
            for word in set(words):
                self._by_word[word].append(rank)
            for code in place.codes:
                self._by_code[code].append(rank)
        self._by_label = {plain(place.label): rank for rank, place in enumerate(self.places)}
        self._vocabulary = sorted(self._by_word)
        self._spelled = [" ".join(words) for words in self._words]

    def named(self, text: str) -> list[NamedPlace]:
        """The places of exactly that name or code, lying where the other words say.

        A label names its place alone, whatever else its words could mean.
        """
        if (labelled := self._by_label.get(plain(text))) is not None:
            return [self.places[labelled]]
        words = set(telling_words(text))
        ranks = [
            rank
            for rank in self._anchored(words)
            if words <= self._told(rank) and not self._tells_of_another(words, rank)
        ]
        exact = [rank for rank in ranks if words == set(self._words[rank])]
        return _distinct(_narrowest(self._sorted(exact or ranks)))

    def begun(self, text: str) -> list[NamedPlace]:
        """The places whose name has words that begin so."""
        words = telling_words(text)
        starting = {word: self._starting(word) for word in set(words)}
        ranks = [
            rank
            for rank in set().union(*starting.values())
            if all(rank in starting[word] or word in self._told(rank) for word in starting)
        ]
        return _distinct(self._sorted(ranks, words))

    def mentioned(self, text: str) -> list[NamedPlace]:
        """The communes that an address may end with, those that its postcode confirms first."""
        words = telling_words(text)
        communes = [
            rank
            for rank in self._anchored(set(words))
            if self.places[rank].kind is Kind.COMMUNE
            and (self._ends(words, rank) or self._posted(words, rank))
        ]
        best = max((self._trust(words, rank) for rank in communes), default=None)
        chosen = [rank for rank in communes if self._trust(words, rank) == best]
        whole = {self.places[rank].code for rank in chosen}
        chosen += [
            rank
            for rank in communes
            if self._posted(words, rank) and PARENT_COMMUNE.get(self.places[rank].code) in whole
        ]
        return _distinct(_narrowest(self._sorted(chosen)))

    def largest(self, departement: str, most: int) -> list[NamedPlace]:
        """The most populous communes of a département, by its code."""
        code = departement.lower()
        communes = (
            place
            for place in self.places
            if place.kind is Kind.COMMUNE
            and not place.alias
            and departement_of(place.code).lower() == code
            and place.code not in PARENT_COMMUNE
        )
        return heapq.nlargest(most, communes, key=lambda place: place.population)

    def alike(self, text: str, most: int) -> list[NamedPlace]:
        """The places whose names are spelled most like the text."""
        asked = " ".join(telling_words(text))
        found = process.extract(
            asked, self._spelled, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=10 * most
        )

        def likely(hit: tuple[str, float, int]) -> float:
            return hit[1] + TENFOLD * math.log10(1 + self.places[hit[2]].population)

        ranked = sorted(found, key=likely, reverse=True)
        return _distinct([self.places[rank] for _, _, rank in ranked])[:most]

    def _anchored(self, words: set[str]) -> list[int]:
        """The places of which all the name, or a code, is among the words."""
        seen = Counter(rank for word in words for rank in self._by_word.get(word, ()))
        whole = {rank for rank, count in seen.items() if count == len(set(self._words[rank]))}
        return [*whole.union(*(self._by_code.get(word, ()) for word in words))]

    def _tells_of_another(self, words: set[str], rank: int) -> bool:
        """Whether a département is only where a place lies: « Saint-Denis 93 »."""
        name = set(self._words[rank])
        is_wide = self.places[rank].kind is Kind.DEPARTEMENT
        return is_wide and not name <= words and not name.isdisjoint(words)

    def _starting(self, prefix: str) -> set[int]:
        first = bisect_left(self._vocabulary, prefix)
        ranks: set[int] = set()
        for word in self._vocabulary[first:]:
            if not word.startswith(prefix):
                break
            ranks.update(self._by_word[word])
        return ranks

    def _told(self, rank: int) -> set[str]:
        """Every word that a place explains."""
        place = self.places[rank]
        return {*self._words[rank], *place.codes, *place.around}

    def _ends(self, words: Sequence[str], rank: int) -> bool:
        """Whether an address ends with the name, what tells where the commune lies put aside."""
        aside = {*self.places[rank].codes, *self.places[rank].around} - set(self._words[rank])
        kept = [word for word in words if word not in aside]
        return tuple(kept[-len(self._words[rank]) :]) == self._words[rank]

    def _posted(self, words: Sequence[str], rank: int) -> bool:
        return not set(self.places[rank].codes).isdisjoint(words)

    def _trust(self, words: Sequence[str], rank: int) -> tuple[bool, int, int]:
        """How well an address says that it is of a commune: postcode, name, département."""
        name, typed = set(self._words[rank]), set(words)
        named = len(name) if name <= typed else 0
        told = len((typed - name) & self.places[rank].around)
        return (self._posted(words, rank), named, told)

    def _sorted(self, ranks: Iterable[int], asked: Sequence[str] = ()) -> list[NamedPlace]:
        """Names that begin as asked, then the most populous, then the newest QPVs."""

        def order(rank: int) -> tuple[bool, int, int, str, str]:
            place, spelled = self.places[rank], self._spelled[rank]
            begins = spelled.startswith(" ".join(asked))
            return (not begins, -place.population, -place.generation, place.name, place.code)

        return [self.places[rank] for rank in sorted(ranks, key=order)]


def telling_words(text: str) -> tuple[str, ...]:
    """The words by which a place is known, without « arrondissement »."""
    words = name_key(text)
    return tuple(word for word in words if word != _UNTOLD) or words


def _narrowest(places: Sequence[NamedPlace]) -> list[NamedPlace]:
    """Without Paris, Lyon, Marseille where one of their arrondissements answers too.

    Nor a département where its commune of the same name answers (Paris).
    """
    whole = {PARENT_COMMUNE.get(place.code) for place in places}
    names = {(place.insee_code[:2], place.name) for place in places if place.kind is Kind.COMMUNE}
    return [
        place
        for place in places
        if place.code not in whole
        and not (place.kind is Kind.DEPARTEMENT and (place.code, place.name) in names)
    ]


def _distinct(places: Sequence[NamedPlace]) -> list[NamedPlace]:
    """Each place once: a commune by its present name, a QPV by its newest namesake."""
    newest: dict[object, int] = {}
    for place in places:
        newest[_lineage(place)] = max(place.generation, newest.get(_lineage(place), 0))
    kept: dict[tuple[str, str, str], NamedPlace] = {}
    for place in places:
        if place.generation == newest[_lineage(place)]:
            identity = (place.kind, place.code, place.name)
            if identity not in kept or kept[identity].alias:
                kept[identity] = place
    return list(kept.values())


def _lineage(place: NamedPlace) -> object:
    """What a QPV keeps from one generation to the next; any other place is only itself."""
    if place.kind is Kind.QPV:
        return (place.insee_code, telling_words(place.name))
    return (place.kind, place.code, place.name)
