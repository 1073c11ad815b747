"""The hostile texts of the quality charter, and a copy of the data with one in every free text."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from shipped_copy import cells_of, edit_contours, write_cells

from mapapp.tables import kinds
from mapapp.tables.layout import CATALOGUE, TERRITORY

#: Each would call ``alert``, break out of a literal or a tag, or turn the text round.
TEXTS = (
    "${alert(1)}",
    "`+alert(2)+`",
    "\\'+alert(3)//",
    "</script><script>alert(4)</script>",
    '<img src=x onerror="alert(5)">',
    "<!-- <svg onload=alert(6)>",
    "javascript:alert(7)",
    "\u202egnp.\u202ctxe",
    "{{ 7*7 }}{% raise %}",
    "\"onfocus='alert(8)' autofocus x=\"",
)


def fill_with_hostile_texts(folder: Path) -> None:
    """Put a hostile text in every cell that may hold any text, and in every QPV's name."""
    texts = cycle(TEXTS)
    for table in CATALOGUE + TERRITORY:
        if table.name == "communes":
            continue  # its names must agree with those of the initiatives
        free = {
            column.name
            for column in table.columns
            if column.kind is kinds.text and not column.refers and column.name not in table.key
        }
        path = folder / table.file_name
        lines = cells_of(path)
        if not lines:
            continue
        for cells in lines:
            for name in free - {"commune", "code_territoire"}:
                cells[name] = f"{cells[name][:20]} {next(texts)}".replace("|", "/")
        write_cells(path, lines, lines[0])
    for generation in (2015, 2024):
        edit_contours(folder, generation, lambda document: _rename(document, texts))


def _rename(document: dict, texts: cycle) -> None:  # type: ignore[type-arg]
    for feature in document["features"]:
        feature["properties"]["nom"] += f" {next(texts)}"
