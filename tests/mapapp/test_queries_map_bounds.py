"""What one answer of the map may hold, whatever view and zoom are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from sqlalchemy.orm import Session

from geo.clusters import Scatter
from geo.distance import Box
from mapapp.filters import Filters
from mapapp.queries.columns import Columns, ThemeLinks
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.map_features import (
    MOST_FEATURES,
    MOST_PIXELS,
    bounded_zoom,
    cluster_features,
)
from mapapp.queries.matching_filters import Kept

pytestmark = pytest.mark.sqlite

FRANCE: Box = (-5.0, 41.0, 10.0, 51.0)
EARTH: Box = (-180.0, -85.0, 180.0, 85.0)
SOMEWHERE: Box = (2.30, 48.85, 2.40, 48.90)
MANY = 100_000


@pytest.fixture(scope="module")
def columns() -> Columns:
    """A hundred thousand initiatives all over France, a tenth of them in one town."""
    draw = np.random.default_rng(20_261_201)
    lons, lats = draw.uniform(-5, 10, MANY), draw.uniform(41, 51, MANY)
    lons[::10] = draw.uniform(SOMEWHERE[0], SOMEWHERE[2], MANY // 10)
    lats[::10] = draw.uniform(SOMEWHERE[1], SOMEWHERE[3], MANY // 10)
    ranks = np.arange(MANY)
    themes = ThemeLinks(
        ("culture",),
        np.zeros(MANY, np.int8),
        ranks.astype(np.int32),
        np.arange(MANY + 1, dtype=np.int32),
    )
    codes = np.zeros(MANY, np.int16)
    return Columns(
        ids=-ranks - 1,  # of no row of the store
        by_name=ranks.astype(np.int32),
        points=Scatter.of(lons, lats),
        sources={"a": 0},
        source=codes,
        communes={},
        commune=codes.astype(np.int32) - 1,
        themes=themes,
        status={},
    )


def asked(session: Session, columns: Columns, most: int = MANY) -> Initiatives:
    """The questions about the first of these initiatives."""
    kept = Kept(columns, np.arange(MANY) < most)
    return cast(Initiatives, SimpleNamespace(session=session, kept_by=lambda _: kept))


@pytest.mark.parametrize("view", [FRANCE, EARTH, None, (170.0, 40.0, 11.0, 52.0), SOMEWHERE])
@pytest.mark.parametrize("zoom", [6, 12, 18])
def test_an_answer_is_bounded(
    session: Session, columns: Columns, view: Box | None, zoom: int
) -> None:
    """Groups and marks are no more than a screen shows, however deep the zoom that is asked for."""
    features, used = cluster_features(asked(session, columns), Filters(bbox=view), zoom)
    drawn: list[dict[str, Any]] = [feature["properties"] for feature in features]
    assert 0 < len(features) <= MOST_FEATURES
    assert used <= zoom
    # Those that stand alone are of no row here, so that groups alone are told: nearly all.
    if view != SOMEWHERE:
        assert sum(told["count"] for told in drawn) > 0.9 * MANY


def test_a_screen_is_drawn_at_its_zoom(session: Session, columns: Columns) -> None:
    """A view of 1,440 × 900 pixels has the zoom that it asks for, at every place and zoom."""
    for zoom in range(7, 20):
        half = 360 * 1_440 / 256 / 2 / 2**zoom
        view = (2.35 - half, 48.87 - half * 0.41, 2.35 + half, 48.87 + half * 0.41)
        assert cluster_features(asked(session, columns), Filters(bbox=view), zoom)[1] == zoom


def test_few_are_drawn_at_any_zoom(session: Session, columns: Columns) -> None:
    """What a screen could show anyway needs no bound."""
    few = asked(session, columns, MOST_FEATURES)
    assert cluster_features(few, Filters(bbox=EARTH), 18)[1] == 18


def test_a_zoom_is_lowered_to_the_area() -> None:
    """To the deepest at which the view, cut by what there is to see, has so many pixels."""
    zoom = bounded_zoom(EARTH, FRANCE, 19)
    assert zoom == bounded_zoom(FRANCE, FRANCE, 19) == bounded_zoom(None, FRANCE, 19)
    wide = 256 * 2**zoom * 15 / 360
    assert wide**2 < MOST_PIXELS < (2 * wide) ** 2 * 2
    assert bounded_zoom(SOMEWHERE, FRANCE, 12) == 12
    assert bounded_zoom(EARTH, None, 19) == 19
