"""What files tell of a QPV beside its name: territories it reaches into, population, outline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.store import territory as ter

#: (code, name) of each territory of a level, in the order of the communes of the official file.
Named = tuple[tuple[str, str], ...]

#: Communes, départements, régions and EPCI.
Levels = tuple[Named, Named, Named, Named]


@dataclass(frozen=True, slots=True)
class QpvFacts:
    """One QPV; ``outline`` is WKB in degrees when it was asked for."""

    code: str
    name: str
    generation: int
    communes: Named
    departements: Named
    regions: Named
    epcis: Named
    population: int | None
    population_source: str | None
    outline: bytes | None = None


def qpv_facts(
    session: Session, codes: Collection[str], outlines: bool = False
) -> dict[str, QpvFacts]:
    """The facts of some QPVs, by code."""
    qpv = ter.Qpv
    columns = (
        qpv.code, qpv.name, qpv.generation, qpv.population, qpv.population_source,
        qpv.population_vintage, *([qpv.outline] if outlines else []),
    )  # fmt: skip
    places = _places(session, codes)
    return {
        row.code: QpvFacts(
            row.code,
            row.name,
            row.generation,
            *places[row.code],
            row.population,
            " ; ".join(filter(None, [row.population_source, row.population_vintage])) or None,
            row.outline if outlines else None,
        )
        for row in session.execute(select(*columns).where(qpv.code.in_(codes)))
    }


def _places(session: Session, codes: Collection[str]) -> dict[str, Levels]:
    """Communes, départements, régions and EPCI of each QPV, each once."""
    levels: defaultdict[str, tuple[dict[str, str], ...]] = defaultdict(lambda: ({}, {}, {}, {}))
    commune, departement = ter.Commune, ter.Departement
    rows = session.execute(
        select(
            ter.QpvCommune.qpv_code,
            commune.insee_code, commune.name,
            departement.code, departement.name,
            ter.Region.code, ter.Region.name,
            ter.Epci.siren, ter.Epci.name,
        )
        .join(commune, commune.insee_code == ter.QpvCommune.insee_code)
        .join(departement, departement.code == commune.departement_code)
        .join(ter.Region, ter.Region.code == departement.region_code)
        .outerjoin(ter.Epci, ter.Epci.siren == commune.epci_siren)
        .where(ter.QpvCommune.qpv_code.in_(codes))
        .order_by(ter.QpvCommune.qpv_code, ter.QpvCommune.rank)
    )  # fmt: skip
    for qpv_code, *told in rows:
        for level, code, name in zip(levels[qpv_code], told[::2], told[1::2], strict=True):
            if code:
                level[code] = name
    return {code: _named(*levels[code]) for code in codes}


def _named(
    communes: dict[str, str],
    departements: dict[str, str],
    regions: dict[str, str],
    epcis: dict[str, str],
) -> Levels:
    return (
        tuple(communes.items()),
        tuple(departements.items()),
        tuple(regions.items()),
        tuple(epcis.items()),
    )
