"""Cell indexes and other tables kept on disk: built once, their memory shared by all processes.

A folder per set of contours, named by their fingerprint, holds one file per table. They are mapped
read-only: a process that opens them reads what its points need, and all share the same memory.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import numpy as np
import shapely

from geo.cell_building import build_index
from geo.cell_index import FINE_BITS, MIDDLE_BITS, PER_DEGREE, CellIndex, Cells
from geo.contours import Contours

Tables = TypeVar("Tables")

#: What opening tables that are not there, or were cut short, raises.
_DAMAGED = (OSError, ValueError, EOFError)

#: Changes whenever the same contours would give other tables.
_LAYOUT = f"1 {PER_DEGREE} {MIDDLE_BITS} {FINE_BITS}"


def index_cells(contours: Contours) -> CellIndex:
    """The cell index of contours, built in memory; it tells QPVs by their rank."""
    return build_index(np.array([qpv.geometry for qpv in contours.qpvs], dtype=object))


def open_cells(contours: Contours, folder: Path) -> CellIndex:
    """The cell index of contours, from ``folder`` when it is there, else built and kept there."""
    outlines = np.array([qpv.geometry for qpv in contours.qpvs], dtype=object)
    kept = folder / f"cells-{fingerprint(contours)}"
    return CellIndex(opened(kept, Cells, lambda: build_index(outlines).cells), outlines)


def opened(folder: Path, kind: type[Tables], build: Callable[[], Tables]) -> Tables:
    """A dataclass of arrays, mapped from ``folder`` when it is there, else built and kept there."""
    with suppress(*_DAMAGED):
        return _load(folder, kind)
    with _turn(folder.parent):
        with suppress(*_DAMAGED):  # another process had its turn before
            return _load(folder, kind)
        _save(build(), folder)
    return _load(folder, kind)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time: tables that take long to build are built once."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # given back when the process ends, however it does
        yield
    finally:
        os.close(handle)


def fingerprint(contours: Contours) -> str:
    """sha256 of the codes and outlines, in their order: a rank means nothing in another order."""
    digest = hashlib.sha256(_LAYOUT.encode())
    for qpv in contours.qpvs:
        digest.update(qpv.code.encode() + b"\0" + shapely.to_wkb(qpv.geometry))
    return digest.hexdigest()


def _load(folder: Path, kind: type[Tables]) -> Tables:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    tables = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in names]
    return kind(*(np.asarray(table) for table in tables))


def _save(tables: Any, folder: Path) -> None:
    """Whole or not at all: written aside, then renamed.

    Whose turn it is writes alone: what another left aside is of a process that was killed.
    """
    for left in folder.parent.glob(".cells-*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = Path(mkdtemp(prefix=".cells-", dir=folder.parent))
    try:
        for field in fields(tables):
            with (draft / f"{field.name}.npy").open("wb") as file:
                np.save(file, getattr(tables, field.name))
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir():
            raise
