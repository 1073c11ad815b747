"""PostgreSQL as the store of several servers: what it refuses, who else reads, how it is saved."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
import shapely
from absence import absent
from click.testing import CliRunner, Result
from imported import contents, import_words, imported
from postgresql_server import SUPERUSER, Server
from sqlalchemy import URL, Engine, select, text
from stores import PostgresqlStores, Stores

from mapapp import create_app
from mapapp.checking import store_faults
from mapapp.cli import main
from mapapp.errors import NotReady
from mapapp.shipping import initialise
from mapapp.store import Base, State
from mapapp.store import initiatives as ini
from mapapp.store import territory as ter
from mapapp.store.backup import back_up
from mapapp.store.engine import open_engine, require_schema, sessions, upgrade_schema
from mapapp.store.gis_views import VIEWS

Start = Callable[[Sequence[str], Engine], "subprocess.Popen[str]"]

#: What a server does first; says whether it had to build the store.
STARTER = """
import sys
from pathlib import Path
from mapapp.shipping import initialise
from mapapp.store.engine import database_url, open_engine
print(initialise(open_engine(database_url()), Path(sys.argv[1])).changed)
"""

pytestmark = pytest.mark.services


@pytest.fixture(scope="session")
def server(postgresql_stores: PostgresqlStores) -> Server:
    """The server of the tests."""
    return postgresql_stores.server


@pytest.fixture
def live(postgresql_stores: PostgresqlStores, small_data: Path) -> Iterator[Engine]:
    """A store that a test may change."""
    with postgresql_stores.opened(small_data) as engine:
        yield engine


@pytest.fixture
def empty(postgresql_stores: PostgresqlStores) -> Iterator[Engine]:
    """A database that an operator has just made."""
    with postgresql_stores.opened() as engine:
        yield engine


def run(url: URL, monkeypatch: pytest.MonkeyPatch, *words: object) -> Result:
    """Run a command on a store as a shell would."""
    monkeypatch.setenv("MAPAPP_DATABASE_URL", url.render_as_string(hide_password=False))
    return CliRunner().invoke(main, [*map(str, words)], prog_name="mapapp")


def refusal(told: Result) -> str:
    """The one sentence of a command that did nothing."""
    assert (told.exit_code, told.stdout) == (2, "")
    [sentence] = told.stderr.splitlines()
    return sentence.replace("\u00a0", " ")


# What PostgreSQL refuses -----------------------------------------------------------------------


def test_whoever_is_refused_is_told_what_to_mend(
    live: Engine, empty: Engine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No server, no such database, another password, no tables yet: each its sentence."""
    server.execute("CREATE ROLE avec_mot_de_passe LOGIN PASSWORD 'juste'")
    url = live.url.set(username="avec_mot_de_passe")
    wrong = {
        "ne répond pas": live.url.set(port=1),
        'n’ouvre pas la base (« database "absente" does not exist »)': live.url.set(
            database="absente"
        ),
        "refuse le mot de passe (utilisateur avec_mot_de_passe)": url.set(password="faux"),
        "vérifiez le nom de la base, l’utilisateur": url.set(password="juste", database="absente"),
        "Base vide : lancez « mapapp init »": empty.url,
    }
    try:
        for sentence, place in wrong.items():
            told = refusal(run(place, monkeypatch, "stats"))
            assert sentence in told
            assert "faux" not in told
    finally:
        server.execute("DROP ROLE avec_mot_de_passe")


def test_who_may_not_write_changes_nothing(
    live: Engine, server: Server, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby server, or a user without the right: a sentence, and who may read still does."""
    before = contents(live)
    server.execute("CREATE ROLE lecteur LOGIN")
    with live.begin() as connection:
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO lecteur"))
    reader = live.url.set(username="lecteur")
    assert "propriétaire" in refusal(run(reader, monkeypatch, *import_words(rows)))
    assert run(reader, monkeypatch, "stats").exit_code == 0

    server.execute(f"ALTER DATABASE {live.url.database} SET default_transaction_read_only = on")
    assert "lecture seule" in refusal(run(live.url, monkeypatch, *import_words(rows)))
    with live.begin() as connection:
        connection.execute(text("SET transaction_read_only = off"))
        connection.execute(text("DROP OWNED BY lecteur"))
    server.execute("DROP ROLE lecteur")
    assert contents(live) == before


@pytest.fixture
def small_disk(server: Server) -> Iterator[Path]:
    """A disk of 32 MB in memory, where PostgreSQL may keep a database."""
    place = server.folder / "disque"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(words, capture_output=True).returncode:
        absent("a small disk cannot be mounted here (it takes the rights of root)")
    shutil.chown(place, SUPERUSER, SUPERUSER)
    server.execute(f"CREATE TABLESPACE petit LOCATION '{place}'")
    yield place
    server.execute("DROP TABLESPACE petit")
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_changes_nothing(
    live: Engine, server: Server, small_disk: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, and the former state whole, which pages show; with room again, all goes."""
    before = contents(live)
    live.dispose()
    server.execute(f"ALTER DATABASE {live.url.database} SET TABLESPACE petit")
    filler = small_disk / "plein"
    filler.write_bytes(b"\0" * (shutil.disk_usage(small_disk).free - 64_000))
    try:
        assert "disque" in refusal(run(live.url, monkeypatch, *import_words(rows)))
        assert create_app(live).test_client().get("/initiatives").status_code == 200
        assert contents(live) == before
        assert not store_faults(live)
        filler.unlink()
        assert run(live.url, monkeypatch, *import_words(rows)).exit_code == 0
    finally:
        live.dispose()
        server.execute(f"ALTER DATABASE {live.url.database} SET TABLESPACE pg_default")


def test_the_map_comes_back_with_the_server(live: Engine, server: Server) -> None:
    """Stopped under the requests: the usual sentence; started again: the page, without a hand."""
    client = create_app(live).test_client()
    assert client.get("/").status_code == 200
    server.stop()
    try:
        for path in ("/", "/api/v1/initiatives"):
            answer = client.get(path)
            assert answer.status_code == 503
        assert answer.get_json()["error"].startswith("La base de données ne répond pas.")
    finally:
        server.start()
    assert client.get("/").status_code == 200


# Several servers -------------------------------------------------------------------------------


def test_another_server_sees_an_import_at_its_next_request(live: Engine, rows: Path) -> None:
    """What it kept in memory is forgotten; the catalogue, the points and the version are new."""
    elsewhere = open_engine(str(live.url))
    other = create_app(elsewhere).test_client()
    before = other.get("/api/v1/initiatives").get_json()
    drawn = "/api/v1/clusters?bbox=4,47,6,48&zoom=9"
    seen = other.get(drawn).get_json()
    imported(live, rows)
    after = other.get("/api/v1/initiatives").get_json()
    assert after["count"] == before["count"] + 300
    assert after["data_version"] != before["data_version"]
    assert other.get(drawn).get_json() != seen
    elsewhere.dispose()


def test_of_two_that_start_at_once_one_builds(
    empty: Engine, small_data: Path, start: Start
) -> None:
    """Both end well on an empty database: the other waits, and finds everything there."""
    both = [start([sys.executable, "-c", STARTER, str(small_data)], empty) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert sorted(told) == [("False\n", ""), ("True\n", "")]
    assert not store_faults(empty)


# What commands do --------------------------------------------------------------------------------


def test_commands_read_the_store(
    live: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked, counted, covered, exported."""
    assert run(live.url, monkeypatch, "check").stdout == "Tout est bon.\n"
    for words in (("stats",), ("runs",), ("coverage",), ("locate", "5.07", "47.33")):
        assert run(live.url, monkeypatch, *words).exit_code == 0, words
    for name in ("initiatives.csv", "qpv.gpkg", "resources.xlsx", "coverage.geojson"):
        path = tmp_path / name
        assert run(live.url, monkeypatch, "export", path.stem, path).exit_code == 0
        assert path.stat().st_size > 1000


@contextmanager
def in_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PostgreSQL's own programs, found as an operator finds them."""
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=":")
        yield


def test_saving_and_restoring_are_told_and_work_as_told(
    live: Engine, server: Server, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence holds two commands: run as they are, they save the store and put it back."""
    file = tmp_path / "a.sqlite"
    file.touch()
    told = refusal(run(live.url, monkeypatch, "backup", file))
    assert refusal(run(live.url, monkeypatch, "restore", file, "--yes")) == told
    save, restore = (shlex.split(command) for command in re.findall(r"« (pg_.+?) »", told))
    before = contents(live, without=())
    with in_path(server.programs, monkeypatch):
        subprocess.run(save, cwd=tmp_path, check=True)
        imported(live, rows)
        assert contents(live, without=()) != before
        live.dispose()
        subprocess.run(restore, cwd=tmp_path, check=True)
    assert contents(live, without=()) == before
    assert not store_faults(live)


def test_a_store_moves_from_sqlite(
    live: Engine,
    empty: Engine,
    sqlite_stores: Stores,
    small_data: Path,
    rows: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A backup of the file brings all that it held; the next run has the next number."""
    module = import_module("mapapp.cli.backup")  # the command of that name hides it
    monkeypatch.setattr(module, "shipped", lambda _: small_data)
    file = tmp_path / "a.sqlite"
    with sqlite_stores.opened(small_data) as former:
        imported(former, rows)
        back_up(former, file)
        held = contents(former, without=())
    imported(live, rows, source_id="autre")
    imported(live, rows)
    known = create_app(live).test_client().get("/healthz").get_json()
    assert "--yes" in refusal(run(live.url, monkeypatch, "restore", file))
    for engine in (live, empty):
        assert run(engine.url, monkeypatch, "restore", file, "--yes").exit_code == 0
        assert contents(engine, without=()) == held
        assert not store_faults(engine)
    assert create_app(live).test_client().get("/healthz").get_json() != known
    imported(live, rows, source_id="autre")
    with live.connect() as connection:
        assert connection.scalars(text("SELECT id FROM run ORDER BY id")).all() == [1, 2]


# How it is kept ---------------------------------------------------------------------------------


def test_texts_are_sorted_as_in_sqlite(live: Engine) -> None:
    """By the codes of their characters, on a server that would sort them as French does."""
    with live.connect() as connection:
        assert connection.scalar(text("SELECT 'Élan' < 'Zoo'")) is True
        names = list(connection.scalars(select(ter.Commune.name).order_by(ter.Commune.name)))
        assert names == sorted(names)
        columns = "SELECT DISTINCT collation_name FROM information_schema.columns"
        ours = text(f"{columns} WHERE table_name = ANY(:names)")
        found = set(connection.scalars(ours, {"names": list(Base.metadata.tables)}))
    assert found == {"C", None}


def test_no_character_is_refused(live: Engine) -> None:
    """NUL, which PostgreSQL does not have, is unreadable: looked for, it is not found."""
    client = create_app(live).test_client()
    assert client.get("/initiatives/a%00b").status_code == 404
    assert client.get("/qpv/QN%00").status_code == 404
    for query in ("q=a%00b", "source=%00", "theme=%00", "commune=%00"):
        assert client.get(f"/api/v1/initiatives?{query}").status_code == 400
    with sessions(live).begin() as session:
        session.add(State(key="essai", value="a\0b"))
    with sessions(live)() as session:
        assert session.get_one(State, "essai").value == "a\ufffdb"


# QGIS --------------------------------------------------------------------------------------------


def add_postgis(engine: Engine) -> None:
    """What a superuser does once."""
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
    with engine.begin() as connection:
        if not connection.scalar(text(available)):
            absent("PostGIS is not installed (Debian package « postgresql-postgis »)")
        connection.execute(text("CREATE EXTENSION postgis"))


@pytest.fixture
def with_postgis(live: Engine) -> Engine:
    """A store whose operator has made the extension, then started mapapp again."""
    add_postgis(live)
    upgrade_schema(live)
    return live


def test_a_plain_user_who_owns_the_database_is_enough(
    empty: Engine, server: Server, small_data: Path
) -> None:
    """Even where the tables of PostGIS, which are not theirs, are there first."""
    server.execute("CREATE ROLE carte LOGIN")
    server.execute(f"ALTER DATABASE {empty.url.database} OWNER TO carte")
    add_postgis(empty)
    theirs = open_engine(str(empty.url.set(username="carte")))
    assert initialise(theirs, small_data).changed
    with theirs.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM qgis_qpv")) == 142
        connection.execute(text("DROP OWNED BY carte"))
    theirs.dispose()
    server.execute(f"ALTER DATABASE {empty.url.database} OWNER TO {SUPERUSER}")
    server.execute("DROP ROLE carte")


def test_qgis_sees_points_and_contours(with_postgis: Engine) -> None:
    """Each initiative with its precision and both verdicts, each QPV with its contour."""
    with with_postgis.connect() as connection:
        [told] = connection.execute(
            text(
                "SELECT *, ST_X(geom) x, ST_Y(geom) y FROM qgis_initiatives"
                " WHERE slug = 'la-coursive-boutaric'"
            )
        ).mappings()
        with sessions(with_postgis)() as session:
            kept = session.scalars(
                select(ini.Initiative).where(ini.Initiative.slug == told["slug"])
            ).one()
            assert (told["x"], told["y"]) == (kept.lon, kept.lat)
            assert (told["precision"], told["rayon_m"]) == (kept.precision, kept.radius_m)
            assert [told["statut_2015"], told["statut_2024"]] == [v.status for v in kept.verdicts]
            assert told["qpv_2024"] == "QN02103M"
            count = session.query(ini.Initiative).count()
            outlines = dict(session.execute(select(ter.Qpv.code, ter.Qpv.outline)).all())
        assert connection.scalar(text("SELECT count(*) FROM qgis_initiatives")) == count
        drawn = connection.execute(text("SELECT code, ST_AsBinary(geom) FROM qgis_qpv")).all()
        assert {code for code, _ in drawn} == set(outlines)
        for code, wkb in drawn:
            assert shapely.equals(shapely.from_wkb(bytes(wkb)), shapely.from_wkb(outlines[code]))
        kinds = text("SELECT f_table_name, type, srid FROM geometry_columns ORDER BY 1")
        assert connection.execute(kinds).all() == [
            ("qgis_initiatives", "POINT", 4326),
            ("qgis_qpv", "MULTIPOLYGON", 4326),
        ]


def test_views_keep_their_rights_and_are_no_hindrance(
    with_postgis: Engine, small_data: Path
) -> None:
    """A second start leaves them as they are; the schema can change behind them."""
    with with_postgis.begin() as connection:
        connection.execute(text("GRANT SELECT ON qgis_qpv TO pg_read_all_stats"))
        rights = text("SELECT relacl::text FROM pg_class WHERE relname = 'qgis_qpv'")
        given = connection.scalar(rights)
    assert not initialise(with_postgis, small_data).changed
    with with_postgis.begin() as connection:
        assert connection.scalar(rights) == given
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
        connection.execute(text("DROP TABLE given_slug"))
        connection.execute(text("ALTER TABLE source DROP COLUMN publishes"))
    with pytest.raises(NotReady, match="plus ancienne"):
        require_schema(with_postgis)
    upgrade_schema(with_postgis)
    with with_postgis.connect() as connection:
        for name in VIEWS:
            connection.execute(text(f"SELECT * FROM {name} LIMIT 1"))
    assert not store_faults(with_postgis)


def test_without_postgis_there_are_no_views(live: Engine) -> None:
    """And nothing else misses."""
    with live.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('qgis_qpv')")) is None
