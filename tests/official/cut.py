"""Cut the official files down to what lies beside this script: ``python cut.py FOLDER``.

Nothing is changed in what is kept: lines and objects are those of the official files. README.md
says what each extract holds.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

HERE = Path(__file__).parent

#: What is read of an address.
OF_ADDRESSES = (
    *("id", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune"),
    *("lon", "lat"),
)
#: One object in so many, of files of which some are enough.
SOME = 2

#: Départements whose QPVs of 2024 are kept: arrondissements, accents, an island.
QPVS_OF_2024 = ("013", "031", "974")
#: Few communes each, and most of the outlines of communes that are at hand.
COMMUNES_OF = ("13", "69", "75", "93", "94")
#: Overseas, those of the communes, and an island of the mainland's coast.
DEPARTEMENTS = (*COMMUNES_OF, "2A", "971", "972", "973", "974", "976")
#: QPVs of 2015 that tests name, beside the départements 13 and 31, Lille's, and the invalid ones.
NAMED = ("QP009001", "QP009002", "QP021004", "QP086004", "QP093035")
#: One enterprise in so many, beside every one that is odd.
ENTERPRISES = 6

Properties = dict[str, Any]


def main(folder: Path) -> None:
    """Write every extract beside this script."""
    _cut_some(folder / "qpv_2015_reunion.geojson.gz")
    kept = count()
    _cut_objects(
        folder / "communes_projet_contours.geojson.gz",
        lambda told, _: told["type"] == "COM" or next(kept) % SOME == 0,
    )
    _cut_lambert_93(folder / "qpv_2015_lille_marseille_lambert93.fgb")
    addresses = _lines(folder / "ban_bondy_93010.csv.gz")
    read = [{name: cells[name] for name in OF_ADDRESSES} for cells in addresses]
    _write("ban_bondy_93010.csv.gz", _table(read))
    lille = {code for code in _codes_of_lambert_93(folder) if code.startswith("QP059")}
    _cut_objects(
        folder / "qpv_2015_metropole.geojson.gz",
        lambda told, area: (
            told["code_qp"][2:5] in ("013", "031")
            or told["code_qp"] in lille.union(NAMED)
            or not area.is_valid
        ),
    )
    _cut_objects(
        folder / "qpv_2024.geojson.gz", lambda told, _: told["code_qp"][2:5] in QPVS_OF_2024
    )
    _cut_objects(
        folder / "departements_dont_outremer_anct.geojson.gz",
        lambda told, _: told["insee_dep"] in DEPARTEMENTS,
    )
    _cut_lines(
        folder / "communes_gazetteer.csv.gz", lambda _, cells: cells["dep_code"] in COMMUNES_OF
    )
    _cut_lines(folder / "siae_2020.csv.gz", _chooses_enterprises(folder))
    _cut_columns(folder / "qpv_2015_occitanie_insee.csv", ("code_qp", "pop_mun"))


def _codes_of_lambert_93(folder: Path) -> list[str]:
    from pyogrio.raw import read

    path = folder / "qpv_2015_lille_marseille_lambert93.fgb"
    return [str(code) for code in read(path, columns=["code_qp"])[3][0]]


def _chooses_enterprises(folder: Path) -> Callable[[int, Properties], bool]:
    """Those that are odd (twice the same number, no point, a point elsewhere), and some others."""
    lines = _lines(folder / "siae_2020.csv.gz")
    numbers = Counter(cells["siret"] for cells in lines)
    with gzip.open(folder / "departements_dont_outremer_anct.geojson.gz") as file:
        outlines = {
            each["properties"]["insee_dep"]: shape(each["geometry"])
            for each in json.load(file)["features"]
        }

    def is_elsewhere(cells: Properties) -> bool:
        point = shapely.Point(float(cells["lon"]), float(cells["lat"]))
        land = outlines.get(cells["departement"])
        return land is None or float(shapely.distance(land, point)) > 0.01

    def chosen(rank: int, cells: Properties) -> bool:
        is_odd = numbers[cells["siret"]] > 1 or not cells["lon"] or is_elsewhere(cells)
        return is_odd or rank % ENTERPRISES == 0

    return chosen


def _cut_objects(path: Path, keep: Callable[[Properties, Any], bool]) -> None:
    with gzip.open(path) as file:
        document = json.load(file)
    document["features"] = [
        each for each in document["features"] if keep(each["properties"], shape(each["geometry"]))
    ]
    _write(path.name, json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def _cut_some(path: Path) -> None:
    kept = count()
    _cut_objects(path, lambda *_: next(kept) % SOME == 0)


def _cut_lambert_93(path: Path) -> None:
    """Lille whole, some of Marseille; pyogrio writes the form again, coordinates as they were."""
    from pyogrio.raw import read, write

    about, _, shapes, columns = read(path)
    kept = [
        rank
        for rank, code in enumerate(columns[0])
        if str(code).startswith("QP059") or rank % SOME == 0
    ]
    write(
        HERE / path.name,
        shapes[kept],
        [column[kept] for column in columns],
        about["fields"],
        geometry_type=about["geometry_type"],
        crs=about["crs"],
        layer=path.stem,
        driver="FlatGeobuf",
    )


def _cut_lines(path: Path, keep: Callable[[int, Properties], bool]) -> None:
    lines = _lines(path)
    _write(path.name, _table([each for rank, each in enumerate(lines) if keep(rank, each)]))


def _cut_columns(path: Path, columns: tuple[str, ...]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        kept = [{name: cells[name] for name in columns} for cells in csv.DictReader(file)]
    (HERE / path.name).write_text(_table(kept), encoding="utf-8")


def _lines(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(lines: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _write(name: str, text: str) -> None:
    """The same bytes each time: without the day."""
    (HERE / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
