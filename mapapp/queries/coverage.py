"""White spots: which QPVs have an example on which theme, for the filters and a distance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import inf
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from geo.names import plain
from mapapp.catalogue import Catalogue, Theme
from mapapp.errors import NotReady, UnknownRecord
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.paging import PER_PAGE, Page
from mapapp.queries.qpvs import CommuneRef, communes_of, conditions
from mapapp.store import territory as ter
from mapapp.store.coverage import CoverageCell

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


class State(StrEnum):
    """What is known of a theme in a QPV, for one distance."""

    EXAMPLE = "example"
    NEAR = "near"
    POSSIBLE = "possible"
    NONE_KNOWN = "none_known"
    NONE = "none"

    @property
    def label(self) -> str:
        """The state in a word or two, in French."""
        return _LABELS[self]

    @property
    def is_empty(self) -> bool:
        """Whether the QPV has no example, not even a near or possible one."""
        return self in (State.NONE_KNOWN, State.NONE)


_LABELS = {
    State.EXAMPLE: "Exemple",
    State.NEAR: "À proximité",
    State.POSSIBLE: "Peut-être",
    State.NONE_KNOWN: "Aucun connu",
    State.NONE: "Aucun",
}


@dataclass(frozen=True, slots=True)
class Near:
    """An initiative near a QPV: metres to its point, and within which it surely lies."""

    initiative_id: int
    distance_m: float
    reach_m: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One theme in one QPV: how many examples, how many that may be, the nearest others."""

    theme: Theme
    state: State
    examples: int
    possible: int
    reach_m: float | None
    nearest: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class QpvRow:
    """A line of the matrix. ``nearest_m``: metres to the nearest example on a theme asked for."""

    code: str
    name: str
    generation: int
    communes: tuple[CommuneRef, ...]
    population: int | None
    empty: int
    nearest_m: float | None
    cells: tuple[Cell, ...]

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/qpv/{self.code}"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a territory holds: QPVs, those with an example on a theme asked for, cells by state.

    ``kind`` is the filter that names it (region, departement, epci, commune), empty for the whole.
    """

    kind: str
    code: str
    name: str
    qpvs: int
    with_example: int
    cells: int
    filled: int

    @property
    def without_example(self) -> int:
        """QPVs that have no example on any theme asked for."""
        return self.qpvs - self.with_example

    @property
    def qpv_rate(self) -> float:
        """Share of the QPVs that have an example, 0 to 1."""
        return self.with_example / self.qpvs if self.qpvs else 0.0

    @property
    def cell_rate(self) -> float:
        """Share of the cells that have an example, 0 to 1."""
        return self.filled / self.cells if self.cells else 0.0


#: The filters that the counts of a QPV depend on; the others sort them, or cut them in pages.
_OF_COUNTS = (
    *("q", "theme", "qpv", "commune", "departement", "region", "epci"),
    *("generation", "distance", "population"),
)

#: The commune that an arrondissement is a part of: QPVs of 2015 name the part, those of 2024 it.
_WHOLE = aliased(ter.Commune)


def _of_whole(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A column of a commune: that of the commune which holds it when it is an arrondissement."""
    return func.coalesce(getattr(_WHOLE, column.key), column)


class Coverage:
    """The questions about white spots, for one session and one set of filters."""

    def __init__(
        self,
        session: Session,
        catalogue: Catalogue,
        filters: Filters,
        memory: Memory | None = None,
    ) -> None:
        """``memory``: where the counts of each QPV are recalled from, when asked for again."""
        self.session = session
        self._memory = memory
        self.filters = filters
        asked = filters.theme
        self.themes = tuple(t for t in catalogue.initiative_themes if not asked or t.slug in asked)

    def page(self, per_page: int | None = PER_PAGE) -> Page[QpvRow]:
        """One page of the QPVs that lack something (all of them with ``tous``); None: everything.

        Raises:
            UnknownRecord: the list is shorter.
        """
        number, lines = self.filters.page, self._ordered()
        per_page = per_page or max(len(lines), 1)
        shown = lines[(number - 1) * per_page : number * per_page]
        if not shown and number > 1:
            raise UnknownRecord(f"Il n’y a pas de page {number} : la liste est plus courte.")
        return Page(self._rows(shown), len(lines), number, per_page)

    def states(self) -> dict[State, int]:
        """How many cells of the selection are in each state."""
        return {state: sum(getattr(line, state) for line in self._lines) for state in State}

    def by_theme(self) -> dict[Theme, dict[State, int]]:
        """For each theme asked for, in how many QPVs it is in each state; in catalogue order."""
        slug, state = CoverageCell.theme_slug, self._state.label("state")
        rows = self.session.execute(
            self._selected(select(slug, state, func.count())).group_by(slug, state)
        )
        counts = {(theme, State(value)): count for theme, value, count in rows}
        return {
            theme: {one: counts.get((theme.slug, one), 0) for one in State} for theme in self.themes
        }

    def total(self) -> Totals:
        """The whole selection, each QPV once."""
        return _totals("", "", "", self._lines)

    def by_territory(self) -> list[Totals]:
        """The territories one step below the one asked for, by name; empty below a commune.

        A QPV that reaches into two counts in both.
        """
        level = self._level()
        if level is None:
            return []
        kind, code, name = level
        by_code = {line.code: line for line in self._lines}
        held: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for qpv_code, *territory in self.session.execute(self._places(code, name)):
            if qpv_code in by_code:
                held[territory[0] or "", territory[1] or "Sans EPCI"].append(by_code[qpv_code])
        return [_totals(kind, *held_by, held[held_by]) for held_by in sorted(held, key=_by_name)]

    def lacks(self) -> dict[str, str]:
        """By QPV code, how much lacks an example of the themes asked for: tout, partie, rien."""
        return {line.code: _lack(line, len(self.themes)) for line in self._lines}

    def of_qpv(self, code: str) -> tuple[Cell, ...]:
        """The cells of one QPV, in the order of the themes."""
        return self._cells([code])[code]

    @cached_property
    def _lines(self) -> Sequence[Row[Any]]:
        """One line for each QPV of the selection: how many of its cells are in each state.

        ``nearest``: metres to the nearest example on a theme asked for, 0 when the QPV has one.
        """
        if self._memory is None:
            return self._counted()
        asked = self.filters.only(_OF_COUNTS).pairs()
        return self._memory.recall(self.session, ("coverage", *asked), self._counted)

    def _counted(self) -> Sequence[Row[Any]]:
        cell, qpv = CoverageCell, ter.Qpv
        counts = [func.sum(case((self._state == s.value, 1), else_=0)).label(s) for s in State]
        nearest = func.min(case((cell.examples > 0, 0.0), else_=cell.reach_m)).label("nearest")
        columns = (qpv.code, qpv.name, qpv.population)
        return self.session.execute(
            self._selected(select(*columns, *counts, nearest)).group_by(*columns)
        ).all()

    def _selected(self, statement: S) -> S:
        """The statement over the cells of the QPVs and themes asked for."""
        cell = CoverageCell
        return (
            statement.select_from(cell)
            .join(ter.Qpv, ter.Qpv.code == cell.qpv_code)
            .where(
                cell.generation == self.filters.generation,
                cell.theme_slug.in_([theme.slug for theme in self.themes]),
                *conditions(self.filters),
            )
        )

    @property
    def _state(self) -> ColumnElement[str]:
        cell = CoverageCell
        return case(
            (cell.examples > 0, State.EXAMPLE.value),
            (cell.reach_m <= self.filters.distance, State.NEAR.value),
            (cell.possible > 0, State.POSSIBLE.value),
            (cell.surveyed, State.NONE.value),
            else_=State.NONE_KNOWN.value,
        )

    def _ordered(self) -> list[Row[Any]]:
        """What lacks most first; what is not known last; equals by population, then by name."""
        lines = [line for line in self._lines if self.filters.tous or _empty(line)]
        keys: dict[str, Callable[[Row[Any]], float]] = {
            "manques": lambda line: -_empty(line),
            "population": lambda line: -(line.population or -1),
            # Without any example on Earth a QPV comes before all others.
            "distance": lambda line: -(inf if line.nearest is None else line.nearest),
            "nom": lambda line: 0,
        }
        first = keys[self.filters.tri]
        by_people = self.filters.tri != "nom"
        return sorted(
            lines,
            key=lambda line: (
                first(line),
                -(line.population or -1) if by_people else 0,
                plain(line.name),
                line.code,
            ),
        )

    def _rows(self, lines: Sequence[Row[Any]]) -> tuple[QpvRow, ...]:
        codes = [line.code for line in lines]
        communes, cells = communes_of(self.session, codes), self._cells(codes)
        return tuple(
            QpvRow(
                line.code,
                line.name,
                self.filters.generation,
                communes[line.code],
                line.population,
                _empty(line),
                line.nearest,
                cells[line.code],
            )
            for line in lines
        )

    def _cells(self, codes: Collection[str]) -> dict[str, tuple[Cell, ...]]:
        cell = CoverageCell
        rows = self.session.execute(
            select(*_CELL, self._state.label("state")).where(cell.qpv_code.in_(codes))
        )
        found = {(row.qpv_code, row.theme_slug): row for row in rows}
        if not found and codes:
            raise NotReady("La couverture des QPV n’est pas calculée : lancez « mapapp init ».")
        return {
            code: tuple(_cell(theme, found[code, theme.slug]) for theme in self.themes)
            for code in codes
        }

    def _level(self) -> tuple[str, Any, Any] | None:
        """Kind, code and name of the territories that the selection is told by."""
        asked = self.filters
        if asked.commune or asked.qpv:
            return None
        if asked.epci:
            return "commune", _of_whole(ter.Commune.insee_code), _of_whole(ter.Commune.name)
        if asked.departement:
            return "epci", ter.Epci.siren, ter.Epci.name
        if asked.region:
            return "departement", ter.Departement.code, ter.Departement.name
        return "region", ter.Region.code, ter.Region.name

    def _places(self, code: Any, name: Any) -> Select[*tuple[Any, ...]]:
        """Which QPV reaches into which territories; only what lies in the one asked for."""
        asked = self.filters
        wanted = (
            (ter.Departement.region_code, asked.region),
            (ter.Commune.departement_code, asked.departement),
            (ter.Commune.epci_siren, asked.epci),
        )
        return (
            select(ter.QpvCommune.qpv_code, code, name)
            .join(ter.Commune, ter.Commune.insee_code == ter.QpvCommune.insee_code)
            .join(ter.Departement, ter.Departement.code == ter.Commune.departement_code)
            .join(ter.Region, ter.Region.code == ter.Departement.region_code)
            .outerjoin(ter.Epci, ter.Epci.siren == ter.Commune.epci_siren)
            .outerjoin(_WHOLE, _WHOLE.insee_code == ter.Commune.parent_code)
            .where(*(column == value for column, value in wanted if value))
            .distinct()
        )


_CELL = (
    CoverageCell.qpv_code,
    CoverageCell.theme_slug,
    CoverageCell.examples,
    CoverageCell.possible,
    CoverageCell.reach_m,
    CoverageCell.nearest,
)


def _cell(theme: Theme, row: Any) -> Cell:
    nearest = tuple(Near(*near) for near in row.nearest)
    return Cell(theme, State(row.state), row.examples, row.possible, row.reach_m, nearest)


def _empty(line: Row[Any]) -> int:
    """How many themes asked for have no example, not even a near or possible one."""
    return sum(getattr(line, state) for state in State if state.is_empty)


def _lack(line: Row[Any], themes: int) -> str:
    empty = _empty(line)
    return "rien" if not empty else "tout" if empty == themes else "partie"


def _totals(kind: str, code: str, name: str, lines: Sequence[Row[Any]]) -> Totals:
    cells = sum(getattr(line, state) for line in lines for state in State)
    with_example = sum(line.example > 0 for line in lines)
    return Totals(
        kind, code, name, len(lines), with_example, cells, sum(line.example for line in lines)
    )


def _by_name(territory: tuple[str, str]) -> str:
    return plain(territory[1])
