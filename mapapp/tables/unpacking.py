"""Compressed files: which are traps, and what reading a damaged one raises."""

from __future__ import annotations

import zlib
from lzma import LZMAError
from zipfile import BadZipFile

from mapapp.errors import DataFault

#: What Python raises for an archive that is cut, altered, encrypted or packed in an unknown way.
DAMAGED = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error, LZMAError)

#: Text and outlines pack 4 to 30 times, a sheet of repeated lines up to 100; a bomb 1,000 times.
LARGEST_RATIO = 200
#: Below this a file cannot harm, whatever its ratio.
HARMLESS = 10_000_000


def check_unpacked(name: str, packed: int, unpacked: int, most: int) -> None:
    """Refuse what unpacks to more than ``most`` bytes, or to too many for its size.

    Raises:
        DataFault: says the bounds.
    """
    if unpacked > most or is_swollen(packed, unpacked):
        raise DataFault(
            f"{name}\u00a0: ce fichier compressé se déplie à {unpacked / 1e6:.0f}\u00a0Mo "
            f"(au plus {most // 1_000_000}\u00a0Mo, et {LARGEST_RATIO} fois sa taille). "
            "Rien n’a été importé\u00a0: vérifiez d’où il vient, ou découpez-le."
        )


def is_swollen(packed: int, unpacked: int) -> bool:
    """Whether so much comes out of so little that it is a trap."""
    return unpacked > HARMLESS and unpacked > LARGEST_RATIO * packed
