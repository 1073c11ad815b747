"""What an import would change, row by row, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.gazetteer import Gazetteer
from geo.wording import metres
from mapapp.fields.privacy import masked
from mapapp.importing.mapping import REPLACES
from mapapp.importing.records import Told, found_commune, given_position, strays_m
from mapapp.importing.replacements import Retirement, replaced_by
from mapapp.importing.rows import ReadRow, RowIssue
from mapapp.importing.writing import Values, held
from mapapp.store import initiatives as ini

Changes = dict[str, tuple[str | None, str | None]]


class Outcome(StrEnum):
    """How a row ends."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row and what becomes of it; ``before`` is what its record told, empty for a new one."""

    line: int
    key: str
    outcome: Outcome
    told: Told
    doubt: str | None
    before: Told
    issues: tuple[RowIssue, ...]

    @property
    def changes(self) -> Changes:
        """By column, the text before and after; nothing for a rejected row."""
        # Computed when asked for: kept for each row, it would weigh as much as the file.
        return {} if self.outcome is Outcome.REJECTED else _changes(self.before, self.told)


@dataclass(frozen=True, slots=True)
class Plan:
    """All the rows of a file, and the records that they replace.

    ``absent``: records of the source that the file does not mention.
    """

    rows: tuple[PlannedRow, ...]
    retirements: tuple[Retirement, ...]
    absent: int

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, every outcome told, and the records that are replaced."""
        found = Counter(row.outcome for row in self.rows)
        by_outcome = {outcome.value: found[outcome] for outcome in Outcome}
        return by_outcome | {"retired": sum(one.successor is not None for one in self.retirements)}

    @property
    def to_write(self) -> list[PlannedRow]:
        """The rows that change the store."""
        unwritten = (Outcome.UNCHANGED, Outcome.REJECTED)
        return [row for row in self.rows if row.outcome not in unwritten]

    @property
    def changes_count(self) -> int:
        """How many records it changes, those that it retires included."""
        return len(self.to_write) + len(self.retirements)


def plan_rows(
    session: Session, source_id: str, rows: Iterable[ReadRow], gazetteer: Gazetteer
) -> Plan:
    """Compare the rows of a file with what the source told before."""
    columns = (ini.Initiative.key, ini.Initiative.told, ini.Initiative.doubt)
    found = session.execute(select(*columns).where(ini.Initiative.source_id == source_id))
    known = {key: (told, doubt) for key, told, doubt in found}
    planned = tuple(_planned(row, known, gazetteer) for row in rows)
    retirements = tuple(_retirements(session, source_id, planned))
    mentioned = {row.key for row in planned} | {one.key for one in retirements}
    return Plan(planned, retirements, sum(key not in mentioned for key in known))


def _retirements(
    session: Session, source_id: str, rows: Sequence[PlannedRow]
) -> Iterator[Retirement]:
    """The records that the rows replace, but for those that lead there already.

    What a corrected row no longer replaces stays gone, without leading anywhere.
    """
    kept = [row for row in rows if row.outcome is not Outcome.REJECTED]
    claimed = {key: row for row in kept for key in replaced_by(row.told)}
    present = {row.key for row in rows} | claimed.keys()
    freed = {key: row for row in kept for key in replaced_by(row.before) if key not in present}
    states = held(session, source_id, [*claimed, *freed])
    for key, row in claimed.items():
        if states[key].get("successor") != row.key:
            yield Retirement(row.line, key, row.key, _name(states[key]))
    for key, row in freed.items():
        if states[key].get("successor") == row.key:
            yield Retirement(row.line, key, None, _name(states[key]))


def _name(state: Values) -> str | None:
    """What a record is called, or was, where that may be told."""
    return masked(state["told"]["nom"]) if "told" in state else state["name"]


def _planned(
    row: ReadRow, known: Mapping[str, tuple[Told, str | None]], gazetteer: Gazetteer
) -> PlannedRow:
    misled = any(issue.grave and issue.column == REPLACES for issue in row.issues)
    if row.key in known and row.told == known[row.key][0] and not misled:
        # What the store holds already stands, even where a new row would be refused for it.
        doubt = known[row.key][1]
        return PlannedRow(row.line, row.key, Outcome.UNCHANGED, row.told, doubt, row.told, ())
    doubt = None if row.rejected else row.doubt or _place_doubt(row.told, gazetteer)
    outcome = _outcome(row, row.key in known, doubt)
    before = known[row.key][0] if row.key in known else {}
    return PlannedRow(row.line, row.key, outcome, row.told, doubt, before, row.issues)


def _outcome(row: ReadRow, is_known: bool, doubt: str | None) -> Outcome:
    """What becomes of a row that tells something new."""
    if row.rejected:
        return Outcome.REJECTED
    if doubt:
        return Outcome.DOUBTFUL
    return Outcome.UPDATED if is_known else Outcome.CREATED


def _changes(before: Told, after: Told) -> Changes:
    columns = sorted({*before, *after})
    return {
        column: (before.get(column), after.get(column))
        for column in columns
        if before.get(column) != after.get(column)
    }


def _place_doubt(told: Told, gazetteer: Gazetteer) -> str | None:
    """Why the place should be looked at: no commune answers, or the point is far from it."""
    names_a_commune = any(told.get(name) for name in ("code_insee", "code_postal", "commune"))
    commune, point = found_commune(told, gazetteer), given_position(told)
    if names_a_commune and commune is None:
        named = " ".join(filter(None, map(told.get, ("code_insee", "code_postal", "commune"))))
        return f"Aucune commune, ou plusieurs, ne répondent à « {named} »"
    if commune and point and (away_m := strays_m(point, commune)):
        return f"Le point est à {metres(away_m)} de {commune.commune.label}"
    return None
