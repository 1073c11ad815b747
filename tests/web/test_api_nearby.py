"""``/api/v1/nearby`` and the kinds of ``/api/v1/search``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.both_databases

Ask = Callable[[str], dict[str, Any]]


def test_nearby_lists_by_distance(ask: Ask) -> None:
    """GeoJSON with metres, direction and a sentence; counted and paged as any collection."""
    answer = ask("nearby?lon=4.85&lat=45.76&rayon=100000")
    metres = [feature["properties"]["distance_m"] for feature in answer["features"]]
    assert answer["type"] == "FeatureCollection"
    assert metres == sorted(metres)
    assert answer["count"] == len(metres) > 0
    assert metres[-1] <= 100_100
    assert {"licence", "sources", "data_version", "links"} <= answer.keys()
    said = answer["features"][-1]["properties"]
    assert said["distance_sentence"]
    assert said["direction"] is None or said["direction"] in said["distance_sentence"]


def test_the_other_filters_hold(ask: Ask) -> None:
    """A theme keeps its meaning around a place; around nothing, an empty collection."""
    kept = ask("nearby?lon=2.385&lat=48.955&theme=numerique")["features"]
    assert [feature["properties"]["slug"] for feature in kept] == ["pole-s"]
    assert ask("nearby?lon=-170&lat=0")["features"] == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("nearby", {"lat", "lon"}),
        ("nearby?lat=46.58", {"lon"}),
        ("nearby?lon=0.34&lat=46.58&rayon=-3", {"rayon"}),
        ("nearby?lon=0.34&lat=46.58&rayon=10000000", {"rayon"}),
        ("nearby?lon=181&lat=91", {"lat", "lon"}),
        ("search?q=a&genre=planete", {"genre"}),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    refused: Callable[[str], dict[str, Any]], query: str, fields: set[str]
) -> None:
    """One error body that names each faulty parameter."""
    assert {fault["field"] for fault in refused(query)["errors"]} == fields


def test_the_search_keeps_the_kinds_asked_for(ask: Ask) -> None:
    """Communes and QPVs for who types a place, each with what means it alone."""
    items = ask("search?q=lille&genre=commune,qpv")["items"]
    assert {item["kind"] for item in items} == {"commune", "qpv"}
    assert items[0]["place"] == "Lille (59, Nord)"
    everything = ask("search?q=lille")["items"]
    assert {item["kind"] for item in everything} > {"commune", "qpv"}
    named = {item["kind"] for item in everything if item["place"]}
    assert named == {"commune", "qpv"}
