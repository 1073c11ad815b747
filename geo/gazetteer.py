"""Places found by their name without any network, or a question when the name is not enough.

First the QPV and neighbourhood names inside a known commune, then the commune itself by INSEE
code, postcode or name. Two communes are called Verdun: an ambiguous name is a question, never a
guess.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.communes import PARENT_COMMUNE, parent_commune
from geo.distance import distance_m
from geo.names import name_key
from geo.position import Position


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or municipal arrondissement; ``position`` has precision ``commune``."""

    insee_code: str
    name: str
    departement: str
    departement_name: str
    postcodes: tuple[str, ...]
    position: Position

    @property
    def label(self) -> str:
        """« Verdun (55, Meuse) »."""
        return f"{self.name} ({self.departement}, {self.departement_name})"


@dataclass(frozen=True, slots=True)
class FormerCommune:
    """A commune that merged into another or changed its name, still written by its old ones."""

    insee_code: str
    name: str
    current_code: str


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A QPV (``qpv_code`` is set) or a neighbourhood; ``position`` has precision ``quartier``."""

    name: str
    communes: tuple[str, ...]
    position: Position
    qpv_code: str | None = None

    @property
    def generation(self) -> str:
        """« QP » (2015) or « QN » (2024), as its code begins; empty for a neighbourhood."""
        return (self.qpv_code or "")[:2]


@dataclass(frozen=True, slots=True)
class Found:
    """The one place that answers; ``area`` when a neighbourhood was recognised."""

    position: Position
    commune: Commune
    area: NamedArea | None = None

    @property
    def label(self) -> str:
        """« Les Grésilles, Dijon (21, Côte-d’Or) »."""
        return f"{self.area.name}, {self.commune.label}" if self.area else self.commune.label


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several communes or areas answer; the asker must choose."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing answers; ``asked`` is what was looked for."""

    asked: str


Answer = Found | Ambiguous | NotFound

_POSTCODE = re.compile(r"\b(\d{5})\b")


class Gazetteer:
    """An index of communes and named areas. Read-only once built."""

    def __init__(
        self,
        communes: Iterable[Commune],
        areas: Iterable[NamedArea],
        former: Iterable[FormerCommune] = (),
    ) -> None:
        self._by_code: dict[str, Commune] = {}
        self._by_postcode: dict[str, list[Commune]] = defaultdict(list)
        self._by_name: dict[tuple[str, ...], list[Commune]] = defaultdict(list)
        self._areas: dict[str, list[NamedArea]] = defaultdict(list)
        for commune in communes:
            self._add(commune)
        for old in former:
            self._add_former(old)
        for area in areas:
            for code in {*area.communes, *map(parent_commune, area.communes)}:
                self._areas[code].append(area)

    def _add(self, commune: Commune) -> None:
        self._by_code[commune.insee_code] = commune
        for postcode in commune.postcodes:
            self._by_postcode[postcode].append(commune)
        self._by_name[name_key(commune.name)].append(commune)
        if commune.name.endswith("Arrondissement"):  # people write « Paris 20e »
            self._by_name[name_key(commune.name)[:-1]].append(commune)

    def _add_former(self, old: FormerCommune) -> None:
        commune = self._by_code[old.current_code]
        self._by_code.setdefault(old.insee_code, commune)
        named = self._by_name[name_key(old.name)]
        if commune not in named:
            named.append(commune)

    def find(
        self, *, area: str = "", insee_code: str = "", postcode: str = "", commune: str = ""
    ) -> Answer:
        """The place for what a record tells; an unknown area leaves the commune as the answer."""
        asked = ", ".join(filter(None, [insee_code, postcode, commune, area]))
        return self._answer(self._communes(insee_code, postcode, commune), area, asked)

    def ask(self, text: str) -> Answer:
        """The place for free text: « Les Grésilles, Dijon », « 59000 Lille », « 55545 »."""
        *before, last = [part.strip() for part in text.split(",")]
        digits = _POSTCODE.search(last)
        name = _POSTCODE.sub("", last).strip()
        area = ", ".join(filter(None, before))
        if digits and not name:
            return self._answer(self._numbered(digits.group(1)), area, text)
        return self.find(area=area, postcode=digits.group(1) if digits else "", commune=name)

    def _answer(self, communes: Sequence[Commune], area: str, asked: str) -> Answer:
        if len(communes) != 1:
            return _question([commune.label for commune in communes], asked)
        return self._inside(communes[0], area) if name_key(area) else _found(communes[0])

    def _numbered(self, code: str) -> Sequence[Commune]:
        """The communes of a number: 13001 is Aix-en-Provence for INSEE, Marseille for La Poste."""
        coded = [self._by_code[code]] if code in self._by_code else []
        return _narrowest([*coded, *(c for c in self._by_postcode.get(code, []) if c not in coded)])

    def _communes(self, insee_code: str, postcode: str, name: str) -> Sequence[Commune]:
        if insee_code:
            commune = self._by_code.get(insee_code)
            return [commune] if commune else []
        named = self._by_name.get(name_key(name), []) if name else []
        posted = self._by_postcode.get(postcode, []) if postcode else []
        if not (name and postcode):
            return _narrowest(named or posted)
        codes = {commune.insee_code for commune in named}
        return _narrowest(
            [c for c in posted if codes & {c.insee_code, parent_commune(c.insee_code)}]
        )

    def _inside(self, commune: Commune, name: str) -> Answer:
        """The area of that name in the commune: all its words, else those of one area only."""
        asked = set(name_key(name))
        areas = self._areas_of(commune)
        exact = [area for area in areas if asked == set(name_key(area.name))]
        partial = [area for area in areas if asked <= set(name_key(area.name))]
        chosen = exact or partial
        if len({frozenset(name_key(area.name)) for area in chosen}) > 1:
            return Ambiguous(tuple(dict.fromkeys(f"{a.name}, {commune.label}" for a in chosen)))
        # The two generations of one QPV are one answer: the first given (the newest) is kept. Two
        # QPVs of one generation are two.
        rivals = [a for a in chosen if a.qpv_code and a.generation == chosen[0].generation]
        if len(rivals) > 1:
            return Ambiguous(tuple(f"{a.name} ({a.qpv_code}), {commune.label}" for a in rivals))
        return _found(commune, chosen[0]) if chosen else _found(commune)

    def _areas_of(self, commune: Commune) -> list[NamedArea]:
        """The areas of a commune; for an arrondissement, also those of its city that reach it."""
        code, parent = commune.insee_code, parent_commune(commune.insee_code)
        return [
            area
            for area in self._areas.get(parent, ())
            if code in area.communes or code == parent or _reaches(area, commune)
        ]


def _narrowest(communes: Sequence[Commune]) -> Sequence[Commune]:
    """Without Paris, Lyon or Marseille where one of its arrondissements answers too."""
    divided = {PARENT_COMMUNE.get(commune.insee_code) for commune in communes}
    return [commune for commune in communes if commune.insee_code not in divided]


def _reaches(area: NamedArea, arrondissement: Commune) -> bool:
    """Whether an area that only names the whole city may lie in one of its arrondissements."""
    apart_m = distance_m(area.position, arrondissement.position)
    return (
        PARENT_COMMUNE[arrondissement.insee_code] in area.communes
        and apart_m <= area.position.radius_m + arrondissement.position.radius_m
    )


def _found(commune: Commune, area: NamedArea | None = None) -> Found:
    return Found(area.position if area else commune.position, commune, area)


def _question(labels: Sequence[str], asked: str) -> Ambiguous | NotFound:
    return Ambiguous(tuple(labels)) if labels else NotFound(asked)
