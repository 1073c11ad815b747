"""The rules that a single cell cannot hold: each, broken once, is told once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from shipped_copy import correct, edit_contours, line_of
from sqlalchemy import Engine, text

from mapapp.checking import rule_faults, store_faults
from mapapp.errors import UnusableStore
from mapapp.tables.reading import read_shipped

pytestmark = pytest.mark.both_databases

#: Table, where (column = value), what is written there; what is told: column, value, message.
BREAKS = [
    (
        "resources", ("type_lien", "exact"), {"lien": ""},
        "type_lien", "exact", "un lien a un type",
    ),
    (
        "resources", ("type_lien", "related"), {"type_lien": "none"},
        "type_lien", "none", "un lien a un type",
    ),
    (
        "resources", ("annee_fin", "2020"), {"annee_fin": "2019"},
        "annee_fin", "2019", "suit l’année de début",
    ),
    (
        "resources", ("annee_fin", "2020"), {"annee": ""},
        "annee_fin", "2020", "suit l’année de début",
    ),
    (
        "resources", ("theme", "sante"), {"chapitre": "5"},
        "theme", "sante", "d’un autre chapitre",
    ),
    (
        "initiatives", ("themes", "sante"), {"themes": "sante|commande-publique-responsable"},
        "themes", "sante commande-publique-responsable", "chapitre 4",
    ),
    (
        "initiative_qpv", ("generation", "2015"), {"generation": "2024"},
        "generation", "2024", "ceux de 2024 par QN",
    ),
    (
        "qpv_facts", ("generation", "2015"), {"generation": "2024"},
        "generation", "2024", "ceux de 2024 par QN",
    ),
    (
        "initiatives", ("commune", "Verdun"), {"commune": "Bar-le-Duc"},
        "commune", "Bar-le-Duc", "le code 55545 est celui de",
    ),
    (
        "communes", ("code_insee", "55545"), {"departement": "54"},
        "departement", "54", "autre département",
    ),
    (
        "publishers", ("id", "oriv"), {"code_territoire": "44|99"},
        "code_territoire", "44 99", "n’existe pas",
    ),
    (
        "publishers", ("id", "rtes"), {"code_territoire": "44"},
        "code_territoire", "44", "n’existe pas",
    ),
]  # fmt: skip

PRIVATE = [
    "Écrire à jeanne.martin@exemple.fr",
    "Tél. 0387654321",
    "Tél. 03 87 65 43 21",
    "Tél. 03\u00a087\u00a065\u00a043\u00a021",
    "Tél. 03.87.65.43.21",
    "Tél. 03-87-65-43-21",
    "Tél. +33 3 87 65 43 21",
]

#: How a database may be damaged, and the sentence that tells it.
STORE_BREAKS = {
    "des initiatives n’ont pas de verdict": (
        "DELETE FROM verdict_qpv WHERE initiative_id = 1",
        "DELETE FROM verdict WHERE initiative_id = 1 AND generation = 2015",
    ),
    "des initiatives localisées n’ont pas de coordonnées": (
        "UPDATE initiative SET lon = NULL, lat = NULL WHERE id = 1",
    ),
    "localisées n’ont pas de coordonnées, ou l’inverse": (
        "UPDATE initiative SET precision = 'none' WHERE id = 1",
    ),
    "n’ont pas de coordonnées, ou": ("UPDATE initiative SET lat = NULL WHERE id = 1",),
    "des QPV nommés par un verdict n’existent pas": (
        "UPDATE verdict_qpv SET qpv_code = 'QN99999M' WHERE (initiative_id, generation, rank) ="
        " (SELECT initiative_id, generation, rank FROM verdict_qpv ORDER BY 1, 2, 3 LIMIT 1)",
    ),
    "des QPV n’ont pas de commune": ("DELETE FROM qpv_commune WHERE qpv_code = 'QN08604M'",),
}


def test_sound_tables_break_no_rule(folder: Path) -> None:
    """There is nothing to tell of sound tables."""
    shipped, issues = read_shipped(folder)
    assert issues + rule_faults(shipped) == []


@pytest.mark.parametrize(("table", "where", "cells", "column", "value", "message"), BREAKS)
def test_a_broken_rule_is_told_with_its_line(
    folder: Path,
    table: str,
    where: tuple[str, str],
    cells: dict[str, str],
    column: str,
    value: str,
    message: str,
) -> None:
    """One line that breaks a rule is one issue: file, line, column, value, and the rule."""
    line = line_of(folder, table, *where)
    correct(folder, table, line, **cells)
    shipped, issues = read_shipped(folder)
    assert issues == [], "each cell is right by itself"
    told = rule_faults(shipped)
    assert [(x.file, x.line, x.column, x.value) for x in told] == [
        (f"{table}.csv", line, column, value)
    ]
    assert message in told[0].message


@pytest.mark.parametrize("sentence", PRIVATE)
def test_no_address_or_telephone_of_a_person_is_published(folder: Path, sentence: str) -> None:
    """An e-mail or a telephone number, however it is written, stops the data; it is not echoed."""
    correct(folder, "initiatives", 3, resume=sentence)
    told = rule_faults(read_shipped(folder)[0])
    assert [(x.file, x.line, x.column, x.value) for x in told] == [
        ("initiatives.csv", 3, "resume", None)
    ]
    assert "ni courriel ni téléphone" in told[0].message


def test_a_siret_or_a_date_is_not_taken_for_a_telephone(folder: Path) -> None:
    """Other long numbers are no private data."""
    correct(folder, "initiatives", 3, resume="SIRET 01234567800012, du 01-02-2019 au 05.06.2020")
    assert rule_faults(read_shipped(folder)[0]) == []


def test_an_initiative_may_tell_its_commune_by_code_alone(folder: Path) -> None:
    """The INSEE code is enough: a name that is not written contradicts nothing."""
    correct(folder, "initiatives", line_of(folder, "initiatives", "commune", "Verdun"), commune="")
    assert rule_faults(read_shipped(folder)[0]) == []


def test_a_qpv_in_an_unknown_commune_is_told(folder: Path) -> None:
    """A contour that names a commune that no table knows is told by file, QPV and commune."""
    edit_contours(folder, 2024, lambda d: d["features"][0]["properties"].update(communes=["99999"]))
    shipped, issues = read_shipped(folder)
    assert issues == []
    (told,) = rule_faults(shipped)
    assert (told.file, told.value) == ("qpv_2024.geojson", "99999")
    assert shipped.contours[2024].qpvs[0].code in told.message


def test_a_sound_store_has_no_fault(live: Engine) -> None:
    """There is nothing to tell of a database that ``init`` has made."""
    assert store_faults(live) == []


@pytest.mark.parametrize("sentence", STORE_BREAKS)
def test_a_damaged_store_is_told(live: Engine, sentence: str) -> None:
    """One damage of the database is one French sentence with how many records it touches."""
    with live.begin() as connection:
        for statement in STORE_BREAKS[sentence]:
            assert connection.execute(text(statement)).rowcount
    (told,) = store_faults(live)
    assert sentence in told
    assert told.startswith("Base de données")
    assert told.endswith("(1).")


@pytest.mark.sqlite
def test_a_store_that_is_not_there_is_told(new_engine: Engine) -> None:
    """Without a database the only fault is that one, and what to run."""
    (told,) = store_faults(new_engine)
    assert "Base absente" in told
    assert "mapapp init" in told


def test_a_store_of_another_version_is_told(live: Engine) -> None:
    """A schema that this mapapp does not know: nothing is checked, and the sentence says why."""
    with live.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnusableStore, match=r"9999.*mettez mapapp à jour"):
        store_faults(live)
