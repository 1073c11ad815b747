"""Initiatives that the filters keep: the same in the list, on the map and in the counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.clusters import APART_PX, Scatter
from geo.distance import distance_m
from geo.position import Position
from mapapp.errors import UnknownRecord
from mapapp.filters import Filters, read_bbox
from mapapp.memory import Memory
from mapapp.queries.facts import departement_counts, holdings, theme_counts
from mapapp.queries.initiatives import InitiativeCard, Initiatives
from mapapp.queries.map_features import MAX_ZOOM, Feature, cluster_features
from mapapp.queries.paging import PER_PAGE
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.engine import sessions

pytestmark = pytest.mark.both_databases

FRANCE = "-5.2,41.3,9.6,51.1"
GUYANE = "-54.6,2,-51.6,6"

_BOXES = st.sampled_from(
    [
        FRANCE,
        GUYANE,
        "-180,-90,180,90",
        "2,48,3,49",
        "170,-30,190,30",
        "-60,0,310,60",
        "3,50,3.1,51",
    ]
)
FILTERS = st.builds(
    Filters,
    q=st.sampled_from(["", "", "epicerie", "Lille", "quartier de", "st", "zzz", "%", "« »"]),
    theme=st.lists(
        st.sampled_from(["alimentation", "sante", "vers-l-emploi", "sport", "culture"]), unique=True
    ).map(tuple),
    qpv=st.sampled_from(["", "", "QN08604M", "QP021004", "QN05972M"]),
    commune=st.sampled_from(["", "", "59350", "75056", "75120"]),
    departement=st.sampled_from(["", "", "59", "973", "2A"]),
    region=st.sampled_from(["", "", "32", "11", "03"]),
    etat=st.sampled_from(["", "", "declared", "possible", "outside", "unknown", "inside"]),
    generation=st.sampled_from([2015, 2024]),
    bbox=st.none() | _BOXES.map(read_bbox),
)


@pytest.fixture(scope="module")
def everything(initiatives: Initiatives) -> tuple[InitiativeCard, ...]:
    """The cards of all the shipped initiatives."""
    return initiatives.page(Filters(), per_page=1000).items


@pytest.fixture(scope="module")
def communes(engine: Engine) -> dict[str, tuple[str | None, str | None]]:
    """The commune that an arrondissement is of, and the EPCI, by INSEE code."""
    with sessions(engine)() as session:
        rows = session.query(
            ter.Commune.insee_code, ter.Commune.parent_code, ter.Commune.epci_siren
        )
        return {code: (parent, epci) for code, parent, epci in rows}


def kept(card: InitiativeCard, filters: Filters) -> bool:
    """Whether a reader of the card would say that the filters keep it (words apart)."""
    verdict = card.verdicts[filters.generation]
    codes = {qpv.code for v in card.verdicts.values() for qpv in v.qpv}
    parents = {"75120": "75056", "13055": "13055"}
    asked = [
        not filters.theme or {t.slug for t in card.themes} & set(filters.theme),
        not filters.qpv or filters.qpv in codes,
        filters.commune in ("", card.insee_code, parents.get(card.insee_code or "")),
        not filters.departement
        or (card.departement and card.departement.code) == filters.departement,
        not filters.region or (card.region and card.region.code) == filters.region,
        filters.etat in ("", verdict.status),
        filters.bbox is None or inside(card, filters.bbox),
    ]
    return all(asked)


def inside(card: InitiativeCard, box: tuple[float, float, float, float]) -> bool:
    """Whether a card's point lies in a box that may cross the antimeridian."""
    west, south, east, north = box
    if card.lon is None or card.lat is None or not south <= card.lat <= north:
        return False
    return west <= card.lon <= east if west <= east else card.lon >= west or card.lon <= east


def drawn(features: list[Feature]) -> int:
    """How many initiatives the features of the map stand for."""
    return sum(f["properties"].get("count", 1) for f in features)


@given(filters=FILTERS)
def test_the_filters_keep_what_a_reader_would(
    initiatives: Initiatives, everything: tuple[InitiativeCard, ...], filters: Filters
) -> None:
    """For any filters, the list holds the initiatives that answer every one of them."""
    page = initiatives.page(filters, per_page=1000)
    found = {card.slug for card in page.items}
    expected = {card.slug for card in everything if kept(card, filters)}
    assert page.count == len(found)
    if not filters.q:
        assert found == expected
    assert found <= expected


@given(filters=FILTERS, zoom=st.integers(0, MAX_ZOOM))
def test_the_map_shows_as_many_as_the_list(
    initiatives: Initiatives, filters: Filters, zoom: int
) -> None:
    """At any zoom, for any filters, the counts on the map add up to those located in the list.

    A cluster at the edge of a frame is drawn whole: there the map may show more, never less.
    """
    located = [card for card in initiatives.page(filters, per_page=1000).items if card.located]
    features, _ = cluster_features(initiatives, filters, zoom)
    assert drawn(features) >= len(located)
    if filters.bbox is None:
        assert drawn(features) == len(located)
    alone = {f["properties"]["slug"] for f in features if not f["properties"]["cluster"]}
    assert alone <= {card.slug for card in located}


@given(zoom=st.integers(0, MAX_ZOOM))
def test_a_cluster_tells_what_it_holds(
    initiatives: Initiatives, everything: tuple[InitiativeCard, ...], zoom: int
) -> None:
    """Its box holds as many initiatives as it counts, its themes are theirs."""
    for feature in cluster_features(initiatives, Filters(), zoom)[0]:
        told = feature["properties"]
        if told["cluster"]:
            west, south, east, north = told["bbox"]
            margin = 1e-6
            box = (west - margin, south - margin, east + margin, north + margin)
            held = [card for card in everything if inside(card, box)]
            assert told["count"] <= len(held)
            assert sum(told["themes"].values()) >= told["count"]
            assert set(told["themes"]) <= {t.slug for card in held for t in card.themes}


@pytest.mark.parametrize("zoom", [0, 5, 9, 13])
def test_markers_alone_do_not_touch(initiatives: Initiatives, zoom: int) -> None:
    """Two initiatives shown apart are at least a marker's width apart on the screen."""
    alone = [
        f
        for f in cluster_features(initiatives, Filters(), zoom)[0]
        if not f["properties"]["cluster"]
    ]
    lons, lats = (np.array([f["geometry"]["coordinates"][i] for f in alone]) for i in (0, 1))
    at = Scatter.of(lons, lats).pixels(zoom)
    for rank, here in enumerate(at):
        for there in at[rank + 1 :]:
            assert math.dist(here, there) >= APART_PX - 0.5


def test_the_counts_of_the_themes_are_those_of_the_filter(
    session: Session, initiatives: Initiatives
) -> None:
    """The number beside a theme is how many initiatives a click on it shows."""
    counts = theme_counts(session)
    for theme in initiatives.catalogue.initiative_themes:
        shown = initiatives.page(Filters(theme=(theme.slug,))).count
        assert counts.get(theme.slug, 0) == shown


def test_the_counts_of_the_departements_are_those_of_the_map(
    session: Session, initiatives: Initiatives
) -> None:
    """The number on a département is how many located initiatives the filter keeps there."""
    for code, count in departement_counts(session).items():
        page = initiatives.page(Filters(departement=code), per_page=1000)
        assert sum(card.located for card in page.items) == count


def test_the_holdings_add_up(session: Session, initiatives: Initiatives) -> None:
    """What the store says it holds is what the lists show, by precision and by verdict."""
    held = holdings(session)
    assert held.initiatives == initiatives.page(Filters()).count == sum(held.by_precision.values())
    assert held.located == initiatives.page(Filters(bbox=(-180, -90, 180, 90))).count
    for generation, statuses in held.by_status.items():
        for status, count in statuses.items():
            filters = Filters(etat=status, generation=generation)
            assert initiatives.page(filters).count == count


@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        ({"departement": "59", "q": "accorderie"}, {"accorderie-de-lille"}),
        ({"commune": "75120"}, {"bellevilles"}),
        ({"commune": "75056"}, {"bellevilles"}),
        ({"region": "03"}, {"groupe-diverscite"}),
        ({"epci": "246700488"}, {"vrac-strasbourg"}),
        (
            {"region": "44", "theme": ("alimentation",)},
            {"amap-solidaire-verdun", "vrac-strasbourg"},
        ),
        ({"departement": "2A"}, set()),
        ({"region": "03", "departement": "59"}, set()),
    ],
)
def test_a_territory_keeps_its_own(
    initiatives: Initiatives, filters: dict[str, Any], slugs: set[str]
) -> None:
    """Region, département, EPCI and commune keep what lies there; Paris holds its districts."""
    assert {card.slug for card in initiatives.page(Filters(**filters)).items} == slugs


def test_every_territory_of_an_initiative_keeps_it(
    session: Session,
    initiatives: Initiatives,
    everything: tuple[InitiativeCard, ...],
    communes: dict[str, tuple[str | None, str | None]],
) -> None:
    """From its commune up to its region, each filter that names its territory shows it."""
    for card in everything:
        if card.insee_code and card.departement and card.region:
            parent, epci = communes[card.insee_code]
            for asked in (
                Filters(commune=card.insee_code),
                Filters(commune=parent or card.insee_code),
                Filters(departement=card.departement.code),
                Filters(region=card.region.code),
                Filters(epci=epci or ""),
            ):
                assert card.slug in {c.slug for c in initiatives.page(asked, 1000).items}, asked


@pytest.mark.parametrize(
    "words", ["épicerie vergnes", "EPICERIE", "Vergnes", "coop domes", "Clermont-Ferrand", "dômes"]
)
def test_words_are_found_whatever_their_accents(initiatives: Initiatives, words: str) -> None:
    """Case, accents, hyphens and the order of the words do not matter."""
    assert "la-coop-des-domes" in {c.slug for c in initiatives.page(Filters(q=words)).items}


@pytest.mark.parametrize("words", ["%", "_", "« »", "…", "épicerie zzz", "';--", "\\"])
def test_words_that_no_text_holds_find_nothing(initiatives: Initiatives, words: str) -> None:
    """Every word must be there; signs alone are not « everything »."""
    assert initiatives.page(Filters(q=words)).count == 0


@given(words=st.text(min_size=1, max_size=60) | st.sampled_from(["de l", "L'ess", "a e i o u"]))
def test_any_words_may_be_searched(initiatives: Initiatives, words: str) -> None:
    """No text breaks a search, and what it finds holds the words."""
    filters = Filters(q=words)
    everything = initiatives.session.scalars(select(ini.Initiative))
    held = [row for row in everything if all(word in row.search_text for word in filters.words)]
    assert initiatives.page(filters).count == (len(held) if filters.words else 0)


def test_pages_follow_one_another(initiatives: Initiatives) -> None:
    """Pages together are the whole list, in order, without repetition; beyond there is none."""
    pages = [initiatives.page(Filters(page=number), per_page=7) for number in (1, 2, 3, 4)]
    whole = initiatives.page(Filters(), per_page=1000)
    assert [c.slug for page in pages for c in page.items] == [c.slug for c in whole.items]
    assert [(p.previous, p.next) for p in pages] == [(None, 2), (1, 3), (2, 4), (3, None)]
    assert {p.pages for p in pages} == {4}
    with pytest.raises(UnknownRecord, match="pas de page 5"):
        initiatives.page(Filters(page=5), per_page=7)


def test_an_empty_list_has_one_page(initiatives: Initiatives) -> None:
    """Nothing found is an answer, on page 1 of 1; a second page of it does not exist."""
    page = initiatives.page(Filters(departement="2A"))
    assert (page.items, page.count, page.pages, page.next, page.per_page) == (
        (),
        0,
        1,
        None,
        PER_PAGE,
    )
    with pytest.raises(UnknownRecord):
        initiatives.page(Filters(departement="2A", page=2))


def test_a_record_knows_its_family(initiatives: Initiatives) -> None:
    """A programme shows its branches, a branch its programme, the others neither."""
    programme = initiatives.record("kpa-cite")
    assert {card.slug for card in programme.children} == {
        "kpa-cite-moulins", "kpa-cite-la-cape-roubaix", "kpa-cite-illicoop-mons-en-baroeul",
    }  # fmt: skip
    branch = initiatives.record("kpa-cite-moulins")
    assert branch.parent == programme.card
    assert (branch.children, programme.parent) == ((), None)


def test_an_unknown_initiative_is_told(initiatives: Initiatives) -> None:
    """An address that no initiative has is a French sentence."""
    with pytest.raises(UnknownRecord, match="Aucune initiative"):
        initiatives.record("' OR 1=1")


def test_a_qpv_named_by_a_conflict_does_not_keep_the_initiative(engine: Engine) -> None:
    """A declared QPV that the position contradicts is for review: the filter vouches for none."""
    with sessions(engine)() as session:
        record = Initiatives(session, Memory()).record("la-coursive-boutaric").row
        for verdict in record.verdicts:
            for named in verdict.qpvs:
                named.conflict = True
        session.flush()
        assert Initiatives(session, Memory()).count(Filters(qpv="QN02103M")) == 0
        session.rollback()
        assert Initiatives(session, Memory()).count(Filters(qpv="QN02103M")) == 1


def test_around_a_place_are_the_initiatives_within_the_radius(initiatives: Initiatives) -> None:
    """Measured again with geodesics, from Dijon, for growing radii."""
    dijon = Position(5.041, 47.322)
    everything = [c for c in initiatives.page(Filters(), 1_000).items if c.located]
    for rayon in (500.0, 5_000.0, 20_000.0, 100_000.0):
        asked = Filters(lat=dijon.lat, lon=dijon.lon, rayon=rayon)
        kept = {card.slug for card in initiatives.page(asked, 1_000).items}
        near = {
            c.slug
            for c in everything
            if distance_m(dijon, Position(c.lon or 0, c.lat or 0)) <= rayon
        }
        assert kept == near
    assert kept
