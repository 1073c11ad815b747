"""White spots: reckoned again with geopandas from the same data, cell by cell; kept up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from imported import SIAE_COLUMNS, imported, rolled_back, wanted
from recomputed import Recomputed
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from stores import Stores

from geo.names import plain
from geo.verdict import NEAR_M
from mapapp.catalogue import load_catalogue
from mapapp.errors import BadInput, UnknownRecord
from mapapp.filters import SORTS, Filters
from mapapp.importing.initiatives import publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.paths import shipped
from mapapp.queries.coverage import Coverage, QpvRow, State
from mapapp.store.coverage import CoverageCell
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

GENERATIONS = (2024, 2015)

#: A register that says it is complete for one theme, in the whole country.
EXHAUSTIVE = SourceFacts(
    name="SIAE",
    publisher="ASP",
    coverage="exhaustive",
    covered_themes="vers-l-emploi",
    covered_territory="national",
)


@pytest.fixture(scope="module")
def with_siae(stores: Stores, extracts: Path) -> Iterator[Engine]:
    """The catalogue and 693 work-integration enterprises, said to be all there are."""
    with stores.opened(shipped("data")) as engine:
        imported(engine, extracts / "siae_2020.csv.gz", **SIAE_COLUMNS, facts=EXHAUSTIVE)
        yield engine


def coverage(session: Session, **asked: Any) -> Coverage:
    """The questions for some filters."""
    return Coverage(session, load_catalogue(session), Filters(**asked))


def rows(session: Session, **asked: Any) -> tuple[QpvRow, ...]:
    """Every line of the matrix, those that lack nothing too."""
    return coverage(session, tous=True, **asked).page(None).items


def compare(session: Session, generation: int, surveyed: set[str]) -> Counter[str]:
    """Hold every cell against its recomputation; how many there are in each state, near and far."""
    again = Recomputed(session, generation).cells()
    seen: Counter[str] = Counter()
    for distance in (NEAR_M, 5_000.0):
        for row in rows(session, generation=generation, distance=distance):
            for cell in row.cells:
                slug = cell.theme.slug
                other = again.get((row.code, slug))
                state = other.state(distance, slug in surveyed) if other else "none_known"
                counts = (other.examples, other.possible) if other else (0, 0)
                where = (row.code, slug, distance, other)
                assert (cell.state, cell.examples, cell.possible) == (state, *counts), where
                seen[cell.state] += 1
    return seen


@pytest.mark.sqlite
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_cell_of_the_catalogue_is_what_geopandas_finds(
    session: Session, generation: int
) -> None:
    """The shipped initiatives: few examples, and nothing surveyed."""
    seen = compare(session, generation, set())
    assert seen["example"] > 0
    assert seen["possible"] > 0
    assert seen["none"] == 0


@pytest.mark.sqlite
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_cell_with_the_enterprises_is_what_geopandas_finds(
    with_siae: Engine, generation: int
) -> None:
    """All five states occur, and « none » only on the theme that the register covers."""
    with sessions(with_siae)() as session:
        seen = compare(session, generation, {"vers-l-emploi"})
        assert set(seen) == {state.value for state in State}
        for row in rows(session, generation=generation):
            assert all(
                (cell.state == State.NONE) <= (cell.theme.slug == "vers-l-emploi")
                for cell in row.cells
            )


@pytest.mark.parametrize("generation", GENERATIONS)
def test_totals_are_those_of_the_lines(with_siae: Engine, generation: int) -> None:
    """States, QPVs with an example and rates add up, for the country and each région."""
    with sessions(with_siae)() as session:
        asked = coverage(session, generation=generation)
        lines = rows(session, generation=generation)
        states = Counter(cell.state for row in lines for cell in row.cells)
        assert {s: n for s, n in asked.states().items() if n} == dict(states)
        total = asked.total()
        assert total.qpvs == len(lines)
        assert total.with_example == sum(any(c.examples for c in r.cells) for r in lines)
        assert total.filled == states[State.EXAMPLE]
        assert total.cells == 12 * len(lines)
        for region in asked.by_territory():
            again = coverage(session, generation=generation, region=region.code).total()
            assert (region.qpvs, region.with_example) == (again.qpvs, again.with_example)
            assert (region.cells, region.filled) == (again.cells, again.filled)


def test_the_territories_below_hold_every_qpv(session: Session) -> None:
    """Région, département, EPCI, commune: from one step to the next none is lost."""
    region = coverage(session, region="84")
    assert sum(t.qpvs for t in region.by_territory()) >= region.total().qpvs
    departement = coverage(session, departement="69")
    epcis = departement.by_territory()
    assert {"200046977"} <= {t.code for t in epcis}
    communes = coverage(session, epci="200046977").by_territory()
    assert "Vénissieux" in {t.name for t in communes}
    assert coverage(session, commune="69259").by_territory() == []


def test_only_the_qpvs_that_lack_something_are_listed(session: Session) -> None:
    """Those that have an example on each theme asked for come with « tous » alone."""
    grid = {row.code for row in rows(session, theme=("culture",), commune="21231")}
    lacking = coverage(session, theme=("culture",), commune="21231").page().items
    assert "QN02103M" in grid
    assert "QN02103M" not in {row.code for row in lacking}
    assert all(row.empty == 1 for row in lacking)


@pytest.mark.parametrize("tri", SORTS)
def test_the_lines_are_in_the_order_asked_for(with_siae: Engine, tri: str) -> None:
    """What lacks most first, unknown populations last; and pages follow each other."""
    with sessions(with_siae)() as session:
        asked = {"generation": 2015, "tri": tri, "region": "76"}
        lines = rows(session, **asked)
        keys = {
            "manques": lambda row: -row.empty,
            "population": lambda row: -(row.population or -1),
            "distance": lambda row: -(1e8 if row.nearest_m is None else row.nearest_m),
            "nom": lambda row: plain(row.name),
        }
        ordered = [keys[tri](row) for row in lines]
        assert ordered == sorted(ordered)
        paged = [
            row
            for number in range(1, coverage(session, tous=True, **asked).page().pages + 1)
            for row in coverage(session, tous=True, page=number, **asked).page().items
        ]
        assert [row.code for row in paged] == [row.code for row in lines]


def test_a_population_keeps_the_qpvs_known_to_have_it(session: Session) -> None:
    """Of an unknown population nothing is said."""
    lines = rows(session, generation=2015, population=3_000)
    assert lines
    assert all((row.population or 0) >= 3_000 for row in lines)


def test_a_page_beyond_the_last_is_unknown(session: Session) -> None:
    """Not an empty table."""
    with pytest.raises(UnknownRecord, match="plus courte"):
        coverage(session, page=9_999).page()


def test_the_nearest_examples_are_told_with_their_distance(session: Session) -> None:
    """Three at most, nearest first, the same distances as a verdict tells."""
    [row] = rows(session, qpv="QN02103M", theme=("culture",))
    [cell] = row.cells
    assert cell.examples == 1
    reaches = [near.reach_m for near in cell.nearest]
    assert reaches == sorted(reaches)
    assert cell.reach_m == reaches[0]
    assert len(cell.nearest) <= 3


def cells(engine: Engine) -> list[Any]:
    """All that is reckoned."""
    with sessions(engine)() as session:
        columns = CoverageCell.__table__.columns
        key = (CoverageCell.generation, CoverageCell.qpv_code, CoverageCell.theme_slug)
        return [tuple(row) for row in session.execute(select(*columns).order_by(*key))]


FILE = """identifiant,nom,themes,commune,code_insee,latitude,longitude,precision
a,Vélo pour tous,mobilite,Poitiers,86194,46.56645,0.33911,address
"""


def test_an_import_and_its_rollback_change_the_coverage(live: Engine, tmp_path: Path) -> None:
    """The example counts as soon as it is published, and no longer once taken back."""
    before = cells(live)
    path = tmp_path / "velo.csv"
    path.write_text(FILE, encoding="utf-8")
    imported(live, path)
    with sessions(live)() as session:
        held = select(func.sum(CoverageCell.examples)).where(CoverageCell.theme_slug == "mobilite")
        assert session.scalar(held.where(CoverageCell.qpv_code == "QN08604M")) == 1
    assert cells(live) != before
    rolled_back(live, 1)
    assert cells(live) == before


def test_a_territory_that_is_none_is_refused(live: Engine, tmp_path: Path) -> None:
    """« exhaustive » somewhere must say where, in codes that exist."""
    path = tmp_path / "velo.csv"
    path.write_text(FILE, encoding="utf-8")
    facts = SourceFacts("Vélos", "Mairie", coverage="exhaustive", covered_territory="Poitou")
    with (
        sessions(live)() as session,
        pytest.raises(BadInput, match=r"territoire «\s*Poitou\s*» inconnu"),
    ):
        publish_initiatives(session, wanted(path, facts=facts), "essai")


@pytest.mark.parametrize(
    ("territory", "covered"),
    [
        ("commune:86194|commune:86214", {"QN08604M"}),
        ("commune:86194", set()),
        ("departement:86", {"QN08604M"}),
        ("region:75", {"QN08604M"}),
        ("commune:93072|departement:86", {"QN08604M"}),
        ("commune:93072", set()),
        ("national", {"QN08604M", "QN02103M"}),
    ],
)
def test_a_qpv_is_surveyed_when_its_communes_are(
    live: Engine, tmp_path: Path, territory: str, covered: set[str]
) -> None:
    """Whatever the level that a source names; half of a QPV is not the QPV."""
    path = tmp_path / "velo.csv"
    path.write_text(FILE, encoding="utf-8")
    facts = SourceFacts(
        "Vélos",
        "Mairie",
        coverage="exhaustive",
        covered_themes="sport",
        covered_territory=territory,
    )
    imported(live, path, facts=facts)
    with sessions(live)() as session:
        found = set(
            session.scalars(select(CoverageCell.qpv_code).where(CoverageCell.surveyed.is_(True)))
        )
        themes = set(
            session.scalars(select(CoverageCell.theme_slug).where(CoverageCell.surveyed.is_(True)))
        )
    assert found & {"QN08604M", "QN02103M"} == covered
    assert themes <= {"sport"}
