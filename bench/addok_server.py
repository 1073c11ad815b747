"""A real geocoding server of ours on loopback: Addok over Redis, holding the addresses we give it.

Everything lives in one folder and ends with the block: nothing is shared with another server.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

#: Where `make` puts Addok, apart from our own environment (docs/decisions/0020).
ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "addok"
#: A busy machine starts these servers in some seconds.
PATIENCE_S = 30

#: The chain that the national service describes, as Addok's French plugins document it.
CONFIGURATION = """
REDIS = {{"host": "127.0.0.1", "port": {redis_port}}}
QUERY_PROCESSORS_PYPATHS = [
    "addok.helpers.text.check_query_length",
    "addok_france.extract_address",
    "addok_france.clean_query",
    "addok_france.remove_leading_zeros",
]
PROCESSORS_PYPATHS = [
    "addok.helpers.text.tokenize",
    "addok.helpers.text.normalize",
    "addok_france.glue_ordinal",
    "addok_france.fold_ordinal",
    "addok_france.flag_housenumber",
    "addok.helpers.text.synonymize",
    "addok_fr.phonemicize",
]
SEARCH_RESULT_PROCESSORS_PYPATHS = [
    "addok.helpers.results.match_housenumber",
    "addok_france.make_labels",
    "addok.helpers.results.score_by_importance",
    "addok.helpers.results.score_by_autocomplete_distance",
    "addok.helpers.results.score_by_ngram_distance",
    "addok.helpers.results.score_by_geo_distance",
    "addok.helpers.results.adjust_scores",
]
DOCUMENT_STORE_PYPATH = "addok_sqlite_store.SQLiteStore"
SQLITE_DB_PATH = "{folder}/addok.db"
FILTERS = ["type", "postcode", "citycode"]
EXTRA_FIELDS = [{{"key": "citycode"}}]
LOG_DIR = "{folder}"
ATTRIBUTION = "BAN"
LICENCE = "Licence Ouverte 2.0"
"""


def missing() -> str | None:
    """What this machine lacks to run the server, in a sentence; None when it has all."""
    if not shutil.which("redis-server"):
        return "redis-server is not installed"
    if not (ENVIRONMENT / "bin" / "addok").exists():
        return "Addok is not installed (make addok)"
    return None


@contextmanager
def addok_server(documents: Path, folder: Path, workers: int = 2) -> Iterator[str]:
    """The address of a server that knows these documents, until the block ends."""
    redis_port, port = free_port(), free_port()
    configuration = folder / "addok.conf"
    configuration.write_text(CONFIGURATION.format(redis_port=redis_port, folder=folder))
    environment = os.environ | {"ADDOK_CONFIG_MODULE": str(configuration)}
    with ExitStack() as running:
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
        redis = ("redis-server", "--port", str(redis_port), *options)
        running.enter_context(_running(redis, redis_port, folder / "redis.log"))
        for words in (("batch", str(documents)), ("ngrams",)):
            command = [str(ENVIRONMENT / "bin" / "addok"), *words]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        running.enter_context(
            _running(_gunicorn(port, workers), port, folder / "addok.log", environment)
        )
        yield f"http://127.0.0.1:{port}"


def _gunicorn(port: int, workers: int) -> Sequence[str]:
    place = (
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        str(workers),
        "--timeout",
        "120",
        "--no-control-socket",
    )
    return (str(ENVIRONMENT / "bin" / "gunicorn"), *place, "addok.http.wsgi:application")


@contextmanager
def _running(
    command: Sequence[str], port: int, log: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A server that answers on its port, ended by its own id."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(process, port, log)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"{process.args!r} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """A port that nobody listens on at this instant."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
