"""From addresses to outcomes: little is asked, everything is remembered, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from fault_server import (
    BAD_REQUEST,
    BROKEN,
    BUSY,
    GEOCODED,
    HTML,
    NOTHING,
    TRUNCATED,
    FaultServer,
    Reply,
    as_json,
    fault_server,
    found,
    geocoded,
    place,
    refusing_domain,
)

from geo.acceptance import Accepted, Doubtful, NotFound
from geo.addresses import read_address
from geo.answers import KEPT_FOR, MISSING_KEPT_FOR, NoStore
from geo.finding import WAITING, AddressFinder
from geo.gazetteer import Gazetteer
from geo.geocoder_batch import ROWS_PER_REQUEST
from geo.geocoding import PoliteGeocoder, Question
from geo.geocoding_faults import GeocoderGarbled, GeocoderUnavailable, GeocodingError
from geo.pacing import Pace, Patience
from geo.position import Precision
from geo.questions import confirmation, questions
from mapapp.outgoing.geocoder import geocoder_at

TODAY = date(2026, 11, 24)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that finds every line of a file at 12 rue des Tilleuls, Stains."""
    with fault_server() as listening:
        listening.will(GEOCODED)
        yield listening


def unpaced() -> Pace:
    """A pace that is not felt."""
    return Pace(10_000.0, clock=lambda: 0.0, sleep=lambda _seconds: None)


def finder(server: FaultServer | str, store: NoStore | None = None, **how: object) -> AddressFinder:
    """A finder on that server, which asks again at once."""
    address = server if isinstance(server, str) else server.address
    polite = PoliteGeocoder(
        geocoder_at(address), provider="essai", pace=unpaced(), patience=Patience()
    )
    return AddressFinder(polite, store, **({"today": TODAY} | how))  # type: ignore[arg-type]


RIGHT = "12 r. des Tilleuls, 93240 STAINS Cedex"


class TestAsking:
    """What the server is asked."""

    def test_addresses_travel_together(self, server: FaultServer) -> None:
        """One file, with the text in whole words and the filter in a column of its own."""
        written = [read_address(RIGHT), read_address("12, RUE TILLEULS 93240 Stains")]
        outcomes = list(finder(server).find_many(written))
        assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
        (request,) = server.received
        assert request.path == "/search/csv"
        texts = ["12 rue des tilleuls 93240 stains", "12 rue tilleuls 93240 stains"]
        assert [row["q"] for row in request.rows] == texts
        assert [row["postcode"] for row in request.rows] == ["93240"] * 2

    def test_the_same_address_is_asked_once(self, server: FaultServer) -> None:
        """However it is written, in one run and in the next."""
        store, written = NoStore(), [read_address(RIGHT), read_address(RIGHT.upper())]
        for _ in range(2):
            assert all(isinstance(o, Accepted) for o in finder(server, store).find_many(written))
        assert len(server.received) == 1

    def test_a_file_has_a_bounded_size(self, server: FaultServer) -> None:
        """However many addresses there are."""
        written = [read_address(f"{n} rue des Tilleuls 93240 Stains") for n in range(1, 251)]
        polite = finder(server)
        list(polite.find_many(written))
        files = [len(request.rows) for request in server.received if request.rows]
        assert max(files) == ROWS_PER_REQUEST
        assert sum(files) == len(written)

    def test_alone_an_address_is_asked_with_its_rivals(self, server: FaultServer) -> None:
        """In one request, which a visitor waits for."""
        server.will(found(place(housenumber="12", street="Rue des Tilleuls")))
        assert isinstance(finder(server).find(read_address(RIGHT)), Accepted)
        assert [request.path for request in server.received] == ["/search"]

    def test_a_hostile_text_stays_one_cell(self, server: FaultServer) -> None:
        """Quotes, separators and line ends do not make lines."""
        texts = ['12 rue "; DROP\n"x",,\t|', "=cmd|' /C calc'!A0, Stains", "12 rue ' , ' a"]
        list(finder(server).find_many(map(read_address, texts)))
        assert len(server.received[0].rows) == len(texts)

    def test_a_batch_that_is_refused_is_asked_line_by_line(self, server: FaultServer) -> None:
        """A server without a batch, or a line that it cannot bear, costs no other address."""
        good = found(place(housenumber="12", street="Rue des Tilleuls"))
        server.will(as_json({}, 404), BAD_REQUEST, good)
        texts = [RIGHT, "12 bis rue des Tilleuls 93240 Stains"]
        list(finder(server).find_many(map(read_address, texts)))
        assert [request.path for request in server.received][:3] == [
            "/search/csv",
            "/search",
            "/search",
        ]

    def test_a_text_too_long_is_not_found(self, server: FaultServer) -> None:
        """And those around it are."""
        server.will(found(place(housenumber="12", street="Rue des Tilleuls")))
        texts = [RIGHT, "12 rue " + "interminable " * 50 + " 93240 Stains"]
        outcomes = list(finder(server).find_many(map(read_address, texts)))
        assert [type(outcome) for outcome in outcomes] == [Accepted, NotFound]

    def test_what_a_batch_does_not_settle_is_asked_with_its_rivals(
        self, server: FaultServer
    ) -> None:
        """« tileuls » may be another street: the server is asked for all that it knows."""
        good = place("12 Rue des Tilleuls", housenumber="12", street="Rue des Tilleuls")
        other = place("Rue des Tilteuls", type="street", street="Rue des Tilteuls")
        written = [read_address(f"{n} rue des tileuls 93240 Stains") for n in (12, 14)]
        server.will(GEOCODED, found(good, other))
        outcomes = list(finder(server).find_many(written))
        assert [request.path for request in server.received] == ["/search/csv"] + ["/search"] * 4
        assert all(isinstance(outcome, Doubtful) for outcome in outcomes)

    def test_the_second_number_of_a_range_is_asked_too(self) -> None:
        """After the first one."""
        texts = [question.text for question in questions(read_address("12-14 rue X, 93240 Y"))]
        assert texts[:3] == ["12 rue x 93240 y", "12 rue x 93240 y", "14 rue x 93240 y"]

    def test_overseas_the_postcode_is_left_out_at_last(self) -> None:
        """In the text and in the filters."""
        *_, last = questions(read_address("12 rue X, 97354 Rémire-Montjoly"))
        assert last == Question("12 rue x remire montjoly", limit=10)

    def test_a_postcode_may_be_wrong(self) -> None:
        """The last question is asked everywhere."""
        *_, last = questions(read_address("12 rue X, 93240 Y"))
        assert last == Question("12 rue x 93240 y", limit=10)

    def test_the_whole_city_is_no_filter(self) -> None:
        """Geocoders know arrondissements only."""
        first, *_ = questions(read_address("12 rue X", commune="Paris", insee_code="75056"))
        assert first.insee_code is None

    def test_a_street_without_its_kind_is_confirmed(self, server: FaultServer) -> None:
        """« 12 Tilleuls » is asked again as a name of streets, to see the avenue beside the rue."""
        rue = place("12 Rue des Tilleuls", housenumber="12", street="Rue des Tilleuls")
        avenue = place("Avenue des Tilleuls", type="street", street="Avenue des Tilleuls")
        server.will(found(rue), found(avenue))
        outcome = finder(server).find(read_address("12 Tilleuls 93240 Stains"))
        assert isinstance(outcome, Doubtful)
        assert server.received[1].params["type"] == ["street"]
        accepted = Accepted(outcome.candidates[0].position, "", "", outcome.candidates[0])
        named = read_address("12 rue des Tilleuls 93240 Stains")
        assert not list(confirmation(named, accepted, Question("")))


class TestOffline:
    """What the gazetteer answers alone."""

    def test_a_neighbourhood_is_placed_by_its_name(
        self, server: FaultServer, gazetteer: Gazetteer
    ) -> None:
        """A QPV is no address: the geocoder is not asked."""
        for text in ("QPV Les Grésilles, Dijon", "quartier des 3 Cités, Poitiers"):
            outcome = finder(server, gazetteer=gazetteer).find(read_address(text))
            assert isinstance(outcome, Accepted)
            assert outcome.position.precision is Precision.QUARTIER
        assert server.received == []

    def test_a_commune_alone_has_its_own_radius(
        self, server: FaultServer, gazetteer: Gazetteer
    ) -> None:
        """From its outline, which the geocoder does not know."""
        outcome = finder(server, gazetteer=gazetteer).find(read_address("93240 Stains"))
        assert isinstance(outcome, Accepted)
        assert outcome.position.precision is Precision.COMMUNE
        assert outcome.position.radius_m > 500

    def test_two_communes_of_one_name_are_a_question(
        self, server: FaultServer, gazetteer: Gazetteer
    ) -> None:
        """A street of Verdun, without a postcode, is of two Verduns."""
        outcome = finder(server, gazetteer=gazetteer).find(read_address("12 rue Carnot, Verdun"))
        assert isinstance(outcome, Doubtful)
        assert "Verdun (55, Meuse)" in outcome.reason
        assert server.received == []

    def test_the_commune_becomes_a_filter(self, server: FaultServer, gazetteer: Gazetteer) -> None:
        """A wrong postcode of the same département does not hide it."""
        for text in ("12 rue X, 93240 Stains", "12 rue X, 93999 Stains"):
            finder(server, gazetteer=gazetteer).find(read_address(text))
            assert server.received[-1].params["citycode"] == ["93072"]

    def test_an_empty_address_is_not_found(self, server: FaultServer) -> None:
        """And asks nobody."""
        for text in ("", "  ", ",", "CEDEX"):
            assert isinstance(finder(server).find(read_address(text)), NotFound)
        assert server.received == []


class TestRemembering:
    """Answers are kept with who gave them, when, and until when."""

    def test_an_answer_expires(self, server: FaultServer) -> None:
        """Found places are believed for half a year."""
        store = NoStore()
        list(finder(server, store).find_many([read_address(RIGHT)]))
        (kept,) = store.kept.values()
        assert (kept.answer.provider, kept.asked_on) == ("essai", TODAY)
        assert kept.expires_on == TODAY + KEPT_FOR
        for later, asked in ((KEPT_FOR, 1), (KEPT_FOR + timedelta(days=1), 2)):
            list(finder(server, store, today=TODAY + later).find_many([read_address(RIGHT)]))
            assert len(server.received) == asked

    def test_what_is_missing_is_asked_again_sooner(self, server: FaultServer) -> None:
        """A commune may add it."""
        server.will(NOTHING)
        store = NoStore()
        outcome = finder(server, store).find(read_address(RIGHT))
        assert isinstance(outcome, NotFound)
        assert {kept.expires_on for kept in store.kept.values()} == {TODAY + MISSING_KEPT_FOR}

    @pytest.mark.parametrize("fault", [BROKEN, HTML, TRUNCATED], ids=["broken", "html", "cut"])
    def test_a_run_that_stops_asks_nothing_twice(self, server: FaultServer, fault: Reply) -> None:
        """What was answered before the fault is kept; the next run asks for the rest."""
        written = [read_address(f"12 rue des Tilleuls, 93{n:03d} Stains") for n in range(300)]
        store = NoStore()
        server.will(GEOCODED, fault)
        with pytest.raises(GeocodingError):
            list(finder(server, store).find_many(written))
        answered = {kept.asked for kept in store.kept.values()}
        assert len(answered) == ROWS_PER_REQUEST
        server.received.clear()
        server.will(GEOCODED)
        list(finder(server, store).find_many(written))
        again = {row["q"] for request in server.received for row in request.rows}
        assert len(again) == 200
        assert not answered & again

    def test_a_busy_server_is_asked_again(self, server: FaultServer) -> None:
        """And the run goes on."""
        server.will(BUSY, BROKEN, GEOCODED)
        written = [read_address(RIGHT), read_address("14 rue X 93240 Stains")]
        outcomes = list(finder(server).find_many(written))
        assert isinstance(outcomes[0], Accepted)


class TestBatchFaults:
    """A file that is not the answer is never read as one."""

    @pytest.mark.parametrize(
        "reply",
        [
            HTML,
            TRUNCATED,
            Reply(b""[:0] + b"id,latitude\n0,48\n"),
            Reply(geocoded([{"id": "0"}]).body),
            Reply(geocoded([{"id": "1"}, {"id": "0"}]).body),
            geocoded([{"id": "0"}, {"id": "1"}], latitude="partout"),
            geocoded([{"id": "0"}, {"id": "1"}], longitude="999"),
            Reply(b"\xff\xfe" + geocoded([{"id": "0"}, {"id": "1"}]).body),
            Reply(geocoded([{"id": "0"}, {"id": "1"}]).body[:-30]),
        ],
    )
    def test_another_file_is_garbled(self, server: FaultServer, reply: Reply) -> None:
        """HTML, cut, other columns, missing or shuffled lines, places off the Earth."""
        server.will(reply)
        polite = finder(server).geocoder
        with pytest.raises(GeocoderGarbled):
            polite.ask_many([Question("a"), Question("b")])

    def test_a_refused_connection_is_told(self) -> None:
        """As for a single question."""
        with refusing_domain() as domain:
            polite = finder(f"http://{domain}").geocoder
            with pytest.raises(GeocoderUnavailable, match="injoignable"):
                polite.ask_many([Question("a"), Question("b")])

    def test_empty_lines_are_no_candidates(self, server: FaultServer) -> None:
        """A line that the server left as it was has found nothing."""
        server.will(geocoded([{"id": "0"}, {"id": "1"}], latitude="", result_label=""))
        answers = finder(server).geocoder.ask_many([Question("a"), Question("b")])
        assert [answer.candidates for answer in answers] == [(), ()]


def test_offline_nobody_is_asked(server: FaultServer) -> None:
    """An address that only a geocoder can find waits for one, and says so."""
    alone = finder(server, offline=True).find(read_address(RIGHT))
    (among,) = finder(server, offline=True).find_many([read_address(RIGHT)])
    assert alone == among == NotFound(WAITING)
    assert server.received == []
