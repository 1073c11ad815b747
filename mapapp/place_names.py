"""The names of the store's places, as an index: communes, QPVs, neighbourhoods, départements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.names import name_key, typographic
from geo.place_names import Kind, NamedPlace, PlaceNames
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex, point_inside
from mapapp.store import territory as ter


@dataclass(frozen=True, slots=True)
class _Land:
    """A département with its region, as communes and QPVs are told by it."""

    code: str
    name: str
    around: frozenset[str]


def load_place_names(session: Session, indexes: Iterable[QpvIndex]) -> PlaceNames:
    """The index of the names in the store; ``indexes`` are the QPVs of each generation."""
    lands = _lands(session)
    communes = {place.code: place for place in _communes(session, lands)}
    return PlaceNames(
        [
            *communes.values(),
            *_former(session, communes),
            *(qpv for index in indexes for qpv in _qpvs(index, communes)),
            *_quartiers(session, communes),
            *_departements(lands),
        ]
    )


def _lands(session: Session) -> dict[str, _Land]:
    rows = session.execute(
        select(ter.Departement.code, ter.Departement.name, ter.Region.name.label("region"))
        .join(ter.Region, ter.Region.code == ter.Departement.region_code)
        .order_by(ter.Departement.code)
    )
    return {
        row.code: _Land(
            row.code,
            typographic(row.name),
            frozenset((row.code.lower(), *name_key(row.name), *name_key(row.region))),
        )
        for row in rows
    }


def _communes(session: Session, lands: dict[str, _Land]) -> Iterator[NamedPlace]:
    for row in session.execute(select(*ter.Commune.__table__.columns)):
        land = lands[row.departement_code]
        yield NamedPlace(
            Kind.COMMUNE,
            row.insee_code,
            typographic(row.name),
            f"{land.code}, {land.name}",
            Position(row.lon, row.lat, Precision.COMMUNE, row.radius_m),
            insee_code=row.insee_code,
            population=row.population or 0,
            codes=(row.insee_code.lower(), *filter(None, row.postcodes.split("|"))),
            around=land.around,
        )


def _former(session: Session, communes: dict[str, NamedPlace]) -> Iterator[NamedPlace]:
    """Communes that have merged: the present one, under their names and codes."""
    for row in session.execute(select(*ter.FormerCommune.__table__.columns)):
        present = communes[row.current_code]
        code = row.insee_code.lower()
        codes = present.codes if code in present.codes else (code, *present.codes)
        yield replace(present, alias=typographic(row.name), codes=codes)


def _qpvs(index: QpvIndex, communes: dict[str, NamedPlace]) -> Iterator[NamedPlace]:
    generation = index.contours.generation
    for qpv in index.contours.qpvs:
        lie_in = [communes[code] for code in qpv.communes if code in communes]
        names = {word for commune in lie_in for word in name_key(commune.name)}
        yield NamedPlace(
            Kind.QPV,
            qpv.code,
            typographic(qpv.name),
            f"{', '.join(commune.name for commune in lie_in)}, QPV {generation}",
            point_inside(qpv),
            insee_code=lie_in[0].code if lie_in else "",
            generation=generation,
            codes=(qpv.code.lower(),),
            around=frozenset({str(generation), *names, *_told_by(lie_in)}),
        )


def _quartiers(session: Session, communes: dict[str, NamedPlace]) -> Iterator[NamedPlace]:
    for row in session.execute(select(*ter.Quartier.__table__.columns)):
        commune = communes[row.insee_code]
        yield NamedPlace(
            Kind.QUARTIER,
            "",
            typographic(row.name),
            commune.name,
            Position(row.lon, row.lat, Precision.QUARTIER, row.radius_m),
            insee_code=commune.code,
            around=frozenset({*name_key(commune.name), *_told_by([commune])}),
        )


def _told_by(communes: Iterable[NamedPlace]) -> set[str]:
    """Codes of the communes and words of their départements."""
    return {word for commune in communes for word in (*commune.codes, *commune.around)}


def _departements(lands: dict[str, _Land]) -> Iterator[NamedPlace]:
    for land in lands.values():
        yield NamedPlace(
            Kind.DEPARTEMENT,
            land.code,
            land.name,
            f"département {land.code}",
            None,
            codes=(land.code.lower(),),
            around=frozenset({"departement", *land.around}),
        )
