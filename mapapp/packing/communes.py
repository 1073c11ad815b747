"""The tables of communes, départements, régions and EPCI, from the official gazetteer.

The gazetteer gathers the code officiel géographique, legal populations, postcodes, and two points
per commune: a centre, always there, and a town hall, which is sometimes absent and sometimes in
another commune. The town hall is kept when the commune's extent allows it (:mod:`extents`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from geo.position import Position
from mapapp.packing.extents import Extent, isolated_radius_m, likely_extents, seed_of
from mapapp.packing.reading import read_features, read_table, write_table

COMMUNE_COLUMNS = (
    "code_insee", "nom", "type", "commune_parente", "departement", "epci", "codes_postaux",
    "population", "longitude", "latitude", "point", "rayon_m", "rayon",
)  # fmt: skip

GAZETTEER_COLUMNS = (
    "insee", "nom", "type", "commune_parente", "dep_code", "dep_nom", "reg_code", "reg_nom",
    "epci_siren", "epci_nom", "codes_postaux", "population", "lon_mairie", "lat_mairie",
    "lon_centre", "lat_centre",
)  # fmt: skip

TOWN_HALL, CENTRE = "mairie", "centre"
MEASURED, ESTIMATED = "contour", "estime"


@dataclass(frozen=True, slots=True)
class Entry:
    """A commune or arrondissement of the gazetteer, its cells as published."""

    cells: Mapping[str, str]

    @property
    def code(self) -> str:
        """INSEE code."""
        return self.cells["insee"]

    @property
    def departement(self) -> str:
        """Code of the département or overseas territory."""
        return self.cells["dep_code"]

    @property
    def is_commune(self) -> bool:
        """Whether it is a commune, not an arrondissement of one."""
        return self.cells["type"] == "COM"

    @property
    def inhabitants(self) -> int:
        """Legal population; 0 where nobody is counted."""
        return int(self.cells["population"] or 0)

    @property
    def centre(self) -> Position:
        """A point in the middle, at sea when the commune is a town and its islands."""
        return Position(float(self.cells["lon_centre"]), float(self.cells["lat_centre"]))

    @property
    def town_hall(self) -> Position | None:
        """As published, right or wrong."""
        lon, lat = self.cells["lon_mairie"], self.cells["lat_mairie"]
        return Position(float(lon), float(lat)) if lon and lat else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a commune is put: the point and what it is, the radius (m) and what it rests on."""

    point: Position
    point_kind: str
    radius_m: int
    radius_kind: str


def pack_communes(
    gazetteer: Path, departement_outlines: Path, commune_outlines: Path, folder: Path
) -> dict[str, int]:
    """Write ``communes.csv``, ``departements.csv``, ``regions.csv`` and ``epci.csv`` in ``folder``.

    Returns:
        How many lines each file has.

    Raises:
        DataFault: an input cannot be read.
    """
    entries = [Entry(cells) for cells in read_table(gazetteer, *GAZETTEER_COLUMNS)]
    lands = _shapes(departement_outlines, "insee_dep")
    known = _shapes(commune_outlines, "insee")
    places = locate(entries, lands, known)
    tables: dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]] = {
        "communes": (COMMUNE_COLUMNS, [_line(entry, places[entry.code]) for entry in entries]),
        "departements": (
            ("code", "nom", "region"),
            _pairs(entries, "dep_code", "dep_nom", "reg_code"),
        ),
        "regions": (("code", "nom"), _pairs(entries, "reg_code", "reg_nom")),
        "epci": (("siren", "nom"), _pairs(entries, "epci_siren", "epci_nom")),
    }
    for name, (header, lines) in tables.items():
        write_table(folder / f"{name}.csv", header, lines)
    return {f"{name}.csv": len(lines) for name, (_, lines) in tables.items()}


def locate(
    entries: Iterable[Entry], lands: Mapping[str, BaseGeometry], known: Mapping[str, BaseGeometry]
) -> dict[str, Place]:
    """The place of each commune and arrondissement by INSEE code."""
    by_departement: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_departement[entry.departement].append(entry)
    return {
        code: place
        for departement, members in by_departement.items()
        for code, place in _locate_in(members, lands.get(departement), known)
    }


def _locate_in(
    members: list[Entry], land: BaseGeometry | None, known: Mapping[str, BaseGeometry]
) -> Iterator[tuple[str, Place]]:
    likely = _likely(members, land) if land is not None else {}
    for entry in members:
        outline = known.get(entry.code)
        if outline is not None:
            yield entry.code, _place(entry, Extent(entry.centre, outline, known=True))
        elif entry.code in likely:
            yield entry.code, _place(entry, likely[entry.code])
        else:
            yield entry.code, _isolated(entry, members)


def _likely(members: list[Entry], land: BaseGeometry) -> dict[str, Extent]:
    communes = [entry for entry in members if entry.is_commune]
    shapely.prepare(land)
    return likely_extents(
        {entry.code: seed_of(entry.centre, entry.town_hall, land) for entry in communes}, land
    )


def _place(entry: Entry, extent: Extent) -> Place:
    town_hall = entry.town_hall
    trusted = town_hall is not None and extent.holds(town_hall)
    point = town_hall if town_hall is not None and trusted else entry.centre
    kind = TOWN_HALL if trusted else CENTRE
    radius_m = extent.radius_m(point, entry.inhabitants)
    return Place(point, kind, radius_m, MEASURED if extent.known else ESTIMATED)


def _isolated(entry: Entry, members: list[Entry]) -> Place:
    """Without an outline the town hall cannot be checked, so the centre it is."""
    others = [other.centre for other in members if other.code != entry.code]
    return Place(entry.centre, CENTRE, isolated_radius_m(entry.centre, others), ESTIMATED)


def _shapes(path: Path, column: str) -> dict[str, BaseGeometry]:
    return {
        feature.properties[column]: shapely.make_valid(feature.geometry)
        for feature in read_features(path, column)
    }


def _line(entry: Entry, place: Place) -> list[object]:
    cells = entry.cells
    lon, lat = (f"{degrees:.5f}" for degrees in place.point.lon_lat)
    return [
        entry.code, cells["nom"], cells["type"], cells["commune_parente"], entry.departement,
        cells["epci_siren"], "|".join(cells["codes_postaux"].split()), cells["population"],
        lon, lat, place.point_kind, place.radius_m, place.radius_kind,
    ]  # fmt: skip


def _pairs(entries: Iterable[Entry], *columns: str) -> list[tuple[str, ...]]:
    """The distinct values of some columns, by code; lines without a code are left out."""
    values = {tuple(entry.cells[column] for column in columns) for entry in entries}
    return sorted(value for value in values if value[0])
