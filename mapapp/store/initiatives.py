"""Initiatives, what is known of them and why, and their QPV verdicts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mapapp.store.base import Base
from mapapp.store.catalogue import Resource, Source, Theme
from mapapp.store.territory import Commune


class Initiative(Base):
    """An initiative of a source. ``lon``, ``lat`` (degrees) are empty when precision is ``none``.

    ``told`` is what the source says, by the French columns of an initiatives file (unknown columns
    included, empty ones left out): imports compare it, exports write it, everything else of an
    imported record follows from it. ``doubt`` is why someone should look at it (French), or None.
    ``status``: en_activite, deplacee, terminee, inconnu. ``position_source`` tells in French what
    the point stands for.
    """

    __tablename__ = "initiative"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_initiative_lon_lat", "lon", "lat"),
        Index("ix_initiative_source_id_rank", "source_id", "rank"),
        Index("ix_initiative_name", "name").ddl_if(dialect="sqlite"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str]
    rank: Mapped[int]
    name: Mapped[str]
    parent_slug: Mapped[str | None]
    summary: Mapped[str | None]
    address: Mapped[str | None]
    address_period: Mapped[str | None]
    quartier: Mapped[str | None]
    postcode: Mapped[str | None]
    insee_code: Mapped[str | None] = mapped_column(ForeignKey("commune.insee_code"), index=True)
    legal_form: Mapped[str | None]
    siret: Mapped[str | None]
    website: Mapped[str | None]
    status: Mapped[str]
    status_note: Mapped[str | None]
    started: Mapped[str | None]
    sheet_date: Mapped[str | None]
    uncertainties: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    precision: Mapped[str]
    radius_m: Mapped[float | None]
    position_source: Mapped[str | None]
    search_text: Mapped[str]
    told: Mapped[dict[str, str]] = mapped_column(JSON, server_default="{}")
    doubt: Mapped[str | None]
    ended: Mapped[str | None]
    source_url: Mapped[str | None]
    verified_on: Mapped[str | None]

    source: Mapped[Source] = relationship()
    commune: Mapped[Commune | None] = relationship()
    themes: Mapped[list[Theme]] = relationship(
        secondary="initiative_theme", order_by="InitiativeTheme.rank", viewonly=True
    )
    sheets: Mapped[list[Resource]] = relationship(
        secondary="initiative_resource", order_by="InitiativeResource.rank", viewonly=True
    )
    theme_links: Mapped[list[InitiativeTheme]] = relationship(order_by="InitiativeTheme.rank")
    sheet_links: Mapped[list[InitiativeResource]] = relationship(order_by="InitiativeResource.rank")
    qpv_links: Mapped[list[InitiativeQpv]] = relationship(order_by="InitiativeQpv.qpv_code")
    places: Mapped[list[InitiativePlace]] = relationship(order_by="InitiativePlace.rank")
    evidence: Mapped[list[InitiativeEvidence]] = relationship(order_by="InitiativeEvidence.rank")
    verdicts: Mapped[list[Verdict]] = relationship(order_by="Verdict.generation")


class InitiativeTheme(Base):
    """A theme of an initiative."""

    __tablename__ = "initiative_theme"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    theme_slug: Mapped[str] = mapped_column(ForeignKey("theme.slug"), primary_key=True, index=True)
    rank: Mapped[int]


class InitiativeResource(Base):
    """A resource of the catalogue that describes the initiative."""

    __tablename__ = "initiative_resource"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    resource_slug: Mapped[str] = mapped_column(
        ForeignKey("resource.slug"), primary_key=True, index=True
    )
    rank: Mapped[int]


class InitiativeQpv(Base):
    """What a source says of an initiative and a QPV: located_in, serves or probable."""

    __tablename__ = "initiative_qpv"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    qpv_code: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]
    relation: Mapped[str]
    confidence: Mapped[str]
    evidence: Mapped[str]


class InitiativePlace(Base):
    """Another place of an initiative, as text: it is told, never pinned."""

    __tablename__ = "initiative_place"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    address: Mapped[str | None]
    evidence: Mapped[str | None]


class InitiativeEvidence(Base):
    """Where one fact of an initiative comes from."""

    __tablename__ = "initiative_evidence"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    field: Mapped[str]
    text: Mapped[str]


class Verdict(Base):
    """The QPV verdict of an initiative for one generation, with what it was judged on."""

    __tablename__ = "verdict"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(index=True)
    nearest_code: Mapped[str | None]
    nearest_distance_m: Mapped[float | None]
    scope: Mapped[str | None]
    uncovered: Mapped[str | None]
    contours_id: Mapped[int] = mapped_column(ForeignKey("contours.id"))
    rule: Mapped[str]
    near_m: Mapped[float]
    judged_on: Mapped[date]

    qpvs: Mapped[list[VerdictQpv]] = relationship(order_by="VerdictQpv.rank")


class VerdictQpv(Base):
    """A QPV that a verdict names (``conflict``: declared, but the position contradicts it)."""

    __tablename__ = "verdict_qpv"
    __table_args__ = (
        ForeignKeyConstraint(
            ["initiative_id", "generation"], ["verdict.initiative_id", "verdict.generation"]
        ),
    )

    initiative_id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    qpv_code: Mapped[str] = mapped_column(index=True)
    conflict: Mapped[bool]
    distance_m: Mapped[float | None]


#: What hangs on an initiative and is written again with it, what refers to it first.
CHILDREN = (
    VerdictQpv,
    Verdict,
    InitiativeEvidence,
    InitiativePlace,
    InitiativeQpv,
    InitiativeResource,
    InitiativeTheme,
)
