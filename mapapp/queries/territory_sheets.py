"""What the page of a territory shows: its initiatives, its QPVs, its white spots, who can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mapapp.catalogue import Catalogue, Publisher, Resource, Theme
from mapapp.filters import Filters
from mapapp.queries.coverage import Coverage, QpvRow, State, Totals
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.matching_filters import Kept
from mapapp.queries.needs import ACCOMPANIMENT
from mapapp.queries.paging import PER_PAGE
from mapapp.queries.qpvs import initiative_counts
from mapapp.queries.territories import Kin, People, Territories, filters_of
from mapapp.queries.territory_names import TerritoryRef
from mapapp.store import territory as ter
from mapapp.territory_urls import Kind

#: Enough to see what there is: the list has the others.
CARDS_ON_PAGE = 6


@dataclass(frozen=True, slots=True)
class FoundInitiatives:
    """The initiatives of a territory. ``unprecise``: of which no more than the commune is known."""

    count: int
    unprecise: int
    by_theme: tuple[tuple[Theme, int], ...]
    first: tuple[InitiativeCard, ...]


@dataclass(frozen=True, slots=True)
class QpvLine:
    """A QPV with its examples: initiatives inside or declared, each once."""

    row: QpvRow
    examples: int


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme in the QPVs of a territory: in how many of them it is in each state."""

    theme: Theme
    states: dict[State, int]

    @property
    def empty(self) -> int:
        """QPVs without an example on the theme, not even a near or possible one."""
        return sum(count for state, count in self.states.items() if state.is_empty)

    @property
    def examples(self) -> int:
        """QPVs that have an example on the theme."""
        return self.states[State.EXAMPLE]


@dataclass(frozen=True, slots=True)
class PartLine:
    """A territory within another, and what its QPVs have; « Sans EPCI » has no page."""

    ref: TerritoryRef | None
    totals: Totals


@dataclass(frozen=True, slots=True)
class WhiteSpots:
    """What the QPVs of a territory have and lack; ``parts``: those that lack most first.

    ``others``: the parts that have no QPV. ``communes``: of a département, those that have one.
    ``uncovered``: départements of which the contours of this generation are missing.
    """

    totals: Totals
    qpvs: tuple[QpvLine, ...]
    themes: tuple[ThemeLine, ...]
    parts: tuple[PartLine, ...]
    others: tuple[TerritoryRef, ...]
    communes: tuple[TerritoryRef, ...]
    uncovered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """Who can accompany: publishers of the région with what they signed, national ones, sheets."""

    regional: tuple[tuple[Publisher, tuple[Resource, ...]], ...]
    national: tuple[Publisher, ...]
    resources: tuple[Resource, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TerritorySheet:
    """All that is known of a territory."""

    ref: TerritoryRef
    kin: Kin
    people: People
    postcodes: tuple[str, ...]
    initiatives: FoundInitiatives
    white_spots: WhiteSpots
    support: Support


def territory_sheet(
    territories: Territories, initiatives: Initiatives, ref: TerritoryRef, own: Filters
) -> TerritorySheet:
    """The sheet of a territory; ``own``: the filters beside it, generation and distance."""
    kin = territories.kin(ref)
    filters = filters_of(ref, own)
    return TerritorySheet(
        ref=ref,
        kin=kin,
        people=territories.people(ref),
        postcodes=territories.postcodes(ref) if ref.kind is Kind.COMMUNE else (),
        initiatives=_found(territories, initiatives, filters),
        white_spots=_white_spots(initiatives, filters, kin),
        support=_support(territories, initiatives.catalogue, kin),
    )


def _found(
    territories: Territories, initiatives: Initiatives, filters: Filters
) -> FoundInitiatives:
    kept = initiatives.kept_by(filters)
    return FoundInitiatives(
        count=kept.count,
        unprecise=territories.unprecise(filters),
        by_theme=_by_theme(initiatives.catalogue, kept.by_theme()),
        first=_first(initiatives, kept),
    )


def _by_theme(catalogue: Catalogue, counts: Mapping[str, int]) -> tuple[tuple[Theme, int], ...]:
    """The themes that its initiatives have, the most frequent first."""
    themes = sorted(catalogue.initiative_themes, key=lambda theme: -counts.get(theme.slug, 0))
    return tuple((theme, counts[theme.slug]) for theme in themes if theme.slug in counts)


def _first(initiatives: Initiatives, kept: Kept) -> tuple[InitiativeCard, ...]:
    """Some of them, as the sources tell them."""
    return initiatives.of_ids(kept.ids(kept.ranks[:CARDS_ON_PAGE]))


def _white_spots(initiatives: Initiatives, filters: Filters, kin: Kin) -> WhiteSpots:
    coverage = Coverage(
        initiatives.session, initiatives.catalogue, replace(filters, tous=True), initiatives.memory
    )
    parts = _parts(coverage, kin)
    told = {part.ref.url for part in parts if part.ref}
    return WhiteSpots(
        totals=coverage.total(),
        qpvs=_qpvs(coverage),
        themes=_themes(coverage),
        parts=parts,
        others=tuple(one for one in kin.below if one.url not in told),
        communes=_communes(initiatives.session, filters) if filters.departement else (),
        uncovered=_uncovered(initiatives.session, filters.generation, kin),
    )


def _qpvs(coverage: Coverage) -> tuple[QpvLine, ...]:
    rows = coverage.page(PER_PAGE).items
    counts = initiative_counts(coverage.session, [row.code for row in rows])
    return tuple(QpvLine(row, counts.get(row.code, 0)) for row in rows)


def _themes(coverage: Coverage) -> tuple[ThemeLine, ...]:
    lines = (ThemeLine(theme, states) for theme, states in coverage.by_theme().items())
    return tuple(sorted(lines, key=lambda line: (-line.empty, line.examples)))


def _parts(coverage: Coverage, kin: Kin) -> tuple[PartLine, ...]:
    """What lies within, by what its QPVs lack: most of them without an example first."""
    pages = {one.code: one for one in kin.below}
    lines = [PartLine(pages.get(line.code), line) for line in coverage.by_territory()]
    return tuple(sorted(lines, key=lambda p: (-p.totals.without_example, p.totals.cell_rate)))


def _communes(session: Session, filters: Filters) -> tuple[TerritoryRef, ...]:
    """The communes of a département that a QPV of the generation reaches into."""
    whole = func.coalesce(ter.Commune.parent_code, ter.Commune.insee_code)
    reached = (
        select(whole)
        .join(ter.QpvCommune, ter.QpvCommune.insee_code == ter.Commune.insee_code)
        .join(ter.Qpv, ter.Qpv.code == ter.QpvCommune.qpv_code)
        .where(
            ter.Qpv.generation == filters.generation,
            ter.Commune.departement_code == filters.departement,
        )
    )
    rows = session.execute(
        select(ter.Commune.insee_code, ter.Commune.name)
        .where(ter.Commune.insee_code.in_(reached))
        .order_by(ter.Commune.search_name, ter.Commune.insee_code)
    )
    return tuple(TerritoryRef(Kind.COMMUNE, code, name) for code, name in rows)


def _uncovered(session: Session, generation: int, kin: Kin) -> tuple[str, ...]:
    contours = session.scalar(select(ter.Contours).where(ter.Contours.generation == generation))
    codes = {departement.code for departement in kin.departements}
    missing = contours.uncovered if contours else []
    return tuple(territory["name"] for territory in missing if territory["code"] in codes)


def _support(territories: Territories, catalogue: Catalogue, kin: Kin) -> Support:
    regions = territories.regions_of(kin.departements)
    return Support(
        regional=tuple((one, catalogue.signed_by(one)) for one in catalogue.publishers_of(regions)),
        national=tuple(one for one in catalogue.publishers if one.is_national),
        resources=catalogue.resources_of([ACCOMPANIMENT]),
        regions=tuple(territories.names.regions[code].name for code in regions),
    )
