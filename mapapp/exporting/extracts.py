"""What an export holds: its columns, and its records as they are in the store.

An extract is read while it is written: 100,000 initiatives are never all in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord
from mapapp.fields.publication import chosen_cells, public_cells
from mapapp.importing.mapping import COLUMNS, SIRET
from mapapp.queries.qpvs import COUNTED
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.tables.layout import CATALOGUE

Cell = str | int | float | None

#: Rows read from the store at a time: enough to forget the cost of asking, some megabytes at most.
_BATCH = 1000

#: Records between two looks at whether somebody still wants the file: some tens of milliseconds.
_CHECKED_EVERY = 250

RESOURCE_COLUMNS = next(
    tuple(column.name for column in table.columns)
    for table in CATALOGUE
    if table.name == "resources"
)

QPV_COLUMNS = (
    "code",
    "nom",
    "generation",
    "communes",
    "population",
    "population_source",
    "nombre_initiatives",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line: a cell for each column of its extract, and its shape in degrees when it has one."""

    cells: tuple[Cell, ...]
    shape: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """``count`` records under ``columns``; ``shapes`` says what their shapes are, if any.

    ``remarks`` says what the file does not hold (French).
    """

    name: str
    columns: tuple[str, ...]
    count: int
    records: Iterable[Record]
    shapes: Literal["Point", "MultiPolygon"] | None = None
    remarks: tuple[str, ...] = ()

    def watched(self, check: Callable[[], None]) -> Extract:
        """The same, calling ``check`` now and then while it is read: what it raises ends it."""
        return replace(self, records=_watched(self.records, check))


def _watched(records: Iterable[Record], check: Callable[[], None]) -> Iterator[Record]:
    for rank, record in enumerate(records):
        if rank % _CHECKED_EVERY == 0:
            check()
        yield record


def initiatives(session: Session, source: str | None = None, whole: bool = False) -> Extract:
    """What the sources tell of initiatives, one source's or all, by key.

    As everybody may read it, unless ``whole``: then word for word, every column that was kept.
    Columns that the contract does not know follow the others, in alphabetical order. The point is
    where mapapp places the initiative: told columns do not change with it.

    Raises:
        UnknownRecord: there is no such source.
    """
    of_source = () if source is None else (_source_is(session, source),)
    row = ini.Initiative
    published = dict(session.execute(select(cat.Source.id, cat.Source.publishes)).all())

    def cells(of: Any) -> Mapping[str, str]:
        told: Mapping[str, str] = of.told
        return told if whole else _published(told, of.slug, published[of.source_id] or ())

    said = select(row.told, row.slug, row.source_id, row.lon, row.lat).where(*of_source)
    found: set[str] = set()
    kept: set[str] = set()
    count = masked_count = 0
    for one in _stream(session, said):
        shown = cells(one)
        found.update(shown)
        kept.update(one.told)
        masked_count += any(one.told[column] != text for column, text in shown.items())
        count += 1
    columns = (*COLUMNS, *sorted(found.difference(COLUMNS)))
    rows = _stream(session, said.order_by(row.key, row.source_id))
    return Extract(
        "initiatives",
        columns,
        count,
        (_initiative(each, cells(each), columns) for each in rows),
        "Point",
        tuple(_withheld(sorted(kept.difference(columns)), masked_count)),
    )


def _published(told: Mapping[str, str], slug: str, chosen: Sequence[str]) -> dict[str, str]:
    """The cells of a record that everybody may see; an identifier that may not is its slug."""
    shown = public_cells(told)
    cells = {column: shown[column] for column in (*COLUMNS, SIRET) if column in shown}
    if cells["identifiant"] != told["identifiant"]:
        cells["identifiant"] = slug
    return cells | chosen_cells(told, chosen)


def _withheld(columns: Sequence[str], masked_count: int) -> Iterator[str]:
    everything = "--toutes-les-colonnes pour le fichier entier, qui reste chez vous"
    if columns:
        yield f"Colonnes non publiées, hors du fichier : {', '.join(columns)} ({everything})."
    if masked_count:
        yield (
            f"Coordonnées de personnes masquées dans {masked_count} "
            f"fiche{'s' if masked_count > 1 else ''} ({everything})."
        )


def resources(session: Session) -> Extract:
    """The catalogue in force, under the columns of ``data/resources.csv`` and in its order."""
    publishers: dict[str, list[str]] = defaultdict(list)
    for link in session.scalars(select(cat.ResourcePublisher).order_by(cat.ResourcePublisher.rank)):
        publishers[link.resource_slug].append(link.publisher_id)
    in_force = select(cat.Resource).where(cat.Resource.retired.is_(False))
    rows = session.scalars(in_force.order_by(cat.Resource.rank, cat.Resource.slug))
    records = [_resource(row, publishers[row.slug]) for row in rows]
    return Extract("resources", RESOURCE_COLUMNS, len(records), records)


def qpvs(session: Session, generation: int | None = None) -> Extract:
    """QPVs with their outlines, of one generation or of both, by generation and code."""
    of_generation = () if generation is None else (ter.Qpv.generation == generation,)
    count = session.scalar(select(func.count(ter.Qpv.code)).where(*of_generation)) or 0
    communes = _communes(session)
    counts = _initiative_counts(session)
    qpv = ter.Qpv
    rows = _stream(
        session,
        select(
            qpv.code,
            qpv.name,
            qpv.generation,
            qpv.population,
            qpv.population_source,
            qpv.population_vintage,
            qpv.outline,
        )
        .where(*of_generation)
        .order_by(qpv.generation, qpv.code),
    )
    records = (_qpv(row, communes[row.code], counts.get(row.code, 0)) for row in rows)
    return Extract("qpv", QPV_COLUMNS, count, records, "MultiPolygon")


def _stream(session: Session, statement: Any) -> Iterator[Any]:
    yield from session.execute(statement.execution_options(yield_per=_BATCH))


def _source_is(session: Session, source: str) -> ColumnElement[bool]:
    known = list(session.scalars(select(cat.Source.id).order_by(cat.Source.id)))
    if source not in known:
        raise UnknownRecord(
            f"Aucune source n’a l’identifiant « {source} » ; il y a : {', '.join(known)}."
        )
    return ini.Initiative.source_id == source


def _initiative(row: Any, cells: Mapping[str, str], columns: Sequence[str]) -> Record:
    shape = None if row.lon is None else shapely.Point(row.lon, row.lat)
    return Record(tuple(cells.get(column) for column in columns), shape)


def _resource(row: cat.Resource, publishers: Sequence[str]) -> Record:
    values: dict[str, Cell] = {
        "id": row.slug,
        "ordre": row.rank,
        "chapitre": row.chapter_number,
        "theme": row.theme_slug,
        "sous_theme": row.subtheme,
        "titre": row.title,
        "editeurs": "|".join(publishers),
        "auteurs": row.authors,
        "collection": row.series,
        "type": row.kind,
        "annee": row.year,
        "annee_fin": row.year_end,
        "mois": row.month,
        "pages": row.pages,
        "numero_fiche": row.sheet_number,
        "resume": row.summary,
        "lien": row.link,
        "type_lien": row.link_kind,
        "lien_vu": None if row.link_seen is None else ("non", "oui")[row.link_seen],
        "note": row.note,
    }
    return Record(tuple(values[column] for column in RESOURCE_COLUMNS))


def _communes(session: Session) -> dict[str, list[str]]:
    """The INSEE codes of the communes of each QPV, in the order of the official file."""
    communes: dict[str, list[str]] = defaultdict(list)
    for link in session.scalars(select(ter.QpvCommune).order_by(ter.QpvCommune.rank)):
        communes[link.qpv_code].append(link.insee_code)
    return communes


def _initiative_counts(session: Session) -> dict[str, int]:
    """How many initiatives are in each QPV, or declared so, as its page counts them."""
    named, verdict = ini.VerdictQpv, ini.Verdict
    counted = (
        select(named.qpv_code, func.count())
        .join(
            verdict,
            (verdict.initiative_id == named.initiative_id)
            & (verdict.generation == named.generation),
        )
        .where(named.conflict.is_(False), verdict.status.in_(COUNTED))
        .group_by(named.qpv_code)
    )
    return dict(session.execute(counted).all())


def _qpv(row: Any, communes: Sequence[str], initiative_count: int) -> Record:
    source = " ; ".join(filter(None, [row.population_source, row.population_vintage])) or None
    told = (row.code, row.name, row.generation, "|".join(communes), row.population, source)
    return Record((*told, initiative_count), shapely.from_wkb(row.outline))
