"""An import or a rollback killed at any instant: the former state or the new one, whole.

KILLS says how many processes are killed: 12 unless told, 200 in a long campaign.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from effort import tried
from imported import contents, imported, rolled_back
from sqlalchemy import Engine, func, select

from mapapp.checking import store_faults
from mapapp.store.engine import sessions
from mapapp.store.runs import Run

KILLS = tried("KILLS", 12, 200)
SEED = 3

#: Tells when it begins, what was loaded before being of no interest.
IMPORTER = """
import sys
from pathlib import Path
from mapapp.importing.initiatives import Wanted, publish_initiatives
from mapapp.importing.sources import SourceFacts
from mapapp.store.engine import database_url, open_engine, sessions
print("ready", flush=True)
wanted = Wanted(Path(sys.argv[1]), "siae", SourceFacts("SIAE", "ASP"), {}, {})
with sessions(open_engine(database_url())).begin() as session:
    publish_initiatives(session, wanted, "essai")
"""
ROLLER = """
import sys
from mapapp.importing.rolling_back import roll_back
from mapapp.store.engine import database_url, open_engine, sessions
print("ready", flush=True)
with sessions(open_engine(database_url())).begin() as session:
    roll_back(session, int(sys.argv[1]))
"""

Start = Callable[[Sequence[str], Engine], "subprocess.Popen[str]"]


def last_run(engine: Engine) -> int:
    """The number of the last run."""
    with sessions(engine)() as session:
        return session.scalar(select(func.max(Run.id))) or 0


def published(engine: Engine) -> int:
    """How many runs are published and not taken back."""
    with sessions(engine)() as session:
        return session.scalar(select(func.count()).where(Run.state == "published")) or 0


class Victims:
    """Processes that write the store, and how long each takes when it is left alone."""

    def __init__(self, engine: Engine, rows: Path, start: Start) -> None:
        self._engine, self._rows, self._start = engine, rows, start

    def begin(self, imports: bool) -> subprocess.Popen[str]:
        """A process that is about to import, or to take the last run back."""
        program = IMPORTER if imports else ROLLER
        subject = str(self._rows) if imports else str(last_run(self._engine))
        self._engine.dispose()  # nobody else holds the files: a real next start
        process = self._start([sys.executable, "-c", program, subject], self._engine)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    def lasts_s(self, imports: bool) -> float:
        """Seconds that one takes."""
        process = self.begin(imports)
        begun = time.perf_counter()
        assert process.wait(60) == 0
        return time.perf_counter() - begun

    def finish(self, imports: bool) -> None:
        """Do in peace what was killed."""
        if imports:
            imported(self._engine, self._rows)
        else:
            rolled_back(self._engine, last_run(self._engine))


@pytest.mark.services
@pytest.mark.both_databases
def test_killed_at_any_instant_the_store_is_whole(live: Engine, rows: Path, start: Start) -> None:
    """Former or new state, nothing for ``check`` to find, and the next import needs no repair."""
    victims, chance = Victims(live, rows, start), Random(SEED)
    without = contents(live)
    lasts_s = {True: victims.lasts_s(True)}
    with_rows = contents(live)
    lasts_s[False] = victims.lasts_s(False)
    assert contents(live) == without != with_rows

    killed = 0
    kills = KILLS if live.dialect.name == "sqlite" else max(4, KILLS // 3)  # a journal like another
    for rank in range(kills):
        imports = rank % 2 == 0
        former, new = (without, with_rows) if imports else (with_rows, without)
        process = victims.begin(imports)
        # Rather late than early: what is written last, and the commit, are where it could break.
        time.sleep(chance.triangular(0, lasts_s[imports], lasts_s[imports]))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL

        found = contents(live)
        assert found in (former, new)
        assert published(live) == (found == with_rows)
        assert not store_faults(live)
        if found == former:
            victims.finish(imports)
        assert contents(live) == new
    assert killed > kills // 2  # the others had ended
