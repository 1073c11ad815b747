"""The coverage computed again with geopandas, from positions, outlines and the table of rules.

It owes nothing to the code: outlines are read from ``data/``, distances measured in a projection
around each QPV, and the rules are those of the product's definition, written a second time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapapp.paths import shipped

#: What a precision says: a point to be measured, or an area.
PINNED = ("point", "address", "street", "place")
AREAS = ("quartier", "commune")

#: Beyond these degrees nothing is near: 30 km as far north as Dunkirk.
FAR_LON, FAR_LAT = 0.45, 0.28

PARENTS = (
    {str(code): "75056" for code in range(75101, 75121)}
    | {str(code): "69123" for code in range(69381, 69390)}
    | {str(code): "13055" for code in range(13201, 13217)}
)


@dataclass(frozen=True)
class Cell:
    """Examples, possible ones, and metres within which the nearest other one surely is."""

    examples: int
    possible: int
    reach_m: float

    def state(self, distance_m: float, is_surveyed: bool) -> str:
        """The state for a distance."""
        if self.examples:
            return "example"
        if self.reach_m <= distance_m:
            return "near"
        if self.possible:
            return "possible"
        return "none" if is_surveyed else "none_known"


class Recomputed:
    """One generation."""

    def __init__(self, session: Session, generation: int) -> None:
        path = shipped("data") / f"qpv_{generation}.geojson"
        about = json.loads(path.read_text(encoding="utf-8"))["contours"]
        self.accuracy_m = about["accuracy_m"]
        self.uncovered = [territory["bbox"] for territory in about["uncovered"]]
        self.qpvs = gpd.read_file(path).set_index("code")
        self.communes = {code: set(of) for code, of in self.qpvs.communes.items()}
        self.points = _points(session)
        self.rows = {row.Index: row for row in self.points.itertuples()}
        self.themes = _themes(session)
        self.declared = _declared(session, "QP" if generation == 2015 else "QN")
        self.measured = self._measure()
        self.named = {i: self._named(i) for i in self.points.index}

    def cells(self) -> dict[tuple[str, str], Cell]:
        """Every QPV of the generation on every theme that an initiative has."""
        held: defaultdict[str, dict[int, bool]] = defaultdict(dict)
        for i, (is_example, codes) in self.named.items():
            for code in codes:
                held[code][i] = is_example
        near: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for i, distances in self.measured.items():
            row = self.rows[i]
            margin = row.radius_m if row.precision in AREAS else 0.0
            for code, metres in distances.items():
                near[code][i] = max(metres, 0.0) + margin
        return {
            (code, theme): _cell(ids, held[code], near[code])
            for code in self.qpvs.index
            for theme, ids in self.themes.items()
        }

    def _measure(self) -> dict[int, dict[str, float]]:
        """Signed metres from each located initiative to the QPVs that are not far."""
        located = self.points[self.points.lon.notna()]
        found: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for _, outlines in self.qpvs.geometry.groupby(self.qpvs.index.str[2:5]):
            areas, points = _flat(outlines, _around(located, outlines.total_bounds))
            for code, area in areas.items():
                near = _around(points, outlines[code].bounds)
                if near.empty:
                    continue
                metres = near.there.distance(area.boundary)
                signed = metres.where(~near.there.within(area), -metres)
                for i, distance in signed.items():
                    found[i][code] = distance
        return found

    def _named(self, i: int) -> tuple[bool, set[str]]:
        """Whether the QPVs named hold the initiative (else they may), and which ones."""
        is_inside, codes = self._by_position(i)
        agreeing = {code for code in self.declared.get(i, ()) if self._agrees(i, code)}
        if is_inside or not agreeing:
            return is_inside, codes | (agreeing if is_inside else set())
        return True, agreeing

    def _by_position(self, i: int) -> tuple[bool, set[str]]:
        row = self.rows[i]
        if pd.isna(row.lon) or any(_holds(box, row) for box in self.uncovered):
            return False, set()
        if row.precision == "commune" and row.insee_code:
            return False, set(self._of_commune(i))
        t, near = row.radius_m + self.accuracy_m, self.measured[i]
        sure = {code for code, metres in near.items() if metres <= -t}
        unsure = {code for code, metres in near.items() if -t < metres < t}
        if row.precision in PINNED:
            return bool(sure), sure or unsure
        holding = {code for code, metres in near.items() if metres <= 0}
        return False, (holding or unsure) if sure or unsure else set()

    def _of_commune(self, i: int) -> Iterator[str]:
        row = self.rows[i]
        parent = PARENTS.get(row.insee_code)
        for code, communes in self.communes.items():
            parents = {PARENTS.get(commune, commune) for commune in communes}
            if row.insee_code in communes | parents:
                yield code
            elif parent in communes and self.measured[i].get(code, np.inf) <= row.radius_m:
                yield code  # the file names the whole town, the arrondissement's disc reaches it

    def _agrees(self, i: int, code: str) -> bool:
        row = self.rows[i]
        if code not in self.communes or pd.isna(row.lon):
            return code in self.communes
        if row.precision == "commune":
            ours = PARENTS.get(row.insee_code, row.insee_code)
            theirs = {PARENTS.get(commune, commune) for commune in self.communes[code]}
            return not row.insee_code or ours in theirs
        return bool(self.measured[i].get(code, np.inf) < row.radius_m + self.accuracy_m)


def _cell(ids: set[int], held: dict[int, bool], near: dict[int, float]) -> Cell:
    ours = {i: is_example for i, is_example in held.items() if i in ids}
    others = [metres for i, metres in near.items() if i in ids and i not in ours]
    examples = sum(ours.values())
    return Cell(examples, len(ours) - examples, min(others, default=np.inf))


def _flat(
    outlines: gpd.GeoSeries, points: gpd.GeoDataFrame
) -> tuple[gpd.GeoSeries, gpd.GeoDataFrame]:
    """The outlines of a département, and the points around, in metres around its middle.

    Lengths stray by a hundred-thousandth of theirs at 50 km from there.
    """
    west, south, east, north = outlines.total_bounds
    local = f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=GRS80"
    return outlines.to_crs(local), points.assign(there=points.geometry.to_crs(local))


def _around(points: gpd.GeoDataFrame, box: Any) -> gpd.GeoDataFrame:
    west, south, east, north = box
    in_lon = points.lon.between(west - FAR_LON, east + FAR_LON)
    return points[in_lon & points.lat.between(south - FAR_LAT, north + FAR_LAT)]


def _holds(box: list[float], row: Any) -> bool:
    west, south, east, north = box
    return bool(west <= row.lon <= east and south <= row.lat <= north)


def _points(session: Session) -> gpd.GeoDataFrame:
    columns = "id, lon, lat, precision, coalesce(radius_m, 0) AS radius_m, insee_code"
    table = _read(session, f"SELECT {columns} FROM initiative")
    points = gpd.points_from_xy(table.lon, table.lat)
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).set_index("id")


def _themes(session: Session) -> dict[str, set[int]]:
    links = _read(session, "SELECT initiative_id, theme_slug FROM initiative_theme")
    return links.groupby("theme_slug").initiative_id.apply(set).to_dict()


def _declared(session: Session, prefix: str) -> dict[int, set[str]]:
    """The QPVs that a source says for sure to hold an initiative."""
    sure = "relation = 'located_in' AND confidence = 'haute'"
    links = _read(session, f"SELECT initiative_id, qpv_code FROM initiative_qpv WHERE {sure}")
    ours = links[links.qpv_code.str.startswith(prefix)]
    return ours.groupby("initiative_id").qpv_code.apply(set).to_dict()


def _read(session: Session, statement: str) -> pd.DataFrame:
    return pd.read_sql(text(statement), session.connection())
