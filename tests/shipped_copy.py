"""A small copy of ``data/`` that a test may damage: the catalogue whole, the territory cut down."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from geo.communes import PARENT_COMMUNE

#: A QPV whose population is known, beside those of the initiatives.
COUNTED_QPV = "QP009001"

Cells = dict[str, str]
Keep = Callable[[Cells], bool]


def cells_of(path: Path) -> list[Cells]:
    """The lines of a table, cell by header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_cells(path: Path, lines: Iterable[Cells], header: Iterable[str]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(header), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def rewrite(path: Path, change: Callable[[list[Cells]], list[Cells]]) -> None:
    """Write a table again, its lines changed."""
    lines = cells_of(path)
    write_cells(path, change(lines), lines[0])


def correct(folder: Path, table: str, line: int, **cells: str) -> None:
    """Change cells of one line of a table (the header is line 1)."""
    lines = cells_of(folder / f"{table}.csv")
    lines[line - 2] |= cells
    write_cells(folder / f"{table}.csv", lines, lines[0])


def line_of(folder: Path, table: str, column: str, value: str) -> int:
    """The number of the first line of a table that holds a value."""
    lines = cells_of(folder / f"{table}.csv")
    return 2 + next(rank for rank, cells in enumerate(lines) if cells[column] == value)


def edit_contours(folder: Path, generation: int, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the contours of a generation."""
    path = folder / f"qpv_{generation}.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def make_small_copy(source: Path, target: Path) -> Path:
    """Copy ``source``, keeping of the territory what the initiatives speak of."""
    shutil.copytree(source, target)
    communes = {cells["code_insee"] for cells in cells_of(target / "initiatives.csv")}
    declared = {cells["code"] for cells in cells_of(target / "initiative_qpv.csv")} | {COUNTED_QPV}
    kept = [_cut_contours(target, generation, communes, declared) for generation in (2015, 2024)]
    communes |= {commune for _, named in kept for commune in named}
    codes = {code for found, _ in kept for code in found}
    _cut(target / "communes.csv", lambda cells: cells["code_insee"] in communes)
    _cut(target / "quartiers.csv", lambda cells: cells["code_insee"] in communes)
    _cut(target / "former_communes.csv", lambda cells: cells["devient"] in communes)
    _cut(target / "qpv_facts.csv", lambda cells: cells["code"] in codes)
    return target


def _cut(path: Path, keep: Keep) -> None:
    lines = cells_of(path)
    write_cells(path, filter(keep, lines), lines[0])


def _cut_contours(
    folder: Path, generation: int, communes: set[str], declared: set[str]
) -> tuple[set[str], set[str]]:
    """Cut the contours down; the codes of the QPVs that stay, and of their communes."""
    codes: set[str] = set()
    named = communes | set(PARENT_COMMUNE.values())

    def cut(document: dict[str, Any]) -> None:
        kept = [
            feature
            for feature in document["features"]
            if feature["properties"]["code"] in declared
            or communes & set(feature["properties"]["communes"])
        ]
        document["features"] = kept
        codes.update(feature["properties"]["code"] for feature in kept)
        named.update(*(feature["properties"]["communes"] for feature in kept))

    edit_contours(folder, generation, cut)
    return codes, named - {""}
