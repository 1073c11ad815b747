"""The use case behind ``mapapp import initiatives``: preview, then publication of the same file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.names import plain
from mapapp.errors import BadInput
from mapapp.fields.publication import Publication, decide
from mapapp.importing.duplicates import Duplicate, Known, possible_duplicates
from mapapp.importing.files import Sheet, read_sheet
from mapapp.importing.mapping import REPLACES, SIRET, ColumnMapping, propose
from mapapp.importing.planning import Outcome, Plan, plan_rows
from mapapp.importing.publishing import Origin, publish
from mapapp.importing.records import Reference, Told, given_position
from mapapp.importing.reference import load_reference
from mapapp.importing.replacements import with_known_replacements
from mapapp.importing.rows import ReadRow, Vocabulary, read_rows
from mapapp.importing.sources import THE_SOURCE, SourceFacts, declare, source_held
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.engine import take_the_pen
from mapapp.store.runs import Run, RunChange

#: Outcomes in the order in which they call for the operator, lines in their order within each.
_GRAVEST = (
    Outcome.REJECTED,
    Outcome.DOUBTFUL,
    Outcome.UPDATED,
    Outcome.CREATED,
    Outcome.UNCHANGED,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asks: a file, its source, and how to read its columns.

    ``publishes``: headers of the file that have no column of ours and that everybody may see; None:
    those that the source remembers.
    """

    path: Path
    source_id: str
    facts: SourceFacts
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    publishes: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, and what was noticed."""

    sheet: Sheet
    mapping: ColumnMapping
    plan: Plan
    publication: Publication
    duplicates: tuple[Duplicate, ...]

    def lines(self) -> list[str]:
        """One French sentence for each thing to look at, the file first, then the gravest."""
        of_others = [*map(str, self.plan.retirements), *map(_duplicate_sentence, self.duplicates)]
        return [*self._of_file(), *self._of_rows(), *of_others]

    def as_json(self, run_id: int | None) -> dict[str, Any]:
        """The same for programs, every row told."""
        return {
            "run": run_id,
            "counts": self.plan.counts,
            "absent": self.plan.absent,
            "columns": dict(self.mapping.columns),
            "unknown_columns": list(self.mapping.unknown),
            "published_columns": list(self.publication.chosen),
            "kept_columns": dict(self.publication.kept),
            "privacy_remarks": list(self.publication.remarks),
            "notes": list(self.sheet.notes),
            "rows": [
                {
                    "line": row.line,
                    "key": row.key,
                    "outcome": row.outcome.value,
                    "doubt": row.doubt,
                    "changes": {name: list(pair) for name, pair in row.changes.items()},
                    "issues": [asdict(issue) for issue in row.issues],
                }
                for row in self.plan.rows
            ],
            "retired": [asdict(retirement) for retirement in self.plan.retirements],
            "duplicates": [asdict(duplicate) for duplicate in self.duplicates],
        }

    def _of_file(self) -> list[str]:
        return [*self.sheet.notes, *self.publication.lines()]

    def _of_rows(self) -> list[str]:
        sentences: list[str] = []
        for row in sorted(self.plan.rows, key=lambda row: _GRAVEST.index(row.outcome)):
            where = f"Ligne {row.line} ({row.key})"
            sentences += map(str, row.issues)
            if row.doubt:
                sentences.append(f"{where}, à revoir : {row.doubt}.")
            if row.outcome is Outcome.UPDATED:
                sentences += [_change_sentence(where, *item) for item in row.changes.items()]
        return sentences


def _change_sentence(where: str, column: str, pair: tuple[str | None, str | None]) -> str:
    before, after = (f"« {text} »" if text else "rien" for text in pair)
    return f"{where}, {column} : {before} devient {after}."


def _duplicate_sentence(found: Duplicate) -> str:
    other = f"{found.other_key} ({found.other_source})"
    return f"{found.key} ressemble à {other} : {found.reason}. Rien n’est fusionné."


def preview_initiatives(session: Session, wanted: Wanted) -> Preview:
    """Read the file and compare it with the store, without writing."""
    return _preview(session, wanted, read_sheet(wanted.path), load_reference(session))


def publish_initiatives(session: Session, wanted: Wanted, author: str) -> tuple[Preview, Run]:
    """Write the import in the caller's transaction; compared again once no other can write.

    Raises:
        BadInput: the source ships with mapapp and the file would change it, or is not declared.
    """
    take_the_pen(session)
    former = source_held(session, wanted.source_id)
    source = declare(session, wanted.source_id, wanted.facts)
    sheet, reference = read_sheet(wanted.path), load_reference(session)
    preview = _preview(session, wanted, sheet, reference)
    if not _ships(session, wanted.source_id):
        source.mapping = dict(preview.mapping.columns)
        source.publishes = list(preview.publication.chosen) or None
    elif preview.plan.changes_count or source_held(session, wanted.source_id) != former:
        raise BadInput(
            f"La source « {wanted.source_id} » est livrée avec mapapp : corrigez "
            "data/initiatives.csv ou data/sources.csv, puis « mapapp init »."
        )
    origin = Origin(author, wanted.path.name, sheet.checksum)
    run = publish(session, wanted.source_id, preview.plan, reference, origin)
    if (now := source_held(session, wanted.source_id)) != former:
        place = {"run_id": run.id, "rank": preview.plan.changes_count}
        session.add(RunChange(**place, key=THE_SOURCE, before=former, after=now))
    return preview, run


def _preview(session: Session, wanted: Wanted, sheet: Sheet, reference: Reference) -> Preview:
    source = session.get(cat.Source, wanted.source_id)
    mapping = propose(sheet.headers, source.mapping if source else None, wanted.columns)
    rows: Iterable[ReadRow] = read_rows(sheet, mapping, wanted.constants, _vocabulary(session))
    if REPLACES in mapping.columns:  # else the rows are read one by one, and never kept together
        rows = with_known_replacements(session, wanted.source_id, rows)
    plan = plan_rows(session, wanted.source_id, rows, reference.gazetteer)
    publication = _publication(session, wanted, source, mapping, plan)
    return Preview(sheet, mapping, plan, publication, _duplicates(session, wanted.source_id, plan))


def _publication(
    session: Session,
    wanted: Wanted,
    source: cat.Source | None,
    mapping: ColumnMapping,
    plan: Plan,
) -> Publication:
    """What everybody will see: a column is judged by all that the store will hold of it."""
    asked = (source.publishes if source else None) or []
    if wanted.publishes is not None:
        asked = [mapping.kept_name(header) for header in wanted.publishes]
    rows = [row.told for row in plan.rows if row.outcome is not Outcome.REJECTED]
    if asked:
        keys = {row.key for row in plan.rows}
        held = select(ini.Initiative.key, ini.Initiative.told)
        of_source = ini.Initiative.source_id == wanted.source_id
        rows += [told for key, told in session.execute(held.where(of_source)) if key not in keys]
    unknown = [name for name in mapping.kept_as.values() if name != SIRET]
    return decide(mapping.columns, unknown, asked, rows)


def _vocabulary(session: Session) -> Vocabulary:
    themes = session.execute(
        select(cat.Theme.slug, cat.Theme.label).join(
            cat.Chapter, cat.Chapter.number == cat.Theme.chapter_number
        )
    ).all()
    former = session.execute(select(ter.FormerCommune.insee_code, ter.FormerCommune.current_code))
    codes = {code: code for code in session.scalars(select(ter.Commune.insee_code))}
    by_name = {plain(label): slug for slug, label in themes} | {slug: slug for slug, _ in themes}
    return Vocabulary(
        by_name,
        frozenset(session.scalars(select(cat.Resource.slug))),
        dict(former.all()) | codes,
        frozenset(session.scalars(select(ter.Qpv.code))),
    )


def _ships(session: Session, source_id: str) -> bool:
    """Whether a source came with mapapp: the only ones whose records no run wrote."""
    of_source = (Run.kind == "initiatives", Run.source_id == source_id)
    imported = select(RunChange.key).join(Run).where(*of_source).limit(1)
    held = select(ini.Initiative.id).where(ini.Initiative.source_id == source_id).limit(1)
    return session.scalar(imported) is None and session.scalar(held) is not None


def _duplicates(session: Session, source_id: str, plan: Plan) -> tuple[Duplicate, ...]:
    row = ini.Initiative
    columns = (row.key, row.name, row.lon, row.lat, row.siret, row.website, row.source_id)
    others = [
        Known(*found)
        for found in session.execute(select(*columns).where(row.source_id != source_id))
    ]
    ours = [_known(r.key, r.told, source_id) for r in plan.rows if r.outcome != Outcome.REJECTED]
    return tuple(possible_duplicates(ours, others))


def _known(key: str, told: Told, source_id: str) -> Known:
    point = given_position(told)
    lon, lat = point.lon_lat if point else (None, None)
    return Known(key, told["nom"], lon, lat, told.get("siret"), told.get("site_web"), source_id)
