"""Where the French headers of ``data/`` meet the field names of the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import shapely

from geo.contours import Contours
from geo.names import typographic
from mapapp.store import catalogue as cat
from mapapp.store import territory as ter
from mapapp.tables.reading import Row, Shipped
from mapapp.words import search_text

Values = dict[str, Any]

#: Columns of ``data/initiatives.csv`` that an initiatives file has not: ours, written to be read.
SHIPPED_ALONE = ("quartier", "periode_adresse", "note_statut", "date_fiche", "incertitudes")

#: Where the store keeps each column of a resource; its publishers are links.
RESOURCE_FIELDS = {
    "id": "slug",
    "ordre": "rank",
    "chapitre": "chapter_number",
    "theme": "theme_slug",
    "sous_theme": "subtheme",
    "titre": "title",
    "auteurs": "authors",
    "collection": "series",
    "type": "kind",
    "annee": "year",
    "annee_fin": "year_end",
    "mois": "month",
    "pages": "pages",
    "numero_fiche": "sheet_number",
    "resume": "summary",
    "lien": "link",
    "type_lien": "link_kind",
    "lien_vu": "link_seen",
    "note": "note",
}


def reference_rows(shipped: Shipped) -> Iterator[tuple[type[Any], list[Values]]]:
    """Every reference table of the store with the rows it must hold, referred-to tables first."""
    rows = shipped.tables
    yield ter.Region, [_named("code", row) for row in rows["regions"]]
    yield ter.Departement, [_departement(row) for row in rows["departements"]]
    yield ter.Epci, [_named("siren", row) for row in rows["epci"]]
    former = _former_names(rows["former_communes"])
    yield ter.Commune, [_commune(row, former[row["code_insee"]]) for row in rows["communes"]]
    yield ter.FormerCommune, [_former_commune(row) for row in rows["former_communes"]]
    yield ter.Quartier, [_quartier(row) for row in rows["quartiers"]]
    yield ter.Contours, [contours_values(contours) for contours in shipped.contours.values()]
    yield ter.Qpv, list(_qpvs(shipped))
    yield ter.QpvCommune, list(commune_links(shipped.contours.values()))
    yield cat.Chapter, [{"number": r["numero"], "title": r["titre"]} for r in rows["chapters"]]
    yield cat.Theme, [_theme(row) for row in rows["themes"]]
    yield cat.Publisher, [_publisher(row) for row in rows["publishers"]]
    publishers = {row["id"]: row["nom"] for row in rows["publishers"]}
    yield cat.Resource, [resource_values(row, publishers) for row in rows["resources"]]
    yield cat.ResourcePublisher, list(_resource_publishers(rows["resources"]))
    yield cat.Source, [_source(row) for row in rows["sources"]]


def joined(parts: Iterable[str]) -> str | None:
    """Several values in one column of the store, as in the tables: ``a|b``; None when none."""
    return "|".join(parts) or None


def _named(code: str, row: Row) -> Values:
    return {code: row[code], "name": typographic(row["nom"])}


def _departement(row: Row) -> Values:
    return _named("code", row) | {"region_code": row["region"]}


def _former_names(rows: Iterable[Row]) -> dict[str, list[str]]:
    """The old names that each commune is still looked for by."""
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        names[row["devient"]].append(row["nom"])
    return names


def _commune(row: Row, former_names: Iterable[str]) -> Values:
    return {
        "insee_code": row["code_insee"],
        "name": typographic(row["nom"]),
        "search_name": search_text(row["nom"], *former_names),
        "kind": row["type"],
        "parent_code": row["commune_parente"],
        "departement_code": row["departement"],
        "epci_siren": row["epci"],
        "postcodes": "|".join(row["codes_postaux"]),
        "population": row["population"],
        "lon": row["longitude"],
        "lat": row["latitude"],
        "point": row["point"],
        "radius_m": row["rayon_m"],
        "radius_kind": row["rayon"],
    }


def _former_commune(row: Row) -> Values:
    return {
        "insee_code": row["code_insee"],
        "name": row["nom"],
        "current_code": row["devient"],
        "since": row["date"],
        "source": row["source"],
    }


def _quartier(row: Row) -> Values:
    return {
        "name": row["nom"],
        "insee_code": row["code_insee"],
        "lon": row["longitude"],
        "lat": row["latitude"],
        "radius_m": row["rayon_m"],
        "source": row["source"],
    }


def contours_values(contours: Contours) -> Values:
    """The row of a file of contours."""
    return {
        "id": contours.generation,
        "generation": contours.generation,
        "edition": contours.edition,
        "producer": contours.producer,
        "accuracy_m": contours.accuracy_m,
        "checksum": contours.checksum,
        "uncovered": [
            {"code": territory.code, "name": territory.name, "bbox": list(territory.bbox)}
            for territory in contours.uncovered
        ],
        "loaded_on": date.today(),
    }


def _qpvs(shipped: Shipped) -> Iterator[Values]:
    facts = {row["code"]: row for row in shipped.tables["qpv_facts"]}
    communes = {row["code_insee"]: row["nom"] for row in shipped.tables["communes"]}
    for contours in shipped.contours.values():
        for qpv in contours.qpvs:
            fact = facts.get(qpv.code)
            yield {
                "code": qpv.code,
                "generation": contours.generation,
                "name": typographic(qpv.name),
                "outline": shapely.to_wkb(qpv.geometry),
                "population": fact and fact["population"],
                "population_vintage": fact and fact["millesime"],
                "population_source": fact and fact["source"],
                "search_text": search_text(qpv.code, qpv.name, *map(communes.get, qpv.communes)),
            }


def commune_links(all_contours: Iterable[Contours]) -> Iterator[Values]:
    """The communes of each QPV, in the order of its file."""
    for contours in all_contours:
        for qpv in contours.qpvs:
            for rank, insee_code in enumerate(qpv.communes):
                yield {"qpv_code": qpv.code, "insee_code": insee_code, "rank": rank}


def _theme(row: Row) -> Values:
    return {
        "slug": row["slug"],
        "chapter_number": row["chapitre"],
        "rank": row["ordre"],
        "label": row["libelle"],
    }


def _publisher(row: Row) -> Values:
    return {
        "id": row["id"],
        "name": row["nom"],
        "long_name": row["nom_complet"],
        "territory_kind": row["type_territoire"],
        "territory_codes": joined(row["code_territoire"]),
        "website": row["site_web"],
        "note": row["note"],
    }


def resource_values(row: Row, publisher_names: Mapping[str, str]) -> Values:
    """A resource as the store keeps it; ``publisher_names``: the name of each publisher, by id."""
    names = [publisher_names[publisher] for publisher in row["editeurs"]]
    told = {field: row[column] for column, field in RESOURCE_FIELDS.items()}
    return told | {
        "authors": joined(row["auteurs"]),
        "search_text": search_text(row["titre"], row["resume"], row["sous_theme"], *names),
    }


def _resource_publishers(rows: Iterable[Row]) -> Iterator[Values]:
    for row in rows:
        for rank, publisher in enumerate(row["editeurs"]):
            yield {"resource_slug": row["id"], "publisher_id": publisher, "rank": rank}


def _source(row: Row) -> Values:
    return {
        "id": row["id"],
        "name": row["nom"],
        "publisher": row["editeur"],
        "licence": row["licence"],
        "url": row["adresse"],
        "coverage": row["couverture"],
        "covered_themes": joined(row["themes_couverts"]),
        "covered_territory": row["territoire"],
        "date": row["date"],
        "contact": row["contact"],
        "note": row["note"],
        "publishes": list(SHIPPED_ALONE),
    }
