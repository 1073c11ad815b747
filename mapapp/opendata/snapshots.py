"""Dated copies of the published data, kept in a folder: never changed, each with its manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mapapp.errors import UnknownRecord
from mapapp.paths import instance_folder

MANIFEST = "manifest.json"

#: The day, and a number from the second of the same day on.
NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(-[1-9][0-9]{0,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a snapshot; ``dataset`` is empty for the change list. ``size`` in bytes."""

    name: str
    dataset: str
    form: str
    media_type: str
    lines: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a manifest tells. ``day``: last change of the data (ISO 8601); ``made_by``: the version.

    ``missing``: forms that could not be written, and why. ``changes``: since ``previous``, by
    dataset, how many records were added, removed and changed (``ajout``, ``retrait``,
    ``modification``).
    """

    name: str
    data_version: str
    day: str
    made_by: str
    licence: str
    sources: tuple[Mapping[str, Any], ...]
    contours: tuple[Mapping[str, Any], ...]
    files: tuple[KeptFile, ...]
    missing: Mapping[str, str]
    previous: str | None
    changes: Mapping[str, Mapping[str, int]]

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/donnees/{self.name}"

    @property
    def taken_on(self) -> str:
        """The day when it was taken (ISO 8601)."""
        return self.name[:10]

    @property
    def by_name(self) -> dict[str, KeptFile]:
        """Its files by their name."""
        return {file.name: file for file in self.files}

    @property
    def change_count(self) -> int:
        """How many records changed, were added or removed since the previous one."""
        return sum(sum(counts.values()) for counts in self.changes.values())

    def as_json(self) -> str:
        """The manifest: one text for one snapshot."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def mapapp_version() -> str:
    """The version of this installation: another may write other files of the same data."""
    return version("mapapp")


def snapshots_folder() -> Path:
    """Where this instance keeps its snapshots."""
    return instance_folder() / "snapshots"


def names(folder: Path) -> list[str]:
    """The names of the snapshots of a folder, newest first."""
    if not folder.is_dir():
        return []
    kept = (path.name for path in folder.iterdir() if NAME.fullmatch(path.name))
    return sorted(kept, key=_order, reverse=True)


def all_snapshots(folder: Path) -> list[Snapshot]:
    """The snapshots of a folder, newest first; one that cannot be read is not shown."""
    found = (_read(folder / name) for name in names(folder))
    return [snapshot for snapshot in found if snapshot]


def newest(folder: Path) -> Snapshot | None:
    """The last snapshot of a folder."""
    return next((found for name in names(folder) if (found := _read(folder / name))), None)


def snapshot_named(folder: Path, name: str) -> Snapshot:
    """One snapshot.

    Raises:
        UnknownRecord: there is none of that name.
    """
    found = _read(folder / name) if NAME.fullmatch(name) else None
    if found is None:
        raise UnknownRecord(
            f"Aucun instantané des données ne porte le nom « {name[:40]} ».",
            ways=[("Les données et leurs instantanés", "/donnees")],
        )
    return found


def _order(name: str) -> tuple[str, int]:
    return name[:10], int(name[11:] or 1)


def _read(path: Path) -> Snapshot | None:
    """What a manifest tells; read once, for it never changes. None: there is none, or damaged."""
    try:
        return _told(path / MANIFEST, (path / MANIFEST).stat().st_mtime_ns)
    except (OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1024)
def _told(manifest: Path, _written_ns: int) -> Snapshot:
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["files"] = tuple(KeptFile(**file) for file in told["files"])
    told["sources"], told["contours"] = tuple(told["sources"]), tuple(told["contours"])
    return Snapshot(**told)
