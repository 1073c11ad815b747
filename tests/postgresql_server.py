"""A real PostgreSQL of ours on loopback, in a folder of its own, which ends with the block.

PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

#: A busy machine starts it in some seconds.
PATIENCE_S = 30
SUPERUSER = "postgres"

#: What is written need not outlive the machine.
_FAST = "fsync=off synchronous_commit=off full_page_writes=off wal_level=minimal max_wal_senders=0"
_SMALL = "shared_buffers=64MB max_connections=40 autovacuum=off"
#: Everybody is believed, but for who has a password to prove.
_ACCESS = """
host all avec_mot_de_passe 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL of this machine; None when there is none."""
    found = [Path(path).parent for path in (shutil.which("postgres"),) if path]
    debian = Path("/usr/lib/postgresql")
    newest_first = sorted(debian.glob("*/bin/postgres"), key=_version, reverse=True)
    found += [path.parent for path in newest_first]
    return found[0] if found else None


def _version(path: Path) -> float:
    return float(path.parent.parent.name)


class Server:
    """A PostgreSQL that can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder, self.port = programs, folder, _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """The address of a database, as the settings want it."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """Where the server keeps everything."""
        return self.folder / "data"

    def copy(self, kept: Path) -> None:
        """Begin from what another server kept."""
        shutil.copytree(kept, self.data)
        self.data.chmod(0o700)
        if os.geteuid() == 0:
            for path in (self.data, *self.data.rglob("*")):
                shutil.chown(path, SUPERUSER, SUPERUSER)

    def make(self) -> None:
        """Make the files of the cluster. French sorting: what is ours must not depend on it."""
        words = ["initdb", "--pgdata", "data", "--username", SUPERUSER, "--auth", "trust"]
        words += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"]
        words += ["--locale-provider", "icu", "--icu-locale", "fr"]
        self._run(words)
        (self.data / "pg_hba.conf").write_text(_ACCESS)

    def start(self) -> None:
        """Begin to serve."""
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        words = [str(self.programs / "postgres"), "-D", str(self.data)]
        for option in (*options, *_FAST.split(), *_SMALL.split()):
            words += ["-c", option]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, **self._as_user())
        self._wait()

    def stop(self) -> None:
        """Stop at once, whoever is connected."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_S)
            self._process = None

    def execute(self, statement: str) -> None:
        """A statement that no transaction may hold, such as making a database."""
        with self._connection() as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # written by the tests

    def _connection(self) -> psycopg.Connection[Any]:
        place = {"host": "127.0.0.1", "port": self.port, "dbname": "postgres"}
        return psycopg.connect(**place, user=SUPERUSER, autocommit=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._connection().close()
                return
            except psycopg.OperationalError:
                assert self._process
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")) from None
                time.sleep(0.05)

    def _run(self, words: Sequence[str]) -> None:
        program, *rest = words
        done = subprocess.run(
            [str(self.programs / program), *rest], capture_output=True, text=True, **self._as_user()
        )
        assert done.returncode == 0, done.stderr

    def _as_user(self) -> dict[str, Any]:
        here: dict[str, Any] = {"cwd": self.folder}
        if os.geteuid() == 0:
            here |= {"user": SUPERUSER, "group": SUPERUSER, "extra_groups": []}
        return here


@contextmanager
def postgresql_server(programs: Path, kept: Path | None = None) -> Iterator[Server]:
    """A server that answers, until the block ends; ``kept``: what it begins from."""
    folder = Path(mkdtemp(prefix="mapapp-postgresql-"))  # pytest's own folders are closed to others
    if os.geteuid() == 0:
        shutil.chown(folder, SUPERUSER, SUPERUSER)
    server = Server(programs, folder)
    try:
        if kept:
            server.copy(kept)
        else:
            server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
