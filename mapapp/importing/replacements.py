"""What a record replaces: records of its source that retire, their addresses leading to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from mapapp.errors import cited
from mapapp.importing.mapping import REPLACES
from mapapp.importing.rows import ReadRow, RowIssue
from mapapp.slugs import Reason, gone, identifiers


@dataclass(frozen=True, slots=True)
class Retirement:
    """A record that leaves for ``successor``, or that nothing replaces any more (None).

    ``line``: which of the file says so. ``name``: what it was called, None when nobody is told.
    """

    line: int
    key: str
    successor: str | None
    name: str | None

    @property
    def fate(self) -> dict[str, Any]:
        """How it is gone, for the register of slugs."""
        reason = Reason.REPLACED if self.successor else Reason.WITHDRAWN
        return gone(reason, self.successor, self.name)

    def __str__(self) -> str:
        called = f"« {self.name} » ({self.key})" if self.name else f"« {self.key} »"
        if self.successor is None:
            return f"Ligne {self.line} : {called}, déjà retirée, n’est plus remplacée."
        return f"Ligne {self.line} : {called} est retirée, remplacée par « {self.successor} »."


def replaced_by(told: Mapping[str, str]) -> tuple[str, ...]:
    """What a row says that its record replaces: identifiers, or slugs before they are checked."""
    return tuple(filter(None, map(str.strip, told.get(REPLACES, "").split("|"))))


def with_known_replacements(
    session: Session, source_id: str, rows: Iterable[ReadRow]
) -> list[ReadRow]:
    """The same rows, what they replace told by identifiers; rejected when they may not.

    What is replaced once had an address in this source, has left the file, and leads to one record.
    """
    read = list(rows)
    names = {name for row in read for name in replaced_by(row.told)}
    known = identifiers(session, source_id, names)
    in_file = {row.key for row in read}
    first: dict[str, int] = {}
    return [_checked(row, known, in_file, first) for row in read]


def _checked(
    row: ReadRow, known: Mapping[str, str], in_file: Collection[str], first: dict[str, int]
) -> ReadRow:
    names = replaced_by(row.told)
    if not names or row.rejected:
        return row
    issues = [
        RowIssue(row.line, REPLACES, cited(name), fault, grave=True)
        for name in names
        for fault in _faults(row.line, name, known, in_file, first)
    ]
    keys = dict.fromkeys(known.get(name, name) for name in names)
    told = row.told | {REPLACES: "|".join(keys)}
    return replace(row, told=told, issues=(*row.issues, *issues))


def _faults(
    line: int,
    name: str,
    known: Mapping[str, str],
    in_file: Collection[str],
    first: dict[str, int],
) -> Iterator[str]:
    key = known.get(name, name)
    if key in in_file:
        yield "cette fiche est encore dans le fichier"
    elif name not in known:
        yield "aucune fiche de cette source n’a jamais eu cet identifiant ni cette adresse"
    elif (seen := first.setdefault(key, line)) != line:
        yield f"cette fiche est déjà remplacée ligne {seen}"
