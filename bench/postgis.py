"""PostGIS as a peer: a PostgreSQL of our own, in a temporary folder, reached by a socket in it.

PostgreSQL refuses to run as root; then it runs as the user that its Debian package makes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

#: Where Debian puts the programs of each version, the newest last.
DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"
PATIENCE_S = 30

#: A machine's share as its guides advise, and nothing that only a crash would need. Workers: none,
#: for one process is compared with one process.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "fsync": "off",
    "max_wal_size": "8GB",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}

#: A row of PostgreSQL's binary format: how many fields, then each field's length and value.
ROW = np.dtype(
    [("fields", ">i2"), *((f"{of}{part}", f">{kind}") for of, kind in (("id", "i4"), ("lon", "f8"),
     ("lat", "f8")) for part, kind in (("_length", "i4"), ("", kind)))]
)  # fmt: skip
HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"

JOIN = "FROM points p JOIN qpv q ON ST_Intersects(q.geom, p.geom)"


def missing() -> str | None:
    """What this machine lacks, in a sentence; None when it has all."""
    if not _programs():
        return "PostgreSQL is not installed (Debian package « postgresql »)"
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return "PostGIS is not installed (Debian package « postgresql-postgis »)"
    return None


def _programs() -> Path | None:
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgis() -> Iterator[psycopg.Connection[Any]]:
    """A connection to an empty database that has PostGIS, until the block ends."""
    programs = _programs()
    assert programs, missing()
    with TemporaryDirectory(prefix="mapapp-postgis-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        cluster = folder / "cluster"
        _run(programs / "initdb", "--auth=trust", f"--username={USER}", "-D", cluster)
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        command = [programs / "postgres", "-D", cluster, "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(_as_user(command), stdout=log, stderr=log, cwd="/")
        try:
            with _connected(folder) as connection:
                connection.execute("CREATE EXTENSION postgis")
                yield connection
        finally:
            server.terminate()
            server.wait(PATIENCE_S)


def _as_user(command: Sequence[object]) -> list[str]:
    words = [str(word) for word in command]
    if os.getuid():
        return words
    group = pwd.getpwnam(USER).pw_gid
    return ["setpriv", f"--reuid={USER}", f"--regid={group}", "--clear-groups", *words]


def _run(*command: object) -> None:
    subprocess.run(_as_user(command), check=True, capture_output=True, cwd="/")


def _connected(folder: Path) -> psycopg.Connection[Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return psycopg.connect(host=str(folder), user=USER, dbname=USER, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def load(
    connection: psycopg.Connection[Any],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    outlines: NDArray[np.object_],
) -> None:
    """The points and the areas in tables of their own; the areas with a GiST index."""
    connection.execute("CREATE UNLOGGED TABLE bare (id int4, lon float8, lat float8)")
    connection.execute("CREATE UNLOGGED TABLE qpv (id int4, geom geometry)")
    with connection.cursor().copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
        for block in (HEAD, memoryview(_rows(lon, lat)), TAIL):
            copy.write(block)
    with connection.cursor().copy("COPY qpv FROM STDIN") as copy:
        for rank, outline in enumerate(shapely.set_srid(outlines, 4326)):
            copy.write_row((rank, shapely.to_wkb(outline, hex=True, include_srid=True)))
    for statement in (
        "CREATE UNLOGGED TABLE points AS "
        "SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom FROM bare",
        "DROP TABLE bare",
        "CREATE INDEX ON qpv USING gist (geom)",
        "VACUUM ANALYZE points",
        "VACUUM ANALYZE qpv",
    ):
        connection.execute(statement)


def index_points(connection: psycopg.Connection[Any]) -> float:
    """A GiST index on the points too, which turns the join around; the seconds that it took."""
    begun = _busy_s(connection)
    connection.execute("CREATE INDEX ON points USING gist (geom)")
    connection.execute("VACUUM ANALYZE points")
    return _busy_s(connection) - begun


def _rows(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> bytes:
    rows = np.empty(len(lon), ROW)
    rows["fields"], rows["id_length"] = 3, 4
    rows["lon_length"] = rows["lat_length"] = 8
    rows["id"], rows["lon"], rows["lat"] = np.arange(len(lon)), lon, lat
    return rows.tobytes()


def pairs(connection: psycopg.Connection[Any]) -> NDArray[np.int64]:
    """(point, area) for each pair that meets, in the order of the points."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p.id, q.id {JOIN} ORDER BY 1, 2")
        return np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2).T


def counting_s(connection: psycopg.Connection[Any], among: int) -> float:
    """Seconds of processor to count the pairs of the first points: the least to ask of the join."""
    begun = _busy_s(connection)
    connection.execute(f"SELECT count(*) {JOIN} WHERE p.id < {among:d}").fetchone()
    return _busy_s(connection) - begun


def _busy_s(connection: psycopg.Connection[Any]) -> float:
    """What the server's process for this connection has taken."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def version(connection: psycopg.Connection[Any]) -> str:
    """« PostgreSQL 15.8, PostGIS 3.3.2 »."""
    found = connection.execute("SELECT postgis_lib_version()").fetchone()
    assert found
    return f"PostgreSQL {connection.info.server_version // 10_000}, PostGIS {found[0]}"


def plan(connection: psycopg.Connection[Any]) -> str:
    """How the server joins, on one line."""
    rows = connection.execute(f"EXPLAIN (COSTS off) SELECT count(*) {JOIN}").fetchall()
    return " ".join(" ".join(row[0].split()) for row in rows)
