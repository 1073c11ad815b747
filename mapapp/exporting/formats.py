"""The forms an extract can take, by the suffix of the file, and the file put in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mapapp.errors import BadInput
from mapapp.exporting.extracts import Extract
from mapapp.exporting.geofiles import write_geojson, write_gpkg
from mapapp.exporting.spreadsheets import write_csv, write_xlsx
from mapapp.store.drafts import drafted

Writer = Callable[[Extract, Path], None]

WRITERS: dict[str, Writer] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".geojson": write_geojson,
    ".gpkg": write_gpkg,
}


def writer_for(path: Path, private: bool = False) -> Writer:
    """What writes a file of that name, whole or not at all; ``private``: for its owner alone.

    Raises:
        BadInput: no known suffix.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(WRITERS)
        raise BadInput(f"« {path.name} » : le nom doit finir par {known}.")

    def write(extract: Extract, target: Path) -> None:
        with drafted(target, private) as draft:
            writer(extract, draft)

    return write
