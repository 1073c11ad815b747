"""The outgoing door: whom it asks, how long it waits, how much it reads, what it says of us."""

from __future__ import annotations

import gzip
import io
import resource
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from fault_server import refusing_domain
from rude_server import (
    BROKEN,
    ELSEWHERE,
    GOOD,
    LARGE,
    SLOW,
    RudeServer,
    packed,
    redirects_to,
    rude_server,
    says,
    silent,
)

from mapapp.errors import BadInput
from mapapp.outgoing import addresses
from mapapp.outgoing.addresses import is_public, read_target, resolve
from mapapp.outgoing.deadline import Deadline
from mapapp.outgoing.faults import Forbidden, Garbled, OutgoingFault, TooMuch, TooSlow, Unreachable
from mapapp.outgoing.fetching import USER_AGENT, Answer, fetch, stream_to

PUBLIC = "93.184.215.14"

#: Long enough for any sound answer on a busy machine.
PATIENT_S = 20.0


def asked(
    server: RudeServer, path: str = "/", deadline_s: float = PATIENT_S, **options: Any
) -> Answer:
    """The answer of a server that the operator named, 2 MB at most."""
    return fetch(
        server.address + path,
        deadline_s=deadline_s,
        most_bytes=2_000_000,
        named=(server.address,),
        **options,
    )


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the names of hosts resolve to; the others are as the system says."""
    known: dict[str, list[str]] = {}
    system = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **options: Any) -> Any:
        found = [system(ip, port, **options)[0] for ip in known.get(host, ())]
        return found or system(host, port, **options)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    return known


class TestWhoIsAsked:
    """Servers of the Internet; of one's own networks, those alone that the operator named."""

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1 127.8.9.1 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254",
            "100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1",
            "224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255",
            ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 fe80::1 fe80::1%1 fec0::1 fc00::1",
            "fd12::1 ff02::1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1::1",
            "2002:808:808::1 2001::1 2001:db8::1 2001:10::1 3fff::1 100::1 4000::1",
            "localhost 127.1 0x7f000001 2130706433 017700000001",
        ],
    )
    def test_no_address_of_a_network_of_ones_own_is_public(self, address: str) -> None:
        """Nor one that leads to IPv4 by another way, nor what is no plain address."""
        assert [one for one in address.split() if is_public(one)] == []

    @pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1"])
    def test_an_address_of_the_internet_is_public(self, address: str) -> None:
        """IPv4 or IPv6."""
        assert is_public(address)

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "ftp://a.example/",
            "gopher://a.example/",
            "//a.example/",
            "a.example",
            "",
            "http://",
            "http:///x",
            "http://a b/",
            "http://a..b/",
            f"http://{'a' * 64}/",
            "http://a.example:0x50/",
            "http://a.example:99999/",
            "http://[::1/",
            "http://[::1%25eth0]/",
            "http://user:secret@a.example/",
        ],
    )
    def test_what_is_no_address_of_the_web_is_not_asked(self, url: str) -> None:
        """And the sentence repeats no password."""
        with pytest.raises(Forbidden) as caught:
            fetch(url, deadline_s=1, most_bytes=1)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"],
    )
    def test_this_machine_is_not_asked_under_any_name(self, host: str) -> None:
        """Written otherwise, it is the same; nothing is sent."""
        with rude_server(says(body=GOOD)) as server:
            with pytest.raises(Forbidden, match="réseau privé"):
                fetch(f"http://{host}:{server.port}/", deadline_s=PATIENT_S, most_bytes=9)
            assert server.received == []

    def test_a_name_that_leads_home_is_not_asked(self, names: dict[str, list[str]]) -> None:
        """Were it one address among several of the Internet."""
        names["piege.example"] = [PUBLIC, "127.0.0.1"]
        with pytest.raises(Forbidden):
            fetch("http://piege.example/", deadline_s=PATIENT_S, most_bytes=9)

    def test_the_address_that_was_checked_is_the_one_that_is_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name is resolved once: another answer a moment later changes nothing."""
        answers = [PUBLIC, "127.0.0.1"]
        system = socket.getaddrinfo
        tried: list[Any] = []
        monkeypatch.setattr(
            addresses.socket,
            "getaddrinfo",
            lambda _host, port, **options: system(answers.pop(0), port, **options),
        )

        def connect(_socket: socket.socket, place: Any) -> None:
            tried.append(place)
            raise ConnectionRefusedError

        with monkeypatch.context() as patched:
            patched.setattr(socket.socket, "connect", connect)
            with pytest.raises(Unreachable):
                fetch("http://piege.example/", deadline_s=PATIENT_S, most_bytes=9)
        assert tried == [(PUBLIC, 80)]
        assert answers == ["127.0.0.1"]

    def test_a_named_server_may_be_at_home_on_its_port_alone(self) -> None:
        """The operator named a server, not a machine."""
        with rude_server(says(body=GOOD)) as server, rude_server(says(body=GOOD)) as other:
            assert asked(server).body == GOOD
            with pytest.raises(Forbidden):
                fetch(other.address, deadline_s=1, most_bytes=9, named=(server.address,))
            assert other.received == []

    def test_a_password_of_the_operator_is_sent_to_its_server_alone(self) -> None:
        """As HTTP does it; a redirection leaves it behind."""
        with rude_server(says(body=GOOD)) as other, rude_server(silent) as rude:
            named = other.address.replace("//", "//editeur:secret@")
            fetch(named, deadline_s=PATIENT_S, most_bytes=99, named=(named,))
            assert b"\r\nAuthorization: Basic ZWRpdGV1cjpzZWNyZXQ=\r\n" in other.received[0]
            with rude_server(redirects_to(f"{other.address}/x")) as server:
                named = server.address.replace("//", "//editeur:secret@")
                fetch(
                    named,
                    deadline_s=PATIENT_S,
                    most_bytes=99,
                    named=(named, other.address),
                    redirects=1,
                )
            assert b"Authorization" not in other.received[1]
            assert rude.received == []


class TestRedirections:
    """An answer like others; followed only where that was asked, each under the same rules."""

    @pytest.mark.parametrize("kind", ELSEWHERE)
    def test_none_is_followed_unless_asked(self, kind: str) -> None:
        """What was typed goes nowhere else."""
        with rude_server(ELSEWHERE[kind]) as server:
            assert asked(server, "/?q=12+rue+des+Tilleuls").status in (302, 307)
            assert len(server.received) == 1

    @pytest.mark.parametrize("kind", ELSEWHERE)
    def test_none_leads_home(self, kind: str, names: dict[str, list[str]]) -> None:
        """Though redirections are followed, and the first server is one's own."""
        names["pirate.example"] = ["10.0.0.1"]
        with rude_server(ELSEWHERE[kind]) as server, pytest.raises(Forbidden):
            asked(server, redirects=5)

    def test_one_of_the_same_server_is_followed(self) -> None:
        """A path of its own, accents included."""
        first = redirects_to("/é?q=à")

        def manners(connection: socket.socket, stop: threading.Event) -> None:
            (first if len(server.received) == 1 else says(body=GOOD))(connection, stop)

        with rude_server(manners) as server:
            answer = asked(server, "/x/y", redirects=1)
            assert (answer.status, answer.body) == (200, GOOD)
            assert answer.url == f"{server.address}/%C3%A9?q=%C3%A0"
            assert server.received[1].startswith(b"GET /%C3%A9?q=%C3%A0 HTTP/1.1\r\n")

    def test_those_without_end_are_left(self) -> None:
        """After as many as were allowed."""
        with rude_server(redirects_to("/")) as server:
            with pytest.raises(Garbled, match="sans fin"):
                asked(server, redirects=3)
            assert len(server.received) == 4

    def test_a_form_is_not_sent_elsewhere(self) -> None:
        """What is posted stays where it was posted."""
        with rude_server(redirects_to("/")) as server:
            assert asked(server, method="POST", body=b"x", redirects=3).status == 302


class TestTheDeadline:
    """One for all of a request, whatever comes meanwhile."""

    @pytest.mark.parametrize("kind", SLOW)
    def test_a_slow_server_is_left_at_the_deadline(self, kind: str) -> None:
        """A byte now and then buys no time."""
        with rude_server(SLOW[kind]) as server:
            start = time.monotonic()
            with pytest.raises(TooSlow, match="en 0,5\u00a0s") as caught:
                asked(server, "/?q=Tilleuls", deadline_s=0.5)
            assert 0.45 <= time.monotonic() - start < 3
            assert "Tilleuls" not in str(caught.value)

    def test_a_tls_greeting_without_echo_is_left(self) -> None:
        """The handshake is within the deadline."""
        with rude_server(silent, reads=False) as server:
            address = server.address.replace("http:", "https:")
            start = time.monotonic()
            with pytest.raises(TooSlow):
                fetch(address, deadline_s=0.5, most_bytes=9, named=(address,))
            assert time.monotonic() - start < 3

    def test_a_server_without_a_certificate_is_not_spoken_to(self) -> None:
        """It answers HTTP where TLS is due."""
        with rude_server(says(body=GOOD), reads=False) as server:
            address = server.address.replace("http:", "https:")
            with pytest.raises(Unreachable):
                fetch(address, deadline_s=PATIENT_S, most_bytes=9, named=(address,))

    def test_a_resolver_that_does_not_answer_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system's look-up cannot be interrupted: its thread is left behind, few at a time."""
        released = threading.Event()
        waiting = threading.BoundedSemaphore(2)
        monkeypatch.setattr(addresses, "_RESOLVING", waiting)
        monkeypatch.setattr(
            addresses.socket, "getaddrinfo", lambda *_, **__: released.wait(30) and []
        )
        before = threading.active_count()
        for _ in range(4):
            start = time.monotonic()
            with pytest.raises(TooSlow):
                fetch("http://lent.example/", deadline_s=0.2, most_bytes=9)
            assert time.monotonic() - start < 3
        assert threading.active_count() - before <= 2
        released.set()

    def test_nothing_is_left_behind(self) -> None:
        """No thread, no descriptor, whatever the outcome."""

        def held() -> int:
            return threading.active_count()

        with rude_server(SLOW["body byte by byte"]) as server, pytest.raises(TooSlow):
            asked(server, deadline_s=0.2)
        with rude_server(says(body=GOOD)) as server:
            asked(server)
            before = held()
            for _ in range(20):
                asked(server)
            assert held() <= before + 1


class TestHowMuchIsRead:
    """What was allowed, counted as it is once unpacked."""

    @pytest.mark.parametrize("kind", LARGE)
    def test_500_megabytes_are_left_at_two(self, kind: str) -> None:
        """Little more than what is kept is ever in memory."""
        with rude_server(LARGE[kind]) as server:
            tracemalloc.start()
            try:
                with pytest.raises(TooMuch, match="dépasse 2\u00a0Mo"):
                    asked(server)
                # The server's own blocks, and its bomb, are in the same process.
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert peak < 20_000_000

    def test_a_packed_body_is_unpacked(self) -> None:
        """Which is asked for."""
        with rude_server(packed(gzip.compress(GOOD))) as server:
            assert asked(server).body == GOOD
            assert b"\r\nAccept-Encoding: gzip\r\n" in server.received[0]

    @pytest.mark.parametrize("kind", BROKEN)
    def test_a_cut_answer_is_no_answer(self, kind: str) -> None:
        """Nor is what is no HTTP."""
        with rude_server(BROKEN[kind]) as server, pytest.raises(Garbled, match="illisible"):
            asked(server)

    def test_a_file_gets_the_body_as_it_comes(self) -> None:
        """Of a good answer; the body of another one is not read."""
        file = io.BytesIO()
        with rude_server(says("ETag: x", body=b"x" * 300_000)) as server:
            told = {"deadline_s": PATIENT_S, "named": (server.address,)}
            answer = stream_to(file, server.address, most_bytes=300_000, **told)  # type: ignore[arg-type]
            assert (answer.status, answer.headers["etag"], answer.body) == (200, "x", b"")
            assert file.getvalue() == b"x" * 300_000
            with pytest.raises(TooMuch):
                stream_to(io.BytesIO(), server.address, most_bytes=299_999, **told)  # type: ignore[arg-type]
        file = io.BytesIO()
        with rude_server(says(body=GOOD, status="404 Not Found")) as server:
            answer = stream_to(
                file, server.address, deadline_s=9, most_bytes=9, named=(server.address,)
            )
        assert (answer.status, file.getvalue()) == (404, b"")

    def test_a_full_disk_is_no_fault_of_the_server(self) -> None:
        """It is told as it is."""

        class Full(io.BytesIO):
            def write(self, _bytes: Any) -> int:
                raise OSError(28, "No space left on device")

        with rude_server(says(body=GOOD)) as server, pytest.raises(OSError, match="space") as told:
            stream_to(Full(), server.address, deadline_s=9, most_bytes=99, named=(server.address,))
        assert not isinstance(told.value, OutgoingFault)


class TestWhatIsSaid:
    """Nothing of who asks us."""

    def test_every_request_says_the_same_of_us(self) -> None:
        """The name and version of mapapp; no cookie that a server gave is given back."""
        with rude_server(says("Set-Cookie: a=b; Path=/", body=GOOD)) as server:
            for _ in range(2):
                asked(server, "/x?q=1", headers={"Accept": "application/json"})
            assert server.received[0] == server.received[1]
            lines = server.received[0].decode().split("\r\n")
        assert lines[0] == "GET /x?q=1 HTTP/1.1"
        assert sorted(lines[1:-2]) == [
            "Accept-Encoding: gzip",
            "Accept: application/json",
            "Connection: close",
            f"Host: 127.0.0.1:{server.port}",
            f"User-Agent: {USER_AGENT}",
        ]

    @pytest.mark.parametrize("name", ["Cookie", "Referer", "X-Forwarded-For", "User-Agent", "Host"])
    def test_nothing_of_a_visitor_can_be_passed_on(self, name: str) -> None:
        """A mistake of ours, found by the first test that makes it."""
        with pytest.raises(TypeError, match=name.lower()):
            fetch("http://a.example", deadline_s=1, most_bytes=1, headers={name: "x"})

    def test_what_is_held_already_is_not_sent_again(self) -> None:
        """The tag goes, 304 comes back."""
        with rude_server(says(status="304 Not Modified")) as server:
            answer = asked(server, headers={"If-None-Match": '"x"'})
            assert (answer.status, answer.body) == (304, b"")
            assert b'\r\nIf-None-Match: "x"\r\n' in server.received[0]


class TestTheOperatorsProxy:
    """Only the one of the settings; those of the environment, which nobody chose, are not read."""

    @pytest.fixture
    def proxy(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[RudeServer]:
        """A proxy that answers by itself."""
        with rude_server(says(body=GOOD)) as server:
            address = server.address.replace("//", "//moi:secret@")
            monkeypatch.setenv("MAPAPP_OUTGOING_PROXY", address)
            yield server

    def test_the_internet_is_asked_through_it(
        self, proxy: RudeServer, names: dict[str, list[str]]
    ) -> None:
        """A name that is known here or not."""
        names["ban.example"] = [PUBLIC]
        for host in ("ban.example", "inconnu.invalid"):
            answer = fetch(f"http://{host}/x?q=1", deadline_s=PATIENT_S, most_bytes=99)
            assert answer.body == GOOD
            head = proxy.received.pop()
            assert head.startswith(f"GET http://{host}/x?q=1 HTTP/1.1\r\nHost: {host}\r\n".encode())
            assert b"\r\nProxy-Authorization: Basic bW9pOnNlY3JldA==\r\n" in head

    def test_a_secure_server_is_reached_by_a_tunnel(
        self, proxy: RudeServer, names: dict[str, list[str]]
    ) -> None:
        """The proxy learns its name; what answers there must prove to be it."""
        names["ban.example"] = [PUBLIC]
        with pytest.raises(Unreachable):
            fetch("https://ban.example/secret", deadline_s=PATIENT_S, most_bytes=99)
        assert proxy.received[0].startswith(b"CONNECT ban.example:443 HTTP/1.1\r\n")
        assert b"/secret" not in proxy.received[0]

    def test_a_server_at_home_is_asked_straight(self, proxy: RudeServer) -> None:
        """The operator's own geocoder is not behind the company's proxy."""
        with rude_server(says(body=GOOD)) as server:
            assert asked(server).body == GOOD
            assert len(server.received) == 1
        with pytest.raises(Forbidden):
            fetch(server.address, deadline_s=1, most_bytes=9)
        assert proxy.received == []

    def test_that_of_the_environment_is_not_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither for servers that are named nor for others."""
        with rude_server(says(body=GOOD)) as proxy, rude_server(says(body=GOOD)) as server:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.address)
            asked(server)
            assert proxy.received == []

    @pytest.mark.parametrize("address", ["https://a.example", "a.example:3128", "socks5://a"])
    def test_one_that_cannot_be_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        """The sentence names the setting."""
        monkeypatch.setenv("MAPAPP_OUTGOING_PROXY", address)
        with pytest.raises(BadInput, match="MAPAPP_OUTGOING_PROXY"):
            fetch("http://a.example/", deadline_s=1, most_bytes=1)


def test_faults_are_told_apart_by_who_knows_no_more_than_python() -> None:
    """``geo`` does not import this package."""
    assert issubclass(TooSlow, TimeoutError)
    assert issubclass(Unreachable, OSError)
    assert issubclass(Forbidden, OSError)
    assert issubclass(TooMuch, ValueError)
    assert issubclass(Garbled, ValueError)


def test_nobody_listening_and_no_such_name_are_unreachable() -> None:
    """Each with its sentence."""
    with refusing_domain() as domain, pytest.raises(Unreachable, match="injoignable"):
        fetch(f"http://{domain}", deadline_s=9, most_bytes=9, named=(f"http://{domain}",))
    with pytest.raises(Unreachable, match="Aucun serveur ne se nomme"):
        resolve(read_target("http://inconnu.invalid/"), Deadline(PATIENT_S))


def test_descriptors_are_closed() -> None:
    """Many requests, good and bad, by a process that may open few files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 200), hard))
    try:
        with rude_server(says(body=GOOD)) as good, rude_server(BROKEN["no HTTP"]) as bad:
            for _ in range(150):
                assert asked(good).body == GOOD
                with pytest.raises(Garbled):
                    asked(bad)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
