"""What is published: each dataset, its columns, its forms, and how its files are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mapapp.errors import BadInput
from mapapp.exporting import extracts
from mapapp.exporting.coverage import coverage
from mapapp.exporting.extracts import Extract, Record
from mapapp.exporting.formats import WRITERS
from mapapp.exporting.listed import listed
from mapapp.fields.publication import public_cells
from mapapp.filters import Filters
from mapapp.importing.mapping import COLUMNS
from mapapp.memory import Memory
from mapapp.opendata import columns, linked
from mapapp.opendata.fields import Field
from mapapp.queries.addresses import changed_on
from mapapp.queries.initiatives import Initiatives
from mapapp.store import initiatives as ini
from mapapp.store.contours import generations

#: Each form: how people call it, and its media type.
FORMS: Mapping[str, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": ("GeoJSON", "application/geo+json"),
    "gpkg": ("GeoPackage", "application/geopackage+sqlite3"),
    "jsonld": ("JSON-LD", "application/ld+json"),
}

_SHEETS = ("csv", "xlsx")
_MAPS = ("geojson", "gpkg")

#: Rows read from the store at a time: enough to forget the cost of asking, some megabytes at most.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Instant:
    """What the files of one instant are written from; ``absolute`` makes an address of a path."""

    session: Session
    memory: Memory
    absolute: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table that others take: ``name`` is in its addresses, ``key`` tells its lines apart.

    ``compared``: the columns that a change list looks at, all when empty. ``slow``: forms that take
    longer to write than somebody waits, which only snapshots have.
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    forms: tuple[str, ...]
    extract: Callable[[Instant, str], Extract]
    node: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    compared: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()

    def offered(self, kept: bool) -> list[str]:
        """The forms that can be taken now; ``kept``: a snapshot holds the data of now."""
        return [form for form in self.forms if available(form) and (kept or form not in self.slow)]

    def write(
        self,
        instant: Instant,
        form: str,
        path: Path,
        most: int | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> int:
        """Write the file of that form; how many lines it has. ``check`` may end it by raising.

        Raises:
            BadInput: more than ``most`` lines.
            DataFault: the form cannot hold them, or lacks its extra.
        """
        extract = self.extract(instant, form).watched(check)
        if most is not None and extract.count > most:
            raise BadInput(
                f"{extract.count} lignes : ce fichier est trop grand pour être écrit à la demande. "
                "Prenez-le dans le dernier instantané de /donnees, ou prenez le CSV."
            )
        if form == "jsonld" and self.node:
            linked.write_jsonld(extract, path, self.node)
        else:
            WRITERS[f".{form}"](extract, path)
        return extract.count


def available(form: str) -> bool:
    """Whether this installation can write that form: GeoPackage asks for the extra ``gis``."""
    return form != "gpkg" or find_spec("pyogrio") is not None


def _told(instant: Instant, form: str) -> Extract:
    """What sources tell, under the columns of an initiatives file; the key is that of the page.

    The keys of two sources may be the same; columns of one source's own file are not of the format.
    """
    if form == "jsonld":
        return _placed(instant, form)
    session, row = instant.session, ini.Initiative
    count = session.scalar(select(func.count(row.id))) or 0
    found = session.execute(
        select(row.slug, row.told, row.lon, row.lat)
        .order_by(row.source_id, row.rank)
        .execution_options(yield_per=_BATCH)
    )
    return Extract("initiatives", COLUMNS, count, map(_told_record, found), "Point")


def _told_record(row: Any) -> Record:
    told = public_cells(row.told) | {"identifiant": row.slug}
    shape = None if row.lon is None else shapely.Point(row.lon, row.lat)
    return Record(tuple(told.get(column) for column in COLUMNS), shape)


def _placed(instant: Instant, _form: str) -> Extract:
    questions = Initiatives(instant.session, instant.memory)
    return listed(questions, Filters(), instant.absolute, bounded=False)


def _resources(instant: Instant, _form: str) -> Extract:
    return extracts.resources(instant.session)


def _qpvs(instant: Instant, _form: str) -> Extract:
    return extracts.qpvs(instant.session)


def _coverage(instant: Instant, form: str) -> Extract:
    newest_first = sorted(generations(instant.session), reverse=True)
    selections = [Filters(tous=True, generation=generation) for generation in newest_first]
    catalogue = instant.memory.catalogue(instant.session)
    day = changed_on(instant.session)
    return coverage(instant.session, catalogue, selections, f".{form}", day)


DATASETS = (
    Dataset(
        "initiatives",
        "Initiatives",
        "Ce que les sources disent de chaque initiative, au format dans lequel on peut en envoyer. "
        "Les colonnes propres au fichier d’une source n’y sont pas.",
        columns.INITIATIVES,
        ("identifiant",),
        (*_SHEETS, *_MAPS, "jsonld"),
        _told,
        linked.initiative,
    ),
    Dataset(
        "initiatives-situees",
        "Initiatives situées",
        "Où chaque initiative est placée, avec quelle précision, dans quel QPV de 2024 et de 2015, "
        "et d’après quelle source.",
        columns.PLACED,
        ("slug",),
        (*_SHEETS, *_MAPS),
        _placed,
    ),
    Dataset(
        "ressources",
        "Ressources",
        "Les documents et sites du catalogue, par chapitre et par thème.",
        columns.RESOURCES,
        ("id",),
        (*_SHEETS, "jsonld"),
        _resources,
        linked.resource,
    ),
    Dataset(
        "qpv",
        "Quartiers prioritaires (QPV)",
        "Les QPV de 2024 et de 2015 : communes, population, nombre d’initiatives, et leurs "
        "contours dans les cartes.",
        columns.QPVS,
        ("code",),
        (*_SHEETS, *_MAPS, "jsonld"),
        _qpvs,
        linked.qpv,
    ),
    Dataset(
        "couverture",
        "Couverture",
        "Pour chaque QPV et chaque thème : un exemple y est-il connu, et où sont les plus proches. "
        "Une carte a une forme par QPV.",
        columns.COVERAGE,
        ("qpv", "theme"),
        (*_SHEETS, *_MAPS),
        _coverage,
        compared=("etat", "exemples", "possibles"),
        slow=("xlsx",),
    ),
)

BY_NAME = {dataset.name: dataset for dataset in DATASETS}
