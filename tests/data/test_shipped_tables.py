"""What ships in ``data/``: whole, located, linked, written in good French, and nobody's private."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.position import Precision
from mapapp.checking import rule_faults
from mapapp.store import initiatives as ini
from mapapp.tables.layout import CATALOGUE
from mapapp.tables.reading import Row, Shipped

THEMES = (
    "alimentation transitions economie-circulaire-reemploi services-a-la-personne sante sport "
    "culture mobilite foncier-tiers-lieux numerique habitat vers-l-emploi"
).split()

#: Initiatives whose commune neither the catalogue nor research tells.
NOWHERE = {"garage-solidaire-arenam", "digifab", "migracoop", "kpa-cite"}

#: The official file names Bandraboua (97602) for this neighbourhood of Bouéni (97604), 20 km away.
ELSEWHERE = {"QN97654C"}


def texts(tables: Shipped, *names: str) -> list[tuple[str, Row, str, str]]:
    """Every text of the tables of the catalogue that people read: table, row, column, text."""
    return [
        (table.name, row, column.name, value)
        for table in CATALOGUE
        for row in tables.tables[table.name]
        for column in table.columns
        if isinstance(value := row[column.name], str) and (not names or column.name in names)
    ]


def test_no_rule_is_broken(tables: Shipped) -> None:
    """The shipped data pass every rule that an editor's data must pass."""
    assert [str(fault) for fault in rule_faults(tables)] == []


def test_the_catalogue_is_whole(tables: Shipped) -> None:
    """The 80 resources of the catalogue in its five chapters, and the 24 initiatives it tells."""
    resources = tables.tables["resources"]
    assert len(resources) == 80
    assert [row["ordre"] for row in resources] == list(range(1, 81))
    assert Counter(row["chapitre"] for row in resources) == {1: 3, 2: 3, 3: 7, 4: 48, 5: 19}
    assert len(tables.tables["initiatives"]) == 24


def test_the_themes_are_those_that_others_link_to(tables: Shipped) -> None:
    """The twelve themes of chapter 4 have the slugs of the public contract, in its order."""
    rows = [row for row in tables.tables["themes"] if row["chapitre"] == 4]
    assert [row["slug"] for row in sorted(rows, key=lambda row: row["ordre"])] == THEMES


def test_chapters_4_and_5_are_sorted_by_theme(tables: Shipped) -> None:
    """Each resource of chapters 4 and 5 has a theme; the others have none."""
    for row in tables.tables["resources"]:
        assert (row["theme"] is not None) == (row["chapitre"] in (4, 5)), row["id"]


def test_every_initiative_is_described_by_a_resource(tables: Shipped) -> None:
    """Each initiative says which resource tells of it, on a theme that it shares."""
    theme_of = {row["id"]: row["theme"] for row in tables.tables["resources"]}
    for row in tables.tables["initiatives"]:
        assert row["ressources"], row["identifiant"]
        assert {theme_of[sheet] for sheet in row["ressources"]} <= set(row["themes"])


def test_every_fact_has_its_evidence(tables: Shipped) -> None:
    """What is said of an initiative (address, commune, quarter, site, SIRET) has its source."""
    proven = {(row["initiative"], row["champ"]) for row in tables.tables["initiative_evidence"]}
    told = {
        (row["identifiant"], column)
        for row in tables.tables["initiatives"]
        for column in ("nom", "adresse", "quartier", "code_insee", "site_web", "siret", "debut")
        if row[column]
    }
    assert told - proven == set()


def test_what_can_be_located_is(tables: Shipped, session: Session) -> None:
    """Whatever tells a commune has a position with a radius; the four others have none."""
    rows = session.scalars(select(ini.Initiative)).all()
    assert {row.slug for row in rows if row.lon is None} == NOWHERE
    told = {row["identifiant"] for row in tables.tables["initiatives"] if row["code_insee"]}
    assert told == {row.slug for row in rows} - NOWHERE
    for row in rows:
        assert (row.precision == Precision.NONE) == (row.slug in NOWHERE)
        assert (row.radius_m or 0) > 0 or row.slug in NOWHERE
        assert bool(row.position_source) == (row.slug not in NOWHERE)


def test_links_are_well_formed_and_say_what_they_are(tables: Shipped) -> None:
    """A link goes to a public site over the web; a document is linked only when it was seen."""
    for table, row, column, value in texts(tables, "lien", "site_web", "adresse"):
        if column != "adresse" or table == "sources":
            parts = urlsplit(value)
            assert parts.scheme in ("http", "https"), (table, row.line)
            assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", parts.netloc), (table, row.line)
    for row in tables.tables["resources"]:
        assert (row["lien"] is None) == (row["type_lien"] == "none"), row["id"]


def test_nobody_can_be_written_to_or_called(tables: Shipped) -> None:
    """No e-mail and no telephone number, in any spelling, in any table."""
    private = re.compile(r"\S@\S|\b0[1-9](?:[\s.-]?\d\d){4}\b|\+\d{2}[\s.(]")
    found = [
        (table, row.line, column)
        for table, row, column, value in texts(tables)
        if column not in ("siret", "lien", "preuve") and private.search(value)
    ]
    assert found == []


def test_what_people_read_is_written_in_good_typography(tables: Shipped) -> None:
    """Titles, names and summaries have curved apostrophes and French quotation marks."""
    read = texts(tables, "titre", "nom", "libelle", "resume", "sous_theme", "note", "incertitudes")
    assert len(read) > 300
    wrong = [(t, row.line, c) for t, row, c, value in read if "'" in value or '"' in value]
    assert wrong == []


@pytest.mark.parametrize("column", ["titre", "nom", "resume"])
def test_no_text_is_cut_or_doubled(tables: Shipped, column: str) -> None:
    """No stray blank, no double space, no sentence of a summary left without its full stop."""
    for table, row, _, value in texts(tables, column):
        assert value == value.strip(), (table, row.line)
        assert "  " not in value, (table, row.line)
        if column == "resume":
            assert value.endswith((".", "!", "?", "…", "»")), (table, row.line)


@pytest.mark.parametrize(
    ("generation", "count", "accuracy_m"), [(2015, 1345, 5.1), (2024, 1584, 12.0)]
)
def test_the_contours_are_those_of_the_decrees(
    tables: Shipped, generation: int, count: int, accuracy_m: float
) -> None:
    """Each generation whole, as accurate as it says, each contour valid and in the right place."""
    contours = tables.contours[generation]
    assert (len(contours.qpvs), contours.accuracy_m) == (count, accuracy_m)
    assert len({qpv.code for qpv in contours.qpvs}) == count
    assert {shapely.is_valid(qpv.geometry) for qpv in contours.qpvs} == {True}
    assert all(qpv.name.strip() for qpv in contours.qpvs)
    missing = {territory.code for territory in contours.uncovered}
    assert missing == ({"971", "972", "973", "976", "978", "987"} if generation == 2015 else set())


@pytest.mark.parametrize("generation", [2015, 2024])
def test_every_qpv_lies_in_a_known_commune_near_it(tables: Shipped, generation: int) -> None:
    """Its communes are in the table, and their points within their radius of the contour."""
    communes = {row["code_insee"]: row for row in tables.tables["communes"]}
    far = set()
    for qpv in tables.contours[generation].qpvs:
        assert qpv.communes, qpv.code
        assert set(qpv.communes) <= communes.keys(), qpv.code
        for town in (communes[code] for code in qpv.communes):
            point = shapely.Point(town["longitude"], town["latitude"])
            # A degree of latitude is 111 km, one of longitude less: in degrees a circle is wider.
            if shapely.distance(qpv.geometry, point) * 111_000 > 1000 + 1.5 * town["rayon_m"]:
                far.add(qpv.code)
    assert far == (ELSEWHERE if generation == 2024 else set())


def test_the_territory_is_whole(tables: Shipped) -> None:
    """Regions, départements, the communes of the code officiel and the 45 arrondissements."""
    communes = tables.tables["communes"]
    kinds = Counter(row["type"] for row in communes)
    assert kinds["ARM"] == 45
    assert 34_900 < kinds["COM"] < 35_100
    parents = Counter(row["commune_parente"] for row in communes if row["commune_parente"])
    assert parents == {"75056": 20, "13055": 16, "69123": 9}
    departements = {row["code"] for row in tables.tables["departements"]}
    assert {"2A", "2B", "971", "972", "973", "974", "976"} <= departements
    assert {row["departement"] for row in communes} == departements
    assert {row["region"] for row in tables.tables["departements"]} == {
        row["code"] for row in tables.tables["regions"]
    }


def test_a_merged_commune_leads_to_the_one_that_took_it(tables: Shipped) -> None:
    """Pierrefitte is still named in files: it is now in Saint-Denis."""
    former = {row["code_insee"]: row["devient"] for row in tables.tables["former_communes"]}
    assert former["93059"] == "93066"


def test_a_declared_qpv_is_where_the_initiative_is(tables: Shipped) -> None:
    """A QPV in which an initiative is said to lie is one of its commune."""
    commune = {row["identifiant"]: row["code_insee"] for row in tables.tables["initiatives"]}
    communes = {qpv.code: qpv.communes for c in tables.contours.values() for qpv in c.qpvs}
    declared = [row for row in tables.tables["initiative_qpv"] if row["relation"] == "located_in"]
    assert len(declared) >= 8
    for row in declared:
        assert commune[row["initiative"]] in communes[row["code"]], row["code"]
