"""The contours of one generation in the store: replaced whole, kept whole, and put back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from geo.contours import Contours
from geo.names import typographic
from mapapp.errors import DataFault
from mapapp.records import commune_links, contours_values
from mapapp.store import territory as ter
from mapapp.store.reconciling import delete_gone, insert_and_update
from mapapp.words import search_text

Values = dict[str, Any]


def replace_contours(session: Session, contours: Contours, run_id: int) -> None:
    """Put contours in the place of those of their generation; the caller commits.

    What the store knows of a QPV beside its contour (population) stays as long as its code does.
    """
    communes = select(ter.Commune.insee_code, ter.Commune.name)
    names: dict[str, str] = dict(session.execute(communes).all())
    qpvs = [
        {
            "code": qpv.code,
            "generation": contours.generation,
            "name": typographic(qpv.name),
            "outline": shapely.to_wkb(qpv.geometry),
            "search_text": search_text(qpv.code, qpv.name, *map(names.get, qpv.communes)),
        }
        for qpv in contours.qpvs
    ]
    _write(
        session,
        contours_values(contours) | {"run_id": run_id},
        qpvs,
        list(commune_links([contours])),
    )


def contours_kept(session: Session, generation: int) -> Values:
    """The contours in force as JSON values, to the last bit, for :func:`put_back`.

    Outlines are WKB in base64: the decimals of a GeoJSON would move them by a centimetre.
    """
    of_generation = ter.Qpv.generation == generation
    contours = select(*ter.Contours.__table__.columns)
    link = ter.QpvCommune
    links = select(*link.__table__.columns).join(ter.Qpv, ter.Qpv.code == link.qpv_code)
    [kept] = _rows(session, contours.where(ter.Contours.generation == generation))
    qpvs = select(*ter.Qpv.__table__.columns).where(of_generation).order_by(ter.Qpv.code)
    return {
        "run_id": kept["run_id"],
        "contours": kept | {"loaded_on": kept["loaded_on"].isoformat()},
        "qpvs": [
            row | {"outline": b64encode(row["outline"]).decode()} for row in _rows(session, qpvs)
        ],
        "communes": _rows(session, links.where(of_generation).order_by(link.qpv_code, link.rank)),
    }


def put_back(session: Session, kept: Mapping[str, Any]) -> None:
    """Put back what :func:`contours_kept` kept, row for row; the caller commits.

    Raises:
        DataFault: a commune of these QPVs is no longer in the store.
    """
    known = set(session.scalars(select(ter.Commune.insee_code)))
    gone = {link["insee_code"] for link in kept["communes"]} - known
    if gone:
        raise DataFault(
            f"Les anciens contours nomment des communes qui ne sont plus là "
            f"({', '.join(sorted(gone)[:3])}…) : importez de nouveau leur fichier officiel."
        )
    contours = kept["contours"]
    loaded_on = date.fromisoformat(contours["loaded_on"])
    qpvs = [row | {"outline": b64decode(row["outline"])} for row in kept["qpvs"]]
    _write(session, contours | {"loaded_on": loaded_on}, qpvs, kept["communes"])


def _write(session: Session, contours: Values, qpvs: list[Values], links: list[Values]) -> None:
    """Bring the rows of a generation to these, links first to go and last to come."""
    others = ter.Qpv.generation != contours["generation"]
    elsewhere = ter.QpvCommune.qpv_code.in_(select(ter.Qpv.code).where(others))
    insert_and_update(session, ter.Contours, [contours])
    delete_gone(session, ter.QpvCommune, links, elsewhere)
    delete_gone(session, ter.Qpv, qpvs, others)
    insert_and_update(session, ter.Qpv, qpvs)
    insert_and_update(session, ter.QpvCommune, links)
    session.expire_all()  # the rows were written beside the objects that the session holds


def _rows(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Values]:
    return [dict(row) for row in session.execute(statement).mappings()]
