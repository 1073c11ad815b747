"""A cell index kept on disk, so that processes build it once and share its pages of memory.

A folder per set of contours, named by their fingerprint, holds one file per table. They are mapped
read-only: a process that opens them reads what its points need, and all share the same memory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import fields
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import shapely

from geo.cell_building import build_index
from geo.cell_index import FINE_BITS, MIDDLE_BITS, PER_DEGREE, CellIndex, Cells
from geo.contours import Contours

#: Changes whenever the same contours would give other tables.
_LAYOUT = f"1 {PER_DEGREE} {MIDDLE_BITS} {FINE_BITS}"


def index_cells(contours: Contours) -> CellIndex:
    """The cell index of contours, built in memory; it tells QPVs by their rank."""
    return build_index(np.array([qpv.geometry for qpv in contours.qpvs], dtype=object))


def open_cells(contours: Contours, folder: Path) -> CellIndex:
    """The cell index of contours, from ``folder`` when it is there, else built and kept there."""
    kept = folder / f"cells-{fingerprint(contours)}"
    try:
        cells = _load(kept)
    except (OSError, ValueError, EOFError):  # not there, or damaged
        index = index_cells(contours)
        _save(index.cells, kept)
        return index
    return CellIndex(cells, np.array([qpv.geometry for qpv in contours.qpvs], dtype=object))


def fingerprint(contours: Contours) -> str:
    """sha256 of the codes and outlines, in their order: a rank means nothing in another order."""
    digest = hashlib.sha256(_LAYOUT.encode())
    for qpv in contours.qpvs:
        digest.update(qpv.code.encode() + b"\0" + shapely.to_wkb(qpv.geometry))
    return digest.hexdigest()


def _load(folder: Path) -> Cells:
    names = [field.name for field in fields(Cells)]
    tables = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in names]
    return Cells(*(np.asarray(table) for table in tables))


def _save(cells: Cells, folder: Path) -> None:
    """Whole or not at all: written aside, then renamed. Another process may have been sooner."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=".cells-", dir=folder.parent))
    try:
        for field in fields(Cells):
            with (draft / f"{field.name}.npy").open("wb") as file:
                np.save(file, getattr(cells, field.name))
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir():
            raise
