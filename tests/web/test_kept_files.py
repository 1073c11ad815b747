"""Heavy files over the web: made once, kept for the next, refused kindly while others are made."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from invariants import CheckingClient
from sqlalchemy import Engine

from mapapp import create_app
from mapapp.config import INSTANCE, KEPT_FILES_MB
from mapapp.errors import BadInput
from mapapp.machine import folder as shared
from mapapp.machine import kept_files
from mapapp.machine.kept_files import FOLDER
from mapapp.machine.turns import turn
from mapapp.web import files
from mapapp.web.files import read_megabytes
from mapapp.web.limits import MAKINGS, limiter

HEAVY = "/api/v1/coverage.csv?theme=culture&region=27"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An instance folder of this test alone."""
    monkeypatch.setenv(INSTANCE.name, str(tmp_path))
    yield tmp_path
    shared._writable.cache_clear()


@pytest.fixture
def own_client(instance: Path, engine: Engine) -> Iterator[CheckingClient]:
    """A client of an application that keeps its files in that folder."""
    app: Flask = create_app(engine)
    app.testing = True
    app.test_client_class = CheckingClient
    limiter.reset()
    yield app.test_client()  # type: ignore[misc]
    limiter.reset()


def kept(instance: Path) -> list[Path]:
    """The files that are kept."""
    return sorted((instance / shared.NAME / FOLDER).glob("*"))


def test_a_heavy_file_is_made_once(own_client: CheckingClient, instance: Path) -> None:
    """Whatever the order, the page or the distance between two steps; compressed once for all."""
    first = own_client.get(f"{HEAVY}&distance=4900", headers={"Accept-Encoding": "gzip"})
    assert first.status_code == 200
    assert first.headers["Content-Encoding"] == "gzip"
    [path] = kept(instance)
    path.write_bytes(gzip.compress(b"kept"))
    for same in (f"{HEAVY}&distance=5000", f"{HEAVY}&page=7&distance=5100&inconnu=1"):
        assert own_client.get(same).data == b"kept"
        packed = own_client.get(same, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.data) == b"kept"
    assert own_client.get(HEAVY).data != b"kept"  # another distance
    assert len(kept(instance)) == 2


def test_an_unchanged_file_costs_nothing(own_client: CheckingClient, instance: Path) -> None:
    """Who brings its tag back is told so, even when it is kept no more."""
    tag = own_client.get(HEAVY).headers["ETag"]
    for path in kept(instance):
        path.unlink()
    assert own_client.get(HEAVY, headers={"If-None-Match": tag}).status_code == 304
    assert kept(instance) == []


def test_others_are_told_when_to_come_back(
    own_client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After in the shape of the door; pages and small files are not concerned."""
    monkeypatch.setattr(kept_files, "OTHER_S", 0.1)
    with turn("fichier") as ours:
        assert ours
        api = own_client.get(HEAVY)
        page = own_client.get("/qpv-sans-exemple.csv?region=27")
        assert own_client.get("/healthz").status_code == 200
        assert own_client.get("/api/v1/initiatives.csv").status_code == 200
    assert (api.status_code, page.status_code) == (503, 503)
    assert int(api.headers["Retry-After"]) > 0
    assert json.loads(api.data)["status"] == 503
    assert "en préparation" in page.get_data(as_text=True)


def test_an_address_makes_so_many_files_a_minute(
    own_client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are kept already are not counted."""
    monkeypatch.setattr(files, "LIGHT", 0)
    for _ in range(int(MAKINGS.split()[0]) + 5):
        assert own_client.get("/donnees/ressources.csv").status_code == 200
    for rank in range(int(MAKINGS.split()[0])):
        own_client.get(f"/qpv-sans-exemple.csv?population=9000000&q={rank}")
    refused = own_client.get("/qpv-sans-exemple.csv?population=9000000")
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert own_client.get("/donnees/ressources.csv").status_code == 200


def test_nothing_is_kept_when_asked(
    instance: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``MAPAPP_FICHIERS_MO=0``: every file is made anew, and answered all the same."""
    monkeypatch.setenv(KEPT_FILES_MB.name, "0")
    client = create_app(engine).test_client()
    assert client.get(HEAVY).status_code == 200
    assert kept(instance) == []


@pytest.mark.parametrize("text", ["-1", "beaucoup", "1.5", "99999999"])
def test_a_bound_that_is_no_number_is_refused(text: str) -> None:
    """One sentence names the setting."""
    with pytest.raises(BadInput, match=KEPT_FILES_MB.name):
        read_megabytes(text)
