"""A geocoding killed in the middle: nothing half done, and nothing asked twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from addressed import questions_of, with_addresses
from fault_server import FaultServer, Reply, fault_server, geocoded
from imported import contents
from sqlalchemy import Engine, func, select

from mapapp.checking import store_faults
from mapapp.store.geocoding import GeocodingAnswer

Start = Callable[[Sequence[str], Engine], "subprocess.Popen[str]"]

GEOCODE = [sys.executable, "-m", "mapapp", "geocode", "--source", "siae"]

ADDRESSES = 900


class EveryNumber(FaultServer):
    """Finds each line of a file at its own number, some time after."""

    def next_reply(self, request: object) -> Reply:
        """The lines, each with its number."""
        super().next_reply(request)  # type: ignore[arg-type]
        rows = request.rows  # type: ignore[attr-defined]
        numbered = [row | {"n": row["q"].split()[0]} for row in rows]
        lines = geocoded(rows).body.decode().splitlines()
        place = lines[0].split(",").index("result_housenumber")
        told = [lines[0]]
        for row, line in zip(numbered, lines[1:], strict=True):
            cells = line.split(",")
            cells[place] = row["n"]
            told.append(",".join(cells))
        body = "\r\n".join(told).encode()
        return Reply(body, content_type="text/csv", delay_s=0.1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The geocoder of the settings."""
    with fault_server(EveryNumber) as listening:
        monkeypatch.setenv("MAPAPP_GEOCODER", listening.address)
        yield listening


@pytest.mark.services
def test_killed_and_started_again_it_asks_nothing_twice(
    live: Engine, start: Start, server: FaultServer, tmp_path: Path
) -> None:
    """What was answered is kept, what was not published is as before, and the end is the same."""
    lines = [(str(rank), f"{rank} rue des Tilleuls") for rank in range(1, ADDRESSES + 1)]
    with_addresses(live, tmp_path / "lignes.csv", *lines)
    before = contents(live, ("geocoding_answer",))
    live.dispose()

    first = start(GEOCODE, live)
    deadline = time.monotonic() + 60
    while not _answers(live) and time.monotonic() < deadline and first.poll() is None:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL

    assert contents(live, ("geocoding_answer",)) == before
    assert not store_faults(live)
    kept, asked = _answers(live), questions_of(server)
    assert 0 < kept < ADDRESSES
    live.dispose()

    second = start(GEOCODE, live)
    told, _ = second.communicate(timeout=120)
    assert second.returncode == 0, told
    assert questions_of(server) - asked == ADDRESSES - kept
    # Only what was on its way when it was killed, and was never received, is asked again.
    times = Counter(row["q"] for request in server.received for row in request.rows)
    assert sum(count == 2 for count in times.values()) == asked - kept
    assert max(times.values()) <= 2
    assert len(contents(live)["geocoded_position"]) == ADDRESSES
    assert not store_faults(live)


def _answers(engine: Engine) -> int:
    """How many answers the store holds."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(GeocodingAnswer)) or 0
