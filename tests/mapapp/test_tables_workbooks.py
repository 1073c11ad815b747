"""Workbooks that anybody may send: measured, read where memory and time are capped, or refused."""

from __future__ import annotations

import io
import threading
from collections import Counter
from dataclasses import astuple, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hostile_workbooks import (
    KINDS,
    Hostile,
    hostile_workbooks,
    packed,
    worksheet,
    xlsx,
    xlsx_members,
)

from mapapp.errors import AppError, DataFault, Overloaded
from mapapp.joining.tables import read_table
from mapapp.joining.uploads import BOUNDS
from mapapp.tables import capped
from mapapp.tables.cell_lines import line_row, row_line
from mapapp.tables.readable import Upload
from mapapp.tables.workbooks import workbook_rows


def rows_of(content: bytes, **bounds: int) -> list[list[Any]]:
    """The rows of a workbook, as an upload is read."""
    file = Upload("t.xlsx", content)
    return [cells for _, cells in workbook_rows(file, [], replace(BOUNDS, **bounds))]


def refusal(content: bytes, **bounds: int) -> str:
    """The sentence that refuses a workbook."""
    with pytest.raises(DataFault) as raised:
        rows_of(content, **bounds)
    return raised.value.message


def test_hostile_workbooks_are_refused_or_read_right() -> None:
    """One of each kind: a sentence, or the rows that it holds; the longer run is in ``endure``."""
    outcomes = Counter(map(outcome, hostile_workbooks(len(KINDS))))

    assert outcomes["right"] >= 3
    assert outcomes["refused"] >= len(KINDS) // 2
    assert not [kind for kind in outcomes if kind.startswith("wrong")], outcomes


def outcome(hostile: Hostile) -> str:
    """What becomes of a workbook that is sent."""
    try:
        table = read_table(Upload(hostile.name, hostile.content), BOUNDS)
        rows = (table.headers, *(row.texts for row in table.rows))
    except AppError:
        return "refused" if hostile.right is None else f"wrong: {hostile.kind} refused"
    if hostile.right is None:
        return "read"
    return "right" if rows == hostile.right else f"wrong: {hostile.kind} has other rows"


def test_cells_far_apart_are_refused() -> None:
    """1.4 kB that ask for 550 GB: addresses between single quotes are addresses."""
    rows = "<row r='1'><c r='A1'><v>1</v></c></row>"
    far = "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"

    assert "trop de cellules" in refusal(xlsx(rows + far))


def test_positions_that_are_not_written_are_counted() -> None:
    """2 kB that ask for a gigabyte: a row and a cell without address have the next."""
    rows = f"<row>{'<c><v>1</v></c>' * 16_000}</row>" + "<row><c><v>1</v></c></row>" * 4_000

    assert "trop de cellules" in refusal(xlsx(rows))


def test_a_style_down_to_the_last_row_does_no_harm() -> None:
    """A cell that holds nothing is not laid out, wherever it is."""
    rows = "<row><c><v>1</v></c></row>" + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'

    assert rows_of(xlsx(rows)) == [[1.0]]


def test_a_reader_that_lacks_memory_is_a_sentence() -> None:
    """The reader aborts, in its own process: this one goes on."""
    rows = '<row><c r="A1"><v>1</v></c><c r="ALL2000"><v>1</v></c></row>'

    assert "trop de mémoire" in refusal(xlsx(rows), memory=60_000_000)
    assert rows_of(xlsx("<row><c><v>1</v></c></row>")) == [[1.0]]


def test_a_reader_that_lacks_time_is_a_sentence() -> None:
    """It is stopped by its cap of processor."""
    rows = f"<row>{'<c><v>1</v></c>' * 50}</row>" * 18_000

    assert "trop de mémoire ou de temps" in refusal(xlsx(rows), seconds=0)


def test_a_reader_is_stopped_at_the_deadline() -> None:
    """On the clock, for one that does not use its processor: here before Python has started."""
    content = xlsx("<row><c><v>1</v></c></row>")

    with pytest.raises(capped.Stopped):
        capped.output_of("mapapp.tables.workbook_child", astuple(BOUNDS), content, 10_000, 0.001)


def test_what_a_reader_says_is_bounded() -> None:
    """More than texts and cells may weigh is not taken in."""
    with pytest.raises(capped.Stopped):
        capped.output_of("this", [], b"", 100, 20)
    with pytest.raises(capped.Stopped):
        capped.output_of("mapapp.no_such_module", [], b"", 100, 20)


def test_readers_at_once_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes while others are read waits a little, then is sent away with a 503."""
    monkeypatch.setattr(capped, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(capped, "_places", threading.BoundedSemaphore(1))
    with capped._place(), pytest.raises(Overloaded, match="réessayez") as raised:
        rows_of(xlsx("<row><c><v>1</v></c></row>"))

    assert raised.value.status == 503
    assert rows_of(xlsx("<row><c><v>1</v></c></row>")) == [[1.0]]


def test_cells_cross_as_they_are() -> None:
    """Numbers, texts, booleans, dates, times and durations; empty cells at the end come back."""
    cells = [
        1.5, "a\nb\u2028", True, 2, datetime(2026, 12, 1, 8, 30), date(2026, 12, 1),
        time(8, 30), timedelta(days=2, microseconds=3), "", "",
    ]  # fmt: skip
    line = row_line(list(cells))

    assert line.count(b"\n") == 1
    assert line_row(line, len(cells)) == cells
    assert list(map(type, line_row(line, len(cells)))) == list(map(type, cells))


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[[1]]",
        b'[{"a": 1}]',
        b"[null]",
        b"[1, 2]",
        b"[" * 100_000,
        b'[{"date": "x"}]',
        b"\xff",
    ],
)
def test_no_other_object_crosses(line: bytes) -> None:
    """What is not a row of cells is refused, whoever sends it."""
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        line_row(line, 1)


def test_a_workbook_keeps_its_types(tmp_path: Path) -> None:
    """As openpyxl writes them."""
    book = openpyxl.Workbook()
    book.active.append(["a", 1.5, True, datetime(2026, 12, 1, 8, 30), None, "b"])
    out = io.BytesIO()
    book.save(out)

    [cells] = rows_of(out.getvalue())

    assert cells == ["a", 1.5, True, datetime(2026, 12, 1, 8, 30), "", "b"]


def test_an_entity_is_refused() -> None:
    """Whatever it holds: no workbook needs a declaration."""
    sheet = worksheet("<row><c><v>1</v></c></row>", '<!DOCTYPE a [<!ENTITY b "c">]>')

    assert "abîmé" in refusal(packed(xlsx_members(sheet)))


def test_an_unknown_kind_is_named() -> None:
    """XLSB is not read, and the sentence says what to do."""
    assert ".xlsb" in refusal(packed({"xl/workbook.bin": b"\x83"}))
