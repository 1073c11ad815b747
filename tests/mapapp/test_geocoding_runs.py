"""Addresses of initiatives placed by a geocoder: what is asked, kept, pinned, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from addressed import (
    NO_SUCH_NUMBER,
    RIGHT,
    kept,
    questions_of,
    record,
    run,
    with_addresses,
    write_addresses,
)
from fault_server import (
    BROKEN,
    GEOCODED,
    HTML,
    NOTHING,
    FaultServer,
    Reply,
    fault_server,
    found,
    place,
    refusing_domain,
)
from imported import contents, imported, rolled_back
from shipped_copy import correct, line_of
from sqlalchemy import Engine, delete, select, update

from geo.geocoding_faults import GeocodingError
from geo.pacing import Patience
from mapapp.checking import store_faults
from mapapp.errors import BadInput, NotReady, UnknownRecord
from mapapp.geocoding import running
from mapapp.geocoding.asked import asked_of
from mapapp.shipping import initialise
from mapapp.store import State
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions
from mapapp.store.geocoding import GeocodingAnswer
from mapapp.store.positions import GeocodedPosition
from mapapp.store.runs import Run

pytestmark = pytest.mark.both_databases

COURSIVE = ini.Initiative.key == "la-coursive-boutaric"
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
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are told at once, without asking again."""
    whole = running.address_finder
    monkeypatch.setattr(
        running, "address_finder", lambda store, **how: whole(store, patience=Patience(1), **how)
    )


class TestWhatIsAsked:
    """Only what needs it."""

    def test_an_address_becomes_the_point(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """With its precision, who found it and when; what the source tells stays as it is."""
        with_addresses(live, file, ("1", RIGHT))
        before = record(live)
        assert before.precision == "commune"
        report = run(live)
        assert (report.asked, dict(report.placed), report.unplaced) == (1, {"address": 1}, 0)
        shown = record(live)
        assert (shown.lon, shown.lat, shown.precision) == (2.38, 48.95, "address")
        assert "adresse trouvée par le géocodeur" in str(shown.position_source)
        assert "12 Rue des Tilleuls 93240 Stains" in str(shown.position_source)
        assert (shown.told, shown.address) == (before.told, RIGHT)
        assert not store_faults(live)

    def test_what_is_placed_is_not_asked_again(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """Nor what was doubtful; what is new is."""
        with_addresses(live, file, ("1", RIGHT), ("2", NO_SUCH_NUMBER))
        run(live)
        asked = questions_of(server)
        again = run(live)
        assert (again.asked, again.runs) == (0, [])
        assert dict(again.not_asked) == {"déjà placée": 1, "déjà demandée, à revoir": 1}
        with_addresses(live, file, ("3", RIGHT))
        assert run(live).asked == 1
        assert questions_of(server) == asked  # the same address as another record's: an answer kept

    def test_one_address_of_many_records_is_one_question(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """All are placed."""
        with_addresses(live, file, *((str(rank), RIGHT) for rank in range(30)))
        assert run(live).placed["address"] == 30
        assert questions_of(server) == 1

    @pytest.mark.parametrize(
        ("address", "status", "reason"),
        [
            ("", "", "sans adresse"),
            (RIGHT, "deplacee", "l’initiative a déménagé"),
            (RIGHT, "terminee", "l’initiative est terminée"),
        ],
    )
    def test_who_is_not_there_is_not_asked(
        self, live: Engine, server: FaultServer, file: Path, address: str, status: str, reason: str
    ) -> None:
        """An address that is no longer theirs would be a wrong point."""
        with_addresses(live, file, ("1", address), status=status)
        assert dict(run(live).not_asked) == {reason: 1}
        assert server.received == []

    def test_shipped_addresses_of_a_time_are_not_asked(
        self, live: Engine, server: FaultServer
    ) -> None:
        """The Coop des Dômes has moved; 33 place Galilée is « depuis mai 2019 »: it is asked."""
        report = run(live, source_id=None)
        assert report.not_asked["l’adresse ne vaut que pour une période"] == 3
        assert report.not_asked["l’initiative a déménagé"] == 2
        assert report.asked == 7
        texts = {row["q"] for request in server.received for row in request.rows}
        assert any("galilee" in text for text in texts)
        assert not any("aulteribe" in text for text in texts)

    def test_a_position_of_the_source_is_never_asked(
        self, live: Engine, server: FaultServer, tmp_path: Path
    ) -> None:
        """What it tells wins, even at the precision of a street, even with ``again``."""
        path = tmp_path / "points.csv"
        path.write_text(
            "identifiant,nom,adresse,commune,code_postal,latitude,longitude,precision\n"
            f"1,Un,{RIGHT},Stains,93240,48.951,2.381,street\n",
            encoding="utf-8",
        )
        imported(live, path)
        assert dict(run(live, again=True).not_asked) == {"position donnée par la source": 1}
        assert server.received == []

    def test_an_unknown_source_is_told(self, live: Engine) -> None:
        """By name."""
        with pytest.raises(UnknownRecord, match="nulle-part"):
            run(live, source_id="nulle-part")


class TestWhatIsKept:
    """Across later imports, rollbacks, other editions of the data."""

    def test_an_import_of_the_same_address_keeps_the_point(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """Though the record is written again for its name."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        write_addresses(file, [("1", RIGHT)])
        file.write_text(file.read_text(encoding="utf-8").replace("Fiche", "Ferme"), "utf-8")
        imported(live, file)
        shown = record(live)
        assert (shown.name, shown.precision) == ("Ferme 1", "address")

    def test_another_address_does_not_keep_the_former_point(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """It is at its commune until it is asked; the former address gives its point back."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        with_addresses(live, file, ("1", "3 rue Carnot"))
        assert record(live).precision == "commune"
        with_addresses(live, file, ("1", RIGHT))
        assert record(live).precision == "address"

    def test_who_moves_away_leaves_the_point(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """The address is told as before, and no longer theirs."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        with_addresses(live, file, ("1", RIGHT), status="deplacee")
        assert record(live).precision == "commune"

    def test_init_keeps_what_was_found(self, live: Engine, small_data: Path) -> None:
        """The shipped initiatives are written again; their points are not lost, but for a move."""
        with sessions(live).begin() as session:
            row = session.scalars(select(ini.Initiative).where(COURSIVE)).one()
            session.add(_found(row.source_id, row.key, asked_of(row.told)))
        _shipped_again(live, small_data)
        with sessions(live)() as session:
            row = session.scalars(select(ini.Initiative).where(COURSIVE)).one()
            assert (row.lon, row.lat, row.precision) == (5.06, 47.34, "address")
            assert row.position_source == (
                "adresse trouvée par le géocodeur Géoplateforme le 24 novembre 2026\u00a0: "
                "33 Place Galilée"
            )
        assert not store_faults(live)

    def test_a_correction_of_a_shipped_address_leaves_the_point(
        self, live: Engine, folder: Path
    ) -> None:
        """What was found for the former text says nothing of the new one."""
        with sessions(live).begin() as session:
            row = session.scalars(select(ini.Initiative).where(COURSIVE)).one()
            session.add(_found(row.source_id, row.key, asked_of(row.told)))
            before = (row.lon, row.lat, row.precision)
        line = line_of(folder, "initiatives", "identifiant", "la-coursive-boutaric")
        correct(folder, "initiatives", line, adresse="35 place Galilée")
        _shipped_again(live, folder)
        with sessions(live)() as session:
            row = session.scalars(select(ini.Initiative).where(COURSIVE)).one()
            assert (row.lon, row.lat, row.precision) == before

    @pytest.mark.parametrize(
        "reply", [NOTHING, found(place(type="street", housenumber=None))], ids=["nothing", "street"]
    )
    def test_a_worse_answer_leaves_the_point(
        self, live: Engine, server: FaultServer, file: Path, reply: Reply
    ) -> None:
        """Asked again once the answers are forgotten: what is stored is better, and stays."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        before = contents(live, NO_RUNS)
        with sessions(live).begin() as session:
            session.execute(delete(GeocodingAnswer))
        server.will(reply)
        report = run(live, again=True)
        assert (report.asked, report.stayed, report.runs) == (1, 1, [])
        assert contents(live, NO_RUNS) == before

    def test_again_asks_no_answer_that_is_still_good(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """The policy of today judges the answers that are kept."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        asked = questions_of(server)
        report = run(live, again=True)
        assert (report.placed["address"], report.runs) == (1, [])  # it says what was known
        assert questions_of(server) == asked

    def test_the_whole_is_taken_back(self, live: Engine, server: FaultServer, file: Path) -> None:
        """Positions, verdicts, coverage and doubts as they were before."""
        with_addresses(live, file, ("1", RIGHT), ("2", NO_SUCH_NUMBER))
        before = contents(live, NO_RUNS)
        (number,) = run(live).runs
        assert contents(live, NO_RUNS) != before
        rolled_back(live, number)
        assert contents(live, NO_RUNS) == before
        with pytest.raises(BadInput, match="déjà annulée"):
            rolled_back(live, number)

    def test_the_records_may_go_and_come_back(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """An import taken back leaves no point; imported again, the answer is still there."""
        with_addresses(live, file, ("1", RIGHT))
        run(live)
        rolled_back(live, 1)
        assert not store_faults(live)
        with_addresses(live, file, ("1", RIGHT))
        assert record(live).precision == "address"

    def test_a_run_is_told_with_its_counts(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """Who, whom, how many of each, and the data get another version."""
        with_addresses(live, file, ("1", RIGHT), ("2", NO_SUCH_NUMBER))
        version = _version(live)
        (number,) = run(live).runs
        with sessions(live)() as session:
            told = session.get_one(Run, number)
        assert (told.kind, told.source_id, told.author) == ("geocode", "siae", "Ana")
        assert (told.counts["accepted"], told.counts["doubtful"]) == (1, 1)
        assert _version(live) != version


class TestWithoutAGeocoder:
    """Offline, or when it fails."""

    def test_offline_asks_nobody_and_the_network_improves_later(
        self, live: Engine, server: FaultServer, file: Path
    ) -> None:
        """A neighbourhood is placed; a street waits, and is found when it may be asked."""
        with_addresses(live, file, ("1", RIGHT), ("2", "Quartier du Clos Saint-Lazare"))
        report = run(live, offline=True)
        assert (report.waiting, report.asked) == (1, 2)
        assert server.received == []
        assert kept(live) is None
        later = run(live)
        assert later.placed["address"] == 1
        assert record(live).precision == "address"

    @pytest.mark.usefixtures("hurried")
    def test_a_geocoder_that_is_not_there_changes_nothing(
        self, live: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One sentence; the point of the commune stays."""
        with_addresses(live, file, ("1", RIGHT))
        before = contents(live)
        with refusing_domain() as domain:
            monkeypatch.setenv("MAPAPP_GEOCODER", f"http://{domain}")
            with pytest.raises(GeocodingError, match="injoignable"):
                run(live)
        assert contents(live) == before

    @pytest.mark.usefixtures("hurried")
    @pytest.mark.parametrize("reply", [BROKEN, HTML])
    def test_what_was_found_before_it_failed_is_published(
        self,
        live: Engine,
        server: FaultServer,
        file: Path,
        reply: Reply,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The rest is asked by the next run."""
        monkeypatch.setattr("geo.finding.TOGETHER", 2)
        lines = [(str(rank), f"{rank} rue des Tilleuls") for rank in (12, 13, 14)]
        with_addresses(live, file, *[(key, RIGHT) for key, _ in lines], ("9", NO_SUCH_NUMBER))
        server.will(GEOCODED, reply)
        report = run(live)
        assert report.failure
        assert report.placed["address"] == 2
        server.will(GEOCODED)
        assert run(live).asked == 2

    def test_a_setting_that_is_no_address_is_told(
        self, live: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By the name of the setting."""
        monkeypatch.setenv("MAPAPP_GEOCODER", "data.geopf.fr")
        with pytest.raises(NotReady, match="MAPAPP_GEOCODER"):
            run(live)


def _found(source_id: str, key: str, asked: str) -> GeocodedPosition:
    """What a geocoder found for a record in Dijon."""
    return GeocodedPosition(
        source_id=source_id, key=key, asked=asked, decision="accepted", lon=5.06, lat=47.34,
        precision="address", radius_m=20.0, label="33 Place Galilée", provider="geoplateforme",
        reason="numéro 33 trouvé", candidates=[], author="Ana",
        decided_at="2026-11-24T10:00:00+00:00",
    )  # fmt: skip


def _shipped_again(engine: Engine, folder: Path) -> None:
    """Load the shipped data as if another version had been there before."""
    with sessions(engine).begin() as session:
        session.execute(update(State).where(State.key == "shipped").values(value="autre"))
    assert initialise(engine, folder).changed


def _version(engine: Engine) -> str:
    with sessions(engine)() as session:
        return session.get_one(State, "data_version").value
