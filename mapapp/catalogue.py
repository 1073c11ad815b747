"""The catalogue as values: chapters, themes, publishers, resources (80: held in memory)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mapapp.store import catalogue as cat

#: What a link leads to, said on its button.
LINK_LABELS = {
    "exact": "Accéder au document",
    "related": "Page officielle liée",
    "publisher_home": "Site de l’éditeur",
    "none": "Lien inconnu",
}

#: Chapters that matching falls back on: acting, then ESS and politique de la ville.
ACT_CHAPTER, ESS_CHAPTER, THEMES_CHAPTER = 5, 3, 4

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
    "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the catalogue."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A heading of a chapter; chapter 4 holds the themes of initiatives."""

    slug: str
    label: str
    chapter: Chapter

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/themes/{self.slug}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes; ``regions`` are the region codes of a regional publisher.

    ``note``: what the catalogue's table says of it, « Centre de ressources pour… » among others.
    """

    id: str
    name: str
    long_name: str | None
    website: str | None
    note: str | None
    regions: tuple[str, ...]
    is_national: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the catalogue, as shown."""

    slug: str
    title: str
    chapter: Chapter
    theme: Theme | None
    subtheme: str | None
    publishers: tuple[Publisher, ...]
    authors: tuple[str, ...]
    series: str | None
    kind: str | None
    year: int | None
    date_label: str
    pages: str | None
    sheet_number: str | None
    summary: str | None
    link: str | None
    link_kind: str
    link_seen: bool | None
    note: str | None
    search_text: str

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/ressources/{self.slug}"

    @property
    def link_label(self) -> str:
        """What the link leads to, in French."""
        return LINK_LABELS[self.link_kind]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything, in catalogue order."""

    chapters: tuple[Chapter, ...]
    themes: tuple[Theme, ...]
    resources: tuple[Resource, ...]
    publishers: tuple[Publisher, ...] = ()

    @property
    def initiative_themes(self) -> tuple[Theme, ...]:
        """The twelve themes that an initiative can have."""
        return tuple(t for t in self.themes if t.chapter.number == THEMES_CHAPTER)

    def theme(self, slug: str) -> Theme | None:
        """The theme of that slug."""
        return next((theme for theme in self.themes if theme.slug == slug), None)

    def resource(self, slug: str) -> Resource | None:
        """The resource of that slug."""
        return next((resource for resource in self.resources if resource.slug == slug), None)

    def resources_of(self, themes: Sequence[str]) -> tuple[Resource, ...]:
        """The resources on one of these themes."""
        return tuple(r for r in self.resources if r.theme and r.theme.slug in themes)

    def publishers_of(self, regions: Iterable[str]) -> tuple[Publisher, ...]:
        """The publishers of some régions (codes)."""
        asked = set(regions)
        return tuple(one for one in self.publishers if not asked.isdisjoint(one.regions))

    def signed_by(self, publisher: Publisher) -> tuple[Resource, ...]:
        """The resources that a publisher signed, alone or with others."""
        return tuple(r for r in self.resources if publisher in r.publishers)


def load_catalogue(session: Session) -> Catalogue:
    """Read the whole catalogue from the store: what its last edition holds."""
    rows = session.scalars(select(cat.Chapter).order_by(cat.Chapter.number))
    chapters = {row.number: Chapter(row.number, row.title) for row in rows}
    order = (cat.Theme.chapter_number, cat.Theme.rank)
    themes = {
        row.slug: Theme(row.slug, row.label, chapters[row.chapter_number])
        for row in session.scalars(select(cat.Theme).order_by(*order))
    }
    resources = session.scalars(
        select(cat.Resource)
        .where(cat.Resource.retired.is_(False))
        .order_by(cat.Resource.rank, cat.Resource.slug)
        .options(selectinload(cat.Resource.publishers))
    )
    return Catalogue(
        tuple(chapters.values()),
        tuple(themes.values()),
        tuple(_resource(row, chapters[row.chapter_number], themes) for row in resources),
        tuple(map(_publisher, session.scalars(select(cat.Publisher).order_by(cat.Publisher.name)))),
    )


def _resource(row: cat.Resource, chapter: Chapter, themes: dict[str, Theme]) -> Resource:
    return Resource(
        slug=row.slug,
        title=row.title,
        chapter=chapter,
        theme=themes.get(row.theme_slug or ""),
        subtheme=row.subtheme,
        publishers=tuple(map(_publisher, row.publishers)),
        authors=_several(row.authors),
        series=row.series,
        kind=row.kind,
        year=row.year,
        date_label=_date_label(row.year, row.year_end, row.month),
        pages=row.pages,
        sheet_number=row.sheet_number,
        summary=row.summary,
        link=row.link,
        link_kind=row.link_kind,
        link_seen=row.link_seen,
        note=row.note,
        search_text=row.search_text,
    )


def _publisher(row: cat.Publisher) -> Publisher:
    regions = _several(row.territory_codes) if row.territory_kind == "region" else ()
    is_national = row.territory_kind == "national"
    return Publisher(row.id, row.name, row.long_name, row.website, row.note, regions, is_national)


def _several(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split("|")) if joined else ()


def _date_label(year: int | None, year_end: int | None, month: int | None) -> str:
    """« juillet 2019 », « 2019-2020 », « sans date »."""
    if year is None:
        return "sans date"
    if year_end:
        return f"{year}-{year_end}"
    return f"{MONTHS[month - 1]} {year}" if month else str(year)
