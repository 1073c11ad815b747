"""Runs benches one after the other, each in a process of its own, and reads what they found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import Section, from_plain
from machine import CHECKOUT, FOLDER
from results import Failure

BENCHES = CHECKOUT / "bench"
#: Of what a failed bench said last, how much is told.
LAST_WORDS = 300


def run_all(
    limits_s: Mapping[str, float], small: bool, benches: Path = BENCHES
) -> list[Section | Failure]:
    """What each found, in order; the stores that one makes serve the next."""
    with TemporaryDirectory(prefix="mapapp-bench-") as name:
        return list(_run(limits_s, small, benches, Path(name)))


def _run(
    limits_s: Mapping[str, float], small: bool, benches: Path, kept: Path
) -> Iterator[Section | Failure]:
    for name, limit_s in limits_s.items():
        print(f"\n{name}…", flush=True)
        command = [sys.executable, benches / f"{name}.py", *(["--small"] if small else [])]
        outcome = _one(name, command, limit_s, kept)
        if isinstance(outcome, Failure):
            print(f"FAILED: {outcome.reason}", flush=True)
        yield outcome


def _one(name: str, command: Sequence[str | Path], limit_s: float, kept: Path) -> Section | Failure:
    found, said = kept / f"{name}.json", kept / f"{name}.log"
    command = [*command, "--json", found]
    paths = os.pathsep.join(map(str, (CHECKOUT, BENCHES)))
    environment = os.environ | {FOLDER: str(kept), "PYTHONPATH": paths}
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, start_new_session=True)
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
    if code == 0 and found.exists():
        return from_plain(json.loads(found.read_text(encoding="utf-8")))
    if code is None:
        return Failure(name, f"given up after {limit_s} s")
    words = said.read_text(encoding="utf-8", errors="replace").split()
    return Failure(name, f"exit {code}: {' '.join(words)[-LAST_WORDS:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the bench and every server that it started: they share its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
