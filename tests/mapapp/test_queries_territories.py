"""Territories: one address each, what is around them, what their sheet holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.coverage import Coverage, State
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.qpvs import qpv_page
from mapapp.queries.territories import Territories, filters_of
from mapapp.queries.territory_names import TerritoryRef, find_territories
from mapapp.queries.territory_sheets import TerritorySheet, territory_sheet
from mapapp.store import territory as ter
from mapapp.store.engine import sessions
from mapapp.territory_urls import Kind, read_address, territory_url

pytestmark = pytest.mark.both_databases

#: One territory of each kind, with and without QPVs, overseas, across départements.
SAMPLE = (
    "region-11", "region-53", "region-94", "region-01", "93", "75", "48", "2A", "973", "987",
    "200054781", "200046977", "243500741", "75056", "69123", "93066", "21231", "01001", "97307",
    "98735",
)  # fmt: skip


@pytest.fixture
def territories(session: Session, memory: Memory) -> Territories:
    """The questions about the shipped territories."""
    return Territories(session, memory)


def sheet_of(
    territories: Territories, initiatives: Initiatives, address: str, generation: int = 2024
) -> TerritorySheet:
    """The sheet found at an address."""
    own = Filters(generation=generation)
    return territory_sheet(territories, initiatives, territories.at(address), own)


def test_every_territory_has_one_address_that_leads_back(territories: Territories) -> None:
    """No two share one, though every région has the code of a département."""
    session = territories.session
    codes = {
        Kind.REGION: session.scalars(select(ter.Region.code)).all(),
        Kind.DEPARTEMENT: session.scalars(select(ter.Departement.code)).all(),
        Kind.EPCI: session.scalars(select(ter.Epci.siren)).all(),
        Kind.COMMUNE: session.scalars(select(ter.Commune.insee_code)).all(),
    }
    led: dict[str, tuple[Kind, str]] = {}
    for kind, every in codes.items():
        for code in every:
            url = territory_url(kind, code)
            kind_read, code_read = read_address(url.removeprefix("/territoires/")) or ("", "")
            assert code_read == code
            if kind_read == kind:
                assert led.setdefault(url, (kind, code)) == (kind, code)
            else:  # its own région: one page, that of the département of the same code
                assert (kind, len(code), code in codes[Kind.DEPARTEMENT]) == (Kind.REGION, 3, True)
    assert len({code for code in codes[Kind.REGION] if len(code) == 2}) == 18


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("27", Kind.DEPARTEMENT, "Eure"),
        ("region-27", Kind.REGION, "Bourgogne-Franche-Comté"),
        ("REGION-93", Kind.REGION, "Provence-Alpes-Côte d’Azur"),
        ("93", Kind.DEPARTEMENT, "Seine-Saint-Denis"),
        ("2a", Kind.DEPARTEMENT, "Corse-du-Sud"),
        ("2b033", Kind.COMMUNE, "Bastia"),
        ("93059", Kind.COMMUNE, "Saint-Denis"),
        ("75118", Kind.COMMUNE, "Paris"),
        ("69149", Kind.COMMUNE, "Oullins-Pierre-Bénite"),
        ("200054781", Kind.EPCI, "Métropole du Grand Paris"),
        ("region-975", Kind.DEPARTEMENT, "Saint-Pierre-et-Miquelon"),
    ],
)
def test_an_address_names_a_territory(
    territories: Territories, address: str, kind: Kind, name: str
) -> None:
    """A plain code is the département; what has merged answers by what holds it."""
    found = territories.at(address)
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(
    ("address", "proposed"),
    [
        ("21000", "/territoires/21231"),
        ("1", "/territoires/01"),
        ("1", "/territoires/region-01"),
        ("r27", "/territoires/region-27"),
        ("region-93000", "/territoires/93008"),
        ("38999", "/territoires/38"),
        ("poitiers", "/territoires/86194"),
        ("ile-de-france", "/territoires/region-11"),
    ],
)
def test_an_unknown_code_proposes_what_may_be_meant(
    territories: Territories, address: str, proposed: str
) -> None:
    """A postcode, a forgotten zero, a name, the département of a code."""
    with pytest.raises(UnknownRecord) as refusal:
        territories.at(address)
    assert proposed in {url for _, url in refusal.value.ways}


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\A(region-)?[0-9AB]{1,10}\Z")))
def test_any_text_is_a_territory_or_an_unknown_record(engine: Engine, text: str) -> None:
    """Never another failure, and every way out leads to a territory."""
    with sessions(engine)() as session:
        territories = Territories(session, Memory())
        try:
            urls = [territories.at(text).url]
        except UnknownRecord as unknown:
            urls = [url for _, url in unknown.ways]
        assert len(urls) <= 5
        for url in urls:
            assert territories.at(url.removeprefix("/territoires/")).url == url


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("region-11", []),
        ("93", ["Île-de-France"]),
        ("93066", ["Île-de-France", "Seine-Saint-Denis", "Métropole du Grand Paris"]),
        ("200054781", ["Île-de-France"]),
        ("200046977", ["Auvergne-Rhône-Alpes", "Rhône"]),
        ("975", []),
        ("97502", ["Saint-Pierre-et-Miquelon"]),
        ("243500741", []),
    ],
)
def test_above_is_what_wholly_holds_it(
    territories: Territories, address: str, above: list[str]
) -> None:
    """An EPCI over several départements, or régions, stands under none of them."""
    assert [ref.name for ref in territories.kin(territories.at(address)).above] == above


@pytest.mark.parametrize("address", SAMPLE)
def test_what_is_below_has_it_above_or_reaches_out_of_it(
    territories: Territories, address: str
) -> None:
    """From a territory down and up again; beside it are others of its kind."""
    ref = territories.at(address)
    kin = territories.kin(ref)
    for below in kin.below[:20]:
        around = territories.kin(below)
        assert ref in around.above or ref in around.departements
    assert ref not in kin.beside
    assert {other.kind for other in kin.beside} <= {ref.kind}
    assert len({other.url for other in kin.beside}) == len(kin.beside)


def test_the_population_is_that_of_each_commune_once(territories: Territories) -> None:
    """Arrondissements live in their commune; the régions share out the country; unknown stays."""
    people = {a: territories.people(territories.at(a)) for a in ("75", "75056", "984", "987")}
    assert people["75"] == people["75056"]
    assert people["75"].communes == people["75"].known == 1
    assert people["984"].inhabitants is None
    assert (people["984"].communes, people["984"].known) == (5, 0)
    assert people["987"].inhabitants
    everyone = territories.session.scalar(
        select(func.sum(ter.Commune.population)).where(ter.Commune.parent_code.is_(None))
    )
    names = territories.names
    every = (*names.metropolitan_and_overseas, *names.apart)
    assert sum(territories.people(ref).inhabitants or 0 for ref in every) == everyone


@pytest.mark.parametrize("generation", [2015, 2024])
@pytest.mark.parametrize("address", SAMPLE)
def test_a_sheet_counts_as_the_lists_do(
    territories: Territories, initiatives: Initiatives, address: str, generation: int
) -> None:
    """Initiatives, by theme too, QPVs and white spots: the same as what the links lead to."""
    sheet = sheet_of(territories, initiatives, address, generation)
    inside = filters_of(sheet.ref, Filters(generation=generation))
    listed = initiatives.page(inside, 1000)
    assert sheet.initiatives.count == listed.count
    assert sheet.initiatives.first == listed.items[:6]
    vague = [card for card in listed.items if card.precision in ("commune", "none")]
    assert sheet.initiatives.unprecise == len(vague)
    for theme, count in sheet.initiatives.by_theme:
        on_theme = Filters(**{sheet.ref.kind.value: sheet.ref.code}, theme=(theme.slug,))
        assert count == initiatives.page(on_theme).count
    spots = sheet.white_spots
    qpvs = {card.code: card for card in qpv_page(territories.session, inside, 2000).items}
    assert spots.totals.qpvs == len(qpvs)
    assert len(spots.qpvs) == min(25, len(qpvs))
    for line in spots.qpvs:
        assert line.examples == qpvs[line.row.code].initiative_count
    coverage = Coverage(territories.session, initiatives.catalogue, inside)
    assert {state: sum(t.states[state] for t in spots.themes) for state in State} == (
        coverage.states()
    )
    assert all(sum(line.states.values()) == len(qpvs) for line in spots.themes)


@pytest.mark.parametrize("generation", [2015, 2024])
@pytest.mark.parametrize("address", ["region-11", "93", "75", "200054781", "987", "243500741"])
def test_the_parts_are_all_told_once(
    territories: Territories, initiatives: Initiatives, address: str, generation: int
) -> None:
    """With QPVs, ranked by what they lack; without, beside. Paris is one commune in 2015 too."""
    sheet = sheet_of(territories, initiatives, address, generation)
    spots = sheet.white_spots
    told = [part.ref for part in spots.parts if part.ref]
    assert sorted(ref.url for ref in (*told, *spots.others)) == sorted(
        ref.url for ref in sheet.kin.below
    )
    lacking = [part.totals.without_example for part in spots.parts]
    assert lacking == sorted(lacking, reverse=True)
    assert {part.totals.name for part in spots.parts if part.ref is None} <= {"Sans EPCI"}


def test_missing_contours_are_not_an_absence(
    territories: Territories, initiatives: Initiatives
) -> None:
    """Guyane in 2015: nothing is at hand, which is said; in 2024 it is."""
    assert sheet_of(territories, initiatives, "973", 2015).white_spots.uncovered == ("Guyane",)
    assert sheet_of(territories, initiatives, "97307", 2015).white_spots.uncovered == ("Guyane",)
    assert sheet_of(territories, initiatives, "973").white_spots.uncovered == ()
    assert sheet_of(territories, initiatives, "93", 2015).white_spots.uncovered == ()


def test_who_accompanies_is_what_the_catalogue_names(
    territories: Territories, initiatives: Initiatives
) -> None:
    """Résovilles in Bretagne, for its communes too; nobody in Île-de-France."""
    for address in ("region-53", "35", "35238"):
        support = sheet_of(territories, initiatives, address).support
        ids = {publisher.id for publisher, _ in support.regional}
        assert ids == {"resovilles", "cress-bretagne", "bruded"}
        assert support.regions == ("Bretagne",)
    support = sheet_of(territories, initiatives, "93").support
    assert support.regional == ()
    assert {"avise", "rtes"} <= {publisher.id for publisher in support.national}
    assert "haatch" not in {publisher.id for publisher in support.national}
    assert {r.theme.slug for r in support.resources if r.theme} == {"acteurs-de-l-accompagnement"}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("27", ["/territoires/region-27", "/territoires/27"]),
        ("bretagne", ["/territoires/region-53"]),
        ("st denis", ["/territoires/93", "/territoires/97411"]),
        ("93059", ["/territoires/93066"]),
        ("Pierrefitte-sur-Seine", ["/territoires/93066"]),
        ("86000", ["/territoires/86194"]),
        ("200054781", ["/territoires/200054781"]),
        ("2a", ["/territoires/2A"]),
        ("…", []),
        ("zzzz", []),
    ],
)
def test_a_territory_is_found_by_name_and_code(
    territories: Territories, text: str, first: list[str]
) -> None:
    """Both territories of a code; a former name and code; a postcode."""
    found = find_territories(territories.session, territories.names, text)
    assert [hits[0].ref.url for hits in found.values()][: len(first)] == first
    assert bool(found) == bool(first)


def test_the_questions_do_not_grow_with_the_territory(
    territories: Territories, initiatives: Initiatives, engine: Engine
) -> None:
    """No query per row: the largest région asks no more than a small département."""
    from sqlalchemy import event

    asked: list[str] = []

    def note(*details: object) -> None:
        asked.append(re.sub(r"\s+", " ", str(details[2])))

    counts = {}
    for address in ("region-11", "region-11", "48", "93"):
        with sessions(engine)() as session:
            questions = Territories(session, Memory())
            assert isinstance(questions.at(address), TerritoryRef)
            mine = Initiatives(session, Memory())
            event.listen(engine, "before_cursor_execute", note)
            asked.clear()
            sheet_of(questions, mine, address)
            counts[address] = len(asked)
            event.remove(engine, "before_cursor_execute", note)
    assert max(counts.values()) < 40, counts
    assert counts["93"] <= counts["region-11"] + 4
