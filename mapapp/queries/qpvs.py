"""QPVs: the searchable list, and the sheet of one with its initiatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session, selectinload

from geo.contours import Qpv
from geo.verdict import Status
from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
from mapapp.queries.initiatives import InitiativeCard, Initiatives, NamedCode
from mapapp.queries.matching_filters import communes_asked
from mapapp.queries.paging import PER_PAGE, Page
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.coverage import CoverageCell

#: The statuses with which an initiative counts as one of the QPV's.
COUNTED = (Status.INSIDE.value, Status.DECLARED.value)


@dataclass(frozen=True, slots=True)
class CommuneRef:
    """A commune that a QPV reaches into; ``departement`` is its code."""

    insee_code: str
    name: str
    departement: str


@dataclass(frozen=True, slots=True)
class QpvCard:
    """A QPV in a list. ``initiative_count``: initiatives inside or declared."""

    code: str
    name: str
    generation: int
    communes: tuple[CommuneRef, ...]
    initiative_count: int

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/qpv/{self.code}"


@dataclass(frozen=True, slots=True)
class SeenInitiative:
    """An initiative of which a verdict names the QPV."""

    status: str
    sentence: str
    card: InitiativeCard


@dataclass(frozen=True, slots=True)
class QpvSheet:
    """All that is known of one QPV; ``outline`` is None where its contours are missing.

    ``counts``: initiatives that a verdict ties to it, by status; ``initiatives``: the first of each
    status. ``themes``: how many inside or declared each theme slug has.
    """

    card: QpvCard
    departements: tuple[NamedCode, ...]
    regions: tuple[NamedCode, ...]
    epcis: tuple[NamedCode, ...]
    outline: Qpv | None
    population: int | None
    population_source: str | None
    contours: ter.Contours
    counts: dict[str, int]
    initiatives: tuple[SeenInitiative, ...]
    themes: dict[str, int]

    @property
    def own(self) -> tuple[InitiativeCard, ...]:
        """The initiatives inside or declared."""
        return tuple(seen.card for seen in self.initiatives if seen.status in COUNTED)


def qpv_page(session: Session, filters: Filters, per_page: int = PER_PAGE) -> Page[QpvCard]:
    """One page of the QPVs of ``filters.generation`` whose name, code or commune hold the words."""
    kept = [ter.Qpv.generation == filters.generation, *conditions(filters)]
    count = session.scalar(select(func.count(ter.Qpv.code)).where(*kept)) or 0
    rows = session.scalars(
        select(ter.Qpv)
        .where(*kept)
        .order_by(ter.Qpv.code)
        .offset((filters.page - 1) * per_page)
        .limit(per_page)
        .options(*_PARTS)
    ).all()
    if not rows and filters.page > 1:
        raise UnknownRecord(f"Il n’y a pas de page {filters.page} : la liste est plus courte.")
    counts = initiative_counts(session, [row.code for row in rows])
    return Page(tuple(_card(row, counts) for row in rows), count, filters.page, per_page)


def qpv_sheet(session: Session, initiatives: Initiatives, code: str) -> QpvSheet:
    """The sheet of one QPV.

    Raises:
        UnknownRecord: no generation has that code.
    """
    row = session.scalar(select(ter.Qpv).where(ter.Qpv.code == code.upper()).options(*_SHEET_PARTS))
    if row is None:
        raise UnknownRecord(f"Aucun QPV ne porte le code « {code} » (générations 2015 et 2024).")
    contours = session.scalars(
        select(ter.Contours).where(ter.Contours.generation == row.generation)
    ).one()
    statuses = _statuses(session, row.code)
    return QpvSheet(
        card=_card(row, initiative_counts(session, [row.code])),
        **_territories(row),
        outline=initiatives.indexes[row.generation].get(row.code),
        population=row.population,
        population_source=_population_source(row),
        contours=contours,
        counts=dict(Counter(statuses.values())),
        initiatives=_first(statuses, initiatives, row.generation),
        themes=_themes(session, row.code),
    )


def codes_asked(session: Session, filters: Filters) -> set[str]:
    """Codes of both generations whose name, code or commune hold the words and the territory."""
    return set(session.scalars(select(ter.Qpv.code).where(*conditions(filters))))


def communes_of(session: Session, codes: Collection[str]) -> dict[str, tuple[CommuneRef, ...]]:
    """The communes that some QPVs reach into, by QPV code."""
    rows = session.scalars(select(ter.Qpv).where(ter.Qpv.code.in_(codes)).options(*_PARTS))
    return {row.code: _communes(row) for row in rows}


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Which QPVs, of both generations, the words, territory and population asked for keep."""
    kept = [ter.Qpv.search_text.contains(word) for word in filters.words]
    if filters.q and not filters.words:
        kept.append(false())  # nothing searchable was written
    communes = communes_asked(filters)
    if communes is not None:
        reached = select(ter.QpvCommune.qpv_code).where(ter.QpvCommune.insee_code.in_(communes))
        kept.append(ter.Qpv.code.in_(reached))
    if filters.qpv:
        kept.append(ter.Qpv.code == filters.qpv)
    if filters.population:
        kept.append(ter.Qpv.population >= filters.population)
    return kept


def initiative_counts(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """How many initiatives are inside or declared, by QPV code; a QPV without any is left out."""
    named = (
        select(ini.VerdictQpv.qpv_code, func.count())
        .join(
            ini.Verdict,
            (ini.Verdict.initiative_id == ini.VerdictQpv.initiative_id)
            & (ini.Verdict.generation == ini.VerdictQpv.generation),
        )
        .where(
            ini.VerdictQpv.qpv_code.in_(codes),
            ini.VerdictQpv.conflict.is_(False),
            ini.Verdict.status.in_(COUNTED),
        )
        .group_by(ini.VerdictQpv.qpv_code)
    )
    return dict(session.execute(named).all())


def _card(row: ter.Qpv, counts: dict[str, int]) -> QpvCard:
    count = counts.get(row.code, 0)
    return QpvCard(row.code, row.name, row.generation, _communes(row), count)


def _communes(row: ter.Qpv) -> tuple[CommuneRef, ...]:
    return tuple(
        CommuneRef(link.insee_code, link.commune.name, link.commune.departement_code)
        for link in row.communes
    )


def _population_source(row: ter.Qpv) -> str | None:
    return " ; ".join(filter(None, [row.population_source, row.population_vintage])) or None


def _territories(row: ter.Qpv) -> dict[str, tuple[NamedCode, ...]]:
    """The territories that a QPV reaches into, each once."""
    communes = [link.commune for link in row.communes]
    departements = [commune.departement for commune in communes]
    return {
        "departements": _distinct((d.code, d.name) for d in departements),
        "regions": _distinct((d.region.code, d.region.name) for d in departements),
        "epcis": _distinct((c.epci.siren, c.epci.name) for c in communes if c.epci),
    }


def _distinct(pairs: Iterable[tuple[str, str]]) -> tuple[NamedCode, ...]:
    return tuple(NamedCode(*pair) for pair in dict.fromkeys(pairs))


def _statuses(session: Session, code: str) -> dict[str, str]:
    """By slug, the status with which a verdict ties an initiative to a QPV, in their order."""
    row, named, verdict = ini.Initiative, ini.VerdictQpv, ini.Verdict
    tied = (
        select(row.slug, verdict.status)
        .join(named, named.initiative_id == row.id)
        .join(
            verdict,
            (verdict.initiative_id == named.initiative_id)
            & (verdict.generation == named.generation),
        )
        .where(named.qpv_code == code, named.conflict.is_(False))
        .order_by(row.source_id, row.rank)
    )
    return dict(session.execute(tied).all())


def _first(
    statuses: Mapping[str, str], initiatives: Initiatives, generation: int
) -> tuple[SeenInitiative, ...]:
    """The first initiatives of each status: those of a large town are thousands."""
    kept = [
        slug
        for status in dict.fromkeys(statuses.values())
        for slug in islice((s for s, of in statuses.items() if of == status), PER_PAGE)
    ]
    verdicts = [(card, card.verdicts[generation]) for card in initiatives.cards(kept)]
    return tuple(SeenInitiative(v.status, v.sentence, card) for card, v in verdicts)


def _themes(session: Session, code: str) -> dict[str, int]:
    cell = CoverageCell
    counted = select(cell.theme_slug, cell.examples).where(cell.qpv_code == code, cell.examples > 0)
    return dict(session.execute(counted).all())


_PARTS = (selectinload(ter.Qpv.communes).joinedload(ter.QpvCommune.commune),)
_SHEET_PARTS = (
    *_PARTS,
    selectinload(ter.Qpv.communes)
    .joinedload(ter.QpvCommune.commune)
    .joinedload(ter.Commune.departement)
    .joinedload(ter.Departement.region),
    selectinload(ter.Qpv.communes).joinedload(ter.QpvCommune.commune).joinedload(ter.Commune.epci),
)
