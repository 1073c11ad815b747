"""Many addresses in one request: the file that a BAN server takes, and the one it gives back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid4

#: Lines of one request. The server answers when the last line is done: more would only make a
#: failure cost more, and 100 already hide what a request costs.
ROWS_PER_REQUEST = 100

#: Filters whose value stands in a column of the same name.
FILTERS = ("citycode", "postcode", "type")
#: What every server gives back for a line; the others are read when they are there.
ANSWERED = frozenset({"id", "latitude", "longitude", "result_label"})


class Upload(str):
    """An address that a file is posted to, with the fields of the form around it."""

    __slots__ = ("content", "fields")
    content: bytes
    fields: list[tuple[str, str]]

    @classmethod
    def of(cls, url: str, rows: Sequence[Mapping[str, str]]) -> Upload:
        """The batch of these rows: ``q``, and the filters that a row tells."""
        upload = cls(url)
        told = [name for name in FILTERS if any(row.get(name) for row in rows)]
        upload.fields = [("columns", "q"), *((name, name) for name in told)]
        upload.content = _csv(("id", "q", *told), rows)
        return upload

    def form(self) -> tuple[str, bytes]:
        """The form as it is sent: its ``Content-Type``, with the boundary, and its bytes."""
        boundary = uuid4().hex
        said = 'Content-Disposition: form-data; name="'
        parts = [f'{said}{name}"\r\n\r\n{value}'.encode() for name, value in self.fields]
        file = f'{said}data"; filename="adresses.csv"\r\nContent-Type: text/csv\r\n\r\n'
        parts.append(file.encode() + self.content)
        lines = (f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
        end = f"--{boundary}--\r\n".encode()
        return f"multipart/form-data; boundary={boundary}", b"".join(lines) + end


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Every cell quoted: servers guess how a file is written, and this leaves nothing to guess."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    for rank, row in enumerate(rows):
        writer.writerow([rank, *(_plain(row.get(name, "")) for name in columns[1:])])
    return text.getvalue().encode("utf-8", errors="replace")


def _plain(cell: str) -> str:
    """A quotation mark or a line end inside a cell would be guessed wrong by some servers."""
    return " ".join(cell.replace('"', " ").split())


def read_answer(text: str, count: int) -> list[dict[str, str]]:
    """The lines that a server gave back, one for each that was sent, in their order.

    Raises:
        ValueError: the file is not the answer to these lines.
    """
    table = csv.DictReader(io.StringIO(text))
    if not set(table.fieldnames or ()) >= ANSWERED:
        raise ValueError("not a geocoded file")
    rows = list(table)
    if [row["id"] for row in rows] != [str(rank) for rank in range(count)]:
        raise ValueError("lines are missing")
    if any(None in row or None in row.values() for row in rows):  # too many cells, or too few
        raise ValueError("a line is cut")
    return rows
