"""The cells that the join adds to each row: verdicts of every generation, and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from geo.acceptance import Accepted, Outcome
from geo.acceptance import Doubtful as DoubtfulAddress
from geo.bulk_verdict import BulkJudge
from geo.finding import AddressFinder
from geo.gazetteer import Commune
from geo.position import Precision
from geo.qpv_index import QpvIndex
from geo.verdict import Place, Verdict
from geo.wording import sentence
from mapapp.joining.columns import EVERY_COLUMN, OF_GENERATION, OF_ROW, Told
from mapapp.joining.places import Asked, Located, Read, Unread, read_place

Cell = str | float | None

#: Rows judged together: some megabytes, and enough for what is done once per batch not to count.
ROWS_TOGETHER = 5_000

_NOWHERE = Place(None)


class Understood(StrEnum):
    """How far a row was understood."""

    YES = "yes"
    DOUBTFUL = "doubtful"
    NOT_FOUND = "not_found"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Added:
    """What the join says of a row: its verdicts by generation, oldest first, and how it was read.

    ``precision`` is empty when the row has no place.
    """

    verdicts: Mapping[int, Verdict]
    precision: str
    phrase: str
    understood: Understood

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of the columns that are added, in their order."""
        return self.chosen(EVERY_COLUMN)

    def chosen(self, names: Sequence[str]) -> tuple[Cell, ...]:
        """The cells of some kinds of columns, in the order of the contract."""
        judged = (
            cell
            for verdict in self.verdicts.values()
            for name, cell in zip(OF_GENERATION, _cells(verdict), strict=True)
            if name in names
        )
        of_row = zip(OF_ROW, (self.precision or Precision.NONE.value, self.phrase), strict=True)
        return (*judged, *(cell for name, cell in of_row if name in names))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row on its way: where it is, and what is said before and after the verdict."""

    place: Place
    understood: Understood = Understood.YES
    before: str = ""
    remark: str = ""


class Joiner:
    """Judges rows by the batch; ``finder`` finds the addresses among them."""

    def __init__(self, indexes: Mapping[int, QpvIndex], finder: AddressFinder) -> None:
        self.generations = tuple(sorted(indexes))
        self.indexes = {of: indexes[of] for of in self.generations}
        self.finder = finder
        self._judges = {of: BulkJudge(indexes[of]) for of in self.generations}

    def judge(self, rows: Sequence[Told]) -> list[Added]:
        """What is added to each row, in order.

        Raises:
            GeocodingError: the geocoder gave no answer.
        """
        read = [read_place(told, self.finder.gazetteer) for told in rows]
        placed = self._placed(read)
        places = [row.place for row in placed]
        judged = [judge.judge(places) for judge in self._judges.values()]
        return [
            _added(row, dict(zip(self.generations, verdicts, strict=True)))
            for row, verdicts in zip(placed, zip(*judged, strict=True), strict=True)
        ]

    def _placed(self, read: Sequence[Read]) -> list[_Row]:
        asked = (each.written for each in read if isinstance(each, Asked))
        outcomes = self.finder.find_many(asked)
        return list(_rows(read, outcomes))


def addresses_in(rows: Sequence[Told]) -> int:
    """How many rows have to be asked of the geocoder at most."""
    return sum(bool(row.address and not (row.longitude or row.latitude)) for row in rows)


def _rows(read: Sequence[Read], outcomes: Iterator[Outcome]) -> Iterator[_Row]:
    for each in read:
        if isinstance(each, Located):
            yield _Row(each.place, remark=each.remark)
        elif isinstance(each, Unread):
            yield _Row(_NOWHERE, Understood.UNREAD, each.reason)
        else:
            yield _found(next(outcomes), each.commune)


def _found(outcome: Outcome, commune: Commune | None) -> _Row:
    """An address where it was found, else its commune as a whole, which is certain."""
    if isinstance(outcome, Accepted):
        if outcome.position.precision is Precision.COMMUNE and commune:
            return _Row(_whole(commune))
        found = outcome.candidate.insee_code if outcome.candidate else None
        told = commune.insee_code if commune else None
        return _Row(Place(outcome.position, found or told))
    doubtful = isinstance(outcome, DoubtfulAddress)
    understood = Understood.DOUBTFUL if doubtful else Understood.NOT_FOUND
    before = f"Adresse {'douteuse' if doubtful else 'introuvable'} : {outcome.reason}"
    return _Row(_whole(commune) if commune else _NOWHERE, understood, before)


def _whole(commune: Commune) -> Place:
    return Place(commune.position, commune.insee_code)


def _added(row: _Row, verdicts: Mapping[int, Verdict]) -> Added:
    said = sentence(verdicts[max(verdicts)])
    phrase = f"{row.before}. À la commune seule : {said}" if row.before else said
    if row.place.position is None:
        phrase = row.before
    if row.remark:
        phrase = f"{phrase} ({row.remark})"
    position = row.place.position
    precision = position.precision.value if position else ""
    return Added(verdicts, precision, phrase, row.understood)


def _cells(verdict: Verdict) -> tuple[Cell, ...]:
    codes, names = joined(qpv.code for qpv in verdict.qpvs), joined(q.name for q in verdict.qpvs)
    return codes, names, verdict.status.value, verdict.distance_m


def joined(texts: Iterable[str]) -> str:
    """Codes or names in one cell."""
    return "|".join(text.replace("|", "/") for text in texts)
