"""QPV contours read back from the store."""

from __future__ import annotations

from itertools import groupby

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.contours import Contours, Qpv, Territory
from mapapp.errors import NotReady
from mapapp.store import territory as ter


def generations(session: Session) -> list[int]:
    """The generations in the store."""
    return list(session.scalars(select(ter.Contours.generation)))


def load_contours(session: Session, generation: int) -> Contours:
    """The contours of a generation.

    Raises:
        NotReady: the store has none.
    """
    kept = session.scalar(select(ter.Contours).where(ter.Contours.generation == generation))
    if kept is None:
        raise NotReady(f"Aucun contour de QPV {generation} : lancez « mapapp init ».")
    communes = _communes(session)
    rows = session.execute(
        select(ter.Qpv.code, ter.Qpv.name, ter.Qpv.outline)
        .where(ter.Qpv.generation == generation)
        .order_by(ter.Qpv.code)
    ).all()
    outlines = shapely.from_wkb([row.outline for row in rows])
    return Contours(
        generation=generation,
        edition=kept.edition,
        producer=kept.producer,
        accuracy_m=kept.accuracy_m,
        checksum=kept.checksum,
        uncovered=tuple(_territory(t["code"], t["name"], t["bbox"]) for t in kept.uncovered),
        qpvs=tuple(
            Qpv(row.code, row.name, communes.get(row.code, ()), outline)
            for row, outline in zip(rows, outlines, strict=True)
        ),
    )


def _territory(code: str, name: str, bbox: list[float]) -> Territory:
    west, south, east, north = bbox
    return Territory(code, name, (west, south, east, north))


def _communes(session: Session) -> dict[str, tuple[str, ...]]:
    link = ter.QpvCommune
    rows = session.execute(
        select(link.qpv_code, link.insee_code).order_by(link.qpv_code, link.rank)
    ).all()
    return {
        code: tuple(insee_code for _, insee_code in group)
        for code, group in groupby(rows, key=lambda row: row[0])
    }
