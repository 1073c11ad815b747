"""Territories: which one an address names, what is above, below and beside it, who lives there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord, cited
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.matching_filters import communes_asked
from mapapp.queries.territory_names import TerritoryNames, TerritoryRef, proposals, territory_names
from mapapp.queries.unprecise import unprecise_in
from mapapp.store import territory as ter
from mapapp.territory_urls import Kind, read_address


@dataclass(frozen=True, slots=True)
class People:
    """Who lives in the communes of a territory; ``known``: those of which INSEE says how many."""

    inhabitants: int | None
    communes: int
    known: int


@dataclass(frozen=True, slots=True)
class Kin:
    """The territories around one: ``above`` from the largest, ``below`` and ``beside`` by name.

    ``twin``: another territory that has the same code. ``departements``: all it lies in.
    """

    above: tuple[TerritoryRef, ...]
    below: tuple[TerritoryRef, ...]
    beside: tuple[TerritoryRef, ...]
    twin: TerritoryRef | None
    departements: tuple[TerritoryRef, ...]


class Territories:
    """The questions about territories, for one session."""

    def __init__(self, session: Session, memory: Memory) -> None:
        self.session = session
        self._memory = memory

    @cached_property
    def names(self) -> TerritoryNames:
        """Régions, départements, EPCI and former communes, held in memory."""
        return territory_names(self.session, self._memory)

    def at(self, address: str) -> TerritoryRef:
        """The territory of an address; what has merged, and an arrondissement, by what holds it.

        Raises:
            UnknownRecord: no territory has that code.
        """
        asked = read_address(address)
        found = self._known(*asked) if asked else None
        if found is None:
            meant = proposals(self.session, self.names, address)
            raise UnknownRecord(
                f"Aucun territoire ne porte le code « {cited(address)} ». Attendus : un code INSEE "
                "de commune ou de département, un SIREN d’EPCI, ou « region- » et un code de "
                "région.",
                ways=[(f"{hit.name} · {hit.detail}", hit.ref.url) for hit in meant],
            )
        return found

    def kin(self, ref: TerritoryRef) -> Kin:
        """What is around a territory."""
        twin = self.names.regions.get(ref.code) if ref.kind is Kind.DEPARTEMENT else None
        if ref.kind is Kind.REGION:
            twin = self.names.departements.get(ref.code)
        departements = self._departements(ref)
        return Kin(
            self._above(ref, departements),
            self._below(ref),
            self._beside(ref, departements),
            twin if twin and twin.url != ref.url else None,
            departements,
        )

    def regions_of(self, departements: tuple[TerritoryRef, ...]) -> tuple[str, ...]:
        """Codes of the régions of some départements, each once."""
        return tuple(dict.fromkeys(self.names.region_of[one.code] for one in departements))

    def people(self, ref: TerritoryRef) -> People:
        """The inhabitants of the communes, arrondissements not counted twice."""
        population = ter.Commune.population
        sums = select(func.sum(population), func.count(), func.count(population))
        [(inhabitants, communes, known)] = self.session.execute(
            sums.where(ter.Commune.parent_code.is_(None), *_inside(ref))
        )
        return People(inhabitants, communes, known)

    def unprecise(self, filters: Filters) -> int:
        """How many initiatives of the territory asked for are known by their commune alone."""
        asked = communes_asked(filters)
        codes = self.session.scalars(asked).all() if asked is not None else []
        return unprecise_in(self.session, self._memory, codes)

    def postcodes(self, ref: TerritoryRef) -> tuple[str, ...]:
        """The postcodes of a commune."""
        joined = select(ter.Commune.postcodes).where(ter.Commune.insee_code == ref.code)
        return tuple(filter(None, (self.session.scalar(joined) or "").split("|")))

    def _known(self, kind: Kind, code: str) -> TerritoryRef | None:
        if kind is not Kind.COMMUNE:
            return self.names.of(kind, code)
        row = self.session.get(ter.Commune, code)
        if row is None:
            former = self.names.former.get(code)
            return former.now if former else None
        return self._known(kind, row.parent_code) if row.parent_code else _commune(row)

    def _departements(self, ref: TerritoryRef) -> tuple[TerritoryRef, ...]:
        if ref.kind is Kind.DEPARTEMENT:
            return (ref,)
        if ref.kind is Kind.REGION:
            return self.names.departements_of(ref.code)
        codes = self.session.scalars(
            select(ter.Commune.departement_code)
            .where(*_inside(ref))
            .distinct()
            .order_by(ter.Commune.departement_code)
        )
        return tuple(self.names.departements[code] for code in codes)

    def _above(
        self, ref: TerritoryRef, departements: tuple[TerritoryRef, ...]
    ) -> tuple[TerritoryRef, ...]:
        """What wholly holds it: the région or département of an EPCI only when it has but one."""
        if ref.kind is Kind.REGION:
            return ()
        regions = [self.names.regions[code] for code in self.regions_of(departements)]
        steps = [*(regions if len(regions) == 1 else ())]
        steps += departements if len(departements) == 1 else ()
        if ref.kind is Kind.COMMUNE and (epci := self._epci_of(ref)):
            steps.append(epci)
        unique = {step.url: step for step in steps if step.url != ref.url}
        return tuple(unique.values())

    def _below(self, ref: TerritoryRef) -> tuple[TerritoryRef, ...]:
        if ref.kind is Kind.REGION:
            return self.names.departements_of(ref.code)
        if ref.kind is Kind.EPCI:
            return self._communes(*_inside(ref))
        if ref.kind is Kind.COMMUNE:
            return ()
        alone = self._communes(*_inside(ref), ter.Commune.epci_siren.is_(None))
        return (*self._epcis([ref.code]), *alone)

    def _beside(
        self, ref: TerritoryRef, departements: tuple[TerritoryRef, ...]
    ) -> tuple[TerritoryRef, ...]:
        found: tuple[TerritoryRef, ...]
        if ref.kind is Kind.REGION:
            found = self.names.metropolitan_and_overseas
        elif ref.kind is Kind.DEPARTEMENT:
            found = self.names.departements_of(self.names.region_of[ref.code])
        elif ref.kind is Kind.EPCI:
            found = self._epcis([one.code for one in departements])
        else:
            epci = self._epci_of(ref)
            found = self._communes(ter.Commune.epci_siren == epci.code) if epci else ()
        return tuple(one for one in found if one.url != ref.url)

    def _epci_of(self, commune: TerritoryRef) -> TerritoryRef | None:
        row = self.session.get(ter.Commune, commune.code)
        return self.names.epcis.get(row.epci_siren or "") if row else None

    def _epcis(self, departements: list[str]) -> tuple[TerritoryRef, ...]:
        sirens = self.session.scalars(
            select(ter.Commune.epci_siren)
            .where(
                ter.Commune.departement_code.in_(departements), ter.Commune.epci_siren.is_not(None)
            )
            .distinct()
        )
        return tuple(sorted((self.names.epcis[s] for s in sirens if s), key=lambda e: e.name))

    def _communes(self, *conditions: ColumnElement[bool]) -> tuple[TerritoryRef, ...]:
        columns = select(ter.Commune.insee_code, ter.Commune.name)
        rows = self.session.execute(
            columns.where(ter.Commune.parent_code.is_(None), *conditions).order_by(
                ter.Commune.search_name, ter.Commune.insee_code
            )
        )
        return tuple(TerritoryRef(Kind.COMMUNE, code, name) for code, name in rows)


def filters_of(ref: TerritoryRef, own: Filters) -> Filters:
    """The filters with the territory among them."""
    asked: dict[str, Any] = {ref.kind.value: ref.code}
    return replace(own, **asked)


def _commune(row: ter.Commune) -> TerritoryRef:
    return TerritoryRef(Kind.COMMUNE, row.insee_code, row.name)


def _inside(ref: TerritoryRef) -> list[ColumnElement[bool]]:
    """The communes of a territory, the arrondissements of a commune with it."""
    communes: Any = communes_asked(filters_of(ref, Filters()))
    return [ter.Commune.insee_code.in_(communes)]
