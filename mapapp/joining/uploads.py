"""A file that somebody sends, joined in memory within limits that are told beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import PurePath

from geo.geocoding_faults import GeocodingError
from mapapp.errors import BadInput, Busy, TooLarge
from mapapp.joining.columns import PlaceColumns, Wanted, added_columns, choose_columns
from mapapp.joining.joined import JoinedRow, join_rows
from mapapp.joining.judging import Joiner, addresses_in
from mapapp.joining.summary import Summary
from mapapp.joining.tables import (
    Row,
    Table,
    read_table,
    write_delimited,
    write_workbook,
)
from mapapp.machine.turns import turn
from mapapp.tables.bounds import Bounds
from mapapp.tables.readable import Upload

#: 20,000 rows of 250 characters: the addresses of a landlord, the members of a federation.
LARGEST_UPLOAD = 5_000_000
MOST_ROWS = 20_000

#: The geocoder answers 50 requests a second for all who ask through this site, and an address may
#: need three: two minutes at most, as long as somebody waits before a page.
MOST_ADDRESSES = 2_000

#: Cells held at once: 100 columns of the most rows, some 100 MB with the texts that they point to.
MOST_CELLS = 2_000_000

#: A workbook's XML weighs some 20 times its archive, a compressed CSV file 10 times; its texts are
#: half of that. A workbook of the most rows and 20 columns takes 100 MB and a second to read.
BOUNDS = Bounds(
    unpacked=100_000_000,
    lines=25 * MOST_ROWS,  # spreadsheets save blank lines below a table
    cells=MOST_CELLS,
    elements=MOST_CELLS,
    text=40_000_000,
    memory=280_000_000,
    seconds=5,
)

_NO_WORD = re.compile(r"[^\w-]+")

#: What has no such limits, told with every refusal.
COMMAND = "La commande « mapapp join » n’a pas cette limite."

SILENT = (
    "Le géocodeur ne répond pas : les adresses ne sont situées qu’à la commune. "
    "Réessayez plus tard pour une réponse à l’adresse."
)

#: One file of addresses at a time on the machine, that a visitor who types one address is still
#: answered.
_ASKING = "adresses"

Joiners = Callable[[bool], Joiner]


@dataclass(frozen=True, slots=True)
class JoinedUpload:
    """The table with what was added, and its counts."""

    upload: Upload
    table: Table
    columns: tuple[str, ...]
    rows: Sequence[JoinedRow]
    summary: Summary

    @property
    def suffix(self) -> str:
        """« .csv » or « .xlsx »: a table of ODS is written as XLSX."""
        return ".csv" if self.table.dialect else ".xlsx"

    @property
    def file_name(self) -> str:
        """A name for the result, after that of the file."""
        stem = _NO_WORD.sub("-", PurePath(self.upload.name).name.split(".")[0])[:60].strip("-")
        return f"{stem or 'adresses'}-qpv{self.suffix}"

    def written(self) -> BytesIO:
        """The result, in the form of the file that was sent."""
        out = BytesIO()
        if self.suffix == ".csv":
            lines = (joined.cells for joined in self.rows)
            write_delimited(out, self.columns, lines, self.table.dialect)
        else:
            write_workbook(out, self.columns, [joined.cells for joined in self.rows])
        out.seek(0)
        return out


def join_upload(upload: Upload, wanted: Wanted, joiner_of: Joiners) -> JoinedUpload:
    """Every row with its verdicts; ``joiner_of(offline)`` makes what judges them.

    A geocoder that does not answer leaves the communes, and a note that says so.

    Raises:
        BadInput: no column tells a place.
        DataFault: the file cannot be read.
        TooLarge: more than what is promised.
        Busy: another file of addresses is being looked up.
    """
    table = read_table(upload, BOUNDS)
    columns = choose_columns(table.headers, wanted)
    rows = list(_bounded(table))
    told = [columns.told(row.texts, row.fault) for row in rows]
    asks = addresses_in(told)
    if asks > MOST_ADDRESSES:
        raise TooLarge(
            f"{_count(asks)} adresses à chercher, {_count(MOST_ADDRESSES)} au plus par envoi : "
            f"le géocodeur est partagé. Découpez le fichier. {COMMAND}"
        )
    joined, note = _joined(rows, columns, joiner_of, asks)
    summary = Summary(notes=[*table.notes, *filter(None, [note])])
    for each in joined:
        summary.count(each.row.line, each.added)
    added = added_columns(table.headers, joiner_of(True).generations)
    return JoinedUpload(upload, table, (*table.headers, *added), joined, summary)


def _joined(
    rows: Sequence[Row], columns: PlaceColumns, joiner_of: Joiners, asks: int
) -> tuple[list[JoinedRow], str]:
    if not asks:
        return list(join_rows(rows, columns, joiner_of(True))), ""
    with turn(_ASKING) as ours:
        if not ours:
            raise Busy(
                "Un autre fichier d’adresses est en cours : réessayez dans une minute. "
                "Un fichier avec des coordonnées n’attend pas."
            )
        try:
            return list(join_rows(rows, columns, joiner_of(False))), ""
        except GeocodingError:
            return list(join_rows(rows, columns, joiner_of(True))), SILENT


def _bounded(table: Table) -> Iterator[Row]:
    """The rows, as many as are promised.

    Raises:
        TooLarge: there are more.
    """
    most = min(MOST_ROWS, MOST_CELLS // len(table.headers))
    yield from islice(table.rows, most)
    if next(table.rows, None) is not None:
        raise TooLarge(
            f"Plus de {_count(most)} lignes, le plus que ce site prenne en un envoi"
            f"{'' if most == MOST_ROWS else f' pour {len(table.headers)} colonnes'}. "
            f"Découpez le fichier. {COMMAND}"
        )


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def refuse_parquet(name: str) -> None:
    """Parquet is for the command: an archive of its kind unpacks without bounds.

    Raises:
        BadInput: says so.
    """
    if name.lower().endswith(".parquet"):
        raise BadInput(
            "Un fichier Parquet se joint par la commande « mapapp join », sans limite de taille ; "
            "ici, envoyez un fichier .csv, .xlsx ou .ods."
        )
