"""Doubtful addresses before a person: listed, decided with a reason, placed, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from addressed import NO_SUCH_NUMBER, RIGHT, record, run, with_addresses
from fault_server import GEOCODED, NOTHING, FaultServer, fault_server, found, place
from imported import contents, imported, rolled_back
from sqlalchemy import Engine, delete

from geo.position import PositionError, Precision
from mapapp.checking import store_faults
from mapapp.errors import BadInput, UnknownRecord
from mapapp.geocoding.reviewing import (
    Case,
    Reviewer,
    accept,
    cases,
    position_by_hand,
    set_position,
)
from mapapp.store.engine import sessions
from mapapp.store.geocoding import GeocodingAnswer
from mapapp.store.positions import Decision

pytestmark = pytest.mark.both_databases

ANA = Reviewer("Ana", "vérifié au téléphone")
NO_RUNS = ("run", "run_change", "geocoding_answer")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The geocoder of the settings: it finds every line at 12 rue des Tilleuls, Stains."""
    with fault_server() as listening:
        listening.will(GEOCODED)
        monkeypatch.setenv("MAPAPP_GEOCODER", listening.address)
        yield listening


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its initiatives."""
    return tmp_path / "lignes.csv"


@pytest.fixture
def doubtful(live: Engine, server: FaultServer, file: Path) -> Engine:
    """A store with one address in doubt (2) beside one that was found (1)."""
    with_addresses(live, file, ("1", RIGHT), ("2", NO_SUCH_NUMBER))
    run(live)
    return live


def listed(engine: Engine, **asked: bool) -> list[Case]:
    """What is to be reviewed."""
    with sessions(engine)() as session:
        return list(cases(session, "siae", **asked))


def test_a_doubt_is_told_with_its_candidates(doubtful: Engine) -> None:
    """The address as written, why, and each candidate with its number and how far it is."""
    (case,) = listed(doubtful)
    assert (case.key, case.name, case.decision) == ("2", "Fiche 2", Decision.DOUBTFUL)
    assert case.address == f"{NO_SUCH_NUMBER}, 93240 Stains"
    assert "le numéro 14 n’a pas été trouvé" in case.reason
    first = case.proposals[0]
    assert (first.number, first.candidate.label) == (1, "12 Rue des Tilleuls 93240 Stains")
    assert first.away_m is not None
    assert first.away_m > 0
    assert record(doubtful, "2").precision == "commune"


def test_a_chosen_candidate_places_the_record(doubtful: Engine) -> None:
    """Who, when and why are kept; the public page says that it was by hand, and not by whom."""
    accept(doubtful, "siae", "2", 1, ANA)
    shown = record(doubtful, "2")
    assert (shown.lon, shown.lat, shown.precision) == (2.38, 48.95, "address")
    assert "choisie à la main" in str(shown.position_source)
    assert "Ana" not in str(shown.position_source)
    assert listed(doubtful) == []
    (case,) = listed(doubtful, all_=True)
    assert (case.author, case.reason, case.decision) == ("Ana", ANA.reason, Decision.CHOSEN)
    assert not store_faults(doubtful)


def test_a_point_by_hand_places_the_record(doubtful: Engine) -> None:
    """Even less precise than another would be: a person decided."""
    point = position_by_hand(2.383, 48.953, "street", 150)
    set_position(doubtful, "siae", "2", point, ANA)
    shown = record(doubtful, "2")
    assert (shown.lon, shown.lat, shown.radius_m) == (2.383, 48.953, 150)
    assert "placé à la main" in str(shown.position_source)


def test_no_run_replaces_what_a_person_decided(doubtful: Engine, server: FaultServer) -> None:
    """Not even when everything is asked again and the server knows better."""
    accept(doubtful, "siae", "2", 1, ANA)
    with sessions(doubtful).begin() as session:
        session.execute(delete(GeocodingAnswer))
    server.will(found(place(housenumber="14", lon=2.39)))
    assert run(doubtful, again=True).not_asked["décidée à la main"] == 1
    assert record(doubtful, "2").lon == 2.38


def test_a_decision_about_another_address_is_told(doubtful: Engine, file: Path) -> None:
    """It no longer places the record, and waits to be looked at."""
    accept(doubtful, "siae", "2", 1, ANA)
    with_addresses(doubtful, file, ("2", "16 rue des Tilleuls"))
    assert record(doubtful, "2").precision == "commune"
    (case,) = listed(doubtful)
    assert case.stale
    assert NO_SUCH_NUMBER in case.asked
    assert "16 rue des Tilleuls" in case.address


def test_a_decision_is_taken_back(doubtful: Engine) -> None:
    """The doubt comes back, with the verdicts and the coverage of before."""
    before = contents(doubtful, NO_RUNS)
    chosen = accept(doubtful, "siae", "2", 1, ANA)
    with pytest.raises(BadInput, match=f"annulez d’abord la {chosen.id}"):
        rolled_back(doubtful, chosen.id - 1)
    rolled_back(doubtful, chosen.id)
    assert contents(doubtful, NO_RUNS) == before


def test_what_is_not_found_is_listed_too(live: Engine, server: FaultServer, file: Path) -> None:
    """There is no candidate: a point may be given."""
    server.will(NOTHING)
    with_addresses(live, file, ("1", RIGHT))
    run(live)
    (case,) = listed(live)
    assert (case.decision, case.proposals) == (Decision.NOT_FOUND, ())
    with pytest.raises(UnknownRecord, match="pas de candidate"):
        accept(live, "siae", "1", 1, ANA)


def test_a_commune_may_be_chosen(live: Engine, server: FaultServer, file: Path) -> None:
    """A neighbourhood that nobody knows leaves the commune, with its own radius."""
    with_addresses(live, file, ("1", "Quartier des Mille Collines"))
    run(live)
    (case,) = listed(live)
    assert "n’est pas connu" in case.reason
    accept(live, "siae", "1", 1, ANA)
    assert (record(live).precision, record(live).radius_m) == ("commune", 2136.0)
    assert "choisie à la main" in str(record(live).position_source)


@pytest.mark.parametrize(
    ("source_id", "key", "number", "fault"),
    [
        ("siae", "2", 9, "vont de 1 à"),
        ("siae", "1000", 1, "pas de fiche «\u00a01000"),
        ("autre", "2", 1, "«\u00a0autre"),
    ],
)
def test_what_is_not_there_cannot_be_chosen(
    doubtful: Engine, source_id: str, key: str, number: int, fault: str
) -> None:
    """The sentence says what there is."""
    before = contents(doubtful)
    with pytest.raises((BadInput, UnknownRecord), match=fault):
        accept(doubtful, source_id, key, number, ANA)
    assert contents(doubtful) == before


@pytest.mark.parametrize(
    ("lon", "lat", "fault"),
    [(48.95, 2.38, "pas en France"), (5.06, 47.34, "Stains")],
)
def test_a_point_that_cannot_be_is_refused(
    doubtful: Engine, lon: float, lat: float, fault: str
) -> None:
    """Latitude for longitude, or another town than the record's."""
    with pytest.raises(BadInput, match=fault):
        set_position(doubtful, "siae", "2", position_by_hand(lon, lat, "address", None), ANA)


def test_a_point_has_a_radius() -> None:
    """The usual one of its precision; a commune has no usual one."""
    assert position_by_hand(2.38, 48.95, "address", None).radius_m == 20.0
    assert position_by_hand(2.38, 48.95, "quartier", 300).precision is Precision.QUARTIER
    with pytest.raises(BadInput, match="--radius"):
        position_by_hand(2.38, 48.95, "commune", None)
    with pytest.raises(PositionError):
        position_by_hand(200, 48.95, "address", None)


def test_the_point_of_a_source_is_corrected_there(live: Engine, tmp_path: Path) -> None:
    """A decision by hand would be lost on its readers: the file is what they see."""
    path = tmp_path / "points.csv"
    path.write_text(
        f"identifiant,nom,adresse,commune,code_postal,latitude,longitude\n"
        f"1,Un,{RIGHT},Stains,93240,48.951,2.381\n",
        encoding="utf-8",
    )
    imported(live, path)
    with pytest.raises(BadInput, match="source donne elle-même"):
        set_position(live, "siae", "1", position_by_hand(2.38, 48.95, "point", None), ANA)
