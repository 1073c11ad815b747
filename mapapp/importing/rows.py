"""The lines of a sheet as rows: what each tells by our columns, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mapapp.errors import DataFault, cited
from mapapp.importing.cells import Cell, Vocabulary, clean, read_cell
from mapapp.importing.coordinates import read_coordinates
from mapapp.importing.files import Sheet
from mapapp.importing.limits import LONGEST_KEY
from mapapp.importing.mapping import COLUMNS, REQUIRED, ColumnMapping

__all__ = ["ReadRow", "RowIssue", "Vocabulary", "read_rows"]

_COORDINATES = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class RowIssue:
    """What is wrong with a cell: line, our column, the value shortened, a French sentence.

    ``grave``: the row is rejected. ``header``: how the file names the column, when otherwise.
    """

    line: int
    column: str
    value: str
    message: str
    grave: bool = False
    header: str | None = None

    def __str__(self) -> str:
        header = f" («\u00a0{self.header}\u00a0» dans le fichier)" if self.header else ""
        value = f", valeur «\u00a0{self.value}\u00a0»" if self.value else ""
        where = f"Ligne {self.line}, colonne «\u00a0{self.column}\u00a0»"
        return f"{where}{header}{value}\u00a0: {self.message}."


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row: what it tells by column (nothing empty), its faults, and why to review it.

    ``doubt`` is about the place: while there is one, the coordinates told are not to be trusted.
    """

    line: int
    key: str
    told: dict[str, str]
    issues: tuple[RowIssue, ...]
    doubt: str | None

    @property
    def rejected(self) -> bool:
        """Whether a fault is too grave to store the row."""
        return any(issue.grave for issue in self.issues)


def read_rows(
    sheet: Sheet, mapping: ColumnMapping, constants: Mapping[str, str], vocabulary: Vocabulary
) -> Iterator[ReadRow]:
    """Every line of the sheet as a row, in order.

    ``constants`` stand where the file tells nothing (column → text).

    Raises:
        DataFault: a constant is not of its column.
    """
    _check_constants(constants, vocabulary)
    reading = _Reading(sheet, mapping, constants, vocabulary)
    return (reading.row(line, cells) for line, cells in sheet.lines)


def _check_constants(constants: Mapping[str, str], vocabulary: Vocabulary) -> None:
    for column, text in constants.items():
        if column not in COLUMNS or column in (*REQUIRED, *_COORDINATES):
            raise DataFault(
                f"«\u00a0{cited(column)}\u00a0» ne peut pas avoir une valeur pour toutes."
            )
        for remark in read_cell(column, text, vocabulary).remarks:
            raise DataFault(
                f"Valeur «\u00a0{cited(text)}\u00a0» de «\u00a0{column}\u00a0»\u00a0: {remark}."
            )


class _Reading:
    """What reading one line needs to know of the whole file."""

    def __init__(
        self,
        sheet: Sheet,
        mapping: ColumnMapping,
        constants: Mapping[str, str],
        vocabulary: Vocabulary,
    ) -> None:
        rank = {header: number for number, header in enumerate(sheet.headers)}
        self._headers = sheet.headers
        self._columns = [(column, rank[header]) for column, header in mapping.columns.items()]
        kept = mapping.kept_as
        self._columns += [(kept[header], rank[header]) for header in mapping.unknown]
        self._header_of = {column: sheet.headers[number] for column, number in self._columns}
        self._constants, self._vocabulary = constants, vocabulary
        self._locates = self._gives_positions(sheet, mapping)
        self._first_line: dict[str, int] = {}

    @staticmethod
    def _gives_positions(sheet: Sheet, mapping: ColumnMapping) -> bool:
        """Whether some line has both coordinates: then one without is out of the ordinary."""
        if not all(column in mapping.columns for column in _COORDINATES):
            return False
        ranks = [sheet.headers.index(mapping.columns[column]) for column in _COORDINATES]
        return any(
            all(rank < len(cells) and cells[rank].strip() for rank in ranks)
            for _, cells in sheet.lines
        )

    def row(self, line: int, cells: tuple[str, ...]) -> ReadRow:
        """One line as a row."""
        raw = {column: cells[rank] for column, rank in self._columns if rank < len(cells)}
        raw |= {c: text for c, text in self._constants.items() if not raw.get(c, "").strip()}
        issues = [*self._width_issue(line, cells)]
        told = self._told(line, raw, issues)
        doubt = self._place(line, raw, told, issues)
        if len(cells) > len(self._headers):
            doubt = (
                doubt or "La ligne a trop de cellules\u00a0: ses valeurs sont peut-être décalées"
            )
        key = told.get("identifiant", "")
        issues += self._grave_issues(line, key, told)
        return ReadRow(line, key, told, tuple(issues), doubt)

    def _width_issue(self, line: int, cells: tuple[str, ...]) -> Iterator[RowIssue]:
        count, expected = len(cells), len(self._headers)
        if count != expected:
            extra = cited(" | ".join(cells[expected:]))
            message = f"{count} cellules au lieu de {expected}"
            yield RowIssue(line, "ligne", extra, message)

    def _told(self, line: int, raw: Mapping[str, str], issues: list[RowIssue]) -> dict[str, str]:
        told = {}
        for column, text in raw.items():
            if text and column not in _COORDINATES:
                cell = read_cell(column, text, self._vocabulary)
                issues += self._issues(line, column, text, cell)
                if cell.text:
                    told[column] = cell.text
        return told

    def _issues(self, line: int, column: str, raw: str, cell: Cell) -> Iterable[RowIssue]:
        return [self._issue(line, column, raw, remark) for remark in cell.remarks]

    def _issue(
        self, line: int, column: str, raw: str, message: str, grave: bool = False
    ) -> RowIssue:
        header = self._header_of.get(column)
        named = header if header != column else None
        return RowIssue(line, column, cited(raw), message, grave, named)

    def _place(
        self, line: int, raw: Mapping[str, str], told: dict[str, str], issues: list[RowIssue]
    ) -> str | None:
        """Put the coordinates into ``told``; why the place is doubtful, None when it is not."""
        cells = {column: clean(raw.get(column, "")) for column in _COORDINATES}
        for column, cell in cells.items():
            issues += self._issues(line, column, raw.get(column, ""), cell)
        point = read_coordinates(cells["latitude"].text, cells["longitude"].text)
        issues += [
            self._issue(line, column, cells[column].text, fault) for column, fault in point.faults
        ]
        if point.latitude:
            told |= {"latitude": point.latitude, "longitude": point.longitude}
        elif self._locates:
            return "Sans coordonnées lisibles, alors que le fichier en donne"
        if point.doubt:
            pair = f"{point.latitude}\u00a0; {point.longitude}"
            issues.append(self._issue(line, "latitude", pair, _lower(point.doubt)))
        return point.doubt

    def _grave_issues(self, line: int, key: str, told: Mapping[str, str]) -> Iterator[RowIssue]:
        for column in filter(lambda column: column not in told, REQUIRED):
            yield self._issue(line, column, "", "une valeur est obligatoire", grave=True)
        if not ("commune" in told or "code_insee" in told or "latitude" in told):
            message = "une commune, un code INSEE ou une position est nécessaire"
            yield self._issue(line, "commune", "", message, grave=True)
        if len(key) > LONGEST_KEY:
            message = f"un identifiant a {LONGEST_KEY} caractères au plus"
            yield self._issue(line, "identifiant", key, message, grave=True)
        first = self._first_line.setdefault(key, line)
        if key and first != line:
            message = f"identifiant déjà employé ligne {first}"
            yield self._issue(line, "identifiant", key, message, grave=True)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
