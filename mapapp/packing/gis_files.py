"""What may be opened as a geographic file: known formats, whole Shapefiles, zips of a sane size."""

from __future__ import annotations

import codecs
import struct
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from mapapp.errors import DataFault
from mapapp.tables.unpacking import DAMAGED, check_unpacked

#: Official zips unpack to some 60 MB. Beyond this bound one holds something else than QPVs.
LARGEST_UNPACKED = 500_000_000

#: What each format begins with: GDAL opens a file by its content, whatever its name says, and some
#: of the contents it understands send it to read other files or hosts.
_BEGINNINGS = {
    ".shp": struct.pack(">i", 9994),
    ".gpkg": b"SQLite format 3\x00",
    ".fgb": b"fgb\x03",
    ".zip": b"PK\x03\x04",
    ".shz": b"PK\x03\x04",
}

#: Layers that a zip may hold. GDAL reads GeoJSON too, and nothing else begins with a brace.
_LAYERS = {suffix: _BEGINNINGS[suffix] for suffix in (".shp", ".gpkg", ".fgb")}
_LAYERS |= {".geojson": b"{", ".json": b"{"}

#: Without which a Shapefile says nothing of its objects, or not where they are.
_COMPANIONS = {
    ".dbf": "les codes et les noms des quartiers",
    ".prj": "le système de coordonnées",
}


def layers_of(path: Path) -> list[str]:
    """What GDAL has to open for a file: the file, or each layer inside a zip.

    Raises:
        DataFault: not a geographic file, an incomplete Shapefile, a zip that unpacks to too much.
    """
    suffix = path.suffix.lower()
    if suffix not in _BEGINNINGS:
        raise DataFault(
            f"{path.name} : format inconnu. Attendu : Shapefile zippé (.zip), GeoPackage (.gpkg), "
            "FlatGeobuf (.fgb) ou GeoJSON (.geojson)."
        )
    with _opened(path) as file:
        _check_beginning(path.name, path.name, file, _BEGINNINGS[suffix])
    if suffix in (".zip", ".shz"):
        return list(_zipped_layers(path))
    if suffix == ".shp":
        _check_companions(path.name, path.name, [near.name for near in path.parent.iterdir()])
    return [str(path)]


def _zipped_layers(path: Path) -> Iterator[str]:
    """The layers of a zip as GDAL names them, wherever they lie in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            unpacked = sum(member.file_size for member in members)
            check_unpacked(path.name, path.stat().st_size, unpacked, LARGEST_UNPACKED)
            names = [m.filename for m in members if not m.filename.startswith("__MACOSX/")]
            layers = [name for name in names if _suffix(name) in _LAYERS]
            for name in layers:
                _check_member(path, archive, name, names)
                yield f"/vsizip/{{{path.absolute()}}}/{name}"
    except DAMAGED as error:
        raise DataFault(f"{path.name} : ce zip est abîmé ou chiffré ({error}).") from error
    if not layers:
        raise DataFault(
            f"{path.name} : ce zip ne contient aucun fichier géographique ({', '.join(_LAYERS)})."
        )


def _check_member(path: Path, archive: zipfile.ZipFile, name: str, names: Collection[str]) -> None:
    with archive.open(name) as file:
        _check_beginning(path.name, name, file, _LAYERS[_suffix(name)])
    if _suffix(name) == ".shp":
        _check_companions(path.name, name, names)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise DataFault(f"{path.name} : fichier illisible ({error.strerror}).") from error


def _check_beginning(file_name: str, name: str, file: IO[bytes], expected: bytes) -> None:
    head = file.read(64)
    if expected == _LAYERS[".json"]:
        head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not head.startswith(expected):
        inside = "" if name == file_name else f" « {name} »"
        raise DataFault(
            f"{file_name} :{inside} contenu illisible : ce n’est pas un fichier géographique du "
            "format que dit son nom. Téléchargez-le de nouveau."
        )


def _check_companions(file_name: str, shapefile: str, present: Collection[str]) -> None:
    known = {name.lower() for name in present}
    for suffix, holds in _COMPANIONS.items():
        companion = str(PurePosixPath(shapefile).with_suffix(suffix))
        if companion.lower() not in known:
            raise DataFault(
                f"{file_name} : il manque « {companion} » ({holds}) : "
                "un Shapefile est fait de plusieurs fichiers, donnez-les tous dans un même zip."
            )


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
