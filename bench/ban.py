"""The real addresses of one commune, as the Base Adresse Nationale gives them."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from geo.position import Position, Precision


@dataclass(frozen=True, slots=True)
class TrueAddress:
    """A house number of the BAN: ``number`` with its suffix (« 12 bis »), and where it is."""

    id: str
    number: str
    street: str
    postcode: str
    insee_code: str
    commune: str
    position: Position

    @property
    def street_id(self) -> str:
        """The identifier of the street: that of the house number without its number."""
        return "_".join(self.id.split("_")[:2])


def read_addresses(path: Path) -> list[TrueAddress]:
    """Every address of a compressed export of the BAN."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [_address(row) for row in csv.DictReader(file)]


def _address(row: dict[str, str]) -> TrueAddress:
    return TrueAddress(
        row["id"],
        f"{row['numero']} {row['rep']}".strip(),
        repaired(row["nom_voie"]),
        row["code_postal"],
        row["code_insee"],
        row["nom_commune"],
        Position.at(float(row["lon"]), float(row["lat"]), Precision.ADDRESS),
    )


def repaired(text: str) -> str:
    """« AllÃ©e » is « Allée »: the export was read once in Windows' alphabet on its way to us."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def write_for_addok(addresses: Iterable[TrueAddress], path: Path) -> None:
    """The streets with their house numbers and their commune, as Addok loads them."""
    streets: dict[str, list[TrueAddress]] = defaultdict(list)
    communes: dict[str, list[TrueAddress]] = defaultdict(list)
    for address in addresses:
        streets[address.street_id].append(address)
        communes[address.insee_code].append(address)
    documents = [_street(key, numbers) for key, numbers in streets.items()]
    documents += [_commune(numbers) for numbers in communes.values()]
    path.write_text("".join(json.dumps(each) + "\n" for each in documents), encoding="utf-8")


def _street(key: str, numbers: list[TrueAddress]) -> dict[str, object]:
    houses = {a.number: {"id": a.id} | _point([a]) for a in numbers}
    said = {"id": key, "type": "street", "name": numbers[0].street, "importance": 0.3}
    return said | _commune_of(numbers[0]) | _point(numbers) | {"housenumbers": houses}


def _commune(numbers: list[TrueAddress]) -> dict[str, object]:
    said = {"id": numbers[0].insee_code, "type": "municipality", "name": numbers[0].commune}
    return said | {"importance": 0.5} | _commune_of(numbers[0]) | _point(numbers)


def _commune_of(address: TrueAddress) -> dict[str, object]:
    return {
        "postcode": address.postcode,
        "citycode": address.insee_code,
        "city": address.commune,
        "context": address.insee_code[:2],
    }


def _point(numbers: list[TrueAddress]) -> dict[str, float]:
    """The middle of some addresses, rounded as the BAN rounds."""
    lons, lats = zip(*(each.position.lon_lat for each in numbers), strict=True)
    return {"lon": round(sum(lons) / len(lons), 6), "lat": round(sum(lats) / len(lats), 6)}
