"""White spots: which QPVs have an example on which theme, for the filters and a distance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from mapapp.catalogue import Catalogue, Theme
from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
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


#: Without any example on Earth a QPV comes before all others: half its girth is 20,000 km.
_FARTHER_M = 1e8


class Coverage:
    """The questions about white spots, for one session and one set of filters."""

    def __init__(self, session: Session, catalogue: Catalogue, filters: Filters) -> None:
        self.session = session
        self.filters = filters
        asked = filters.theme
        self.themes = tuple(t for t in catalogue.initiative_themes if not asked or t.slug in asked)
        self._by_slug = {theme.slug: theme for theme in catalogue.initiative_themes}

    def page(self, per_page: int | None = PER_PAGE) -> Page[QpvRow]:
        """One page of the QPVs that lack something (all of them with ``tous``); None: everything.

        Raises:
            UnknownRecord: the list is shorter.
        """
        number = self.filters.page
        lines = self._lines(self.filters.tous)
        count = self.session.scalar(select(func.count()).select_from(lines.subquery())) or 0
        ordered = lines.order_by(*self._order())
        if per_page is not None:
            ordered = ordered.offset((number - 1) * per_page).limit(per_page)
        rows = self.session.execute(ordered).all()
        if not rows and number > 1:
            raise UnknownRecord(f"Il n’y a pas de page {number} : la liste est plus courte.")
        return Page(self._rows(rows), count, number, per_page or max(count, 1))

    def states(self) -> dict[State, int]:
        """How many cells of the selection are in each state."""
        state = self._state.label("state")
        counted = self._selected(select(state, func.count())).group_by(state)
        counts: dict[str, int] = dict(self.session.execute(counted).all())
        return {one: counts.get(one.value, 0) for one in State}

    def total(self) -> Totals:
        """The whole selection, each QPV once."""
        [row] = self.session.execute(select(*_sums(self._by_qpv))).all()
        return Totals("", "", "", *row)  # type: ignore[call-arg]

    def by_territory(self) -> list[Totals]:
        """The territories one step below the one asked for, by name; empty below a commune.

        A QPV that reaches into two counts in both.
        """
        level = self._level()
        if level is None:
            return []
        kind, code, name = level
        lines = self._by_qpv
        places = (
            select(ter.QpvCommune.qpv_code, code.label("code"), name.label("name"))
            .join(ter.Commune, ter.Commune.insee_code == ter.QpvCommune.insee_code)
            .join(ter.Departement, ter.Departement.code == ter.Commune.departement_code)
            .join(ter.Region, ter.Region.code == ter.Departement.region_code)
            .outerjoin(ter.Epci, ter.Epci.siren == ter.Commune.epci_siren)
            .where(*self._in_territory())
            .distinct()
            .subquery()
        )
        grouped = (
            select(places.c.code, places.c.name, *_sums(lines))
            .join(places, places.c.qpv_code == lines.c.code)
            .group_by(places.c.code, places.c.name)
            .order_by(places.c.name)
        )
        return [
            Totals(kind, code or "", name or "Sans EPCI", *sums)
            for code, name, *sums in self.session.execute(grouped)
        ]

    def of_qpv(self, code: str) -> tuple[Cell, ...]:
        """The cells of one QPV, in the order of the themes."""
        return self._cells([code])[code]

    @cached_property
    def _state(self) -> ColumnElement[str]:
        cell = CoverageCell
        return case(
            (cell.examples > 0, State.EXAMPLE.value),
            (cell.reach_m <= self.filters.distance, State.NEAR.value),
            (cell.possible > 0, State.POSSIBLE.value),
            (cell.surveyed, State.NONE.value),
            else_=State.NONE_KNOWN.value,
        )

    @cached_property
    def _empty_count(self) -> ColumnElement[int]:
        """How many themes asked for have no example in a QPV, not even a near or possible one."""
        is_empty = self._state.in_([state.value for state in State if state.is_empty])
        return func.sum(case((is_empty, 1), else_=0))

    @cached_property
    def _nearest(self) -> ColumnElement[float]:
        """Metres to the nearest example on a theme asked for; 0 when the QPV has one."""
        return func.min(case((CoverageCell.examples > 0, 0.0), else_=CoverageCell.reach_m))

    def _selected(self, statement: S) -> S:
        """The statement over the cells of the QPVs and themes asked for."""
        slugs = [theme.slug for theme in self.themes]
        return (
            statement.select_from(CoverageCell)
            .join(ter.Qpv, ter.Qpv.code == CoverageCell.qpv_code)
            .where(
                CoverageCell.generation == self.filters.generation,
                CoverageCell.theme_slug.in_(slugs),
                *conditions(self.filters),
            )
        )

    @cached_property
    def _by_qpv(self) -> Any:
        """One line for each QPV of the selection: its code and what its cells hold."""
        filled = func.sum(case((CoverageCell.examples > 0, 1), else_=0))
        statement = select(
            ter.Qpv.code.label("code"), func.count().label("cells"), filled.label("filled")
        )
        return self._selected(statement).group_by(ter.Qpv.code).subquery()

    def _lines(self, everything: bool) -> Select[*tuple[Any, ...]]:
        columns = (ter.Qpv.code, ter.Qpv.name, ter.Qpv.population)
        measures = (self._empty_count.label("empty"), self._nearest.label("nearest"))
        statement = self._selected(select(*columns, *measures)).group_by(*columns)
        return statement if everything else statement.having(self._empty_count > 0)

    def _order(self) -> list[Any]:
        """What lacks most first; what is not known last; equals by population, then by name."""
        population = func.coalesce(ter.Qpv.population, -1).desc()
        orders: dict[str, list[Any]] = {
            "manques": [self._empty_count.desc(), population],
            "population": [population],
            "distance": [func.coalesce(self._nearest, _FARTHER_M).desc(), population],
            "nom": [],
        }
        return [*orders[self.filters.tri], ter.Qpv.name, ter.Qpv.code]

    def _rows(self, rows: Sequence[Row[Any]]) -> tuple[QpvRow, ...]:
        codes = [row.code for row in rows]
        communes, cells = communes_of(self.session, codes), self._cells(codes)
        return tuple(
            QpvRow(
                row.code,
                row.name,
                self.filters.generation,
                communes[row.code],
                row.population,
                row.empty,
                row.nearest,
                cells[row.code],
            )
            for row in rows
        )

    def _cells(self, codes: Collection[str]) -> dict[str, tuple[Cell, ...]]:
        cell = CoverageCell
        columns = (
            cell.qpv_code, cell.theme_slug, cell.examples, cell.possible, cell.reach_m,
            cell.nearest,
        )  # fmt: skip
        rows = self.session.execute(
            select(*columns, self._state.label("state")).where(cell.qpv_code.in_(codes))
        )
        found: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
        for row in rows:
            found[row.qpv_code][row.theme_slug] = Cell(
                self._by_slug[row.theme_slug],
                State(row.state),
                row.examples,
                row.possible,
                row.reach_m,
                tuple(Near(*near) for near in row.nearest),
            )
        return {code: tuple(found[code][theme.slug] for theme in self.themes) for code in codes}

    def _level(self) -> tuple[str, Any, Any] | None:
        """Kind, code and name of the territories that the selection is told by."""
        asked = self.filters
        if asked.commune or asked.qpv:
            return None
        if asked.epci:
            return "commune", ter.Commune.insee_code, ter.Commune.name
        if asked.departement:
            return "epci", ter.Epci.siren, ter.Epci.name
        if asked.region:
            return "departement", ter.Departement.code, ter.Departement.name
        return "region", ter.Region.code, ter.Region.name

    def _in_territory(self) -> list[ColumnElement[bool]]:
        """Of a QPV that reaches out of the territory asked for, only what lies in it is told."""
        asked = self.filters
        wanted = (
            (ter.Departement.region_code, asked.region),
            (ter.Commune.departement_code, asked.departement),
            (ter.Commune.epci_siren, asked.epci),
        )
        return [column == value for column, value in wanted if value]


def _sums(lines: Any) -> list[ColumnElement[int]]:
    """QPVs, those with an example, cells and those with an example, over lines of QPVs."""
    with_example = func.sum(case((lines.c.filled > 0, 1), else_=0))
    sums = (with_example, func.sum(lines.c.cells), func.sum(lines.c.filled))
    return [func.count(lines.c.code), *(func.coalesce(one, 0) for one in sums)]
