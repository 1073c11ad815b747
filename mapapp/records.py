"""Where the French headers of ``data/`` meet the field names of the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    yield ter.Contours, [_contours(contours) for contours in shipped.contours.values()]
    yield ter.Qpv, list(_qpvs(shipped))
    yield ter.QpvCommune, list(_qpv_communes(shipped.contours.values()))
    yield cat.Chapter, [{"number": r["numero"], "title": r["titre"]} for r in rows["chapters"]]
    yield cat.Theme, [_theme(row) for row in rows["themes"]]
    yield cat.Publisher, [_publisher(row) for row in rows["publishers"]]
    yield cat.Resource, [_resource(row, shipped) for row in rows["resources"]]
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


def _contours(contours: Contours) -> Values:
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


def _qpv_communes(all_contours: Iterable[Contours]) -> Iterator[Values]:
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


def _resource(row: Row, shipped: Shipped) -> Values:
    publishers = {p["id"]: p["nom"] for p in shipped.tables["publishers"]}
    names = [publishers[publisher] for publisher in row["editeurs"]]
    return {
        "slug": row["id"],
        "rank": row["ordre"],
        "chapter_number": row["chapitre"],
        "theme_slug": row["theme"],
        "subtheme": row["sous_theme"],
        "title": row["titre"],
        "authors": joined(row["auteurs"]),
        "series": row["collection"],
        "kind": row["type"],
        "year": row["annee"],
        "year_end": row["annee_fin"],
        "month": row["mois"],
        "pages": row["pages"],
        "sheet_number": row["numero_fiche"],
        "summary": row["resume"],
        "link": row["lien"],
        "link_kind": row["type_lien"],
        "link_seen": row["lien_vu"],
        "note": row["note"],
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
    }
