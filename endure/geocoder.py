"""A geocoder that misbehaves in every way we know, while visitors type addresses.

``python endure/geocoder.py`` starts a real ``mapapp serve`` on its own base, types addresses in
two pages for each kind of misbehaviour, and prints what a visitor waits and reads, how much memory
the server takes, and where what was typed went. It exits with 1 when something promised does not
hold. Five minutes, most of them those during which a geocoder that failed is left alone.
"""

from __future__ import annotations

import html
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "tests"))

from rude_server import (  # noqa: E402  # the servers that the tests have as well
    BROKEN,
    GOOD,
    LARGE,
    SLOW,
    Manners,
    bomb,
    packed,
    redirects_to,
    rude_server,
    says,
)

#: What a visitor waits at most: 2 s for the geocoder, and the page on a busy machine.
MOST_S = 3.5
#: What a server may grow by while it is lied to: a body of 2 MB, its text, and its objects.
MOST_MB = 60
#: How long a geocoder that failed is left alone (mapapp/address_lookup.py).
REST_S = 30
#: A base is built first, and machines may be slow.
STARTS_WITHIN_S = 120
TYPED = "12 rue des Tilleuls 59000 Lille"
PAGES = ("/pres-de-moi?ou=", "/adresses?ou=")

#: What a page says when the geocoder gave nothing, or nothing that could be read.
SAID = re.compile(
    "Les adresses ne peuvent pas être cherchées en ce moment|Cette adresse n’a pas été trouvée"
)


@dataclass(frozen=True)
class Seen:
    """What a visitor of one page saw."""

    status: int
    seconds: float
    says: str


def main() -> int:
    """Try every kind; the table on standard output, the faults on standard error."""
    faults: list[str] = []
    print("| what | figure |\n| --- | --- |")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mapapp-endure-"))
        elsewhere = stack.enter_context(rude_server(says(body=GOOD)))
        kind: list[Manners] = [says(body=GOOD)]
        geocoder = stack.enter_context(rude_server(lambda *asked: kind[0](*asked)))
        environment = _environment(Path(folder)) | {"MAPAPP_GEOCODER": geocoder.address}
        _run(environment, "init")
        pid, base = stack.enter_context(_serving(environment))
        for page in PAGES:  # what a process builds once is not the geocoder's
            _visit(base + page + quote(TYPED))
        for name, manners in _kinds(elsewhere.address).items():
            kind[0] = manners
            geocoder.received.clear()
            before_mb = _memory_mb(pid)
            seen = [_visit(base + page + quote(TYPED)) for page in PAGES]
            grown_mb = _memory_mb(pid) - before_mb
            faults += _faults(name, seen, grown_mb, len(geocoder.received))
            print(_line(name, seen, grown_mb), flush=True)
            if len(geocoder.received) < len(PAGES):  # it is left alone after such a failure
                time.sleep(REST_S + 1)
        if elsewhere.received:
            faults.append("what was typed went to another server")
        print(f"| requests that another server got by redirection | {len(elsewhere.received)} |")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _line(name: str, seen: list[Seen], grown_mb: float) -> str:
    slowest_s = max(one.seconds for one in seen)
    told = " / ".join(dict.fromkeys(one.says for one in seen))
    return f"| geocoder: {name} | slowest page {slowest_s:.2f} s, + {grown_mb:.0f} MB, « {told} » |"


def _kinds(elsewhere: str) -> dict[str, Manners]:
    packed_bomb = packed(bomb())
    return {
        **SLOW,
        **LARGE,
        "500 MB packed": packed_bomb,
        **BROKEN,
        "redirection to another server": redirects_to(f"{elsewhere}/?q=vol"),
        "redirection to the cloud's own data": redirects_to("http://169.254.169.254/"),
        "429 for an hour": says("Retry-After: 3600", status="429 Too Many Requests"),
        "500": says(status="500 Internal Server Error"),
        "503": says("Retry-After: 30", status="503 Service Unavailable"),
    }


def _faults(name: str, seen: list[Seen], grown_mb: float, asked: int) -> Iterator[str]:
    for page, one in zip(PAGES, seen, strict=True):
        if one.status != 200:
            yield f"{name}: {page} answers {one.status}"
        if one.seconds > MOST_S:
            yield f"{name}: {page} takes {one.seconds:.2f} s"
        if not one.says:
            yield f"{name}: {page} says nothing of the address"
    if grown_mb > MOST_MB:
        yield f"{name}: the server grew by {grown_mb:.0f} MB"
    if not asked:
        yield f"{name}: the geocoder was not asked: nothing was tried"


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAPAPP_")}
    return kept | {"PYTHONPATH": str(CHECKOUT), "MAPAPP_INSTANCE": str(folder)}


def _run(environment: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "mapapp", *words]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[int, str]]:
    """A running server: its process and its address, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mapapp", "serve", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + STARTS_WITHIN_S
            while time.monotonic() < deadline:
                with suppress(OSError):
                    _visit(base + "/healthz")
                    break
                time.sleep(0.1)
            yield process.pid, base
        finally:
            process.terminate()
            process.wait(60)


def _visit(address: str) -> Seen:
    start = time.monotonic()
    try:
        with _direct.open(address, timeout=60) as answer:
            status, page = answer.status, answer.read().decode()
    except HTTPError as error:
        status, page = error.code, error.read().decode()
    return Seen(status, time.monotonic() - start, _message(page))


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _message(page: str) -> str:
    """The sentence that the page has for who typed an address; empty when it has none."""
    found = SAID.search(html.unescape(page))
    return found[0] if found else ""


def _memory_mb(pid: int) -> float:
    """The most that the server and its processes ever held, in MB."""
    peaks = 0
    for process in (pid, *_children(pid)):
        with suppress(OSError):
            told = Path(f"/proc/{process}/status").read_text(encoding="ascii")
            peaks += int(re.search(r"VmHWM:\s+(\d+)", told)[1])  # type: ignore[index]
    return peaks / 1000


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    first = [int(child) for path in found for child in path.read_text().split()]
    return [one for child in first for one in (child, *_children(child))]


if __name__ == "__main__":
    sys.exit(main())
