"""How each table of ``data/`` is laid out: columns, what they hold, what they refer to.

The headers are French: they are the editors' contract. ``data/README.md`` tells where each table
comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

from mapapp.tables import kinds
from mapapp.tables.kinds import Kind


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, what a cell holds, whether it may be empty or hold several (``|``).

    ``refers`` names ``table.column`` where every value must exist.
    """

    name: str
    kind: Kind = kinds.text
    required: bool = False
    many: bool = False
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file of ``data/``; the ``key`` columns together are unique."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file_name(self) -> str:
        """Name of the file in ``data/``."""
        return f"{self.name}.csv"


def _must(name: str, kind: Kind = kinds.text, refers: str = "", many: bool = False) -> Column:
    return Column(name, kind, True, many, refers)


def _may(name: str, kind: Kind = kinds.text, refers: str = "", many: bool = False) -> Column:
    return Column(name, kind, False, many, refers)


_LON = kinds.between(-180, 180)
_LAT = kinds.between(-90, 90)
#: Maripasoula, the largest commune, is some 200 km long.
_RADIUS = kinds.between(0, 400_000)
_GENERATION = kinds.choice("2015", "2024")

CATALOGUE = (
    Table("chapters", ("numero",), (_must("numero", kinds.integer), _must("titre"))),
    Table(
        "themes",
        ("slug",),
        (
            _must("slug", kinds.slug),
            _must("chapitre", kinds.integer, "chapters.numero"),
            _must("ordre", kinds.integer),
            _must("libelle"),
        ),
    ),
    Table(
        "publishers",
        ("id",),
        (
            _must("id", kinds.slug),
            _must("nom"),
            _may("nom_complet"),
            _may(
                "type_territoire",
                kinds.choice("national", "region", "departement", "commune", "autre"),
            ),
            _may("code_territoire", many=True),
            _may("site_web", kinds.url),
            _may("note"),
        ),
    ),
    Table(
        "resources",
        ("id",),
        (
            _must("id", kinds.slug),
            _must("ordre", kinds.integer),
            _must("chapitre", kinds.integer, "chapters.numero"),
            _may("theme", kinds.slug, "themes.slug"),
            _may("sous_theme"),
            _must("titre"),
            _must("editeurs", kinds.slug, "publishers.id", many=True),
            _may("auteurs", many=True),
            _may("collection"),
            _may("type"),
            _may("annee", kinds.year),
            _may("annee_fin", kinds.year),
            _may("mois", kinds.between(1, 12, kinds.integer)),
            _may("pages"),
            _may("numero_fiche"),
            _may("resume"),
            _may("lien", kinds.url),
            _must("type_lien", kinds.choice("exact", "related", "publisher_home", "none")),
            _may("lien_vu", kinds.yes_no),
            _may("note"),
        ),
    ),
    Table(
        "sources",
        ("id",),
        (
            _must("id", kinds.slug),
            _must("nom"),
            _must("editeur"),
            _may("licence"),
            _may("adresse", kinds.url),
            _must("couverture", kinds.choice("selective", "exhaustive")),
            _may("themes_couverts", kinds.slug, "themes.slug", many=True),
            _may("territoire"),
            _may("date", kinds.partial_date),
            _may("contact"),
            _may("note"),
        ),
    ),
    Table(
        "initiatives",
        ("identifiant",),
        (
            _must("identifiant", kinds.slug),
            _must("nom"),
            _may("parent", kinds.slug, "initiatives.identifiant"),
            _may("resume"),
            _must("themes", kinds.slug, "themes.slug", many=True),
            _may("ressources", kinds.slug, "resources.id", many=True),
            _may("adresse"),
            _may("periode_adresse"),
            _may("quartier"),
            _may("code_postal", kinds.postcode),
            _may("commune"),
            _may("code_insee", kinds.insee_code, "communes.code_insee"),
            _may("forme_juridique"),
            _may("siret", kinds.siret),
            _may("site_web", kinds.url),
            _must("statut", kinds.choice("en_activite", "deplacee", "terminee", "inconnu")),
            _may("note_statut"),
            _may("debut", kinds.partial_date),
            _may("date_fiche", kinds.partial_date),
            _may("incertitudes"),
            _must("source", kinds.slug, "sources.id"),
            _may("remplace", kinds.slug, many=True),
        ),
    ),
    Table(
        "initiative_qpv",
        ("initiative", "code"),
        (
            _must("initiative", kinds.slug, "initiatives.identifiant"),
            _must("generation", _GENERATION),
            _must("code", kinds.qpv_code, "qpv.code"),
            _must("relation", kinds.choice("located_in", "serves", "probable")),
            _must("confiance", kinds.choice("haute", "moyenne", "faible")),
            _must("preuve"),
        ),
    ),
    Table(
        "initiative_evidence",
        ("initiative", "champ", "preuve"),
        (
            _must("initiative", kinds.slug, "initiatives.identifiant"),
            _must("champ"),
            _must("preuve"),
        ),
    ),
    Table(
        "initiative_places",
        ("initiative", "libelle"),
        (
            _must("initiative", kinds.slug, "initiatives.identifiant"),
            _must("libelle"),
            _may("adresse"),
            _may("preuve"),
        ),
    ),
    Table(
        "ocr_corrections",
        ("texte_imprime",),
        (
            _must("texte_imprime"),
            _may("correction"),
            _must("confiance", kinds.choice("sure", "probable", "non_resolue")),
            _must("fondement"),
        ),
    ),
)

TERRITORY = (
    Table("regions", ("code",), (_must("code"), _must("nom"))),
    Table(
        "departements",
        ("code",),
        (_must("code"), _must("nom"), _must("region", refers="regions.code")),
    ),
    Table("epci", ("siren",), (_must("siren"), _must("nom"))),
    Table(
        "communes",
        ("code_insee",),
        (
            _must("code_insee", kinds.insee_code),
            _must("nom"),
            _must("type", kinds.choice("COM", "ARM")),
            _may("commune_parente", kinds.insee_code, "communes.code_insee"),
            _must("departement", refers="departements.code"),
            _may("epci", refers="epci.siren"),
            _may("codes_postaux", kinds.postcode, many=True),
            _may("population", kinds.integer),
            _must("longitude", _LON),
            _must("latitude", _LAT),
            _must("point", kinds.choice("mairie", "centre")),
            _must("rayon_m", _RADIUS),
            _must("rayon", kinds.choice("contour", "estime")),
        ),
    ),
    Table(
        "former_communes",
        ("code_insee",),
        (
            _must("code_insee", kinds.insee_code),
            _must("nom"),
            _must("devient", kinds.insee_code, "communes.code_insee"),
            _may("date", kinds.partial_date),
            _may("source"),
        ),
    ),
    Table(
        "quartiers",
        ("nom", "code_insee"),
        (
            _must("nom"),
            _must("code_insee", kinds.insee_code, "communes.code_insee"),
            _must("longitude", _LON),
            _must("latitude", _LAT),
            _must("rayon_m", _RADIUS),
            _must("source"),
        ),
    ),
    Table(
        "qpv_facts",
        ("code",),
        (
            _must("code", kinds.qpv_code, "qpv.code"),
            _must("generation", _GENERATION),
            _may("population", kinds.integer),
            _may("millesime"),
            _must("source"),
        ),
    ),
)

TABLES = TERRITORY + CATALOGUE
