"""The names of territories: who is what, the index by région, and the search among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from mapapp.memory import Memory
from mapapp.store import territory as ter
from mapapp.territory_urls import Kind, territory_url
from mapapp.words import search_text, search_words

#: More lines than this of one kind are not read: another word is sooner typed.
PER_KIND = 20

#: A commune's INSEE code begins with its département's: three characters overseas, else two.
_OVERSEAS = ("97", "98")


@dataclass(frozen=True, slots=True)
class TerritoryRef:
    """A territory as a link."""

    kind: Kind
    code: str
    name: str

    @property
    def url(self) -> str:
        """Path of its page."""
        return territory_url(self.kind, self.code)


@dataclass(frozen=True, slots=True)
class FormerCommune:
    """A commune that has merged, and the one that holds it now."""

    name: str
    now: TerritoryRef


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found: the name and code that answer, where it leads, what tells it apart."""

    name: str
    code: str
    ref: TerritoryRef
    detail: str


@dataclass(frozen=True)
class TerritoryNames:
    """Everything but the communes, by code. ``region_of``: the région of each département."""

    regions: Mapping[str, TerritoryRef]
    departements: Mapping[str, TerritoryRef]
    region_of: Mapping[str, str]
    epcis: Mapping[str, TerritoryRef]
    former: Mapping[str, FormerCommune]

    def of(self, kind: Kind, code: str) -> TerritoryRef | None:
        """The région, département or EPCI of that code; an overseas territory is a département."""
        held = {
            Kind.REGION: self.regions,
            Kind.DEPARTEMENT: self.departements,
            Kind.EPCI: self.epcis,
        }
        return held[kind].get(code)

    def departements_of(self, region: str) -> tuple[TerritoryRef, ...]:
        """The départements of a région, by code."""
        return tuple(d for code, d in self.departements.items() if self.region_of[code] == region)

    @cached_property
    def metropolitan_and_overseas(self) -> tuple[TerritoryRef, ...]:
        """The régions, by name, without the territories that are no région."""
        regions = (ref for ref in self.regions.values() if ref.kind is Kind.REGION)
        return tuple(sorted(regions, key=lambda ref: search_text(ref.name)))

    @cached_property
    def apart(self) -> tuple[TerritoryRef, ...]:
        """The overseas territories that belong to no région."""
        return tuple(ref for ref in self.regions.values() if ref.kind is not Kind.REGION)

    @cached_property
    def searched(self) -> tuple[tuple[str, Hit], ...]:
        """The words of each, with the answer that they lead to."""
        everything = (
            *((ref, "Région") for ref in self.metropolitan_and_overseas),
            *((ref, self._lies_in(code)) for code, ref in self.departements.items()),
            *((ref, "Intercommunalité (EPCI)") for ref in self.epcis.values()),
        )
        hits = [Hit(ref.name, ref.code, ref, detail) for ref, detail in everything]
        hits += [
            Hit(former.name, code, former.now, f"Aujourd’hui {former.now.name}")
            for code, former in self.former.items()
        ]
        return tuple((search_text(hit.name), hit) for hit in hits)

    def holding(self, insee_code: str) -> TerritoryRef | None:
        """The département that the first characters of a commune's code name."""
        code = insee_code.upper()
        return self.departements.get(code[: 3 if code.startswith(_OVERSEAS) else 2])

    def _lies_in(self, departement: str) -> str:
        region = self.regions[self.region_of[departement]]
        return f"Département, {region.name}" if region.kind is Kind.REGION else "Outre-mer"


def territory_names(session: Session, memory: Memory) -> TerritoryNames:
    """The names, kept in memory for one version of the data."""
    return memory.hold(session, "territory names", lambda: _read(session))


def find_territories(session: Session, names: TerritoryNames, text: str) -> dict[Kind, list[Hit]]:
    """By kind, the territories whose name holds every word, or whose code or postcode it is."""
    words = search_words(text)
    if not words:
        return {}
    whole = " ".join(words)
    held = sorted(
        (hit for name, hit in names.searched if _answers(name, hit, words)),
        key=lambda hit: _rank(search_text(hit.name), whole),
    )
    found = {kind: [hit for hit in held if hit.ref.kind is kind][:PER_KIND] for kind in Kind}
    found[Kind.COMMUNE] = [*_communes(session, words), *found[Kind.COMMUNE]][:PER_KIND]
    return {kind: hits for kind, hits in found.items() if hits}


def proposals(session: Session, names: TerritoryNames, address: str) -> list[Hit]:
    """What someone may have meant by a code that no territory has."""
    spelled = address.removeprefix("region-").replace("-", " ").strip()
    figures = "".join(letter for letter in spelled if letter in "0123456789")
    texts = [text for text in (spelled, figures.zfill(2)) if len(text) > 1]
    found = [
        hit
        for text in dict.fromkeys(texts)
        for hits in find_territories(session, names, text).values()
        for hit in hits
    ]
    if holding := names.holding(spelled) if len(spelled) == 5 else None:
        found.append(Hit(holding.name, holding.code, holding, "Département"))
    return list({hit.ref.url: hit for hit in found}.values())[:5]


def _answers(name: str, hit: Hit, words: list[str]) -> bool:
    """Figures alone are a code: « 27 » is not the 27 of a name."""
    whole = "".join(words)
    return hit.code.lower() == whole or (not whole.isdecimal() and _holds(name, words))


def _holds(name: str, words: list[str]) -> bool:
    return all(word in name for word in words)


def _rank(name: str, whole: str) -> tuple[int, str]:
    return (0 if name == whole else 1 if name.startswith(whole) else 2), name


def _communes(session: Session, words: list[str]) -> Iterable[Hit]:
    name, whole = ter.Commune.search_name, " ".join(words)
    matching = ter.Commune.insee_code == whole.upper()
    if whole.isdecimal() and len(whole) == 5:
        matching |= ter.Commune.postcodes.contains(whole)
    elif not whole.isdecimal():
        named = name.contains(words[0])
        for word in words[1:]:
            named &= name.contains(word)
        matching |= named
    best_first = case((name == whole, 0), (name.startswith(whole), 1), else_=2)
    rows = session.execute(
        select(ter.Commune.insee_code, ter.Commune.name, ter.Departement.name, ter.Departement.code)
        .join(ter.Commune.departement)
        .where(matching, ter.Commune.parent_code.is_(None))
        .order_by(
            best_first,
            func.coalesce(ter.Commune.population, 0).desc(),
            name,
            ter.Commune.insee_code,
        )
        .limit(PER_KIND)
    )
    for code, commune, departement, number in rows:
        yield Hit(
            commune, code, TerritoryRef(Kind.COMMUNE, code, commune), f"{departement} ({number})"
        )


def _read(session: Session) -> TerritoryNames:
    departements = session.scalars(select(ter.Departement).order_by(ter.Departement.code)).all()
    refs = {row.code: TerritoryRef(Kind.DEPARTEMENT, row.code, row.name) for row in departements}
    epcis = session.scalars(select(ter.Epci).order_by(ter.Epci.name))
    regions = session.scalars(select(ter.Region).order_by(ter.Region.code)).all()
    return TerritoryNames(
        # What is its own région (three figures) is told once, as the département it also is.
        regions={
            row.code: refs.get(row.code, TerritoryRef(Kind.REGION, row.code, row.name))
            if len(row.code) == 3
            else TerritoryRef(Kind.REGION, row.code, row.name)
            for row in regions
        },
        departements=refs,
        region_of={row.code: row.region_code for row in departements},
        epcis={row.siren: TerritoryRef(Kind.EPCI, row.siren, row.name) for row in epcis},
        former=_former(session),
    )


def _former(session: Session) -> dict[str, FormerCommune]:
    rows = session.execute(
        select(ter.FormerCommune.insee_code, ter.FormerCommune.name, ter.Commune)
        .join(ter.Commune, ter.Commune.insee_code == ter.FormerCommune.current_code)
        .order_by(ter.FormerCommune.name, ter.FormerCommune.insee_code)
    )
    return {
        code: FormerCommune(name, TerritoryRef(Kind.COMMUNE, now.insee_code, now.name))
        for code, name, now in rows
    }
