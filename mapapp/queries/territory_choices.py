"""Territories by name: those that a form offers, and the one that the filters ask for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.filters import Filters
from mapapp.store import territory as ter


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """A région and its départements, as (code, name) in the order of names."""

    code: str
    name: str
    departements: tuple[tuple[str, str], ...]


def territory_choices(session: Session) -> list[RegionChoice]:
    """The régions and their départements."""
    regions = session.scalars(select(ter.Region).order_by(ter.Region.name)).all()
    rows = session.scalars(select(ter.Departement).order_by(ter.Departement.code)).all()
    return [
        RegionChoice(
            region.code,
            region.name,
            tuple((row.code, row.name) for row in rows if row.region_code == region.code),
        )
        for region in regions
    ]


def territory_named(session: Session, filters: Filters) -> str:
    """The name of the smallest territory that the filters ask for; empty for the whole country."""
    for model, code in (
        (ter.Commune, filters.commune),
        (ter.Epci, filters.epci),
        (ter.Departement, filters.departement),
        (ter.Region, filters.region),
    ):
        if code:
            return session.get_one(model, code).name  # type: ignore[attr-defined, no-any-return]
    return ""
