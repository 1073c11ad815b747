"""What a join found, counted: statuses of each generation, and the rows that want a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mapapp.joining.joined import JoinedRow
from mapapp.joining.judging import Added, Understood

#: Faults that are listed with their line; the file tells every one.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not understood: its line in the file, and the sentence that says why."""

    line: int
    phrase: str


@dataclass(slots=True)
class Summary:
    """Counts that grow with the rows; ``notes`` are French sentences about the whole file."""

    rows: int = 0
    understood: Counter[str] = field(default_factory=Counter)
    statuses: dict[int, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def fault_count(self) -> int:
        """Rows that were not understood, listed or not."""
        return self.rows - self.understood[Understood.YES]

    def count(self, line: int, added: Added) -> None:
        """Take one more row in."""
        self.rows += 1
        self.understood[added.understood] += 1
        for generation, verdict in added.verdicts.items():
            self.statuses.setdefault(generation, Counter())[verdict.status.value] += 1
        if added.understood is not Understood.YES and len(self.faults) < MOST_LISTED:
            self.faults.append(Fault(line, added.phrase))

    def found(self, generation: int, counts: Iterable[tuple[str, int]]) -> None:
        """Take in the statuses of many rows."""
        told = self.statuses.setdefault(generation, Counter())
        told.update({str(status): count for status, count in counts if count})

    def add(self, other: Summary) -> None:
        """Take in the rows of another part of the table, which comes after."""
        self.rows += other.rows
        self.understood += other.understood
        for generation, counts in other.statuses.items():
            self.statuses.setdefault(generation, Counter()).update(counts)
        self.faults = (self.faults + other.faults)[:MOST_LISTED]

    def watching(
        self, rows: Iterable[JoinedRow], watch: Callable[[int], object] = lambda _: None
    ) -> Iterator[JoinedRow]:
        """The same rows, counted as they pass; ``watch`` hears of each."""
        for joined in rows:
            self.count(joined.row.line, joined.added)
            watch(1)
            yield joined
