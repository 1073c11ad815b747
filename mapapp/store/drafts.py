"""What appears whole or not at all: written as a draft beside its place, then renamed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from mapapp.errors import BadInput

_PREFIX = ".mapapp-"

#: A draft of a folder that old was left by a process that was killed: none takes an hour to write.
_ABANDONED_S = 24 * 3600


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
    draft = path.with_name(f"{_PREFIX}{token_hex(8)}{path.suffix.lower()}")
    try:
        yield draft
        _settle(draft)
        draft.replace(path)
    except OSError as error:  # nobody knows the draft's name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def drafted_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill, which shall become ``path``; nothing stays if the filling fails.

    Raises:
        BadInput: somebody made ``path`` meanwhile.
        OSError: the disk or the folder refuses, said of ``path``.
    """
    draft = path.with_name(f"{_PREFIX}{token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(path.parent)
        draft.mkdir()
        yield draft
        for file in draft.iterdir():
            _settle(file)
        if path.exists():  # a rename would take the place of an empty folder
            raise BadInput(f"{path} vient d’être écrit par un autre : relancez.")
        draft.rename(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _clear_abandoned(folder: Path) -> None:
    for draft in folder.glob(f"{_PREFIX}*"):
        if draft.is_dir() and time.time() - draft.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(draft, ignore_errors=True)


def _settle(draft: Path) -> None:
    """On the disk before it takes the place of the former file: a power cut spares one of them."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
