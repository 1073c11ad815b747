"""From the communes that an official QPV file names to their INSEE codes of today.

The files of 2024 give codes, those of 2015 names: « Lyon 8ème arrondissement, Vénissieux »,
« Marseille 3ème, 1er et 15ème arrondissements ». Names are looked up inside the département that
the QPV's code tells, with the communes that have merged or changed name since.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shapely import Point
from shapely.geometry.base import BaseGeometry

from geo.communes import PARENT_COMMUNE, departement_of
from geo.distance import LocalPlane
from geo.names import plain
from geo.position import Position, Precision
from mapapp.packing.reading import read_table

_ORDINAL = re.compile(r"\b(\d{1,2})\s*(?:er|e|ème|eme)\b", re.IGNORECASE)

#: First arrondissement of each commune that has them, by the commune's name.
_FIRST = {"paris": 75101, "lyon": 69381, "marseille": 13201}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The INSEE codes found, in the order of the file, and the names that stay unknown."""

    codes: tuple[str, ...]
    unknown: tuple[str, ...]


class CommuneNames:
    """The communes of today and those they come from, by code and by name. Read-only once built."""

    def __init__(
        self, communes: Iterable[Mapping[str, str]], former: Iterable[Mapping[str, str]]
    ) -> None:
        self._positions: dict[str, Position] = {}
        self._successors: dict[str, str] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._namesakes: dict[str, set[str]] = defaultdict(set)
        for row in communes:
            self._positions[row["code_insee"]] = _position(row)
            self._add(row["nom"], row["code_insee"], row["code_insee"])
        for row in former:
            self._successors[row["code_insee"]] = row["devient"]
            self._add(row["nom"], row["code_insee"], row["devient"])

    @classmethod
    def read(cls, communes: Path) -> CommuneNames:
        """From ``communes.csv`` and the ``former_communes.csv`` beside it.

        Raises:
            DataFault: a file cannot be read.
        """
        former = communes.with_name("former_communes.csv")
        located = ("code_insee", "nom", "longitude", "latitude", "rayon_m")
        return cls(
            read_table(communes, *located), read_table(former, "code_insee", "nom", "devient")
        )

    def of_codes(self, text: str) -> Resolved:
        """The communes of today for INSEE codes separated by commas."""
        asked = [code.strip().upper() for code in text.split(",") if code.strip()]
        current = [self._successors.get(code, code) for code in asked]
        known = [code for code in current if code in self._positions]
        unknown = [
            code for code, now in zip(asked, current, strict=True) if now not in self._positions
        ]
        return Resolved(tuple(dict.fromkeys(known)), tuple(unknown))

    def of_names(self, text: str, departement: str, area: BaseGeometry) -> Resolved:
        """The communes of today for names separated by commas.

        Args:
            text: as published, arrondissements included.
            departement: where the QPV is, « 93 ».
            area: the QPV in degrees; a commune of another département must reach it.
        """
        codes: list[str] = []
        unknown: list[str] = []
        city = ""
        for name in filter(None, map(str.strip, text.split(","))):
            city = _city(name) or city
            arrondissements = _arrondissements(name, city)
            code = self._code(name, departement, area)
            codes += arrondissements or ([code] if code else [])
            unknown += [] if arrondissements or code else [name]
        return Resolved(tuple(dict.fromkeys(codes)), tuple(unknown))

    def _add(self, name: str, code: str, current: str) -> None:
        key = plain(name)
        self._codes.setdefault((departement_of(code), key), current)
        self._namesakes[key].add(current)

    def _code(self, name: str, departement: str, area: BaseGeometry) -> str | None:
        """Inside the département, else the one of that name whose circle reaches the QPV."""
        key = plain(name)
        inside = self._codes.get((departement, key))
        if inside:
            return inside
        near = [code for code in self._namesakes.get(key, ()) if self._reaches(code, area)]
        return near[0] if len(near) == 1 else None

    def _reaches(self, code: str, area: BaseGeometry) -> bool:
        position = self._positions[code]
        away_m = LocalPlane.around(position).project(area).distance(Point(0, 0))
        return bool(away_m <= position.radius_m)


def _position(row: Mapping[str, str]) -> Position:
    lon, lat, radius_m = (float(row[column]) for column in ("longitude", "latitude", "rayon_m"))
    return Position(lon, lat, Precision.COMMUNE, radius_m)


def _city(name: str) -> str:
    """« Marseille 3ème » → « marseille »; empty when no arrondissement of a city begins there."""
    first = plain(name).split(" ")[0]
    return first if first in _FIRST and _ORDINAL.search(name) else ""


def _arrondissements(name: str, city: str) -> list[str]:
    """The codes of « Marseille 10ème et 9ème arrondissements », or of « 14ème » after it."""
    if not city:
        return []
    codes = [str(_FIRST[city] + int(rank) - 1) for rank in _ORDINAL.findall(name)]
    return [code for code in codes if code in PARENT_COMMUNE]
