"""Territories: regions, départements, EPCI, communes, and the QPVs of each generation."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mapapp.store.base import DATES_THE_ROW, Base


class Region(Base):
    """A région, by INSEE code."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Departement(Base):
    """A département or overseas territory, by INSEE code."""

    __tablename__ = "departement"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"), index=True)

    region: Mapped[Region] = relationship()


class Epci(Base):
    """An intercommunality with its own tax, by SIREN."""

    __tablename__ = "epci"

    siren: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Commune(Base):
    """A commune (COM) or municipal arrondissement (ARM), with a point (degrees) and a radius (m).

    ``point``: mairie or centre. ``radius_kind``: contour (measured) or estime.
    """

    __tablename__ = "commune"

    insee_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    search_name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(index=True)
    departement_code: Mapped[str] = mapped_column(ForeignKey("departement.code"), index=True)
    epci_siren: Mapped[str | None] = mapped_column(ForeignKey("epci.siren"), index=True)
    postcodes: Mapped[str]
    population: Mapped[int | None]
    lon: Mapped[float]
    lat: Mapped[float]
    point: Mapped[str]
    radius_m: Mapped[float]
    radius_kind: Mapped[str]

    departement: Mapped[Departement] = relationship()
    epci: Mapped[Epci | None] = relationship()


class FormerCommune(Base):
    """A commune that has merged into another, still named in older files."""

    __tablename__ = "former_commune"

    insee_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    current_code: Mapped[str] = mapped_column(ForeignKey("commune.insee_code"))
    since: Mapped[str | None]
    source: Mapped[str | None]


class Quartier(Base):
    """A neighbourhood that is not a QPV, with an approximate centre (degrees) and radius (m)."""

    __tablename__ = "quartier"

    name: Mapped[str] = mapped_column(primary_key=True)
    insee_code: Mapped[str] = mapped_column(ForeignKey("commune.insee_code"), primary_key=True)
    lon: Mapped[float]
    lat: Mapped[float]
    radius_m: Mapped[float]
    source: Mapped[str]


class Contours(Base):
    """One file of QPV outlines: what it is, how accurate (m), and what it lacks.

    ``run_id``: the import that brought it in; None for the contours that ship.
    """

    __tablename__ = "contours"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(unique=True)
    edition: Mapped[str]
    producer: Mapped[str]
    accuracy_m: Mapped[float]
    checksum: Mapped[str]
    uncovered: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    run_id: Mapped[int | None]
    loaded_on: Mapped[date] = mapped_column(info={DATES_THE_ROW: True})


class Qpv(Base):
    """A QPV: codes are unique across generations (QP… 2015, QN… 2024). Outline in WKB, degrees."""

    __tablename__ = "qpv"

    code: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    outline: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    population: Mapped[int | None]
    population_vintage: Mapped[str | None]
    population_source: Mapped[str | None]
    search_text: Mapped[str]

    communes: Mapped[list[QpvCommune]] = relationship(
        order_by="QpvCommune.rank", back_populates="qpv"
    )


class QpvCommune(Base):
    """A commune that a QPV reaches into, in the order of the official file."""

    __tablename__ = "qpv_commune"

    qpv_code: Mapped[str] = mapped_column(ForeignKey("qpv.code"), primary_key=True)
    insee_code: Mapped[str] = mapped_column(
        ForeignKey("commune.insee_code"), primary_key=True, index=True
    )
    rank: Mapped[int]

    qpv: Mapped[Qpv] = relationship(back_populates="communes")
    commune: Mapped[Commune] = relationship()
