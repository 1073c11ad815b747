"""White spots as files: a line per QPV and theme for spreadsheets, a feature per QPV for maps.

Lengths are whole metres: contours are no finer, and a spreadsheet in French takes « 12.5 » for a
text. Within which an example surely is is rounded up: what is told stays true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from math import ceil

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from mapapp.catalogue import Catalogue
from mapapp.coverage import NEAREST
from mapapp.exporting.extracts import Cell, Extract, Record
from mapapp.filters import Filters
from mapapp.queries import coverage as asked
from mapapp.queries.coverage_examples import NamedInitiative, examples_near
from mapapp.queries.qpv_facts import Named, QpvFacts, qpv_facts
from mapapp.store import territory as ter

NAME = "qpv-sans-exemple"

#: The forms that are maps.
MAPS = (".geojson", ".gpkg")

_QPV = (
    "qpv", "nom", "generation", "communes", "noms_communes", "departements", "noms_departements",
    "regions", "noms_regions", "epci", "noms_epci", "population", "population_source",
)  # fmt: skip
_ASKED = ("distance_demandee_m", "contours", "date")

LINE_COLUMNS = (
    *_QPV,
    "theme", "nom_theme", "etat", "etat_libelle", "exemples", "possibles",
    "distance_m", "distance_certaine_m",
    *(
        f"proche_{rank}_{what}"
        for rank in range(1, NEAREST + 1)
        for what in ("slug", "nom", "distance_m")
    ),
    *_ASKED,
)  # fmt: skip


def map_columns(themes: Sequence[str]) -> tuple[str, ...]:
    """The columns of a map for these theme slugs: two for each."""
    of_themes = chain.from_iterable((slug, f"{slug}_distance_certaine_m") for slug in themes)
    return (*_QPV, "themes_sans_exemple", *of_themes, *_ASKED)


@dataclass(frozen=True, slots=True)
class _Line:
    """A QPV of the matrix, the distance asked for, the edition of its contours, the day told."""

    row: asked.QpvRow
    distance_m: float
    edition: str
    day: str

    @property
    def asked(self) -> tuple[Cell, ...]:
        """The cells that say what was asked, of what, when."""
        return (_whole(self.distance_m), self.edition, self.day)


def coverage(
    session: Session,
    catalogue: Catalogue,
    selections: Sequence[Filters],
    suffix: str,
    day: str | None = None,
) -> Extract:
    """White spots of some selections, in the shape that a file of that suffix wants.

    The page asked for is ignored: a file holds the whole selection. ``day``: what the lines tell as
    theirs (ISO 8601), today's without it.
    """
    day = day or date.today().isoformat()
    editions = dict(session.execute(select(ter.Contours.generation, ter.Contours.edition)).all())
    lines = [
        _Line(row, filters.distance, editions[filters.generation], day)
        for filters in selections
        for row in asked.Coverage(session, catalogue, replace(filters, page=1)).page(None).items
    ]
    if suffix in MAPS:
        themes = asked.Coverage(session, catalogue, selections[0]).themes
        columns = map_columns([theme.slug for theme in themes])
        return Extract(NAME, columns, len(lines), _areas(session, lines), "MultiPolygon")
    count = sum(len(line.row.cells) for line in lines)
    return Extract(NAME, LINE_COLUMNS, count, _cells(session, lines))


def _cells(session: Session, lines: Sequence[_Line]) -> Iterator[Record]:
    facts = qpv_facts(session, [line.row.code for line in lines])
    names = examples_near(session, [line.row for line in lines])
    for line in lines:
        about = _about(facts[line.row.code])
        for cell in line.row.cells:
            yield Record((*about, *_state(cell), *_nearest(cell, names), *line.asked))


def _areas(session: Session, lines: Sequence[_Line]) -> Iterator[Record]:
    facts = qpv_facts(session, [line.row.code for line in lines], outlines=True)
    for line in lines:
        fact = facts[line.row.code]
        states = chain.from_iterable((c.state.value, _whole_up(c.reach_m)) for c in line.row.cells)
        told = (*_about(fact), line.row.empty, *states, *line.asked)
        yield Record(told, shapely.from_wkb(fact.outline))


def _about(fact: QpvFacts) -> tuple[Cell, ...]:
    levels = (fact.communes, fact.departements, fact.regions, fact.epcis)
    return (
        fact.code,
        fact.name,
        fact.generation,
        *chain.from_iterable(map(_codes_and_names, levels)),
        fact.population,
        fact.population_source,
    )


def _codes_and_names(places: Named) -> tuple[Cell, Cell]:
    return "|".join(code for code, _ in places), "|".join(name for _, name in places)


def _state(cell: asked.Cell) -> tuple[Cell, ...]:
    return (
        cell.theme.slug,
        cell.theme.label,
        cell.state.value,
        cell.state.label,
        cell.examples,
        cell.possible,
        _whole(cell.nearest[0].distance_m) if cell.nearest else None,
        _whole_up(cell.reach_m),
    )


def _nearest(cell: asked.Cell, names: dict[int, NamedInitiative]) -> Iterator[Cell]:
    for near in cell.nearest:
        named = names[near.initiative_id]
        yield from (named.slug, named.name, _whole(near.distance_m))
    yield from [None] * 3 * (NEAREST - len(cell.nearest))


def _whole(length_m: float) -> int:
    return round(length_m)


def _whole_up(length_m: float | None) -> int | None:
    return None if length_m is None else ceil(length_m)
