"""What the tests cost in processor time, the processes that they start included.

Time on the clock blames a test for what else the machine does; processor time does not.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

#: How many phases of tests are named at the end of a run.
NAMED = 10

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_SPENT_S = pytest.StashKey[float]()


def processor_time_s() -> float:
    """Seconds of processor that this process and its descendants, living or ended, have spent."""
    return sum(map(_of_process_s, _family(os.getpid())))


def _family(pid: int) -> Iterator[int]:
    """A process and its living descendants, where the system tells them (Linux)."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread may have ended meanwhile
            for child in children.read_text().split():
                yield from _family(int(child))


def _of_process_s(pid: int) -> float:
    """What one process has spent, with its children that have ended."""
    if pid == os.getpid():
        return sum(os.times()[:4])
    with suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, after_name[11:15])) / _TICKS_PER_S
    return 0.0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what each phase of a test has spent since the phase before."""
    report = yield
    # What a browser's own children have spent is lost to us when it ends without waiting for them.
    now = max(processor_time_s(), item.session.stash.get(_SPENT_S, 0.0))
    report.processor_s = now - item.session.stash.get(_SPENT_S, now)
    item.session.stash[_SPENT_S] = now
    return report


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to count."""
    session.stash[_SPENT_S] = processor_time_s()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the folders and the phases that cost most."""
    spent = [
        (report.processor_s, report)
        for reports in terminalreporter.stats.values()
        for report in reports
        if hasattr(report, "processor_s")
    ]
    if len(spent) < 100:  # someone looks for a fault in a few tests
        return
    folders: defaultdict[str, float] = defaultdict(float)
    for seconds, report in spent:
        folders[str(Path(report.fspath).parent)] += seconds
    terminalreporter.section("processor time (setup, call and teardown; child processes included)")
    for folder, seconds in sorted(folders.items(), key=lambda each: -each[1]):
        terminalreporter.write_line(f"{seconds:7.1f} s  {folder}")
    terminalreporter.write_line(f"{sum(folders.values()):7.1f} s  in all; of which:")
    for seconds, report in sorted(spent, key=lambda each: -each[0])[:NAMED]:
        terminalreporter.write_line(f"{seconds:7.1f} s  {report.when:8} {report.nodeid}")
