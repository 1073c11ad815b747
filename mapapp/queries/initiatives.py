"""Initiatives: lists for the filters, and one record with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.wording import metres
from mapapp.catalogue import Catalogue, Theme
from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
from mapapp.judging import read_back
from mapapp.matching import Match, Subject, inspires, matches
from mapapp.memory import Memory
from mapapp.queries.columns import Ranks
from mapapp.queries.gone import what_became_of
from mapapp.queries.matching_filters import Kept, kept_by
from mapapp.queries.paging import PER_PAGE, Page
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.verdicts import ShownVerdict, name_of, show

STATUS_SENTENCES = {
    "en_activite": "En activité",
    "deplacee": "A déménagé depuis la fiche",
    "terminee": "N’est plus en activité",
    "inconnu": "Situation actuelle non vérifiée",
}

_RELATIONS = {
    "located_in": "Située dans",
    "serves": "Intervient dans",
    "probable": "Peut-être dans",
}

_SCALES = {
    Precision.POINT: "Située par ses coordonnées",
    Precision.ADDRESS: "Située à l’adresse",
    Precision.STREET: "Située à l’échelle de la rue",
    Precision.PLACE: "Située à l’échelle du lieu-dit",
    Precision.QUARTIER: "Située à l’échelle du quartier",
    Precision.COMMUNE: "Située à l’échelle de la commune",
    Precision.NONE: "Lieu inconnu",
}


#: Read from the store at a time: enough to forget the cost of asking, some megabytes at most.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A territory: INSEE or SIREN code, and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class InitiativeCard:
    """An initiative in a list. ``verdicts`` by generation; lon and lat in degrees, radius in m."""

    slug: str
    name: str
    summary: str | None
    themes: tuple[Theme, ...]
    commune: str | None
    insee_code: str | None
    departement: NamedCode | None
    region: NamedCode | None
    precision: str
    precision_sentence: str
    lon: float | None
    lat: float | None
    radius_m: float | None
    status: str
    status_sentence: str
    source: str
    verdicts: dict[int, ShownVerdict]
    subject: Subject

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/initiatives/{self.slug}"

    @property
    def located(self) -> bool:
        """Whether it has a place on the map."""
        return self.lon is not None


@dataclass(frozen=True, slots=True)
class LinkedQpv:
    """A QPV that the source ties to the initiative, in which way and on what evidence."""

    code: str
    name: str
    generation: int
    relation_sentence: str
    confidence: str
    evidence: str

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/qpv/{self.code}"


@dataclass(frozen=True, slots=True)
class InitiativeRecord:
    """All that is known of one initiative; ``card`` is its line in a list."""

    card: InitiativeCard
    row: ini.Initiative
    linked_qpvs: tuple[LinkedQpv, ...]
    matches: tuple[Match, ...]
    parent: InitiativeCard | None
    children: tuple[InitiativeCard, ...]


class Initiatives:
    """The questions about initiatives, for one session."""

    def __init__(self, session: Session, memory: Memory) -> None:
        self.session = session
        self.memory = memory
        self.catalogue: Catalogue = memory.catalogue(session)
        self.indexes: dict[int, QpvIndex] = memory.indexes(session)
        self._themes = {theme.slug: theme for theme in self.catalogue.themes}

    def page(self, filters: Filters, per_page: int = PER_PAGE) -> Page[InitiativeCard]:
        """One page of the initiatives that the filters keep, in the order of their source.

        Around a place, the nearest come first.
        """
        kept = self.kept_by(filters)
        last = filters.page * per_page
        cards = self.of_ids(kept.ids(_order(kept, filters, last)[last - per_page : last]))
        if not cards and filters.page > 1:
            raise UnknownRecord(f"Il n’y a pas de page {filters.page} : la liste est plus courte.")
        return Page(cards, kept.count, filters.page, per_page)

    def kept_by(self, filters: Filters) -> Kept:
        """The initiatives that the filters keep, by rank."""
        return kept_by(self.session, self.memory, filters)

    def count(self, filters: Filters) -> int:
        """How many initiatives the filters keep."""
        return self.kept_by(filters).count

    def kept(self, filters: Filters) -> Iterator[InitiativeCard]:
        """All the initiatives that the filters keep, some thousand in memory at a time."""
        kept = self.kept_by(filters)
        ranks = _order(kept, filters)
        for start in range(0, len(ranks), _BATCH):
            yield from self.of_ids(kept.ids(ranks[start : start + _BATCH]))

    def nearest(self, filters: Filters, place: Position, most: int) -> tuple[InitiativeCard, ...]:
        """The initiatives nearest to a place among those that the filters keep."""
        located = self.kept_by(filters).located
        return self.of_ids(located.ids(located.nearest_first(place, most)))

    def without_position(self, filters: Filters, most: int) -> tuple[InitiativeCard, ...]:
        """Some of the initiatives that the filters keep and whose place is not known."""
        unknown = self.kept_by(filters).unlocated
        return self.of_ids(unknown.ids(unknown.ranks[:most]))

    def cards(self, slugs: Iterable[str]) -> list[InitiativeCard]:
        """The cards of these slugs, in the order of their source; unknown slugs are left out."""
        return self._where(ini.Initiative.slug.in_(list(slugs)))

    def record(self, slug: str) -> InitiativeRecord:
        """One initiative.

        Raises:
            UnknownRecord: none ever had that slug.
            Moved: another one replaces it.
            Withdrawn: it is gone, and nothing replaces it.
        """
        row = self.session.scalar(
            select(ini.Initiative).where(ini.Initiative.slug == slug).options(*_RECORD_PARTS)
        )
        if row is None:
            raise what_became_of(self.session, slug)
        card = self.card(row)
        return InitiativeRecord(
            card=card,
            row=row,
            linked_qpvs=tuple(map(self._linked_qpv, row.qpv_links)),
            matches=tuple(matches(card.subject, self.catalogue)),
            parent=next(iter(self.cards([row.parent_slug or ""])), None),
            children=tuple(self._where(ini.Initiative.parent_slug == slug)),
        )

    def inspiring(self, slug: str, most: int = PER_PAGE) -> list[tuple[InitiativeCard, str]]:
        """The first initiatives that a resource can inspire from, each with its reason.

        Those that it describes come first, then those on its theme.
        """
        resource = self.catalogue.resource(slug)
        if resource is None:
            return []
        described = ini.Initiative.sheet_links.any(ini.InitiativeResource.resource_slug == slug)
        theme = resource.theme.slug if resource.theme else ""
        on_theme = ini.Initiative.theme_links.any(ini.InitiativeTheme.theme_slug == theme)
        cards = self._where(described, most=most)
        cards += self._where(~described, on_theme, most=most - len(cards))
        found = [(card, inspires(resource, card.subject, self.catalogue)) for card in cards]
        return [(card, reason) for card, reason in found if reason]

    def card(self, row: ini.Initiative) -> InitiativeCard:
        """The card of a row."""
        commune = row.commune
        departement = commune.departement if commune else None
        return InitiativeCard(
            slug=row.slug,
            name=row.name,
            summary=row.summary,
            themes=tuple(self._themes[link.theme_slug] for link in row.theme_links),
            commune=commune.name if commune else None,
            insee_code=row.insee_code,
            departement=_named(departement),
            region=_named(departement.region) if departement else None,
            precision=row.precision,
            precision_sentence=_precision_sentence(row),
            lon=row.lon,
            lat=row.lat,
            radius_m=row.radius_m,
            status=row.status,
            status_sentence=STATUS_SENTENCES[row.status],
            source=row.source_id,
            verdicts={kept.generation: self._verdict(kept) for kept in reversed(row.verdicts)},
            subject=_subject(row, departement),
        )

    def of_ids(self, ids: Sequence[int]) -> tuple[InitiativeCard, ...]:
        """The cards of some ids, in their order; one that an import just took away is left out."""
        rows = self.session.scalars(
            select(ini.Initiative).where(ini.Initiative.id.in_(ids)).options(*_CARD_PARTS)
        )
        by_id = {row.id: row for row in rows}
        return tuple(self.card(by_id[one]) for one in ids if one in by_id)

    def _where(
        self, *conditions: ColumnElement[bool], most: int | None = None
    ) -> list[InitiativeCard]:
        statement = (
            select(ini.Initiative)
            .where(*conditions)
            .order_by(ini.Initiative.source_id, ini.Initiative.rank)
            .limit(most)
        )
        return list(map(self.card, self.session.scalars(statement.options(*_CARD_PARTS))))

    def _verdict(self, kept: ini.Verdict) -> ShownVerdict:
        index = self.indexes[kept.generation]
        return show(read_back(kept, lambda code: name_of(code, index)), index.contours)

    def _linked_qpv(self, link: ini.InitiativeQpv) -> LinkedQpv:
        return LinkedQpv(
            code=link.qpv_code,
            name=name_of(link.qpv_code, self.indexes[link.generation]),
            generation=link.generation,
            relation_sentence=_RELATIONS[link.relation],
            confidence=link.confidence,
            evidence=link.evidence,
        )


def _order(kept: Kept, filters: Filters, most: int | None = None) -> Ranks:
    """By distance from the place asked for, else as the sources tell them; the ``most`` first."""
    return kept.nearest_first(filters.place, most) if filters.place else kept.ranks[:most]


def _named(territory: ter.Departement | ter.Region | None) -> NamedCode | None:
    return NamedCode(territory.code, territory.name) if territory else None


def _precision_sentence(row: ini.Initiative) -> str:
    sentence = _SCALES[Precision(row.precision)]
    return f"{sentence}, à {metres(row.radius_m)} près" if row.radius_m else sentence


def _subject(row: ini.Initiative, departement: ter.Departement | None) -> Subject:
    return Subject(
        themes=tuple(link.theme_slug for link in row.theme_links),
        sheets=tuple(link.resource_slug for link in row.sheet_links),
        region_code=departement.region.code if departement else None,
        region_name=departement.region.name if departement else None,
    )


_CARD_PARTS = (
    joinedload(ini.Initiative.commune)
    .joinedload(ter.Commune.departement)
    .joinedload(ter.Departement.region),
    selectinload(ini.Initiative.theme_links),
    selectinload(ini.Initiative.sheet_links),
    # Joined: SQLite looks for pairs of keys by reading the whole table.
    selectinload(ini.Initiative.verdicts).joinedload(ini.Verdict.qpvs),
)
_RECORD_PARTS = (
    *_CARD_PARTS,
    joinedload(ini.Initiative.source),
    selectinload(ini.Initiative.qpv_links),
    selectinload(ini.Initiative.places),
    selectinload(ini.Initiative.evidence),
)
