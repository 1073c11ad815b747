"""The example of deploy/nginx.conf, in front of `mapapp serve`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from absence import absent
from sqlalchemy import Engine
from standing import standing

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"

#: What Debian's own file says around the example, with every file in a folder of the test.
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/mapapp.conf;
}}
"""


def free_port() -> int:
    """A port that nobody listens on at this instant."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configured(folder: Path, port: int, behind: int) -> Path:
    """The example with other ports and a log in the folder, and no other change."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for told, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"),
        ("/var/log/nginx/mapapp.error.log", f"{folder}/mapapp.error.log"),
    ):
        assert text.count(told) == 1, f"deploy/nginx.conf does not say « {told} » once"
        text = text.replace(told, here)
    (folder / "mapapp.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user), encoding="utf-8")
    return folder / "nginx.conf"


@pytest.fixture(scope="module")
def port(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx in front of `mapapp serve`, both ended by their own ids."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        absent("nginx is not installed (Debian package « nginx »)")
    folder = tmp_path_factory.mktemp("nginx")
    place = {"MAPAPP_DATABASE_URL": str(engine.url), "MAPAPP_PROXIES": "1"}
    port = free_port()
    with standing(folder, ("--workers", "1"), place) as server:
        command = [program, "-p", str(folder), "-c", str(configured(folder, port, server.port))]
        with subprocess.Popen(command) as nginx:
            try:
                until_it_listens(port, nginx)
                yield port
            finally:
                nginx.terminate()
        assert "crit" not in (folder / "mapapp.error.log").read_text()


def until_it_listens(port: int, nginx: subprocess.Popen[bytes]) -> None:
    """Return once a connection is taken."""
    deadline = time.monotonic() + 10
    while nginx.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("nginx does not listen")


def fetched(port: int, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
    """Status and body of an answer."""
    headers = {"Content-Type": kind} if kind else {}
    asked = Request(f"http://127.0.0.1:{port}{path}", body, headers)
    try:
        with build_opener(ProxyHandler({})).open(asked, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def sent(port: int, rows: int) -> tuple[int, bytes]:
    """What is answered to a CSV file of so many rows."""
    content = "lon,lat\r\n" + "2.35000000,48.8500000\r\n" * rows
    form = (
        "--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n"
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--b--\r\n"
    )
    kind = "multipart/form-data; boundary=b"
    return fetched(port, "/api/v1/locate", form.encode(), kind)


def test_pages_and_files_pass(port: int) -> None:
    """A page, the API, a file that comes back with its verdicts, and one that is too large."""
    assert "</html>" in fetched(port, "/")[1].decode()
    assert json.loads(fetched(port, "/healthz")[1])["ok"]
    status, body = sent(port, 1_000)
    assert (status, body.count(b"\n")) == (200, 1_001)
    status, body = sent(port, 230_000)  # more than mapapp takes, less than nginx does
    assert status == 413
    assert "5 Mo au plus" in json.loads(body)["error"]
    assert sent(port, 300_000)[0] == 413


def test_who_is_slow_waits_at_the_proxy(port: int) -> None:
    """Sixty clients that send half a request, and as many that send half a file."""
    begun = b"POST /api/v1/locate HTTP/1.1\r\nHost: carte.example\r\n"
    with ExitStack() as held:
        for said in [begun, begun + b"Content-Length: 4000000\r\n\r\nabc"] * 30:
            client = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(said)
        for path in ("/healthz", "/") * 3:
            asked = time.monotonic()
            assert fetched(port, path)[0] == 200
            assert time.monotonic() - asked < 1


def test_who_asks_too_fast_is_told_to_slow_down(port: int) -> None:
    """429 beyond a burst. The last test of the module: the others share the address."""
    with ThreadPoolExecutor(8) as visitors:
        statuses = list(visitors.map(lambda _: fetched(port, "/robots.txt")[0], range(400)))
    assert set(statuses) == {200, 429}
