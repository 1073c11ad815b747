"""A small file to try the join with, made of what the store holds."""

from __future__ import annotations

from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.joining.tables import SEMICOLONS, write_delimited
from mapapp.store import territory as ter
from mapapp.store.initiatives import Initiative

HEADERS = ("nom", "adresse", "code_postal", "commune", "code_insee", "latitude", "longitude")

#: Enough to see every kind of answer, few enough to be read.
CENTRES, ADDRESSES = 8, 4


#: Two communes have this name: the answer is a question.
_QUESTION = ("Quelque part à Verdun", "", "", "Verdun", "", "", "")


def sample_file(session: Session) -> bytes:
    """A CSV file: the largest communes with QPVs, addresses of initiatives, and a question."""
    out = BytesIO()
    write_delimited(out, HEADERS, [*_centres(session), *_addresses(session), _QUESTION], SEMICOLONS)
    return out.getvalue()


def _centres(session: Session) -> list[tuple[str | float, ...]]:
    row = ter.Commune
    with_qpv = select(ter.QpvCommune.insee_code)
    largest = (
        select(row.name, row.insee_code, row.lat, row.lon)
        .where(row.insee_code.in_(with_qpv))
        .order_by(row.population.desc(), row.insee_code)
        .limit(CENTRES)
    )
    return [
        (f"{name}, mairie ou centre", "", "", name, code, lat, lon)
        for name, code, lat, lon in session.execute(largest)
    ]


def _addresses(session: Session) -> list[tuple[str | float, ...]]:
    row = Initiative
    addressed = (
        select(row.name, row.address, row.postcode, ter.Commune.name, row.insee_code)
        .join(ter.Commune, ter.Commune.insee_code == row.insee_code)
        .where(row.address.is_not(None), row.address != "")
        .order_by(row.slug)
        .limit(ADDRESSES)
    )
    return [
        (name, address or "", postcode or "", commune, code or "", "", "")
        for name, address, postcode, commune, code in session.execute(addressed)
    ]
