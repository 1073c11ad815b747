"""Cell indexes kept on disk are those that would be built, and never those of other contours."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
from drawn import contours, qpv, square
from scattered import DRAWN, points_where_answers_change

from geo.cell_files import fingerprint, index_cells, open_cells
from geo.cell_index import OUTSIDE, CellIndex
from geo.position import Position

HELD = contours(*DRAWN)
LON, LAT = points_where_answers_change(
    np.array([area.geometry for area in DRAWN], dtype=object), 5_000, 1
)


def answers(index: CellIndex) -> list[int]:
    """Where the points lie."""
    found: list[int] = index.locate(LON, LAT).tolist()
    return found


def test_what_is_kept_answers_as_what_is_built(tmp_path: Path) -> None:
    """The first time built, then mapped read-only."""
    built = answers(index_cells(HELD))
    assert answers(open_cells(HELD, tmp_path)) == built
    kept = open_cells(HELD, tmp_path)
    assert answers(kept) == built
    assert not kept.cells.top.flags.writeable
    assert len(list(tmp_path.iterdir())) == 1


def test_other_contours_have_an_index_of_their_own(tmp_path: Path) -> None:
    """Another outline, or another order, is another fingerprint; another edition's name is not."""
    open_cells(HELD, tmp_path)
    moved = replace(HELD, qpvs=(qpv("QN00101M", square(Position(7, 48), 500)), *HELD.qpvs[1:]))
    assert fingerprint(moved) != fingerprint(HELD)
    assert fingerprint(replace(HELD, qpvs=HELD.qpvs[::-1])) != fingerprint(HELD)
    assert fingerprint(replace(HELD, edition="autre")) == fingerprint(HELD)
    found = open_cells(moved, tmp_path).locate(np.array([7.0, 0.35]), np.array([48.0, 46.56]))
    assert found.tolist() == [0, OUTSIDE]


def test_a_damaged_file_is_built_again(tmp_path: Path) -> None:
    """Cut short, empty or missing: the answers are right, and the next time it is there."""
    built = answers(index_cells(HELD))
    for damage in (b"", b"\x93NUMPY\x01\x00", None):
        open_cells(HELD, tmp_path)
        (table,) = tmp_path.glob("cells-*/fine.npy")
        if damage is None:
            table.unlink()
        else:
            table.write_bytes(damage)
        assert answers(open_cells(HELD, tmp_path)) == built
        assert answers(open_cells(HELD, tmp_path)) == built
    content = next(tmp_path.glob("cells-*/fine.npy"))
    content.write_bytes(content.read_bytes()[:-100])
    assert answers(open_cells(HELD, tmp_path)) == built
    assert not list(tmp_path.glob(".cells-*"))


def _answers_from(folder: str) -> list[int]:
    return answers(open_cells(HELD, Path(folder)))


def test_processes_share_one_folder(tmp_path: Path) -> None:
    """Four at once, on a folder that is not there yet: one result, nothing left behind."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        told = pool.map(_answers_from, [str(tmp_path / "new")] * 4)
    assert told == [answers(index_cells(HELD))] * 4
    assert len(list((tmp_path / "new").iterdir())) == 1
