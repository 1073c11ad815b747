"""The wheel holds what the repository shows, and serves a page where nothing else of ours is."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from absence import absent

CHECKOUT = Path(__file__).resolve().parent.parent

#: Where each folder of the repository lies in a wheel.
PLACES = {"geo": "geo", "mapapp": "mapapp", "data": "mapapp/data", "templates": "mapapp/templates"}
#: To build the base from the shipped data takes some ten seconds on two busy cores.
PATIENCE_S = 60


def run(*command: str | Path, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> str:
    """What a command prints; its complaint when it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone would hold: the files that git knows or would add, and nothing built."""
    if not (CHECKOUT / ".git").exists() or not shutil.which("git"):
        absent("this is no git checkout: what belongs to the project is not known")
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard")
    folder = tmp_path_factory.mktemp("copy")
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of that copy, built with the locked setuptools and no network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", *options, copy)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment with the wheel, and the libraries of the test environment.

    These are lent by a path file: the ``.pth`` files that they hold are not read from there, so
    the editable installation of the checkout stays out.
    """
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def test_a_wheel_ships_every_source_file_and_no_other(copy: Path, wheel: Path) -> None:
    """A package left out of pyproject works in a checkout and is missing from the wheel."""
    sources = {
        f"{place}/{path.relative_to(copy / folder).as_posix()}"
        for folder, place in PLACES.items()
        for path in (copy / folder).rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert shipped == sources, (
        f"missing from the wheel: {sorted(sources - shipped)}; "
        f"of no source: {sorted(shipped - sources)}"
    )


def test_a_wheel_carries_its_licence(wheel: Path) -> None:
    """The licence travels with the code and the data that it speaks of."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/LICENCE")]
        text = archive.read(name).decode()

    assert "the mapapp authors" in text
    assert "Licence Ouverte" in text


def test_the_locked_builder_is_the_one_declared() -> None:
    """The group that the lock files pin says what a build asks for."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


def test_an_installed_wheel_serves_a_page(installed: Path, tmp_path: Path) -> None:
    """With the wheel alone: the base is built, the first page and the health check answer."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "MAPAPP_INSTANCE": str(tmp_path / "instance"),
    }
    environment.pop("MAPAPP_DATABASE_URL", None)
    program = "import geo, mapapp; print(geo.__file__, mapapp.__file__, sep='\\n')"
    origins = run(installed / "python", "-c", program, cwd=tmp_path, env=environment).split()

    assert all(Path(origin).is_relative_to(installed.parent) for origin in origins), origins

    run(installed / "mapapp", "init", cwd=tmp_path, env=environment)
    with serving(installed, tmp_path, environment) as address:
        page = fetched(f"{address}/")
        assert '<html lang="fr"' in page
        assert fetched(f"{address}/healthz")


@contextmanager
def serving(installed: Path, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of a server on a free port of this machine, ended by its own id."""
    port = free_port()
    command = (installed / "mapapp", "serve", "--host", "127.0.0.1", "--port", str(port))
    with (
        (folder / "serve.log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/healthz", server, folder / "serve.log")
            yield address
        finally:
            server.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the address answers; fail with the server's words when it ends or is too slow."""
    deadline = time.monotonic() + PATIENCE_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            fetched(address)
        except OSError:  # refused, cut, or not ready
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server does not answer:\n{log.read_text(encoding='utf-8')}")


def fetched(address: str) -> str:
    """The body at an address of this machine, whatever proxy the environment names."""
    with build_opener(ProxyHandler({})).open(address, timeout=10) as answer:
        return str(answer.read().decode())
