"""The lines of an edition of the catalogue: rows of ``resources.csv``, or issues that name them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.names import plain
from mapapp.checking import resource_faults
from mapapp.errors import DataFault, cited
from mapapp.importing.files import Sheet
from mapapp.importing.limits import LONGEST_CELL
from mapapp.store import catalogue as cat
from mapapp.tables import kinds
from mapapp.tables.layout import CATALOGUE, Column
from mapapp.tables.reading import Issue, Row, read_value

RESOURCES = next(table for table in CATALOGUE if table.name == "resources")

#: The resources of earlier editions that one of this edition replaces: they lead to it.
REPLACES = Column("remplace", kinds.slug, many=True, refers="resources.id")

COLUMNS = (*RESOURCES.columns, REPLACES)

_UNKNOWN = {
    "chapters.numero": "aucun chapitre ne porte ce numéro",
    "themes.slug": "aucun thème n’a cet identifiant",
    "publishers.id": "aucun éditeur n’a cet identifiant",
    "resources.id": "aucune ressource connue n’a cet identifiant",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds that a line may name: values by ``table.column``, and the themes."""

    values: Mapping[str, Collection[Any]]
    themes: list[Row]


@dataclass(frozen=True, slots=True)
class ReadResource:
    """A line: the identifier it gives, what it says (``row``: None when rejected), its faults.

    ``key`` is empty when the identifier cannot be read. ``replaces``: even of a rejected line.
    """

    line: int
    key: str
    row: Row | None
    replaces: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """All the lines of a file, and French sentences about the whole of it."""

    lines: tuple[ReadResource, ...]
    notes: tuple[str, ...]


def known_to(session: Session) -> Known:
    """What the store holds that a line may name."""
    rows = session.execute(select(cat.Theme.slug, cat.Theme.chapter_number))
    themes = [Row(0, {"slug": slug, "chapitre": chapter}) for slug, chapter in rows]
    values = {
        "chapters.numero": set(session.scalars(select(cat.Chapter.number))),
        "themes.slug": {theme["slug"] for theme in themes},
        "publishers.id": set(session.scalars(select(cat.Publisher.id))),
        "resources.id": set(session.scalars(select(cat.Resource.slug))),
    }
    return Known(values, themes)


def read_edition(sheet: Sheet, file_name: str, known: Known) -> Edition:
    """Check every cell, then the rules between columns, then what replaces what.

    Raises:
        DataFault: a column is missing, or no line can be kept.
    """
    ranks, unknown = _placed(sheet, file_name)
    lines = [_read(line, cells, ranks, sheet, known) for line, cells in sheet.lines]
    for judge in (_repeated, _broken_rules, _wrongly_replaced):
        lines = _rejecting(lines, judge(lines, known))
    if not any(line.row for line in lines):
        cause = next((str(issue) for line in lines for issue in line.issues), "Aucune ligne.")
        raise DataFault(f"{file_name} : aucune ressource ne peut être gardée. {cause}")
    dropped = f"Colonnes inconnues, laissées de côté : {', '.join(unknown)}."
    notes = (*sheet.notes, *([dropped] if unknown else []))
    return Edition(tuple(_named(line, file_name) for line in lines), notes)


def _placed(sheet: Sheet, file_name: str) -> tuple[dict[str, int], list[str]]:
    """The rank of each of our columns in the file, and the headers that are not ours."""
    by_name = {plain(column.name): column.name for column in COLUMNS}
    ranks: dict[str, int] = {}
    unknown = []
    for rank, header in enumerate(sheet.headers):
        name = by_name.get(plain(header))
        if name is None or name in ranks:
            unknown.append(header)
        else:
            ranks[name] = rank
    missing = [column.name for column in RESOURCES.columns if column.name not in ranks]
    if missing:
        raise DataFault(
            f"{file_name} : il manque les colonnes {', '.join(missing)} : partez de "
            "« mapapp export resources », une colonne peut rester vide."
        )
    return ranks, unknown


def _read(
    line: int, cells: tuple[str, ...], ranks: Mapping[str, int], sheet: Sheet, known: Known
) -> ReadResource:
    texts = {name: cells[rank].strip() for name, rank in ranks.items() if rank < len(cells)}
    issues = list(_width_issues(line, cells, len(sheet.headers)))
    values: dict[str, Any] = {}
    for column in COLUMNS:
        text = texts.get(column.name, "")
        try:
            values[column.name] = _value(column, text, known)
        except ValueError as error:
            issues.append(Issue("", line, column.name, cited(text), str(error)))
    row = None if issues else Row(line, values)
    replaces = tuple(filter(None, map(str.strip, texts.get(REPLACES.name, "").split("|"))))
    return ReadResource(line, values.get("id", ""), row, replaces, tuple(issues))


def _width_issues(line: int, cells: tuple[str, ...], expected: int) -> Iterator[Issue]:
    """Cells beyond the headers mean that the values have moved; missing ones are empty."""
    if len(cells) > expected:
        message = f"{len(cells)} cellules au lieu de {expected}"
        yield Issue("", line, None, cited(" | ".join(cells[expected:])), message)


def _value(column: Column, text: str, known: Known) -> Any:
    if len(text) > LONGEST_CELL:
        raise ValueError(f"plus de {LONGEST_CELL} caractères")
    value = read_value(column, text)
    told = value if isinstance(value, tuple) else (value,)
    if column.refers and any(v is not None and v not in known.values[column.refers] for v in told):
        raise ValueError(_UNKNOWN[column.refers])
    return value


def _rejecting(lines: list[ReadResource], issues: Iterator[Issue]) -> list[ReadResource]:
    """The same lines, those that have an issue rejected with it."""
    found: dict[int | None, list[Issue]] = {}
    for issue in issues:
        found.setdefault(issue.line, []).append(issue)
    return [
        replace(line, row=None, issues=(*line.issues, *found[line.line]))
        if line.line in found
        else line
        for line in lines
    ]


def _repeated(lines: list[ReadResource], _known: Known) -> Iterator[Issue]:
    first: dict[str, int] = {}
    for line in filter(lambda line: line.key, lines):
        seen = first.setdefault(line.key, line.line)
        if seen != line.line:
            yield Issue("", line.line, "id", line.key, f"identifiant déjà employé ligne {seen}")


def _broken_rules(lines: list[ReadResource], known: Known) -> Iterator[Issue]:
    yield from resource_faults([line.row for line in lines if line.row], known.themes)


def _wrongly_replaced(lines: list[ReadResource], _known: Known) -> Iterator[Issue]:
    """What is replaced has left the catalogue, and leads to one page."""
    kept = {line.key for line in lines}
    first: dict[str, int] = {}
    for line in filter(lambda line: line.row, lines):
        for slug in line.replaces:
            seen = first.setdefault(slug, line.line)
            if slug in kept:
                message = "cette ressource est encore dans le fichier"
                yield Issue("", line.line, REPLACES.name, slug, message)
            elif seen != line.line:
                message = f"cette ressource est déjà remplacée ligne {seen}"
                yield Issue("", line.line, REPLACES.name, slug, message)


def _named(line: ReadResource, file_name: str) -> ReadResource:
    return replace(line, issues=tuple(replace(issue, file=file_name) for issue in line.issues))
