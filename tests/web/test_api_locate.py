"""Is a point in a QPV? Inside, at the border, in a hole, overseas; and as the command line says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mapapp.cli import main
from mapapp.memory import Memory

POINTS = [
    (0.35, 46.565, 0),
    (0.35, 46.565, 900),
    (2.3522, 48.8566, 0),
    (-52.3, 4.9, 0),
    (55.45, -20.88, 50),
    (-149.57, -17.54, 0),
    (-30.0, 30.0, 0),
    (180.0, 0.0, 0),
    (0.0, 90.0, 0),
]


def verdict(
    ask: Any, lon: float, lat: float, generation: int = 2024, **more: Any
) -> dict[str, Any]:
    """The verdict on a point for a generation."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    answer: dict[str, Any] = ask(f"locate?lon={lon!r}&lat={lat!r}{query}")
    told: dict[str, Any] = answer["verdicts"][str(generation)]
    return told


@pytest.mark.parametrize(("lon", "lat", "radius"), POINTS)
def test_the_command_line_says_the_same(
    ask: Any,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    lon: float,
    lat: float,
    radius: int,
) -> None:
    """``mapapp locate --json`` and the API give the same answer, word for word."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", str(engine.url))
    arguments = ["locate", str(lon), str(lat), "--radius", str(radius), "--json"]
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == ask(f"locate?lon={lon}&lat={lat}&rayon={radius}")


@pytest.mark.parametrize("generation", [2015, 2024])
def test_one_generation_may_be_asked_for(ask: Any, generation: int) -> None:
    """The other generation is then not judged."""
    answer = ask(f"locate?lon=0.35&lat=46.565&generation={generation}")
    judged = [g for g, told in answer["verdicts"].items() if told]
    assert judged == [str(generation)]


@pytest.mark.parametrize("generation", [2015, 2024])
def test_a_point_well_inside_each_of_many_qpvs(ask: Any, session: Session, generation: int) -> None:
    """In the middle of a large neighbourhood the answer is that neighbourhood."""
    index = Memory().index(session, generation)
    for qpv in index.contours.qpvs[::200]:
        middle = shapely.maximum_inscribed_circle(qpv.geometry).coords[0]
        told = verdict(ask, *middle, generation=generation)
        assert (told["status"], [q["code"] for q in told["qpv"]]) == ("inside", [qpv.code])
        assert told["distance_m"] < -index.contours.accuracy_m
        assert told["sentence"].startswith(f"Dans le QPV {qpv.name}, à ")


@pytest.mark.parametrize("generation", [2015, 2024])
def test_on_a_border_the_answer_is_to_be_checked(
    ask: Any, session: Session, generation: int
) -> None:
    """A point of the contour itself is neither in nor out: « à vérifier »."""
    index = Memory().index(session, generation)
    for qpv in index.contours.qpvs[::300]:
        lon, lat = shapely.get_coordinates(qpv.geometry)[0]
        told = verdict(ask, float(lon), float(lat), generation=generation)
        assert told["status"] == "border"
        assert qpv.code in [q["code"] for q in told["qpv"]]
        assert told["sentence"].endswith("à vérifier")


def test_a_hole_is_outside(ask: Any, session: Session) -> None:
    """In the middle of a hole of a neighbourhood one is not in that neighbourhood."""
    index = Memory().index(session, 2024)
    holes = [
        (qpv, shapely.Polygon(ring))
        for qpv in index.contours.qpvs
        for part in shapely.get_parts(qpv.geometry)
        for ring in part.interiors
    ]
    qpv, hole = max(holes, key=lambda held: held[1].area)
    lon, lat = shapely.maximum_inscribed_circle(hole).coords[0]
    told = verdict(ask, lon, lat)
    assert told["status"] in ("near", "outside", "border")
    assert told["nearest"]["code"] == qpv.code
    assert told["distance_m"] > 0


def test_a_larger_uncertainty_is_less_sure(ask: Any) -> None:
    """The same point is inside, then at the border when it may be anywhere around."""
    lon, lat = ask("initiatives/centre-de-sante-des-3-cites")["geometry"]["coordinates"]
    statuses = [verdict(ask, lon, lat, rayon=radius)["status"] for radius in (0, 5000)]
    assert statuses == ["inside", "border"]


def test_overseas_each_generation_says_what_it_knows(ask: Any) -> None:
    """In Guyane the contours of 2015 are missing and said to be; those of 2024 answer."""
    lon, lat = ask("initiatives/groupe-diverscite")["geometry"]["coordinates"]
    old, new = (verdict(ask, lon, lat, generation) for generation in (2015, 2024))
    assert (old["status"], old["qpv"], old["distance_m"]) == ("unknown", [], None)
    assert "Guyane" in old["sentence"]
    assert new["status"] != "unknown"
    assert new["nearest"]["code"].startswith("QN973")


def test_far_from_everything_the_nearest_is_still_told(ask: Any) -> None:
    """In the middle of the Atlantic one is outside, some way from the nearest QPV."""
    told = verdict(ask, -30.0, 30.0)
    assert told["status"] == "outside"
    assert told["nearest"]["distance_m"] > 1_000_000


def test_a_verdict_says_what_it_rests_on(ask: Any) -> None:
    """Contours, accuracy, rule, and that it is no certificate, come with every verdict."""
    for generation, accuracy in ((2015, 5.1), (2024, 12.0)):
        told = verdict(ask, 0.35, 46.565, generation)
        assert told["contours"]["accuracy_m"] == accuracy
        assert len(told["contours"]["checksum"]) == 64
        assert told["contours"]["edition"]
        assert told["rule"]
        assert told["notice"] == "indicatif, ne vaut pas attestation"
        assert told["generation"] == generation
