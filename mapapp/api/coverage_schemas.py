"""The shapes of ``/api/v1/coverage``: which QPVs have an example on which theme."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from mapapp.api.asked import Asked
from mapapp.api.schemas import Collection, CommuneRef

StateWord = Literal["example", "near", "possible", "none_known", "none"]


class CoverageQuery(Asked):
    """The filters of white spots."""

    q: str | None = Field(None, description="Mots du nom, du code ou d’une commune du QPV")
    theme: list[str] = Field([], description="Identifiant de thème ; peut se répéter")
    qpv: str | None = Field(None, description="Code d’un QPV")
    commune: str | None = Field(None, description="Code INSEE de commune ou d’arrondissement")
    departement: str | None = Field(None, description="Code de département (« 93 », « 2A »)")
    region: str | None = Field(None, description="Code INSEE de région (« 27 »)")
    epci: str | None = Field(None, description="SIREN d’intercommunalité")
    generation: str | None = Field(None, description="Génération de QPV : 2015 ou 2024 (défaut)")
    distance: str | None = Field(
        None, description="Jusqu’à combien de mètres un exemple est proche (défaut : 300)"
    )
    population: str | None = Field(None, description="QPV de tant d’habitants au moins")
    tri: str | None = Field(None, description="manques (défaut), population, distance ou nom")
    tous: str | None = Field(None, description="1 : aussi les QPV à qui rien ne manque")
    page: str | None = Field(None, description="Numéro de page, à partir de 1")


class CoverageNear(BaseModel):
    """An initiative near a QPV: metres to its point, and within which it surely is."""

    slug: str
    name: str
    distance_m: float
    reach_m: float
    url: str


class CoverageCell(BaseModel):
    """One theme in one QPV; ``reach_m``: metres within which the nearest other example is."""

    theme: str
    state: StateWord
    label: str
    examples: int
    possible: int
    reach_m: float | None
    nearest: list[CoverageNear]


class CoverageLine(BaseModel):
    """A QPV; ``empty``: on how many themes asked for it has no example, near or possible."""

    code: str
    name: str
    generation: int
    communes: list[CommuneRef]
    population: int | None
    empty: int
    nearest_m: float | None
    cells: list[CoverageCell]
    url: str


class CoverageTotals(BaseModel):
    """A territory (``kind``: the filter that names it): QPVs, cells, rates from 0 to 1."""

    kind: str
    code: str
    name: str
    qpvs: int
    with_example: int
    without_example: int
    cells: int
    filled: int
    qpv_rate: float
    cell_rate: float


class CoverageSummary(BaseModel):
    """What is told of a whole selection."""

    generation: int
    distance_m: float
    total: CoverageTotals
    states: dict[StateWord, int]
    territories: list[CoverageTotals]


class CoverageCollection(Collection, CoverageSummary):
    """QPVs and their themes; ``count``: QPVs listed, all pages together."""

    items: list[CoverageLine]


class CoverageReport(CoverageSummary):
    """What ``mapapp coverage --json`` tells."""

    items: list[CoverageLine]
