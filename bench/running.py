"""Runs benches one after the other, each in a process of its own, and reads what they found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from figures import Section, from_plain
from machine import CHECKOUT
from results import Failure
from stores import FOLDER

#: Of what a failed bench said last, how much is told.
LAST_WORDS = 300


def run_all(limits_s: Mapping[str, int], small: bool) -> list[Section | Failure]:
    """What each found, in order; the stores that one makes serve the next."""
    with TemporaryDirectory(prefix="mapapp-bench-") as name:
        return list(_run(limits_s, small, Path(name)))


def _run(limits_s: Mapping[str, int], small: bool, folder: Path) -> Iterator[Section | Failure]:
    for name, limit_s in limits_s.items():
        print(f"\n{name}…", flush=True)
        outcome = _one(name, limit_s, small, folder)
        if isinstance(outcome, Failure):
            print(f"FAILED: {outcome.reason}", flush=True)
        yield outcome


def _one(name: str, limit_s: int, small: bool, folder: Path) -> Section | Failure:
    found, said = folder / f"{name}.json", folder / f"{name}.log"
    command = [sys.executable, CHECKOUT / "bench" / f"{name}.py", "--json", found]
    if small:
        command.append("--small")
    environment = os.environ | {FOLDER: str(folder), "PYTHONPATH": str(CHECKOUT)}
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
