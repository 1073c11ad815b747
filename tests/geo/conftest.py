"""The shipped contours and names, read once for all the tests of geography."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.contours import read_contours
from geo.gazetteer import Commune, Gazetteer, NamedArea
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex, point_inside

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def indexes() -> dict[int, QpvIndex]:
    """The index of the shipped contours of each generation, newest first."""
    return {g: QpvIndex(read_contours(DATA / f"qpv_{g}.geojson")) for g in (2024, 2015)}


@pytest.fixture(scope="session")
def communes() -> dict[str, Commune]:
    """The shipped communes and arrondissements by INSEE code."""
    departements = {row["code"]: row["nom"] for row in _rows("departements.csv")}
    return {
        row["code_insee"]: Commune(
            row["code_insee"],
            row["nom"],
            row["departement"],
            departements[row["departement"]],
            tuple(filter(None, row["codes_postaux"].split("|"))),
            _position(row, Precision.COMMUNE),
        )
        for row in _rows("communes.csv")
    }


@pytest.fixture(scope="session")
def gazetteer(communes: dict[str, Commune], indexes: dict[int, QpvIndex]) -> Gazetteer:
    """The gazetteer of what ships: communes, QPVs of both generations, a few neighbourhoods."""
    qpvs = [
        NamedArea(qpv.name, qpv.communes, point_inside(qpv), qpv.code)
        for index in indexes.values()
        for qpv in index.contours.qpvs
    ]
    quartiers = [
        NamedArea(row["nom"], (row["code_insee"],), _position(row, Precision.QUARTIER))
        for row in _rows("quartiers.csv")
    ]
    return Gazetteer(communes.values(), qpvs + quartiers)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _position(row: dict[str, str], precision: Precision) -> Position:
    lon, lat, radius_m = (float(row[column]) for column in ("longitude", "latitude", "rayon_m"))
    return Position(lon, lat, precision, radius_m)
