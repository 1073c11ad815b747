"""The direction of imports, read from the source: what a module may name, and what it may not."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

#: From the top down: a module imports its own layer and the ones below. The longest name that
#: fits a module gives its layer; whatever is in mapapp and not named is a use case or a query.
LAYERS = (
    ("entries", ("wsgi", "mapapp.__main__", "mapapp.cli", "mapapp.serving")),
    ("the factory", ("mapapp.__init__",)),
    ("what answers", ("mapapp.pages", "mapapp.api")),
    ("what answers share", ("mapapp.web",)),
    ("use cases and queries", ("mapapp",)),
    ("the store", ("mapapp.store",)),
    ("what all of mapapp may name", ("mapapp.config", "mapapp.errors", "mapapp.paths")),
    ("geography", ("geo",)),
)

#: Libraries that only these modules and packages may know.
DOORS = {
    "flask": ("mapapp.__init__", "mapapp.pages", "mapapp.api", "mapapp.web", "mapapp.serving"),
    "flask_limiter": ("mapapp.web.limits",),
    "pyarrow": ("mapapp.joining.parquet",),
    "distributed": ("mapapp.joining.on_dask",),
    "limits": ("mapapp.machine.counters",),
    "flask_openapi3": ("mapapp.__init__", "mapapp.api"),
    "folium": ("mapapp.maps.shell",),
    "branca": ("mapapp.maps.shell",),
    "geopy": ("geo",),
    "alembic": ("mapapp.store",),
    "sqlalchemy": ("mapapp",),
    "gunicorn": ("mapapp.serving",),
    "waitress": ("mapapp.serving",),
}

#: What opens a connection, and the one package that asks other servers (docs/decisions/0038).
ASKING = (
    "socket ssl http.client urllib.request ftplib smtplib xmlrpc requests urllib3 httpx aiohttp "
    "geopy.adapters.RequestsAdapter geopy.adapters.URLLibAdapter geopy.adapters.AioHTTPAdapter"
).split()
OUTGOING = "mapapp.outgoing"
#: These know sockets that are listened on.
LISTENING = {"socket": ("mapapp.cli.listening", "mapapp.serving")}

NAMES_FOR_NOTHING = {"utils", "helpers", "services", "service", "manager", "managers", "common"}


def module_name(path: Path) -> str:
    """``mapapp/store/engine.py`` is ``mapapp.store.engine``; a package is ``…__init__``."""
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)


def sources() -> dict[str, Path]:
    """Every module of ours, by name."""
    folders = (CHECKOUT / "geo", CHECKOUT / "mapapp")
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    return {module_name(path): path for path in (*sorted(paths), CHECKOUT / "wsgi.py")}


def imports(path: Path) -> list[str]:
    """The dotted names that a module imports, wherever the statement stands in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            names += [f"{origin}.{alias.name}" for alias in node.names]
    return names


SOURCES = sources()
IMPORTS = {module: imports(path) for module, path in SOURCES.items()}


def own_module(name: str) -> str | None:
    """The module of ours that an imported name lies in, None when it is not ours."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        dotted = ".".join(parts[:length])
        for module in (dotted, f"{dotted}.__init__"):
            if module in SOURCES:
                return module
    return None


def within(module: str, name: str) -> bool:
    """Whether a module is the one named, or lies in the package named."""
    return f"{module}.".startswith(f"{name}.")


def layer(module: str) -> int:
    """The rank of a module's layer, 0 at the top."""
    fitting = [
        (len(name), rank)
        for rank, (_, names) in enumerate(LAYERS)
        for name in names
        if within(module, name)
    ]
    return max(fitting)[1]


def test_imports_go_down() -> None:
    """No module imports from a layer above its own."""
    upward = [
        f"{module} ({LAYERS[layer(module)][0]}) imports {name} ({LAYERS[layer(target)][0]})"
        for module, names in IMPORTS.items()
        for name in names
        if (target := own_module(name)) and layer(target) < layer(module)
    ]

    assert not upward, "imports that go up:\n" + "\n".join(upward)


def test_imports_are_absolute() -> None:
    """An import reads as the folders stand: ``from geo.position import …``, from anywhere."""
    relative = [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        for name in names
        if name.startswith(".")
    ]

    assert not relative, "\n".join(relative)


@pytest.mark.parametrize("library", DOORS)
def test_a_library_stays_behind_its_door(library: str) -> None:
    """Only the modules named in DOORS import the library, and some of them do."""
    users = {
        module for module, names in IMPORTS.items() if any(within(name, library) for name in names)
    }
    strangers = {user for user in users if not any(within(user, door) for door in DOORS[library])}

    assert not strangers, f"{library} is known outside {DOORS[library]}: {sorted(strangers)}"
    assert users, f"nobody imports {library}: take it out of DOORS"


def test_other_servers_are_asked_through_one_door() -> None:
    """No module but those of the door imports what opens a connection."""
    strangers = [
        f"{module} imports {name}"
        for module, names in IMPORTS.items()
        for name in names
        for asking in ASKING
        if within(name, asking)
        if not any(within(module, door) for door in (OUTGOING, *LISTENING.get(asking, ())))
    ]

    assert not strangers, "ask through mapapp.outgoing.fetching:\n" + "\n".join(strangers)
    assert any(
        within(name, "http.client")
        for module, names in IMPORTS.items()
        for name in names
        if within(module, OUTGOING)
    ), "nobody asks: ASKING names what is used no more"


def test_geography_loads_neither_web_nor_database() -> None:
    """In a fresh interpreter, every module of ``geo`` loads without Flask, SQLAlchemy, Folium."""
    modules = [name.removesuffix(".__init__") for name in SOURCES if within(name, "geo")]
    program = (
        f"import sys, {', '.join(modules)}\n"
        "print(*{'flask', 'sqlalchemy', 'folium', 'branca', 'mapapp'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "", f"geo loads {run.stdout.strip()}"


def test_data_and_templates_hold_no_python() -> None:
    """``data/`` and ``templates/`` are for data and pages."""
    stray = [path for name in ("data", "templates") for path in (CHECKOUT / name).rglob("*.py*")]

    assert not stray, f"Python where none belongs: {stray}"


def test_no_module_is_named_after_nothing() -> None:
    """A module says what it does; « utils » says that nobody knew."""
    vague = [module for module in SOURCES if NAMES_FOR_NOTHING & set(module.split("."))]

    assert not vague, f"name these after what they do: {vague}"


def test_the_mapped_folders_have_no_twin() -> None:
    """``mapapp/data`` and ``mapapp/templates`` exist in a wheel alone, else they win over ours."""
    twins = [name for name in ("data", "templates") if (CHECKOUT / "mapapp" / name).exists()]

    assert not twins, f"these hide the folder of the same name at the root: {twins}"
