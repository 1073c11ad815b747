"""Verdicts kept in the store are those of the positions and declarations in the store."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scattered import places_of_all_kinds
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.verdict import NEAR_M, RULE, Place, Scope, Status, Verdict, judge
from mapapp.judging import declared_codes, judge_all, places, read_back
from mapapp.store import initiatives as ini
from mapapp.store.contours import load_contours
from mapapp.store.engine import sessions


def place_of(session: Session, initiative: ini.Initiative) -> Place:
    """What the store tells of the place of one initiative."""
    return dict(places(session, ini.Initiative.id == initiative.id))[initiative.id]


@pytest.fixture(scope="module")
def indexes(engine: Engine) -> dict[int, QpvIndex]:
    """The index of each generation in the store."""
    with sessions(engine)() as session:
        return {g: QpvIndex(load_contours(session, g)) for g in (2024, 2015)}


def add(
    session: Session,
    slug: str,
    position: Position | None = None,
    insee_code: str | None = None,
    links: tuple[tuple[str, str, str], ...] = (),
) -> ini.Initiative:
    """An initiative of the catalogue; ``links`` are QPV code, relation and confidence."""
    initiative = ini.Initiative(
        slug=slug,
        source_id="rtes-2022",
        key=slug,
        rank=1_000,
        name=slug,
        status="inconnu",
        insee_code=insee_code,
        precision=position.precision.value if position else "none",
        lon=position.lon if position else None,
        lat=position.lat if position else None,
        radius_m=position.radius_m if position else None,
        search_text=slug,
        qpv_links=[
            ini.InitiativeQpv(
                qpv_code=code,
                generation=2015 if code.startswith("QP") else 2024,
                relation=relation,
                confidence=confidence,
                evidence="essai",
            )
            for code, relation, confidence in links
        ],
    )
    session.add(initiative)
    session.flush()
    return initiative


def kept(session: Session, initiative: ini.Initiative) -> dict[int, ini.Verdict]:
    """The verdicts in the store, by generation."""
    rows = session.scalars(
        select(ini.Verdict).where(ini.Verdict.initiative_id == initiative.id)
    ).all()
    return {row.generation: row for row in rows}


def names_of(indexes: dict[int, QpvIndex]) -> dict[str, str]:
    """The name of every QPV of both generations."""
    return {qpv.code: qpv.name for index in indexes.values() for qpv in index.contours.qpvs}


def again(
    session: Session, indexes: dict[int, QpvIndex], initiative: ini.Initiative
) -> dict[int, Verdict]:
    """The verdicts after all were judged again, read back from the store."""
    judge_all(session, indexes.values())
    names = names_of(indexes)
    return {
        generation: read_back(row, lambda code: names.get(code, code))
        for generation, row in kept(session, initiative).items()
    }


GRESILLES = Position(5.072302, 47.332812, Precision.ADDRESS, 20)  # 18 rue Castelnau, Dijon
BORDER = Position(0.341511, 46.565349, Precision.ADDRESS, 20)  # 3 rue des Gravières, Poitiers
MONTJOLY = Position(-52.2767, 4.905, Precision.COMMUNE, 9_000)
LONS = Position(5.558, 46.672, Precision.COMMUNE, 3_000)
DIJON = Position(5.042, 47.323, Precision.COMMUNE, 7_000)
HERE = "located_in"

PLACES = {
    "inside": (GRESILLES, "21231", ()),
    "on the border": (BORDER, "86194", ()),
    "on the border and declared": (BORDER, "86194", (("QN08604M", HERE, "haute"),)),
    "declared in both generations": (
        BORDER, "86194", (("QN08604M", HERE, "haute"), ("QP086004", HERE, "haute")),
    ),
    "declared elsewhere": (GRESILLES, "21231", (("QN08604M", HERE, "haute"),)),
    "declared in two": (
        BORDER, "86194", (("QN08604M", HERE, "haute"), ("QN02103M", HERE, "haute")),
    ),
    "declared without position": (None, None, (("QN08604M", HERE, "haute"),)),
    "unknown code": (None, None, (("QN99999M", HERE, "haute"),)),
    "a code whose contour is missing": (MONTJOLY, "97309", (("QP973001", HERE, "haute"),)),
    "missing contours": (MONTJOLY, "97309", ()),
    "commune with QPVs": (LONS, "39300", ()),
    "commune without QPV": (LONS, "39097", ()),
    "arrondissement": (Position(2.399, 48.865, Precision.COMMUNE, 2_600), "75120", ()),
    "far at sea": (Position(-30, 40, Precision.POINT, 0), None, ()),
    "nothing known": (None, None, ()),
}  # fmt: skip


@pytest.mark.parametrize(("position", "insee_code", "links"), PLACES.values(), ids=PLACES)
def test_what_is_read_back_is_what_was_judged(
    session: Session,
    indexes: dict[int, QpvIndex],
    position: Position | None,
    insee_code: str | None,
    links: tuple[tuple[str, str, str], ...],
) -> None:
    """Whatever the verdict: status, QPVs in their order, distances, conflicts, scope, territory."""
    initiative = add(session, "essai", position, insee_code, links)
    place = Place(position, insee_code, tuple(sorted(code for code, _, _ in links)))
    assert again(session, indexes, initiative) == {
        generation: judge(place, index) for generation, index in indexes.items()
    }


def test_a_verdict_is_kept_with_what_it_was_judged_on(
    session: Session, indexes: dict[int, QpvIndex]
) -> None:
    """Generation, contours, version of the rule, distance of « near », date."""
    initiative = add(session, "essai", GRESILLES, "21231")
    before = date.today()
    judge_all(session, indexes.values())
    verdicts = kept(session, initiative)
    assert set(verdicts) == {2015, 2024}
    for generation, verdict in verdicts.items():
        assert verdict.contours_id == generation
        assert (verdict.rule, verdict.near_m) == (RULE, NEAR_M)
        assert before <= verdict.judged_on <= date.today()


def test_a_conflict_is_kept_beside_the_verdict(
    session: Session, indexes: dict[int, QpvIndex]
) -> None:
    """Measured in Les Grésilles, declared in Trois Cités: neither hides the other."""
    initiative = add(session, "essai", GRESILLES, "21231", (("QN08604M", HERE, "haute"),))
    verdict = again(session, indexes, initiative)[2024]
    assert verdict.status is Status.INSIDE
    assert [qpv.name for qpv in verdict.qpvs] == ["Les Grésilles"]
    (conflict,) = verdict.conflicts
    assert conflict.name == "Trois Cités"
    assert conflict.distance_m is not None
    assert conflict.distance_m > 300_000


@pytest.mark.parametrize(
    ("relation", "confidence"),
    [
        ("located_in", "moyenne"),
        ("located_in", "faible"),
        ("serves", "haute"),
        ("probable", "haute"),
    ],
)
def test_only_a_sure_location_is_a_declaration(
    session: Session, indexes: dict[int, QpvIndex], relation: str, confidence: str
) -> None:
    """To serve a QPV, or to be in it perhaps, is not to be in it."""
    initiative = add(session, "essai", DIJON, "21231", (("QN02103M", relation, confidence),))
    assert declared_codes(initiative) == ()
    verdict = again(session, indexes, initiative)[2024]
    assert (verdict.status, verdict.scope) == (Status.POSSIBLE, Scope.COMMUNE)
    sure = add(session, "sure", DIJON, "21231", (("QN02103M", "located_in", "haute"),))
    assert declared_codes(sure) == ("QN02103M",)
    assert again(session, indexes, sure)[2024].status is Status.DECLARED


def test_judging_again_changes_nothing(session: Session, indexes: dict[int, QpvIndex]) -> None:
    """Nor leaves a verdict behind: one per initiative and generation."""
    judge_all(session, indexes.values())
    before = everything(session)
    judge_all(session, indexes.values())
    assert everything(session) == before
    initiatives = len(session.scalars(select(ini.Initiative.id)).all())
    assert len(before) == 2 * initiatives > 40


def test_a_whole_store_judged_at_once_is_judged_as_one_by_one(
    session: Session, indexes: dict[int, QpvIndex]
) -> None:
    """2,400 records around the QPVs, more than are judged together: every row is the same."""
    draw = np.random.default_rng(24)
    precisions = [Precision.POINT, Precision.STREET, Precision.QUARTIER, Precision.COMMUNE]
    for rank, at in enumerate(places_of_all_kinds(indexes[2024], 2_400, 24)):
        position = Position(*at.lon_lat, precisions[rank % 4], float(draw.choice([0, 200, 900])))
        declared = (("QN08604M", HERE, "haute"),) if rank % 50 == 0 else ()
        add(session, f"lieu-{rank}", position, ("21231", None)[rank % 2], declared)
    judge_all(session, indexes.values())
    names = names_of(indexes)
    everywhere = dict(places(session, ini.Initiative.id > 0))
    rows = session.scalars(select(ini.Verdict)).all()
    assert len(rows) == 2 * len(everywhere) > 4_800
    for row in rows:
        expected = judge(everywhere[row.initiative_id], indexes[row.generation])
        assert read_back(row, names.__getitem__) == expected


def everything(session: Session) -> set[tuple[object, ...]]:
    """All the verdicts in the store, with the QPVs they name."""
    return {
        (
            v.initiative_id, v.generation, v.status, v.nearest_code, v.nearest_distance_m, v.scope,
            tuple((q.rank, q.qpv_code, q.conflict, q.distance_m) for q in v.qpvs),
        )
        for v in session.scalars(select(ini.Verdict))
    }  # fmt: skip


def test_the_shipped_verdicts_are_those_of_the_shipped_positions(
    session: Session, indexes: dict[int, QpvIndex]
) -> None:
    """What `mapapp init` kept is what judging each record gives."""
    names = names_of(indexes)
    initiatives = session.scalars(select(ini.Initiative)).all()
    assert initiatives
    for initiative in initiatives:
        verdicts = kept(session, initiative)
        assert set(verdicts) == set(indexes)
        for generation, row in verdicts.items():
            expected = judge(place_of(session, initiative), indexes[generation])
            assert read_back(row, names.__getitem__) == expected


@pytest.mark.parametrize(
    ("slug", "of_2015", "of_2024"),
    [
        # Places and sources in data/initiative_qpv.csv.
        ("centre-de-sante-des-3-cites", "declared", "declared"),
        ("la-coursive-boutaric", "declared", "declared"),
        ("la-ferme-des-possibles", "possible", "possible"),
        ("bellevilles", "possible", "possible"),
        ("groupe-diverscite", "unknown", "possible"),
        ("kpa-cite", "unknown", "unknown"),
    ],
)
def test_the_catalogue_s_initiatives_have_their_verdicts(
    session: Session, slug: str, of_2015: str, of_2024: str
) -> None:
    """Declared by the catalogue, known to the commune, without contours in 2015, or unknown."""
    initiative = session.scalars(select(ini.Initiative).where(ini.Initiative.slug == slug)).one()
    statuses = {generation: row.status for generation, row in kept(session, initiative).items()}
    assert statuses == {2015: of_2015, 2024: of_2024}


def test_a_record_without_coordinates_has_no_position(session: Session) -> None:
    """Listed, never pinned."""
    assert place_of(session, add(session, "nulle-part")) == Place(None)
    assert place_of(session, add(session, "verdun", insee_code="55545")) == Place(None, "55545")


def test_a_position_comes_back_as_it_was_kept(session: Session) -> None:
    """Point, precision and radius; a missing radius is none."""
    initiative = add(session, "ici", BORDER)
    assert place_of(session, initiative).position == BORDER
    initiative.radius_m = None
    session.flush()
    expected = Position(*BORDER.lon_lat, Precision.ADDRESS, 0)
    assert place_of(session, initiative).position == expected
