"""What imported records are made with, read from the store."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.gazetteer import Commune, FormerCommune, Gazetteer, NamedArea
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from mapapp.importing.records import Reference
from mapapp.locating import qpv_areas
from mapapp.store import catalogue as cat
from mapapp.store import territory as ter
from mapapp.store.contours import generations, load_contours


def load_reference(session: Session) -> Reference:
    """What records are made with, from the store."""
    newest_first = sorted(generations(session), reverse=True)
    indexes = tuple(QpvIndex(load_contours(session, g)) for g in newest_first)
    labels = session.execute(select(cat.Theme.slug, cat.Theme.label)).all()
    return Reference(store_gazetteer(session, indexes), indexes, dict(labels))


def store_gazetteer(session: Session, indexes: Iterable[QpvIndex]) -> Gazetteer:
    """The offline gazetteer of the communes, QPVs and neighbourhoods of the store."""
    names = select(ter.Departement.code, ter.Departement.name)
    departements = dict(session.execute(names).all())
    communes = [
        Commune(
            row.insee_code,
            row.name,
            row.departement_code,
            departements[row.departement_code],
            tuple(row.postcodes.split("|")) if row.postcodes else (),
            Position(row.lon, row.lat, Precision.COMMUNE, row.radius_m),
        )
        for row in session.execute(select(*ter.Commune.__table__.columns))
    ]
    former = session.execute(select(*ter.FormerCommune.__table__.columns))
    areas = [area for index in indexes for area in qpv_areas(index.contours)]
    quartiers = [
        NamedArea(
            row.name,
            (row.insee_code,),
            Position(row.lon, row.lat, Precision.QUARTIER, row.radius_m),
        )
        for row in session.execute(select(*ter.Quartier.__table__.columns))
    ]
    old = [FormerCommune(row.insee_code, row.name, row.current_code) for row in former]
    return Gazetteer(communes, areas + quartiers, old)
