"""Rules that a single cell cannot hold: between columns, between tables, and about the store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from sqlalchemy import Engine, text

from geo.communes import departement_of
from geo.names import name_key
from mapapp.errors import AppError, UnusableStore
from mapapp.store.engine import require_schema
from mapapp.tables.layout import CATALOGUE
from mapapp.tables.reading import Issue, Row, Shipped

#: The chapter whose headings are the themes of initiatives.
THEMES_CHAPTER = 4

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_PHONE = re.compile(r"(?:\b0|\+33\s?)[1-9](?:[\s.-]?\d{2}){4}\b")


def rule_faults(shipped: Shipped) -> list[Issue]:
    """The faults of the shipped tables that go beyond one cell; empty when all is well."""
    return list(chain.from_iterable(rule(shipped) for rule in _RULES))


def resource_faults(resources: list[Row], themes: list[Row]) -> list[Issue]:
    """The faults of resources that go beyond one cell, told as of ``resources.csv``."""
    nothing: dict[str, list[Row]] = {table.name: [] for table in CATALOGUE}
    told = Shipped(nothing | {"resources": resources, "themes": themes}, {}, "")
    rules = (_links, _years, _chapters)
    found = list(chain.from_iterable(rule(told) for rule in rules))
    return found + list(_privacy(replace(told, tables=nothing | {"resources": resources})))


def store_faults(engine: Engine) -> list[str]:
    """What is wrong with the database, one French sentence each; empty when all is well.

    Raises:
        UnusableStore: it cannot be read at all, or not by this version of mapapp.
    """
    try:
        require_schema(engine, look_s=None)
    except UnusableStore:
        raise
    except AppError as error:
        return [error.message]
    with engine.connect() as connection:
        return [
            f"Base de données : {sentence} ({count})."
            for sentence, query in _STORE_RULES.items()
            if (count := connection.execute(text(query)).scalar_one())
        ]


def _fault(table: str, row: Row, column: str, message: str) -> Issue:
    return Issue(f"{table}.csv", row.line, column, _shown(row[column]), message)


def _links(shipped: Shipped) -> Iterator[Issue]:
    for row in shipped.tables["resources"]:
        if (row["type_lien"] == "none") != (row["lien"] is None):
            message = "un lien a un type, et « none » veut dire qu’il n’y en a pas"
            yield _fault("resources", row, "type_lien", message)


def _years(shipped: Shipped) -> Iterator[Issue]:
    for row in shipped.tables["resources"]:
        if row["annee_fin"] and not (row["annee"] and row["annee"] < row["annee_fin"]):
            yield _fault("resources", row, "annee_fin", "l’année de fin suit l’année de début")


def _chapters(shipped: Shipped) -> Iterator[Issue]:
    chapter_of = {row["slug"]: row["chapitre"] for row in shipped.tables["themes"]}
    for row in shipped.tables["resources"]:
        if row["theme"] and chapter_of[row["theme"]] != row["chapitre"]:
            yield _fault("resources", row, "theme", "le thème est d’un autre chapitre")
    for row in shipped.tables["initiatives"]:
        if any(chapter_of[theme] != THEMES_CHAPTER for theme in row["themes"]):
            message = f"les thèmes d’une initiative sont ceux du chapitre {THEMES_CHAPTER}"
            yield _fault("initiatives", row, "themes", message)


def _replaced(shipped: Shipped) -> Iterator[Issue]:
    """What is replaced is no longer there, and leads to one record."""
    taken = {row["identifiant"] for row in shipped.tables["initiatives"]}
    for row in shipped.tables["initiatives"]:
        for key in row["remplace"]:
            if key in taken:
                message = f"« {key} » est encore une initiative, ou est déjà remplacée"
                yield _fault("initiatives", row, "remplace", message)
            taken.add(key)


def _generations(shipped: Shipped) -> Iterator[Issue]:
    for table in ("initiative_qpv", "qpv_facts"):
        for row in shipped.tables[table]:
            if row["generation"] != ("2015" if row["code"].startswith("QP") else "2024"):
                message = "les codes de 2015 commencent par QP, ceux de 2024 par QN"
                yield _fault(table, row, "generation", message)


def _commune_names(shipped: Shipped) -> Iterator[Issue]:
    names = {row["code_insee"]: row["nom"] for row in shipped.tables["communes"]}
    for row in shipped.tables["initiatives"]:
        known = names.get(row["code_insee"])
        if known and row["commune"] and name_key(known) != name_key(row["commune"]):
            message = f"le code {row['code_insee']} est celui de « {known} »"
            yield _fault("initiatives", row, "commune", message)


def _qpv_communes(shipped: Shipped) -> Iterator[Issue]:
    known = {row["code_insee"] for row in shipped.tables["communes"]}
    for contours in shipped.contours.values():
        for qpv in contours.qpvs:
            for code in filter(lambda code: code not in known, qpv.communes):
                file = f"qpv_{contours.generation}.geojson"
                yield Issue(file, None, "communes", code, f"commune inconnue du QPV {qpv.code}")


def _departements(shipped: Shipped) -> Iterator[Issue]:
    for row in shipped.tables["communes"]:
        if departement_of(row["code_insee"]) != row["departement"]:
            yield _fault("communes", row, "departement", "le code INSEE dit un autre département")


def _territories(shipped: Shipped) -> Iterator[Issue]:
    known = {
        "region": {row["code"] for row in shipped.tables["regions"]},
        "departement": {row["code"] for row in shipped.tables["departements"]},
        "commune": {row["code_insee"] for row in shipped.tables["communes"]},
    }
    for row in shipped.tables["publishers"]:
        codes = known.get(row["type_territoire"] or "", set())
        if any(code not in codes for code in row["code_territoire"]):
            yield _fault("publishers", row, "code_territoire", "ce territoire n’existe pas")


def _privacy(shipped: Shipped) -> Iterator[Issue]:
    """No e-mail and no telephone number is published."""
    for table in CATALOGUE:
        for row in shipped.tables[table.name]:
            for column, value in row.values.items():
                if _EMAIL.search(shown := _shown(value)) or _PHONE.search(shown):
                    message = "ni courriel ni téléphone ne sont publiés"
                    yield Issue(table.file_name, row.line, column, None, message)


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")


_RULES: tuple[Callable[[Shipped], Iterator[Issue]], ...] = (
    _links,
    _years,
    _chapters,
    _replaced,
    _generations,
    _commune_names,
    _qpv_communes,
    _departements,
    _territories,
    _privacy,
)

_STORE_RULES = {
    "des initiatives n’ont pas de verdict pour chaque génération de QPV": """
        SELECT count(*) FROM initiative AS i CROSS JOIN contours AS c
        LEFT JOIN verdict AS v ON v.initiative_id = i.id AND v.generation = c.generation
        WHERE v.generation IS NULL""",
    "des initiatives localisées n’ont pas de coordonnées, ou l’inverse": """
        SELECT count(*) FROM initiative
        WHERE (precision = 'none') <> (lon IS NULL) OR (lon IS NULL) <> (lat IS NULL)""",
    "des initiatives ont une adresse qui n’est pas à elles": """
        SELECT count(*) FROM initiative AS i LEFT JOIN given_slug AS g
        ON g.slug = i.slug AND g.source_id = i.source_id AND g.key = i.key AND g.reason IS NULL
        WHERE g.slug IS NULL""",
    "des QPV nommés par un verdict n’existent pas": """
        SELECT count(*) FROM verdict_qpv AS v
        LEFT JOIN qpv AS q ON q.code = v.qpv_code WHERE q.code IS NULL""",
    "des QPV n’ont pas leur couverture pour chaque thème": """
        SELECT count(*) FROM qpv AS q CROSS JOIN theme AS t
        LEFT JOIN coverage_cell AS c ON c.generation = q.generation
        AND c.qpv_code = q.code AND c.theme_slug = t.slug
        WHERE t.chapter_number = 4 AND c.examples IS NULL""",
    "des adresses trouvées n’ont pas de coordonnées, ou des douteuses en ont": """
        SELECT count(*) FROM geocoded_position
        WHERE (decision IN ('doubtful', 'not_found')) <> (lon IS NULL)
        OR (lon IS NULL) <> (lat IS NULL) OR (lon IS NULL) <> (radius_m IS NULL)""",
    "des QPV n’ont pas de commune": """
        SELECT count(*) FROM qpv AS q WHERE NOT EXISTS
        (SELECT 1 FROM qpv_commune AS c WHERE c.qpv_code = q.code)""",
}
