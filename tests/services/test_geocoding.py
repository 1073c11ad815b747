"""A real geocoder with real addresses: what people write ends at the right number or is doubtful.

The whole table, all 8,413 addresses, is in docs/geocodage.md and is made by bench/geocoding.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from absence import absent
from addok_server import addok_server, missing
from ban import TrueAddress, read_addresses, write_for_addok
from geocoding import Figures, figures, finder_on, sample, shipped_gazetteer, shipped_indexes
from handwriting import written_by
from sqlalchemy import select

from geo.acceptance import Accepted, Doubtful, NotFound
from geo.addresses import read_address
from geo.answers import NoStore
from geo.gazetteer import Gazetteer
from geo.names import plain
from geo.qpv_index import QpvIndex
from mapapp.outgoing.geocoder import geocoder_at
from mapapp.store.engine import open_engine, sessions, upgrade_schema
from mapapp.store.geocoding import GeocodingAnswer

pytestmark = pytest.mark.services

CHECKOUT = Path(__file__).resolve().parents[2]

#: Enough that one wrong address in 500 would be seen, few enough for a minute on two cores.
SAMPLED = 800


@pytest.fixture(scope="module")
def addresses(extracts: Path) -> list[TrueAddress]:
    """The addresses of Bondy, as the Base Adresse Nationale gives them."""
    return read_addresses(extracts / "ban_bondy_93010.csv.gz")


@pytest.fixture(scope="module")
def server(addresses: list[TrueAddress], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Addok that knows them all."""
    if lack := missing():
        absent(lack)
    folder = tmp_path_factory.mktemp("addok")
    write_for_addok(addresses, folder / "ban.ndjson")
    with addok_server(folder / "ban.ndjson", folder) as address:
        yield address


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """The communes that ship with the product."""
    return shipped_gazetteer()


@pytest.fixture(scope="module")
def indexes() -> list[QpvIndex]:
    """The QPVs of both generations."""
    return shipped_indexes()


def measured(
    addresses: list[TrueAddress],
    server: str,
    gazetteer: Gazetteer,
    indexes: list[QpvIndex],
    noisy: bool,
) -> Figures:
    """Where a sample of the addresses ends, written by one hand."""
    chosen = sample(addresses, SAMPLED)
    written = [written_by(address, noisy=noisy) for address in chosen]
    outcomes = finder_on(server, gazetteer).find_many(written)
    return figures(chosen, outcomes, indexes)


@pytest.mark.parametrize(("noisy", "least"), [(False, 0.90), (True, 0.75)])
def test_an_address_ends_at_its_number_or_is_doubtful(
    addresses: list[TrueAddress],
    server: str,
    gazetteer: Gazetteer,
    indexes: list[QpvIndex],
    noisy: bool,
    least: float,
) -> None:
    """Accepted and wrong: 0.2 % at most; and the QPV verdict is that of the true place."""
    found = measured(addresses, server, gazetteer, indexes, noisy)
    assert found.count == SAMPLED
    assert found.wrong_share <= 0.002, found.mistakes
    assert found.accepted_share >= least
    assert found.verdicts > SAMPLED
    assert found.other_verdicts == 0


class TestOneByOne:
    """The same server, asked for single addresses."""

    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("12 r. jean jaures, 93140 BONDY CEDEX", "12 Rue Jean Jaurés 93140 Bondy"),
            ("BP 12, 12, rue Jean-Jaurès, Bondy", "12 Rue Jean Jaurés 93140 Bondy"),
            ("3bis all. Racine 93140 Bondy", "3 bis Allée Racine 93140 Bondy"),
            ("130 av Carnot, 93142 Bondy", "130 Avenue Carnot 93140 Bondy"),
        ],
    )
    def test_an_address_is_found(
        self, server: str, gazetteer: Gazetteer, text: str, label: str
    ) -> None:
        """Post boxes, CEDEX, abbreviations and a wrong postcode included."""
        outcome = finder_on(server, gazetteer).find(read_address(text))
        assert isinstance(outcome, Accepted)
        assert outcome.label == label

    @pytest.mark.parametrize(
        "text",
        ["rue inexistante zzz 99999", "1 rue de Rivoli 75001 Paris", "azerty, 93140 Bondy"],
    )
    def test_nonsense_and_other_towns_are_never_accepted(
        self, server: str, gazetteer: Gazetteer, text: str
    ) -> None:
        """Though the server has a hit for nearly any text."""
        outcome = finder_on(server, gazetteer).find(read_address(text))
        assert isinstance(outcome, Doubtful | NotFound)

    def test_a_number_that_does_not_exist_is_doubtful(
        self, server: str, gazetteer: Gazetteer
    ) -> None:
        """The street alone is offered."""
        outcome = finder_on(server, gazetteer).find(read_address("9999 rue Jean Jaurès, Bondy"))
        assert isinstance(outcome, Doubtful)
        assert "le numéro 9999 n’a pas été trouvé\u00a0: la rue seule" in outcome.reason

    def test_the_geocoder_works_alone(self, server: str, addresses: list[TrueAddress]) -> None:
        """As one of geopy's: search, structured search, reverse, batch."""
        address = next(each for each in addresses if each.number == "12")
        told = {"housenumber": "12", "street": address.street, "citycode": address.insee_code}
        with geocoder_at(server) as geocoder:
            for query in (f"12 {address.street} {address.postcode}", told):
                found = geocoder.geocode(query, limit=1)
                assert (found.longitude, found.latitude) == address.position.lon_lat
            nearest = geocoder.reverse(address.position.lat_lon)
            assert plain(address.street) in plain(nearest.address)
            lines = geocoder.geocode_batch([{"q": f"12 {address.street}"}, {"q": "zzz"}])
        assert lines[0]["result_id"] == address.id
        assert lines[1]["latitude"] == ""


def test_a_run_killed_and_started_again_asks_nothing_twice(
    server: str, extracts: Path, tmp_path: Path
) -> None:
    """Ended at any instant, it goes on from the answers that its store kept."""
    url = f"sqlite:///{tmp_path / 'mapapp.sqlite'}"
    engine = open_engine(url)
    upgrade_schema(engine)
    run = [sys.executable, str(Path(__file__).parent / "geocoding_run.py")]
    words = [*run, server, url, str(extracts / "ban_bondy_93010.csv.gz"), "500"]
    place = os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "bench")])}
    first = subprocess.Popen(words, env=place, stdout=subprocess.PIPE, text=True)
    kept = _wait_for_answers(engine, first)
    first.send_signal(signal.SIGKILL)
    first.communicate()

    kept = max(kept, _answers(engine))
    second = subprocess.run(words, env=place, stdout=subprocess.PIPE, text=True, check=True)
    accepted, asked = map(int, second.stdout.split())
    third = subprocess.run(words, env=place, stdout=subprocess.PIPE, text=True, check=True)

    assert kept > 0
    assert asked == _answers(engine) - kept
    assert third.stdout.split() == [str(accepted), "0"]
    engine.dispose()


def _wait_for_answers(engine: object, process: subprocess.Popen[str]) -> int:
    """How many answers the store holds as soon as it holds some."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if count := _answers(engine):
            return count
        time.sleep(0.02)
    return _answers(engine)


def _answers(engine: object) -> int:
    with sessions(engine)() as session:  # type: ignore[arg-type]
        return len(session.scalars(select(GeocodingAnswer.key)).all())


def test_the_store_of_one_run_is_forgotten_with_it(server: str, gazetteer: Gazetteer) -> None:
    """Without a database, answers are kept as long as the finder lives."""
    store = NoStore()
    finder = finder_on(server, gazetteer, store)
    for _ in range(2):
        assert isinstance(finder.find(read_address("130 avenue Carnot 93140 Bondy")), Accepted)
    assert len(store.kept) == 1
