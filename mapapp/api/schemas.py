"""The shapes of requests and answers, as the OpenAPI file tells them.

Query parameters are texts here: :mod:`mapapp.filters` gives them their one meaning and its French
sentences, for pages and API alike.
"""

from __future__ import annotations

from typing import Any, Literal

from flask_openapi3 import FileStorage
from pydantic import BaseModel, Field

from mapapp.api.asked import Asked


class FilterQuery(Asked):
    """The filters of initiatives."""

    q: str | None = Field(None, description="Mots cherchés, sans souci de casse ni d’accents")
    theme: list[str] = Field([], description="Identifiant de thème ; peut se répéter")
    qpv: str | None = Field(None, description="Code d’un QPV que nomme le verdict")
    commune: str | None = Field(None, description="Code INSEE de commune ou d’arrondissement")
    departement: str | None = Field(None, description="Code de département (« 93 », « 2A »)")
    region: str | None = Field(None, description="Code INSEE de région (« 27 »)")
    epci: str | None = Field(None, description="SIREN d’intercommunalité")
    source: str | None = Field(None, description="Identifiant de source (« rtes-2022 »)")
    etat: str | None = Field(
        None,
        description="Verdict de QPV : inside, border, near, outside, declared, possible, unknown",
    )
    generation: str | None = Field(None, description="Génération de QPV : 2015 ou 2024 (défaut)")
    lat: str | None = Field(None, description="Latitude (degrés) du lieu autour duquel chercher")
    lon: str | None = Field(None, description="Longitude (degrés) de ce lieu")
    rayon: str | None = Field(None, description="Mètres autour de ce lieu (défaut : 5000)")
    bbox: str | None = Field(None, description="ouest,sud,est,nord en degrés")
    page: str | None = Field(None, description="Numéro de page, à partir de 1")


class ClusterQuery(FilterQuery):
    """What the map asks for."""

    zoom: str | None = Field(None, description="Niveau de zoom, 0 à 19 (défaut : 5)")


class QpvQuery(Asked):
    """Which contours to draw."""

    bbox: str | None = Field(None, description="ouest,sud,est,nord en degrés ; sans lui, tous")
    zoom: str | None = Field(
        None, description="Niveau de zoom, 0 à 19 : contours au pixel près ; sans lui, entiers"
    )
    generation: str | None = Field(None, description="2015 ou 2024 (défaut)")


class ResourceQuery(Asked):
    """Which resources."""

    q: str | None = Field(None, description="Mots cherchés, sans souci de casse ni d’accents")
    theme: list[str] = Field([], description="Identifiant de thème ; peut se répéter")


class LocateQuery(Asked):
    """A point."""

    lon: str | None = Field(None, description="Longitude en degrés (WGS 84)")
    lat: str | None = Field(None, description="Latitude en degrés (WGS 84)")
    rayon: str | None = Field(None, description="Rayon d’incertitude en mètres (défaut : 0)")
    generation: str | None = Field(None, description="2015 ou 2024 ; les deux par défaut")


class LocateForm(Asked):
    """A file of points or addresses."""

    file: FileStorage | None = Field(None, description="Le fichier CSV, ligne d’en-têtes comprise")
    lon: str = Field("", description="Colonne de la longitude ; sans elle, reconnue à son nom")
    lat: str = Field("", description="Colonne de la latitude")
    address: str = Field("", description="Colonnes de l’adresse, séparées par des virgules")


class SearchQuery(Asked):
    """A few letters."""

    q: str | None = Field(None, description="Lettres ou mots cherchés")
    genre: str | None = Field(
        None, description="Parmi commune, qpv, initiative, ressource, séparés par des virgules"
    )


class SlugPath(BaseModel):
    """One record."""

    slug: str = Field(description="Identifiant")


class CodePath(BaseModel):
    """One QPV."""

    code: str = Field(description="Code de QPV (« QN08604M », « QP086004 »)")


class FieldFault(BaseModel):
    """One faulty field."""

    field: str
    message: str


class Error(BaseModel):
    """The one shape of an error."""

    ok: Literal[False]
    status: int
    error: str
    errors: list[FieldFault]


class ThemeRef(BaseModel):
    """A theme."""

    slug: str
    label: str
    url: str


class Theme(ThemeRef):
    """A theme and how many initiatives and resources it has."""

    chapter: int
    initiatives: int
    resources: int


class Publisher(BaseModel):
    """A publisher."""

    id: str
    name: str
    long_name: str | None
    website: str | None


class Resource(BaseModel):
    """A resource of the catalogue."""

    slug: str
    title: str
    chapter: int
    theme: str | None
    subtheme: str | None
    publishers: list[Publisher]
    kind: str | None
    series: str | None
    year: int | None
    date: str
    summary: str | None
    link: str | None
    link_kind: Literal["exact", "related", "publisher_home", "none"]
    url: str


class ResourceMatch(BaseModel):
    """A resource proposed for an initiative, and why (French)."""

    slug: str
    title: str
    reason: str
    link: str | None
    link_kind: Literal["exact", "related", "publisher_home", "none"]
    url: str


class NamedQpv(BaseModel):
    """A QPV named by a verdict; metres to its border, negative inside, null when not measured."""

    code: str
    name: str
    distance_m: float | None


class ContoursUsed(BaseModel):
    """The contours a verdict was judged on."""

    edition: str
    accuracy_m: float
    checksum: str


class Verdict(BaseModel):
    """A QPV verdict, the same everywhere."""

    generation: int
    status: Literal["inside", "border", "near", "outside", "declared", "possible", "unknown"]
    qpv: list[NamedQpv]
    distance_m: float | None
    nearest: NamedQpv | None
    contours: ContoursUsed
    rule: str
    sentence: str
    conflict: str | None
    notice: str


class Verdicts(BaseModel):
    """A verdict for each generation asked for."""

    g2015: Verdict | None = Field(None, alias="2015")
    g2024: Verdict | None = Field(None, alias="2024")


class InitiativeProperties(BaseModel):
    """What is known of an initiative."""

    slug: str
    name: str
    summary: str | None
    themes: list[ThemeRef]
    commune: str | None
    insee_code: str | None
    departement: str | None
    region: str | None
    precision: str
    precision_sentence: str
    radius_m: float | None
    status: str
    status_sentence: str
    source: str
    verdicts: Verdicts
    resources: list[ResourceMatch]
    url: str


class Point(BaseModel):
    """A GeoJSON point, [lon, lat]."""

    type: Literal["Point"]
    coordinates: list[float]


class InitiativeFeature(BaseModel):
    """An initiative; geometry is null when its place is unknown."""

    type: Literal["Feature"]
    geometry: Point | None
    properties: InitiativeProperties


class NearbyProperties(InitiativeProperties):
    """An initiative seen from a place: metres to its point; ``direction`` null when all around."""

    distance_m: float
    direction: str | None
    distance_sentence: str


class NearbyFeature(BaseModel):
    """An initiative around a place."""

    type: Literal["Feature"]
    geometry: Point | None
    properties: NearbyProperties


class Geometry(BaseModel):
    """Any GeoJSON geometry."""

    type: str
    coordinates: list[Any]


class MapFeature(BaseModel):
    """A feature of the map: a cluster, an initiative, a QPV."""

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, Any]


class Collection(BaseModel):
    """What every collection tells of itself."""

    count: int
    links: dict[str, str]
    licence: str
    sources: list[str]
    data_version: str


class InitiativeCollection(Collection):
    """Initiatives, as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[InitiativeFeature]


class NearbyCollection(Collection):
    """Initiatives around a place, nearest first, as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[NearbyFeature]


class MapCollection(Collection):
    """Features of the map, as GeoJSON; ``zoom``: the one at which initiatives were grouped."""

    type: Literal["FeatureCollection"]
    features: list[MapFeature]
    zoom: int | None = None


class ResourceCollection(Collection):
    """Resources."""

    items: list[Resource]


class ThemeCollection(Collection):
    """Themes."""

    items: list[Theme]


class Hit(BaseModel):
    """An answer of the search; ``place``: what /pres-de-moi understands as this place alone."""

    kind: Literal["commune", "qpv", "initiative", "ressource"]
    code: str
    label: str
    detail: str
    url: str
    place: str | None


class HitCollection(Collection):
    """Answers of the search, at most five of each kind."""

    items: list[Hit]


class CommuneRef(BaseModel):
    """A commune."""

    insee_code: str
    name: str
    departement: str


class SeenInitiative(BaseModel):
    """An initiative that a verdict ties to the QPV."""

    slug: str
    name: str
    status: str
    sentence: str
    url: str


class Qpv(BaseModel):
    """A QPV; ``initiatives_inside`` and ``themes`` count those inside or declared.

    ``point`` lies inside its outline (``[lon, lat]``), ``bbox`` holds it; null without contours.
    """

    code: str
    name: str
    generation: int
    communes: list[CommuneRef]
    population: int | None
    population_source: str | None
    contours: ContoursUsed
    initiatives_inside: int
    themes: dict[str, int]
    initiatives: list[SeenInitiative]
    point: list[float] | None
    bbox: list[float] | None
    url: str


class PositionShown(BaseModel):
    """A point in degrees, what it stands for, and its radius in metres."""

    lon: float
    lat: float
    precision: str
    radius_m: float


class Located(BaseModel):
    """The verdicts on a point."""

    position: PositionShown
    verdicts: Verdicts
