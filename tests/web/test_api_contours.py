"""The contours that the API gives to draw: by frame, by zoom, sound, to the pixel."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from invariants import CheckingClient


def shapes(answer: dict[str, Any]) -> dict[str, Any]:
    """The geometry of each QPV by code."""
    return {
        f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"]))
        for f in answer["features"]
    }


def test_a_frame_and_a_zoom_give_valid_contours(ask: Any) -> None:
    """Around Poitiers each neighbourhood is a valid area that meets the frame."""
    found = shapes(ask("qpv?bbox=0.3,46.5,0.5,46.7&zoom=13"))
    assert "QN08604M" in found
    frame = shapely.box(0.3, 46.5, 0.5, 46.7).buffer(0.001)
    for shape in found.values():
        assert shape.is_valid
        assert shape.geom_type in ("Polygon", "MultiPolygon")
        assert shape.intersects(frame)


def test_far_away_a_neighbourhood_is_a_point(ask: Any) -> None:
    """On a map of France QPVs are points; each is still there, under its name."""
    found = shapes(ask("qpv?zoom=5"))
    assert len(found) == 1584
    assert {shape.geom_type for shape in found.values()} == {"Point"}


def test_a_contour_to_the_pixel_is_lighter(client: CheckingClient) -> None:
    """The same frame weighs less when the zoom says how fine it will be seen."""
    frame = "/api/v1/qpv?bbox=2.2,48.8,2.5,49"
    sizes = [len(client.get(f"{frame}{zoom}").data) for zoom in ("&zoom=9", "&zoom=12", "")]
    assert sizes == sorted(set(sizes))


def test_the_whole_contours_are_given_without_a_zoom(ask: Any) -> None:
    """Without a zoom the stored contour is given, to a metre."""
    found = shapes(ask("qpv?bbox=0.3,46.5,0.5,46.7"))
    near = shapes(ask("qpv?bbox=0.3,46.5,0.5,46.7&zoom=19"))
    assert found.keys() == near.keys()
    for code, shape in found.items():
        assert shape.geom_type in ("Polygon", "MultiPolygon")
        assert shapely.get_num_coordinates(near[code]) <= shapely.get_num_coordinates(shape)


@pytest.mark.parametrize(("generation", "count"), [(2015, 1345), (2024, 1584)])
def test_a_generation_is_given_whole(ask: Any, generation: int, count: int) -> None:
    """Each generation has its own codes, and says which it is."""
    answer = ask(f"qpv?generation={generation}&zoom=3")
    assert answer["count"] == len(answer["features"]) == count
    assert {f["properties"]["generation"] for f in answer["features"]} == {generation}


@pytest.mark.parametrize(
    ("frame", "start"),
    [
        ("55,-21.5,56,-20.8", "QN974"),
        ("-52.5,4.7,-52.1,5", "QN973"),
        ("305,2,309,6", "QN973"),
        ("-155,-20,-140,-8", "QN987"),
        ("-515,-20,-505,-8", "QN987"),
    ],
)
def test_overseas_frames_are_answered(ask: Any, frame: str, start: str) -> None:
    """Réunion, Guyane and Polynesia are found, even by a map dragged round the world."""
    codes = set(shapes(ask(f"qpv?bbox={frame}&zoom=12")))
    assert codes
    assert {code[:5] for code in codes} == {start}


def test_an_empty_frame_is_an_answer(ask: Any) -> None:
    """In the middle of the ocean there is no QPV: an empty collection, not a fault."""
    answer = ask("qpv?bbox=-40,30,-30,40&zoom=8")
    assert (answer["count"], answer["features"]) == (0, [])


def test_an_empty_zoom_is_no_zoom(client: CheckingClient) -> None:
    """A field of a form left empty asks nothing."""
    paths = ("qpv?bbox=0.3,46.5,0.5,46.7&zoom=", "clusters?zoom=")
    assert {client.get(f"/api/v1/{path}").status_code for path in paths} == {200}
