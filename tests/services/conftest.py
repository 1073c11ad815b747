"""A store that other processes write, and how they are started and ended."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

CHECKOUT = Path(__file__).resolve().parents[2]

Start = Callable[[Sequence[str], Engine], "subprocess.Popen[str]"]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """300 located initiatives around Dijon."""
    path = tmp_path / "lignes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["identifiant", "nom", "themes", "code_insee", "latitude", "longitude"])
        for rank in range(300):
            place = 47.30 + rank % 20 / 400, 5.0 + rank // 20 / 300
            writer.writerow([rank, f"Initiative {rank}", "culture", "21231", *place])
    return path


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python with some words on a store; what still runs at the end is ended by its id."""
    started: list[subprocess.Popen[str]] = []

    def begin(words: Sequence[str], engine: Engine) -> subprocess.Popen[str]:
        place = {"MAPAPP_DATABASE_URL": str(engine.url), "PYTHONPATH": str(CHECKOUT)}
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | place,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
