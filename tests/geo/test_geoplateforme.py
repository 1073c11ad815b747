"""The Géoplateforme geocoder: what it sends, what it reads, and how it says that it failed."""

from __future__ import annotations

import pickle
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from effort import examples
from fault_server import (
    BAD_REQUEST,
    BOTTOMLESS,
    BROKEN,
    BUSY,
    GEOCODED,
    HTML,
    HUNG_UP,
    NO_FEATURES,
    NOTHING,
    TRUNCATED,
    FaultServer,
    Reply,
    as_json,
    fault_server,
    found,
    place,
    refusing_domain,
    slow,
)
from geopy import exc
from geopy.point import Point
from hypothesis import given
from hypothesis import strategies as st

from geo.candidates import Answer
from geo.geocoding import MAX_TEXT, PoliteGeocoder, Question
from geo.geocoding_faults import (
    GeocoderBusy,
    GeocoderGarbled,
    GeocoderRefused,
    GeocoderUnavailable,
    GeocodingError,
)
from geo.geoplateforme import Geoplateforme
from geo.pacing import Pace
from geo.position import Position, PositionError, Precision
from mapapp.outgoing.fetching import USER_AGENT, fetch
from mapapp.outgoing.geocoder import geocoder_at


def unpaced() -> Pace:
    """A pace that is not felt, where it is not the subject."""
    return Pace(10_000.0, sleep=lambda _seconds: None, clock=lambda: 0.0)


HOSTILE = (
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "\u202egnitniop\u202c",
    "=cmd|' /C calc'!A0",
    "a`b\\c\x00d",
)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A BAN-shaped server that fails on demand."""
    with fault_server() as listening:
        yield listening


@pytest.fixture
def bare(server: FaultServer) -> Iterator[Geoplateforme]:
    """The geopy geocoder alone, on that server."""
    with geocoder_at(server.address) as geocoder:
        yield geocoder


@pytest.fixture
def polite(bare: Geoplateforme) -> PoliteGeocoder:
    """The product's geocoder, on that server."""
    return PoliteGeocoder(bare, pace=unpaced())


def answer_to(reply: Reply, text: str = "12 rue des Tilleuls") -> Answer:
    """What the product reads in a reply."""
    with fault_server() as server, geocoder_at(server.address) as bare:
        server.will(reply)
        return PoliteGeocoder(bare, pace=unpaced()).ask(Question(text))


class TestGeopyGeocoder:
    """The geocoder used alone, as any of geopy's."""

    def test_asks_the_service_that_replaced_the_closed_one(self) -> None:
        """The default address is the Géoplateforme's, over https."""
        with Geoplateforme(fetch) as geocoder:
            assert geocoder.geocode_api == "https://data.geopf.fr/geocodage/search"
            assert geocoder.reverse_api == "https://data.geopf.fr/geocodage/reverse"

    def test_asks_any_addok_server_under_any_base_path(self, server: FaultServer) -> None:
        """A base path and a final slash lead to the same two addresses."""
        with geocoder_at(f"{server.address}/ban/v1/") as geocoder:
            geocoder.geocode("Stains", timeout=5)
            geocoder.reverse((48.95, 2.38), timeout=5)
        assert [request.path for request in server.received] == [
            "/ban/v1/search",
            "/ban/v1/reverse",
        ]

    @pytest.mark.parametrize("address", ["127.0.0.1:7878", "file:///etc/hosts", "http://", ""])
    def test_an_address_of_another_kind_is_refused_at_once(self, address: str) -> None:
        """The sentence shows the address and the expected form."""
        with pytest.raises(exc.ConfigurationError, match=re.escape("http(s)://serveur/chemin")):
            Geoplateforme.at(address, fetch)

    def test_sends_the_text_and_nothing_that_was_not_asked(
        self, server: FaultServer, bare: Geoplateforme
    ) -> None:
        """Accents, signs and quotes arrive as they were typed; unused filters are not sent."""
        text = "4 bis, place de l’Œuf & Cie – Île-d’Yeu 100 %"
        bare.geocode(text)
        assert server.received[0].params == {"q": [text]}
        assert server.received[0].headers["User-Agent"] == USER_AGENT

    def test_sends_the_filters_of_the_service(
        self, server: FaultServer, bare: Geoplateforme
    ) -> None:
        """Each filter travels under the service's own name."""
        bare.geocode("Stains", limit=3, postcode="93240", citycode="93072", type="municipality")
        assert server.received[0].params == {
            "q": ["Stains"],
            "limit": ["3"],
            "postcode": ["93240"],
            "citycode": ["93072"],
            "type": ["municipality"],
        }

    def test_takes_an_address_in_parts(self, server: FaultServer, bare: Geoplateforme) -> None:
        """As geopy's Nominatim does; an option wins over the part of the same name."""
        parts = {"housenumber": "12", "street": "rue X", "city": "Stains", "postcode": "93000"}
        bare.geocode(parts, postcode="93240")
        assert server.received[0].params == {"q": ["12 rue X Stains"], "postcode": ["93240"]}

    def test_an_unknown_part_is_refused(self, server: FaultServer, bare: Geoplateforme) -> None:
        """Rather than left out in silence."""
        with pytest.raises(ValueError, match="county"):
            bare.geocode({"street": "rue X", "county": "93"})
        assert server.received == []

    def test_asks_for_many_in_one_request(self, server: FaultServer, bare: Geoplateforme) -> None:
        """The lines come back as the server wrote them, in their order."""
        server.will(GEOCODED)
        lines = bare.geocode_batch([{"q": 'rue "X"', "citycode": "93072"}, {"q": "rue Y"}])
        assert [line["result_label"] for line in lines] == ["12 Rue des Tilleuls 93240 Stains"] * 2
        (request,) = server.received
        assert request.path == "/search/csv"
        assert [row["q"] for row in request.rows] == ["rue X", "rue Y"]
        assert [row["citycode"] for row in request.rows] == ["93072", ""]

    def test_a_lone_surrogate_does_not_stop_the_request(
        self, server: FaultServer, bare: Geoplateforme
    ) -> None:
        """JSON can carry a character that UTF-8 cannot: it is sent as a question mark."""
        bare.geocode("rue \ud800")
        assert server.received[0].params["q"] == ["rue ?"]

    def test_gives_one_location_or_all_with_their_raw_features(
        self, server: FaultServer, bare: Geoplateforme
    ) -> None:
        """As geopy does: the best alone by default, a list on demand."""
        features = [place("Rue A", lon=2.5, lat=48.5), place("Rue B")]
        server.will(found(*features))
        best = bare.geocode("rue")
        assert (best.address, best.latitude, best.longitude) == ("Rue A", 48.5, 2.5)
        assert [each.raw for each in bare.geocode("rue", exactly_one=False)] == features

    def test_gives_none_when_the_server_finds_nothing(
        self, server: FaultServer, bare: Geoplateforme
    ) -> None:
        """As geopy's geocoders do, one or all."""
        server.will(NOTHING)
        assert bare.geocode("zzz") is None
        assert bare.geocode("zzz", exactly_one=False) is None

    @pytest.mark.parametrize("point", [(48.95, 2.38), Point(48.95, 2.38)])
    def test_reverse_sends_numbers(
        self, server: FaultServer, bare: Geoplateforme, point: Any
    ) -> None:
        """A pair in geopy's order or a geopy point, without exponent nor useless decimals."""
        bare.reverse(point, limit=2)
        bare.reverse((0.00000123, -61.123456789))
        assert server.received[0].params == {
            "lat": ["48.950000"],
            "lon": ["2.380000"],
            "limit": ["2"],
        }
        assert server.received[1].params == {"lat": ["0.000001"], "lon": ["-61.123457"]}

    @pytest.mark.parametrize("text", ["48.95, 2.38", "12", ("48.95", "2.38"), "1 " * 50_000])
    def test_reverse_refuses_a_text_without_reading_it(
        self, server: FaultServer, bare: Geoplateforme, text: Any
    ) -> None:
        """The pattern of geopy for coordinates never sees what a visitor wrote."""
        with pytest.raises(TypeError, match="number"):
            bare.reverse(text)
        assert server.received == []

    @pytest.mark.parametrize("point", [(91, 2), (48, 181), (float("nan"), 2)])
    def test_reverse_refuses_what_is_not_on_the_earth(
        self, server: FaultServer, bare: Geoplateforme, point: tuple[float, float]
    ) -> None:
        """Rather than normalise a longitude as geopy does."""
        with pytest.raises(PositionError):
            bare.reverse(point)
        assert server.received == []

    @pytest.mark.parametrize("reply", [BROKEN, BUSY], ids=["broken", "busy"])
    def test_one_call_is_one_request(
        self, server: FaultServer, bare: Geoplateforme, reply: Reply
    ) -> None:
        """No repeat hides in the HTTP client, which would also sleep for the server's 5 s."""
        server.will(reply)
        start = time.perf_counter()
        with pytest.raises(exc.GeocoderServiceError):
            bare.geocode("Stains")
        assert len(server.received) == 1
        assert time.perf_counter() - start < 4


class TestCandidates:
    """What the product reads in a good answer."""

    def test_says_who_answered(self, server: FaultServer, polite: PoliteGeocoder) -> None:
        """It sends the product's filters under the service's names, and names the server."""
        answer = polite.ask(Question("Stains", insee_code="93072", postcode="93240"))
        assert answer.provider == server.domain
        assert PoliteGeocoder(Geoplateforme(fetch), pace=unpaced()).provider == "geoplateforme"
        assert server.received[0].params == {
            "q": ["Stains"],
            "limit": ["5"],
            "citycode": ["93072"],
            "postcode": ["93240"],
        }

    def test_keeps_what_the_server_says(self, server: FaultServer, polite: PoliteGeocoder) -> None:
        """Type, commune, postcode and score are the evidence on which others decide."""
        server.will(found(place("12 Rue des Tilleuls 93240 Stains", lon=2.38, lat=48.95)))
        (candidate,) = polite.ask(Question("12 r tilleuls", kind="housenumber")).candidates
        assert candidate.position == Position(2.38, 48.95, Precision.ADDRESS, 20)
        assert candidate.label == "12 Rue des Tilleuls 93240 Stains"
        assert (candidate.kind, candidate.score) == ("housenumber", 0.93)
        assert (candidate.insee_code, candidate.postcode) == ("93072", "93240")
        assert candidate.city == "Stains"
        assert server.received[0].params["type"] == ["housenumber"]

    @pytest.mark.parametrize(
        ("kind", "precision", "radius_m"),
        [
            ("housenumber", Precision.ADDRESS, 20),
            ("street", Precision.STREET, 200),
            ("locality", Precision.PLACE, 400),
            ("municipality", Precision.COMMUNE, 0),
            ("volcano", Precision.NONE, 0),
        ],
    )
    def test_each_type_has_its_precision(
        self, kind: str, precision: Precision, radius_m: float
    ) -> None:
        """The radius of a commune is not known here, and an unknown type is never pinned."""
        (candidate,) = answer_to(found(place(type=kind))).candidates
        assert candidate.position.precision is precision
        assert candidate.position.radius_m == radius_m
        assert candidate.kind == kind

    def test_a_text_without_sense_still_has_its_candidate(self) -> None:
        """The score sorts; refusing it is the business of the acceptance policy."""
        (candidate,) = answer_to(found(place("Rue de Rivoli", score=0.18)), "zzz 99999").candidates
        assert candidate.score == 0.18

    def test_candidates_stay_in_the_order_of_the_server(self) -> None:
        """The best first, rivals after."""
        reply = found(place("A", score=0.9), place("B", score=0.8), place("C", score=0.3))
        assert [each.label for each in answer_to(reply).candidates] == ["A", "B", "C"]

    def test_no_candidate_is_an_answer(self) -> None:
        """Nothing found is not a failure."""
        assert answer_to(NOTHING).candidates == ()

    @pytest.mark.parametrize("score", [None, "0.9", [0.9], -1, 7, float("nan"), 10**400])
    def test_a_score_without_sense_counts_for_nothing(self, score: Any) -> None:
        """It goes to review like a low one."""
        (candidate,) = answer_to(found(place(score=score))).candidates
        assert candidate.score == 0

    def test_what_the_server_does_not_say_stays_unknown(self) -> None:
        """A list of postcodes or no commune at all are not made into a text."""
        reply = found(place(postcode=["93240", "93241"], citycode=None, city=7, type=None))
        (candidate,) = answer_to(reply).candidates
        assert (candidate.insee_code, candidate.postcode, candidate.city) == (None, None, None)
        assert candidate.position.precision is Precision.NONE

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_stay_plain_texts(
        self, server: FaultServer, polite: PoliteGeocoder, text: str
    ) -> None:
        """Sent and received as they are: whoever shows them escapes them."""
        server.will(found(place(text, city=text)))
        (candidate,) = polite.ask(Question(text)).candidates
        assert (candidate.label, candidate.city) == (text, text)
        assert server.received[0].params["q"] == [text]

    def test_reverse_gives_the_nearest_addresses(
        self, server: FaultServer, polite: PoliteGeocoder
    ) -> None:
        """A position in, candidates out."""
        answer = polite.reverse(Position(2.38, 48.95), limit=1)
        assert answer.candidates[0].city == "Stains"
        assert server.received[0].path == "/reverse"
        assert server.received[0].params == {
            "lat": ["48.950000"],
            "lon": ["2.380000"],
            "limit": ["1"],
        }

    def test_any_text_arrives_unharmed(self) -> None:
        """Whatever is typed is what the server is asked."""
        with fault_server() as server, geocoder_at(server.address) as bare:
            polite = PoliteGeocoder(bare, pace=unpaced())

            @examples(50)
            @given(st.text(max_size=MAX_TEXT))
            def ask(text: str) -> None:
                polite.ask(Question(text))
                assert server.received[-1].params["q"] == [text]

            ask()


#: Each fault, the error it becomes, and the words of its sentence.
FAULTS = [
    pytest.param(BUSY, GeocoderBusy, "réessayez dans 5\u00a0s", id="busy"),
    pytest.param(
        as_json({}, 429), GeocoderBusy, "réessayez dans quelques secondes", id="busy for how long?"
    ),
    pytest.param(
        as_json({}, 429, Retry_After="Fri, 31 Dec 99999 23:59:59 GMT"),
        GeocodingError,
        "plus tard",
        id="busy until an impossible year",
    ),
    pytest.param(BROKEN, GeocoderUnavailable, "en panne (réponse 500)", id="broken"),
    pytest.param(as_json({}, 502), GeocoderUnavailable, "hors ligne", id="bad gateway"),
    pytest.param(as_json({}, 503), GeocoderUnavailable, "en panne (réponse 503)", id="closed"),
    pytest.param(
        as_json({}, 302, Location="/"), GeocoderGarbled, "renvoie ailleurs", id="another server"
    ),
    pytest.param(BAD_REQUEST, GeocoderRefused, "vérifiez le texte", id="bad request"),
    pytest.param(as_json({}, 403), GeocoderRefused, "réglages", id="forbidden"),
    pytest.param(as_json({}, 404), GeocoderRefused, "réponse 404", id="wrong address"),
    pytest.param(HTML, GeocoderGarbled, "illisible", id="captive portal"),
    pytest.param(TRUNCATED, GeocoderGarbled, "illisible", id="truncated"),
    pytest.param(HUNG_UP, GeocoderGarbled, "illisible", id="hung up"),
    pytest.param(NO_FEATURES, GeocoderGarbled, "illisible", id="other service"),
    pytest.param(BOTTOMLESS, GeocoderGarbled, "illisible", id="nested without end"),
    pytest.param(Reply(b""), GeocoderGarbled, "illisible", id="empty"),
]

#: Features that are not the BAN's.
MALFORMED = [
    place(label=None),
    place(label={"fr": "Stains"}),
    place(lon=None),
    place(lat=None),
    place(lon=200),
    place(lat=91),
    place(lon=float("nan")),
    place(lon=10**400),
    place() | {"geometry": None},
    place() | {"geometry": {"type": "Point", "coordinates": [2.38]}},
    place() | {"geometry": {"type": "Point", "coordinates": ["2.38", "48.95"]}},
    place() | {"geometry": {"type": "LineString", "coordinates": [[2, 48], [3, 49]]}},
    place() | {"properties": []},
    "feature",
    None,
]


class TestFaults:
    """Each way of failing becomes one error, in a French sentence that says what to do."""

    @pytest.mark.parametrize(("reply", "error", "words"), FAULTS)
    def test_each_fault_has_its_error(
        self,
        server: FaultServer,
        polite: PoliteGeocoder,
        reply: Reply,
        error: type[GeocodingError],
        words: str,
    ) -> None:
        """What, where and what to do, in one sentence, after a single request."""
        server.will(reply)
        with pytest.raises(error) as caught:
            polite.ask(Question("12 rue des Tilleuls"))
        sentence = str(caught.value)
        assert words in sentence
        assert server.domain in sentence
        assert sentence.endswith(".")
        assert "\u00a0: " in sentence
        assert "Tilleuls" not in sentence
        assert len(server.received) == 1

    def test_a_slow_server_is_given_up(self, server: FaultServer, bare: Geoplateforme) -> None:
        """After the time-out of the product, not geopy's, and without asking again."""
        server.will(slow(30))
        start = time.perf_counter()
        with pytest.raises(GeocoderUnavailable, match="n’a pas répondu en 0,2\u00a0s"):
            PoliteGeocoder(bare, timeout_s=0.2, pace=unpaced()).ask(Question("Stains"))
        assert 0.2 <= time.perf_counter() - start < 4
        assert len(server.received) == 1

    def test_a_refused_connection_is_an_unreachable_server(self) -> None:
        """Nobody listens there."""
        with (
            refusing_domain() as domain,
            geocoder_at(f"http://{domain}") as bare,
            pytest.raises(GeocoderUnavailable, match=f"{domain} est injoignable"),
        ):
            PoliteGeocoder(bare, pace=unpaced()).ask(Question("Stains"))

    def test_a_password_in_the_address_is_not_repeated(self) -> None:
        """The sentence names the host alone."""
        with (
            refusing_domain() as domain,
            geocoder_at(f"http://editor:secret@{domain}/ban") as bare,
            pytest.raises(GeocoderUnavailable) as caught,
        ):
            PoliteGeocoder(bare, pace=unpaced()).ask(Question("Stains"))
        assert domain in str(caught.value)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("retry_after_s", [5, None])
    def test_a_busy_server_says_for_how_long(self, retry_after_s: int | None) -> None:
        """The wait is a number for whoever retries, and survives another process."""
        headers = {} if retry_after_s is None else {"Retry_After": str(retry_after_s)}
        with pytest.raises(GeocoderBusy) as caught:
            answer_to(as_json({}, 429, **headers))
        assert caught.value.retry_after_s == retry_after_s
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.retry_after_s) == (str(caught.value), retry_after_s)

    @pytest.mark.parametrize("feature", MALFORMED)
    def test_a_feature_of_another_shape_is_never_read_as_a_place(self, feature: Any) -> None:
        """No null island, no wrapped longitude, no half-read answer."""
        with pytest.raises(GeocoderGarbled):
            answer_to(found(place(), feature))

    @pytest.mark.parametrize("value", [None, 3, "features", [], {}, {"features": {}}])
    def test_json_of_another_shape_is_not_an_empty_answer(self, value: Any) -> None:
        """Where geopy would say that nothing was found."""
        with pytest.raises(GeocoderGarbled):
            answer_to(as_json(value))

    def test_a_text_too_long_is_refused_without_asking(
        self, server: FaultServer, polite: PoliteGeocoder
    ) -> None:
        """A megabyte cell must not look like a server's breakdown."""
        polite.ask(Question("é" * MAX_TEXT))
        with pytest.raises(GeocoderRefused, match="200 au plus"):
            polite.ask(Question("é" * 1_000_000))
        assert len(server.received) == 1

    def test_the_server_answers_again_after_its_faults(
        self, server: FaultServer, polite: PoliteGeocoder
    ) -> None:
        """A failure leaves nothing behind."""
        server.will(BUSY, TRUNCATED, found(place()))
        for error in (GeocoderBusy, GeocoderGarbled):
            with pytest.raises(error):
                polite.ask(Question("Stains"))
        assert len(polite.ask(Question("Stains")).candidates) == 1

    def test_any_json_is_an_answer_or_a_garbled_one(self) -> None:
        """Whatever a server invents, nothing else than our errors comes out."""
        leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
        value = st.recursive(leaf, lambda some: st.lists(some) | st.dictionaries(st.text(), some))
        feature = st.fixed_dictionaries(
            {
                "geometry": value | st.fixed_dictionaries({"coordinates": st.lists(leaf)}),
                "properties": value | st.fixed_dictionaries({"label": leaf, "type": value}),
            }
        )
        collection = st.fixed_dictionaries({"features": st.lists(value | feature, max_size=2)})
        with fault_server() as server, geocoder_at(server.address) as bare:
            polite = PoliteGeocoder(bare, pace=unpaced())

            @examples(100)
            @given(value | collection)
            def ask(invented: Any) -> None:
                server.will(as_json(invented))
                try:
                    answer = polite.ask(Question("Stains"))
                except GeocoderGarbled:
                    return
                assert all(isinstance(each.label, str) for each in answer.candidates)

            ask()


class TestPace:
    """The server is asked no faster than said, whoever asks."""

    def test_threads_share_one_pace(self, server: FaultServer, bare: Geoplateforme) -> None:
        """At any moment since the start, no more requests than the rate allows plus the first.

        Only lower bounds on times: a loaded machine can delay requests, which harms nothing.
        """
        per_second = 40.0
        polite = PoliteGeocoder(bare, pace=Pace(per_second))
        calls: list[Callable[[], Answer]] = [
            partial(polite.ask, Question("Stains")),
            partial(polite.reverse, Position(2.38, 48.95)),
        ] * 8
        start = time.perf_counter()
        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = list(pool.map(lambda call: call(), calls))
        arrivals = sorted(request.at_s - start for request in server.received)
        assert len(arrivals) == len(answers) == len(calls)
        for before, arrival in enumerate(arrivals):
            assert before <= arrival * per_second

    def test_a_failed_request_counts_too(self, server: FaultServer, bare: Geoplateforme) -> None:
        """A server in trouble is not asked faster than a sound one."""
        per_second = 20.0
        polite = PoliteGeocoder(bare, pace=Pace(per_second))
        server.will(BROKEN)
        start = time.perf_counter()
        for _ in range(5):
            with pytest.raises(GeocoderUnavailable):
                polite.ask(Question("Stains"))
        assert (server.received[-1].at_s - start) * per_second >= 4
