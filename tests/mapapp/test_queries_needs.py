"""What a QPV has and lacks: examples, the nearest ones, resources, and who can accompany."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from mapapp.filters import Filters
from mapapp.queries.coverage import State
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.needs import Need, accompaniment, needs
from mapapp.queries.qpvs import qpv_sheet

pytestmark = pytest.mark.both_databases


def needs_of(
    session: Session, initiatives: Initiatives, code: str, **asked: Any
) -> dict[str, Need]:
    """The needs of a QPV, by theme."""
    sheet = qpv_sheet(session, initiatives, code)
    found = needs(session, initiatives, sheet, Filters(**asked))
    return {need.cell.theme.slug: need for need in found}


def test_the_example_of_a_theme_is_named(session: Session, initiatives: Initiatives) -> None:
    """Les Grésilles have La Coursive Boutaric, on culture and nothing else."""
    found = needs_of(session, initiatives, "QN02103M")
    assert [card.slug for card in found["culture"].here] == ["la-coursive-boutaric"]
    assert [slug for slug, need in found.items() if need.here] == ["culture"]
    assert len(found) == 12


def test_the_nearest_elsewhere_are_told_with_what_is_known_of_their_place(
    session: Session, initiatives: Initiatives
) -> None:
    """An initiative known by its neighbourhood or commune is « à environ »; none is named twice."""
    found = needs_of(session, initiatives, "QN02103M")
    for need in found.values():
        slugs = [near.card.slug for near in need.nearest]
        assert len(set(slugs)) == len(slugs) <= 3
        assert not {card.slug for card in need.here} & set(slugs)
        for near in need.nearest:
            is_area = near.card.precision in ("quartier", "commune")
            assert near.distance_sentence.startswith("à environ " if is_area else "à ")


def test_a_longer_distance_makes_an_example_near(
    session: Session, initiatives: Initiatives
) -> None:
    """« Fontaine d’Ouche » is some kilometres from Les Grésilles, both in Dijon."""
    code = "QP021003"
    close = needs_of(session, initiatives, code, generation=2015)["culture"]
    far = needs_of(session, initiatives, code, generation=2015, distance=8_000.0)["culture"]
    assert close.cell.state is State.NONE_KNOWN
    assert far.cell.state is State.NEAR


@pytest.mark.parametrize(
    ("code", "publisher"), [("QN02103M", "Trajectoire Ressources"), ("QN06701M", "ORIV")]
)
def test_the_publishers_of_the_region_can_accompany(
    session: Session, initiatives: Initiatives, code: str, publisher: str
) -> None:
    """The resource centre that the catalogue names for the région, and how to find others."""
    sheet = qpv_sheet(session, initiatives, code)
    found = accompaniment(initiatives.catalogue, sheet)
    assert publisher in {one.name for one in found.publishers}
    assert found.resources[0].theme is not None
    assert found.resources[0].theme.slug == "acteurs-de-l-accompagnement"


def test_nobody_is_invented_for_a_region(session: Session, initiatives: Initiatives) -> None:
    """The catalogue names nobody in Guadeloupe."""
    sheet = qpv_sheet(session, initiatives, "QN97101M")
    found = accompaniment(initiatives.catalogue, sheet)
    assert found.regions == ("Guadeloupe",)
    assert found.publishers == ()
    assert found.resources
