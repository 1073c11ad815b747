"""What figures depend on: the machine, the versions, the commit, others at work."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

#: The setting by which `make bench` tells its benches where to keep what the next one can use.
FOLDER = "MAPAPP_BENCH_FOLDER"

PACKAGES = ("numpy", "shapely", "sqlalchemy", "flask", "folium", "geopandas", "pyarrow", "psycopg")
#: Others at work before the first measure: above this the machine is not quiet.
QUIET_LOAD = 0.5


def circumstances() -> Iterator[tuple[str, str]]:
    """What each is called, and what it is."""
    yield "date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield "commit", commit()
    yield "machine", f"{_processor()}, {cores()} cores, {_memory_gb():.0f} GB, {platform.system()}"
    yield "load before the first measure", load()
    yield "Python", f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield "packages", ", ".join(_versions(PACKAGES))
    if browser := shutil.which("chromium"):
        yield "browser", _said(browser, "--version").split(" built")[0]


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def commit() -> str:
    """The commit, and whether something else than it was measured."""
    try:
        changed = _said("git", "-C", str(CHECKOUT), "status", "--porcelain")
        return _said("git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD") + (
            " with changes" if changed else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def load() -> str:
    """How many were at work during the last minute, and what to think of it."""
    mean = os.getloadavg()[0]
    return f"{mean:.2f}" + ("" if mean <= QUIET_LOAD else ": not quiet, times are too long")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _versions(packages: tuple[str, ...]) -> Iterator[str]:
    for name in packages:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} absent"


def _said(*command: str) -> str:
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout.strip()
