"""Many addresses in one request: the file that a BAN server takes, and the one it gives back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from geopy.adapters import RequestsAdapter

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


class OneTryAdapter(RequestsAdapter):  # type: ignore[misc]  # geopy ships no types
    """geopy's HTTP client where one call is one request, which may be a file.

    geopy's own repeats a failed request twice and, on a 429, sleeps as long as the server says:
    neither a time-out nor a request rate would hold.
    """

    def __init__(self, *, proxies: Any, ssl_context: Any) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context, max_retries=0)

    def get_text(self, url: str, *, timeout: Any, headers: Any) -> str:
        """The body as UTF-8, which servers do not always say."""
        response = self._request(url, timeout=timeout, headers=headers)
        return str(response.content.decode("utf-8-sig"))

    def _request(self, url: str, *, timeout: Any, headers: Any) -> Any:
        if not isinstance(url, Upload):
            return super()._request(url, timeout=timeout, headers=headers)

        # geopy only gets; with another verb in its hands, it reads the faults as it always does.
        def post(address: str, **options: Any) -> Any:
            files = {"data": ("adresses.csv", url.content, "text/csv")}
            return self.session.post(address, data=url.fields, files=files, **options)

        posting = SimpleNamespace(session=SimpleNamespace(get=post))
        return RequestsAdapter._request(posting, url, timeout=timeout, headers=headers)


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
