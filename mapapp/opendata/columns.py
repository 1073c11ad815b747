"""The columns of each published file: what they are, and what their cells hold.

Names and order are those of the modules that write and read these files; the tests hold the two
together. Kinds of the catalogue's columns are those of ``mapapp/tables/layout.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from geo.position import Precision
from geo.verdict import Status
from mapapp.coverage import NEAREST
from mapapp.importing.cells import STATUSES
from mapapp.opendata.fields import Field
from mapapp.queries.coverage import State
from mapapp.tables import kinds
from mapapp.tables.layout import CATALOGUE

GENERATIONS = ("2024", "2015")

_LAT, _LON = kinds.between(-90, 90), kinds.between(-180, 180)
_PRECISION = kinds.choice(*(precision.value for precision in Precision))
_STATUS = kinds.choice(*STATUSES)
_GENERATION = kinds.choice("2015", "2024")

#: What a source tells of an initiative: the format in which files are sent and published.
INITIATIVES = (
    Field(
        "identifiant",
        "Identifiant",
        "Ce qui retrouve la fiche d’un envoi à l’autre. Dans les fichiers publiés ici : la fin de "
        "l’adresse de la fiche.",
        example="la-ferme-des-possibles",
        required=True,
    ),
    Field("nom", "Nom", "Nom de l’initiative.", example="La Ferme des Possibles", required=True),
    Field("resume", "Résumé", "Une à trois phrases.", example="Ferme maraîchère en insertion."),
    Field(
        "themes",
        "Thèmes",
        "Identifiants de thèmes, joints par une barre verticale ; la liste est sur /api/v1/themes.",
        kinds.slug,
        "alimentation|vers-l-emploi",
        many=True,
    ),
    Field("adresse", "Adresse", "Numéro et voie.", example="16 rue Maurice Ravel"),
    Field("code_postal", "Code postal", "Cinq chiffres.", kinds.postcode, "93240"),
    Field("commune", "Commune", "Nom de la commune.", example="Stains"),
    Field("code_insee", "Code INSEE", "Code de la commune.", kinds.insee_code, "93072"),
    Field("latitude", "Latitude", "Degrés WGS 84, selon la source.", _LAT, "48.95"),
    Field("longitude", "Longitude", "Degrés WGS 84, selon la source.", _LON, "2.38"),
    Field(
        "precision",
        "Précision",
        "Ce que le point désigne : des coordonnées relevées, une adresse, une rue, un lieu-dit, un "
        "quartier, une commune, ou rien.",
        _PRECISION,
        "address",
    ),
    Field(
        "qpv_declare",
        "QPV déclarés",
        "Codes des QPV où la source sait que l’initiative se trouve, joints par une barre "
        "verticale.",
        kinds.qpv_code,
        "QN09322M",
        many=True,
    ),
    Field("forme_juridique", "Forme juridique", "En toutes lettres.", example="association"),
    Field("site_web", "Site web", "Adresse complète.", kinds.url, "https://initiative.example/"),
    Field("statut", "Statut", "Ce que l’on sait de l’activité.", _STATUS, "en_activite"),
    Field("debut", "Début", "AAAA, AAAA-MM ou AAAA-MM-JJ.", kinds.partial_date, "2017-06"),
    Field("fin", "Fin", "AAAA, AAAA-MM ou AAAA-MM-JJ.", kinds.partial_date, "2024"),
    Field(
        "ressources",
        "Ressources",
        "Identifiants des ressources du catalogue qui décrivent l’initiative, joints par une barre "
        "verticale.",
        kinds.slug,
        "la-ferme-des-possibles",
        many=True,
    ),
    Field(
        "source_url",
        "Fiche de la source",
        "Adresse de la fiche chez celui qui la tient.",
        kinds.url,
        "https://source.example/fiches/12",
    ),
    Field(
        "verifie_le",
        "Vérifiée le",
        "Jour où la source a vérifié la fiche.",
        kinds.partial_date,
        "2026-03-02",
    ),
    Field(
        "remplace",
        "Remplace",
        "Identifiants des fiches de la même source que celle-ci remplace, joints par une barre "
        "verticale ; leurs adresses mènent à elle.",
        many=True,
    ),
)


def _verdict(generation: str) -> Iterator[Field]:
    statuses = kinds.choice(*(status.value for status in Status))
    yield Field(
        f"statut_{generation}", f"Verdict {generation}", "Indicatif, ne vaut pas attestation.",
        statuses, "inside",
    )  # fmt: skip
    yield Field(
        f"qpv_{generation}",
        f"QPV {generation}",
        "Codes des QPV que le verdict nomme, joints par une barre verticale.",
        kinds.qpv_code,
        many=True,
    )
    yield Field(f"nom_{generation}", f"Noms des QPV {generation}", "Dans le même ordre.")
    yield Field(
        f"distance_{generation}",
        f"Distance {generation}",
        "Mètres jusqu’à la limite du QPV le plus proche, négative dedans.",
        kinds.number,
        "-120.3",
    )
    yield Field(f"phrase_{generation}", f"Phrase {generation}", "Le verdict en toutes lettres.")


#: Where mapapp places each initiative, and its verdicts.
PLACED = (
    Field(
        "slug",
        "Identifiant",
        "La fin de l’adresse de la fiche.",
        kinds.slug,
        "la-ferme-des-possibles",
        required=True,
    ),
    Field("nom", "Nom", "Nom de l’initiative.", example="La Ferme des Possibles", required=True),
    Field("resume", "Résumé", "Une à trois phrases."),
    Field("themes", "Thèmes", "Joints par une barre verticale.", kinds.slug, many=True),
    Field("commune", "Commune", "Nom de la commune.", example="Stains"),
    Field("code_insee", "Code INSEE", "Code de la commune.", kinds.insee_code, "93072"),
    Field("departement", "Département", "Code INSEE.", example="93"),
    Field("region", "Région", "Code INSEE.", example="11"),
    Field("latitude", "Latitude", "Degrés WGS 84 du point retenu.", _LAT, "48.95"),
    Field("longitude", "Longitude", "Degrés WGS 84 du point retenu.", _LON, "2.38"),
    Field("precision", "Précision", "Ce que le point désigne.", _PRECISION, "quartier", True),
    Field("rayon_m", "Rayon", "Mètres autour du point où elle est.", kinds.number, "530"),
    Field("statut", "Statut", "Ce que l’on sait de l’activité.", _STATUS, "en_activite", True),
    Field("source", "Source", "Identifiant de la source.", kinds.slug, "rtes-2022", True),
    *(field for generation in GENERATIONS for field in _verdict(generation)),
    Field("url", "Adresse", "Adresse de la fiche.", required=True),
)

_OF_RESOURCES = {
    "id": ("Identifiant", "La fin de l’adresse de la ressource."),
    "ordre": ("Ordre", "Rang dans le catalogue."),
    "chapitre": ("Chapitre", "Numéro du chapitre, de 1 à 5."),
    "theme": ("Thème", "Identifiant du thème."),
    "sous_theme": ("Sous-thème", "Intertitre du catalogue."),
    "titre": ("Titre", "Titre du document ou du site."),
    "editeurs": ("Éditeurs", "Identifiants, joints par une barre verticale."),
    "auteurs": ("Auteurs", "Organismes, joints par une barre verticale."),
    "collection": ("Collection", "Collection ou revue."),
    "type": ("Type", "Guide, fiche, étude, site internet…"),
    "annee": ("Année", "Année de parution."),
    "annee_fin": ("Dernière année", "Quand la parution s’étale."),
    "mois": ("Mois", "Mois de parution, de 1 à 12."),
    "pages": ("Pages", "Nombre ou numéros de pages."),
    "numero_fiche": ("Numéro de fiche", "Dans sa collection."),
    "resume": ("Résumé", "Une à trois phrases."),
    "lien": ("Lien", "Adresse du document ou de l’éditeur."),
    "type_lien": (
        "Type de lien",
        "Le document (exact), une page officielle proche (related), l’accueil de l’éditeur "
        "(publisher_home) ou rien (none).",
    ),
    "lien_vu": ("Lien vu", "Si la page a été vue."),
    "note": ("Note", "Ce qu’il faut en savoir."),
}

RESOURCES = tuple(
    Field(column.name, *_OF_RESOURCES[column.name], column.kind, "", column.required, column.many)
    for table in CATALOGUE
    if table.name == "resources"
    for column in table.columns
)

_COMMUNES = Field(
    "communes", "Communes", "Codes INSEE, joints par une barre verticale.", kinds.insee_code,
    "93072", many=True,
)  # fmt: skip
_POPULATION = (
    Field("population", "Population", "Habitants, là où l’INSEE les publie.", kinds.integer),
    Field("population_source", "Source de la population", "Producteur et millésime."),
)

QPVS = (
    Field("code", "Code", "QP… en 2015, QN… en 2024.", kinds.qpv_code, "QN09322M", True),
    Field("nom", "Nom", "Nom du quartier prioritaire.", required=True),
    Field("generation", "Génération", "2015 ou 2024.", _GENERATION, "2024", True),
    _COMMUNES,
    *_POPULATION,
    Field(
        "nombre_initiatives",
        "Initiatives",
        "Initiatives dans le quartier, selon leur position ou leur fiche.",
        kinds.integer,
        required=True,
    ),
)


def _named(level: str, title: str) -> tuple[Field, Field]:
    return (
        Field(level, title, "Codes, joints par une barre verticale.", example=""),
        Field(f"noms_{level}", f"{title} (noms)", "Dans le même ordre."),
    )


def _near(rank: int) -> tuple[Field, Field, Field]:
    what = f"Exemple le plus proche, rang {rank}"
    return (
        Field(f"proche_{rank}_slug", f"{what} : identifiant", "Hors du quartier.", kinds.slug),
        Field(f"proche_{rank}_nom", f"{what} : nom", "Hors du quartier."),
        Field(f"proche_{rank}_distance_m", f"{what} : mètres", "Entiers.", kinds.integer),
    )


COVERAGE = (
    Field("qpv", "QPV", "Code du quartier prioritaire.", kinds.qpv_code, "QN09322M", True),
    Field("nom", "Nom", "Nom du quartier prioritaire.", required=True),
    Field("generation", "Génération", "2015 ou 2024.", _GENERATION, "2024", True),
    _COMMUNES,
    Field("noms_communes", "Communes (noms)", "Dans le même ordre."),
    *_named("departements", "Départements"),
    *_named("regions", "Régions"),
    *_named("epci", "EPCI"),
    *_POPULATION,
    Field("theme", "Thème", "Identifiant du thème.", kinds.slug, "mobilite", True),
    Field("nom_theme", "Nom du thème", "En toutes lettres.", required=True),
    Field(
        "etat",
        "État",
        "example : un exemple dans le quartier ; near : à moins de la distance demandée ; "
        "possible : peut-être un ; none_known : aucun connu, mais personne n’a tout cherché ; "
        "none : aucun, et une source exhaustive a cherché.",
        kinds.choice(*(state.value for state in State)),
        "none_known",
        True,
    ),
    Field("etat_libelle", "État en toutes lettres", "Le même, en français.", required=True),
    Field("exemples", "Exemples", "Dans le quartier.", kinds.integer, "0", True),
    Field("possibles", "Possibles", "À sa limite, ou peut-être dedans.", kinds.integer, "0", True),
    Field("distance_m", "Distance", "Mètres jusqu’au premier autre exemple.", kinds.integer),
    Field(
        "distance_certaine_m",
        "Distance certaine",
        "Mètres dans lesquels il est à coup sûr, arrondis au-dessus.",
        kinds.integer,
    ),
    *(field for rank in range(1, NEAREST + 1) for field in _near(rank)),
    Field(
        "distance_demandee_m",
        "Distance demandée",
        "Mètres jusqu’où un exemple est dit proche.",
        kinds.integer,
        "300",
        True,
    ),
    Field("contours", "Contours", "Édition des contours.", required=True),
    Field("date", "Date", "Jour des données.", kinds.partial_date, "2026-11-24", True),
)

CHANGES = (
    Field("jeu", "Jeu de données", "Son nom dans les adresses.", kinds.slug, "qpv", True),
    Field("cle", "Clé", "De la ligne ; vide pour une colonne.", example="QN09322M"),
    Field(
        "changement",
        "Changement",
        "D’une ligne, ou d’une colonne entière.",
        kinds.choice("ajout", "retrait", "modification"),
        "modification",
        True,
    ),
    Field("champ", "Champ", "La colonne, quand une valeur a changé.", example="population"),
    Field("avant", "Avant", "Sa valeur dans l’instantané précédent."),
    Field("apres", "Après", "Sa valeur dans celui-ci."),
)
