"""A file that appears whole or not at all: written as a draft beside its place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from mapapp.errors import BadInput


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Where to write what shall become ``path``; the former file stays if the writing fails.

    The draft keeps the suffix, by which GDAL knows what it writes.

    Raises:
        BadInput: the folder does not exist.
        OSError: the disk or the folder refuses, said of ``path``.
    """
    if not path.parent.is_dir():
        raise BadInput(f"Le dossier {path.parent} n’existe pas : créez-le d’abord.")
    draft = path.with_name(f".mapapp-{token_hex(8)}{path.suffix.lower()}")
    try:
        yield draft
        _settle(draft)
        draft.replace(path)
    except OSError as error:  # nobody knows the draft's name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


def _settle(draft: Path) -> None:
    """On the disk before it takes the place of the former file: a power cut spares one of them."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
