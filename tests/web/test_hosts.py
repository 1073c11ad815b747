"""Which hosts are answered: those that the operator names, and this machine to itself."""

from __future__ import annotations

import os
import socket

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from mapapp import create_app
from mapapp.cli import main
from mapapp.cli.listening import listening_on
from mapapp.errors import BadInput
from mapapp.web.headers import HEADERS
from mapapp.web.hosts import Host, read_host, require_public_url, served_hosts

#: Pages, API, files, a record that is not there, a path that the router mends, a shared answer.
ROUTES = (
    "/",
    "/initiatives/la-coursive-boutaric",
    "/api/v1/initiatives",
    "/api/v1/nulle-part",
    "/static/css/mapapp.css",
    "/nulle-part",
    "/qpv//QN08604M",
    "/oembed?url=http://pirate.example/",
    "/sitemap.xml",
    "/donnees/catalogue.jsonld",
    "/embed",
)

#: What has not the form of a host, or names one that nobody named.
NO_HOSTS = (
    "",
    " ",
    "a" * 64,
    f"{'a' * 64}.example",
    f"{'a.' * 130}example",
    "a..b",
    ".example",
    "localhost.",
    "-a.example",
    "a_b",
    "localhost:0",
    "localhost:65536",
    "localhost:80:80",
    "localhost:",
    "localhost:http",
    "user@localhost",
    "user:secret@localhost",
    "local host",
    "localhost,pirate.example",
    "localhost/",
    "localhost?x",
    "localhost#x",
    "localhost\\x",
    "localhost%00",
    "h\u00f4te.example",
    "\u217bocalhost".encode().decode("latin-1"),
    "[::1",
    "::1",
    "[::1]x",
    "[:::1]",
    "[gg::1]",
    "[::1%25lo]",
    "[1:2:3:4:5:6:7:8:9]",
    "http://localhost",
)
STRANGERS = ("pirate.example", "pirate.example:8000", "localhost.pirate.example", "10.0.0.7")


def asked(app: Flask, path: str, host: str | None, **environ: str) -> TestResponse:
    """The answer to a request whose ``Host`` is this one, sent as it is; None: without it."""
    builder = EnvironBuilder(path=path)
    there = builder.get_environ() | environ
    there.pop("HTTP_HOST", None)
    if host is not None:
        there["HTTP_HOST"] = host
    return TestResponse(*run_wsgi_app(app, there), request=builder.get_request())


def assert_refused(answer: TestResponse) -> None:
    """One French line that repeats nothing, with the headers of every answer, kept by nobody."""
    assert answer.status_code == 400
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.startswith("Hôte non servi ici")
    assert answer.text.count("\n") == 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("host", [*NO_HOSTS, *STRANGERS])
def test_another_host_is_refused_in_one_line(app: Flask, path: str, host: str) -> None:
    """Whatever is asked of it: a page, a file, an error or a redirection."""
    assert_refused(asked(app, path, host))


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_is_no_host_is_refused_even_of_the_health(app: Flask, host: str) -> None:
    """A balancer may ask by any name, but by a name."""
    assert_refused(asked(app, "/healthz", host))


@pytest.mark.parametrize("host", ["10.0.0.7:8000", "[2001:db8::1]", "balancer.example"])
def test_the_health_is_told_under_any_name(app: Flask, host: str) -> None:
    """Load balancers know an address alone, and no word of the answer depends on it."""
    answer = asked(app, "/healthz", host)
    assert answer.status_code == 200
    assert host not in answer.text


def test_a_request_without_a_host_is_refused(app: Flask) -> None:
    """HTTP/1.1 wants one; the old checks of HTTP/1.0 may ask for the health."""
    assert_refused(asked(app, "/", None))
    assert_refused(asked(app, "/", None, SERVER_PROTOCOL="HTTP/1.0"))
    assert_refused(asked(app, "/healthz", None))
    assert asked(app, "/healthz", None, SERVER_PROTOCOL="HTTP/1.0").status_code == 200


@pytest.mark.parametrize("line", ["http://pirate.example/", "http://localhost/", "pirate:80", "*"])
@pytest.mark.parametrize("told_in", ["RAW_URI", "REQUEST_URI"])
def test_an_address_in_place_of_a_path_is_refused(app: Flask, line: str, told_in: str) -> None:
    """A second host in the request line is one too many."""
    assert_refused(asked(app, "/", "localhost", **{told_in: line}))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8123", "127.0.0.1:1", "[::1]:8000"])
def test_this_machine_is_answered_when_it_asks_itself(app: Flask, host: str) -> None:
    """On any port; who asks from elsewhere calls it by its public name."""
    assert asked(app, "/", host).status_code == 200
    assert asked(app, "/", host, REMOTE_ADDR="").status_code == 200  # a Unix socket
    assert_refused(asked(app, "/", host, REMOTE_ADDR="192.0.2.7"))
    assert_refused(asked(app, "/", host, REMOTE_ADDR="fe80::7"))


@pytest.fixture(scope="module")
def public(engine: Engine) -> Flask:
    """The application under a public address, with two more hosts."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAPAPP_PUBLIC_URL", "https://carte.example")
        patched.setenv("MAPAPP_HOSTS", "ancienne.example; 10.0.0.7:8000, é.example")
        return create_app(engine)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("carte.example", 200),
        ("Carte.Example:443", 200),
        ("carte.example:8000", 200),  # some proxies pass their own port, or none
        ("ancienne.example", 200),
        ("10.0.0.7:8000", 200),
        ("10.0.0.7", 400),
        ("xn--9ca.example", 200),
        ("www.carte.example", 400),
        ("example", 400),
    ],
)
def test_the_public_host_and_those_listed_are_answered(
    public: Flask, host: str, status: int
) -> None:
    """Each whole: no name stands for those under it."""
    assert asked(public, "/", host, REMOTE_ADDR="192.0.2.7").status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/initiatives?theme=culture",
        "/api/v1/initiatives",
        "/oembed?url=https://carte.example/",
        "/sitemap.xml",
        "/initiatives.atom",
        "/donnees/catalogue.jsonld",
        "/api/v1/openapi.json",
        "/robots.txt",
    ],
)
def test_no_answer_holds_what_a_stranger_sent(public: Flask, path: str) -> None:
    """Neither the host that was asked, nor the ones forwarded: the public address alone."""
    sent = {
        "HTTP_X_FORWARDED_HOST": "pirate.example",
        "HTTP_X_FORWARDED_SERVER": "pirate.example",
        "HTTP_X_FORWARDED_PREFIX": "/pirate",
        "HTTP_X_FORWARDED_PROTO": "pirate",
        "HTTP_X_ORIGINAL_URL": "/pirate",
        "HTTP_FORWARDED": "host=pirate.example;proto=https",
        "HTTP_REFERER": "https://pirate.example/",
        "HTTP_ORIGIN": "https://pirate.example",
        "SCRIPT_NAME": "/pirate",
    }
    plain = asked(public, path, "carte.example")
    answer = asked(public, path, "ancienne.example:81", **sent)
    assert plain.status_code == answer.status_code == 200
    for response in (plain, answer):
        told = response.text + str(response.headers)
        assert "pirate" not in told
        assert "ancienne" not in told
        assert "localhost" not in told
    assert answer.data == plain.data
    assert answer.headers["ETag"] == plain.headers["ETag"]


def test_a_path_that_the_router_mends_is_told_without_a_host(public: Flask) -> None:
    """A permanent redirection is kept by browsers: it may not name where a stranger wanted it."""
    answer = asked(public, "/qpv//QN08604M", "ancienne.example")
    assert (answer.status_code, answer.location) == (308, "/qpv/QN08604M")
    assert "ancienne" not in answer.text


def test_only_a_public_address_is_told_to_caches(app: Flask, public: Flask) -> None:
    """Without one, links name the host that was asked: no shared cache may keep them."""
    there = asked(public, "/oembed?url=https://carte.example/", "carte.example")
    assert there.headers["Cache-Control"] == "public, max-age=86400"
    here = asked(app, "/oembed?url=http://localhost/", "localhost")
    assert here.headers["Cache-Control"] == "private, max-age=86400"


@pytest.mark.parametrize(
    "names", ["*", "*.example", ".example", "https://a.example", "a..b", "a:0"]
)
def test_a_list_that_cannot_be_is_refused(names: str) -> None:
    """Hosts are whole: a wildcard would take in names that others may hold."""
    with pytest.raises(BadInput, match="MAPAPP_HOSTS"):
        served_hosts("", names)


@pytest.mark.parametrize("address", ["https://a..b", "http://x:0", f"https://{'a' * 64}.fr"])
def test_a_public_address_without_a_possible_host_is_refused(address: str) -> None:
    """The operator reads it at the start, not each visitor."""
    with pytest.raises(BadInput, match="MAPAPP_PUBLIC_URL"):
        served_hosts(address, "")


def test_a_host_has_one_form() -> None:
    """Small letters, the shortest IPv6 address."""
    assert read_host("[2001:DB8:0:0::1]:8000") == Host("[2001:db8::1]", 8000)
    assert read_host("Carte.Example") == Host("carte.example")


class TestPublicListening:
    """Whoever lets other machines in says first how they know this one."""

    @pytest.mark.parametrize(
        "address", ["0.0.0.0", "::", "192.0.2.7", "carte.example", "unix:/run/mapapp.sock", ""]
    )
    def test_is_refused_without_a_public_address(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        """Nothing is done, and the sentence says what to set."""
        with pytest.raises(BadInput, match=r"MAPAPP_PUBLIC_URL=https://carte\.example"):
            require_public_url([address])
        monkeypatch.setenv("MAPAPP_PUBLIC_URL", "https://carte.example")
        require_public_url([address])

    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
    def test_loopback_needs_none(self, address: str) -> None:
        """Nobody else reaches it."""
        require_public_url([address])

    def test_the_command_says_so(self) -> None:
        """Exit 2, before anything is made."""
        run = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0"])
        assert run.exit_code == 2
        assert "dites d’abord l’adresse publique du site" in run.stderr

    def test_sockets_that_systemd_hands_over_count_in_place_of_the_option(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where they are bound, and only for the process that they are meant for."""
        monkeypatch.setattr("mapapp.cli.listening._FIRST_HANDED_OVER", 700)
        with socket.create_server(("127.0.0.2", 0)) as bound:
            os.dup2(bound.fileno(), 700)
            try:
                monkeypatch.setenv("LISTEN_FDS", "1")
                monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
                assert listening_on("0.0.0.0") == ["127.0.0.2"]
                monkeypatch.setenv("LISTEN_PID", "1")
                assert listening_on("0.0.0.0") == ["0.0.0.0"]
            finally:
                os.close(700)


def test_the_guard_is_the_outermost(app: Flask) -> None:
    """No wrapper that is added to the application reads a host before it."""
    assert type(app.wsgi_app).__name__ == "_OnlyServedHosts"
    with FlaskClient(app) as client:
        assert client.get("/", headers={"Host": "pirate.example"}).status_code == 400
