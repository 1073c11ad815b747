"""What an edition of the catalogue would change, resource by resource, before anything is written.

What the file no longer holds is retired, never deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from mapapp.importing.resource_rows import Edition, ReadResource
from mapapp.importing.resource_writing import PUBLISHERS, Values
from mapapp.records import RESOURCE_FIELDS, resource_values
from mapapp.tables.reading import Issue, Row

#: As many line numbers as a sentence can bear.
_CITED_LINES = 5

#: Where the store keeps what an editor sees of a resource, by the word that says it.
_SHOWN = RESOURCE_FIELDS | {
    "editeurs": PUBLISHERS,
    "retirée": "retired",
    "remplacée par": "replaced_by",
}


class Fate(StrEnum):
    """What becomes of a resource."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """A resource and what becomes of it; ``line`` is None when the file does not hold it.

    ``changes``: by column of the file, the value before and after.
    """

    line: int | None
    key: str
    outcome: Fate
    title: str
    changes: dict[str, tuple[Any, Any]]
    replaced_by: str | None
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class ResourcePlan:
    """What an edition changes. ``before``, ``after``: the resources to write, whole, by slug."""

    rows: tuple[PlannedResource, ...]
    notes: tuple[str, ...]
    before: Mapping[str, Values | None]
    after: Mapping[str, Values]

    @property
    def counts(self) -> dict[str, int]:
        """Resources by what becomes of them, every fate told."""
        found = Counter(row.outcome for row in self.rows)
        return {fate.value: found[fate] for fate in Fate}

    @property
    def issues(self) -> list[Issue]:
        """Every fault of the file."""
        return [issue for row in self.rows for issue in row.issues]

    def lines(self) -> list[str]:
        """One French sentence for each thing to look at: the file, then resource by resource."""
        return [*self.notes, *(sentence for row in self.rows for sentence in _sentences(row))]

    def as_json(self, run_id: int | None) -> dict[str, Any]:
        """The same for programs, every resource told."""
        return {
            "run": run_id,
            "counts": self.counts,
            "notes": list(self.notes),
            "rows": [
                {
                    "line": row.line,
                    "key": row.key,
                    "outcome": row.outcome.value,
                    "title": row.title,
                    "changes": {name: list(pair) for name, pair in row.changes.items()},
                    "replaced_by": row.replaced_by,
                    "issues": [asdict(issue) for issue in row.issues],
                }
                for row in self.rows
            ],
        }


def compare(
    read: Edition,
    held: Mapping[str, Values],
    publisher_names: Mapping[str, str],
    edition: str | None,
) -> ResourcePlan:
    """What the lines of a file make of the resources held (whole, by slug).

    ``edition`` is how the new edition is called; None leaves each resource's as it is.
    """
    present = {
        line.key: _wanted(line.row, held.get(line.key), publisher_names, edition)
        for line in read.lines
        if line.row
    }
    kept_back = _kept_back(read)
    gone = {} if kept_back else _retired(read, held)
    rows = [_planned(line, held.get(line.key), present.get(line.key)) for line in read.lines]
    rows += [_planned_retirement(values) for values in gone.values()]
    after = {slug: v for slug, v in (present | gone).items() if held.get(slug) != v}
    before = {slug: held.get(slug) for slug in after}
    return ResourcePlan(tuple(rows), (*read.notes, *kept_back), before, after)


def _wanted(
    row: Row, held: Values | None, publisher_names: Mapping[str, str], edition: str | None
) -> Values:
    """A resource of the file as the store must hold it."""
    return resource_values(row, publisher_names) | {
        "retired": False,
        "replaced_by": None,
        "edition": edition or (held and held["edition"]),
        PUBLISHERS: list(row["editeurs"]),
    }


def _kept_back(read: Edition) -> list[str]:
    """Why nothing may be retired: any resource could be the one that a line fails to name."""
    nameless = [str(line.line) for line in read.lines if not line.key]
    if not nameless:
        return []
    shown = ", ".join(nameless[:_CITED_LINES]) + (", …" if nameless[_CITED_LINES:] else "")
    return [f"Aucune ressource n’est retirée : identifiant illisible, ligne {shown}."]


def _retired(read: Edition, held: Mapping[str, Values]) -> dict[str, Values]:
    """The resources that the file no longer holds, or replaces by another than before.

    What a rejected line holds or replaces waits until that line is corrected.
    """
    waiting = {slug for line in read.lines if not line.row for slug in line.replaces}
    present = {line.key for line in read.lines} | waiting
    successor = {slug: line.key for line in read.lines if line.row for slug in line.replaces}
    gone = {slug: values for slug, values in held.items() if slug not in present}
    wanted = {
        slug: values
        | {"retired": True, "replaced_by": successor.get(slug) or values["replaced_by"]}
        for slug, values in gone.items()
    }
    return {slug: values for slug, values in wanted.items() if values != held[slug]}


def _planned(line: ReadResource, held: Values | None, wanted: Values | None) -> PlannedResource:
    if wanted is None or line.row is None:
        return PlannedResource(line.line, line.key, Fate.REJECTED, "", {}, None, line.issues)
    changes = {} if held is None else _changes(held, wanted)
    known = Fate.UPDATED if changes else Fate.UNCHANGED
    fate = Fate.CREATED if held is None else known
    return PlannedResource(line.line, line.key, fate, wanted["title"], changes, None, ())


def _planned_retirement(wanted: Values) -> PlannedResource:
    slug, title, by = (wanted[name] for name in ("slug", "title", "replaced_by"))
    return PlannedResource(None, slug, Fate.RETIRED, title, {}, by, ())


def _changes(before: Values, after: Values) -> dict[str, tuple[Any, Any]]:
    return {
        column: (before[field], after[field])
        for column, field in _SHOWN.items()
        if before[field] != after[field]
    }


def _sentences(row: PlannedResource) -> Iterator[str]:
    yield from map(str, row.issues)
    if row.outcome is Fate.RETIRED:
        by = f"remplacée par « {row.replaced_by} »" if row.replaced_by else "rien ne la remplace"
        yield f"« {row.title} » ({row.key}) est retirée : {by}."
    elif row.outcome is Fate.CREATED:
        yield f"Ligne {row.line} ({row.key}) : nouvelle ressource « {row.title} »."
    for column, (before, after) in row.changes.items():
        told = f"{_told(before)} devient {_told(after)}"
        yield f"Ligne {row.line} ({row.key}), {column} : {told}."


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = "|".join(value) if isinstance(value, list) else value
    return "rien" if text in (None, "") else f"« {text} »"
