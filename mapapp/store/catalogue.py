"""The catalogue: chapters, themes, publishers, resources, and the sources of initiatives."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mapapp.store.base import Base


class Chapter(Base):
    """One of the five chapters of the catalogue."""

    __tablename__ = "chapter"

    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Theme(Base):
    """A heading inside a chapter; those of chapter 4 are the themes of initiatives."""

    __tablename__ = "theme"

    slug: Mapped[str] = mapped_column(primary_key=True)
    chapter_number: Mapped[int] = mapped_column(ForeignKey("chapter.number"))
    rank: Mapped[int]
    label: Mapped[str]


class Publisher(Base):
    """Who publishes resources, and for which territory (region codes, empty when national)."""

    __tablename__ = "publisher"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    long_name: Mapped[str | None]
    territory_kind: Mapped[str | None]
    territory_codes: Mapped[str | None]
    website: Mapped[str | None]
    note: Mapped[str | None]


class ResourcePublisher(Base):
    """Which publishers signed a resource, in the order they are named."""

    __tablename__ = "resource_publisher"

    resource_slug: Mapped[str] = mapped_column(ForeignKey("resource.slug"), primary_key=True)
    publisher_id: Mapped[str] = mapped_column(ForeignKey("publisher.id"), primary_key=True)
    rank: Mapped[int]


class Resource(Base):
    """A document or site of the catalogue. ``link_kind``: exact, related, publisher_home, none.

    ``edition``: the last edition of the catalogue that holds it (None: the one that ships). A later
    edition without it makes it ``retired``: its address still answers, by what ``replaced_by``
    names when something does. That is a slug without a foreign key: a rollback may take away what
    replaces before it restores what was replaced.
    """

    __tablename__ = "resource"

    slug: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[int]
    chapter_number: Mapped[int] = mapped_column(ForeignKey("chapter.number"))
    theme_slug: Mapped[str | None] = mapped_column(ForeignKey("theme.slug"))
    subtheme: Mapped[str | None]
    title: Mapped[str]
    authors: Mapped[str | None]
    series: Mapped[str | None]
    kind: Mapped[str | None]
    year: Mapped[int | None]
    year_end: Mapped[int | None]
    month: Mapped[int | None]
    pages: Mapped[str | None]
    sheet_number: Mapped[str | None]
    summary: Mapped[str | None]
    link: Mapped[str | None]
    link_kind: Mapped[str]
    link_seen: Mapped[bool | None]
    note: Mapped[str | None]
    search_text: Mapped[str]
    retired: Mapped[bool] = mapped_column(server_default=false())
    replaced_by: Mapped[str | None]
    edition: Mapped[str | None]

    chapter: Mapped[Chapter] = relationship()
    theme: Mapped[Theme | None] = relationship()
    publishers: Mapped[list[Publisher]] = relationship(
        secondary="resource_publisher", order_by=ResourcePublisher.rank, viewonly=True
    )


class Source(Base):
    """Where initiatives come from. ``coverage``: selective (examples) or exhaustive.

    ``mapping``: for its files, the header of each column of ours (saved when it imports).
    ``publishes``: the columns of its files that have none of ours and that everybody may see.
    """

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    publisher: Mapped[str]
    licence: Mapped[str | None]
    url: Mapped[str | None]
    coverage: Mapped[str]
    covered_themes: Mapped[str | None]
    covered_territory: Mapped[str | None]
    date: Mapped[str | None]
    contact: Mapped[str | None]
    note: Mapped[str | None]
    mapping: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    publishes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
