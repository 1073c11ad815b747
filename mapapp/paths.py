"""Where the files that ship with mapapp lie, in a checkout, an editable install and a wheel."""

from __future__ import annotations

from pathlib import Path

from mapapp.config import INSTANCE

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """The folder ``data`` or ``templates``: in the package of a wheel, beside it in a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def instance_folder() -> Path:
    """The folder of the database and caches: ``MAPAPP_INSTANCE``, else ``instance/`` here."""
    return Path(INSTANCE.read()).resolve()
