"""The gazetteer made of the shipped tables: communes, former ones, QPVs and neighbourhoods."""

from __future__ import annotations

from collections.abc import Iterable

from geo.contours import Contours
from geo.gazetteer import Commune, FormerCommune, Gazetteer, NamedArea
from geo.position import Position, Precision
from mapapp.locating import qpv_areas
from mapapp.tables.reading import Row, Shipped


def gazetteer_of(shipped: Shipped, contours: Iterable[Contours]) -> Gazetteer:
    """The offline gazetteer of the shipped tables and the contours, newest generation first."""
    departements = {row["code"]: row["nom"] for row in shipped.tables["departements"]}
    communes = [
        Commune(
            row["code_insee"],
            row["nom"],
            row["departement"],
            departements[row["departement"]],
            row["codes_postaux"],
            _position(row, Precision.COMMUNE),
        )
        for row in shipped.tables["communes"]
    ]
    areas = [area for of_generation in contours for area in qpv_areas(of_generation)]
    quartiers = [
        NamedArea(row["nom"], (row["code_insee"],), _position(row, Precision.QUARTIER))
        for row in shipped.tables["quartiers"]
    ]
    former = [
        FormerCommune(row["code_insee"], row["nom"], row["devient"])
        for row in shipped.tables["former_communes"]
    ]
    return Gazetteer(communes, areas + quartiers, former)


def _position(row: Row, precision: Precision) -> Position:
    return Position(row["longitude"], row["latitude"], precision, row["rayon_m"])
