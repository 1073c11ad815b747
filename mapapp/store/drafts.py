"""What appears whole or not at all: written in a hidden folder beside its place, then renamed.

Who writes a draft holds a lock on its folder, which the system gives back however the process ends.
So what a killed command left is known for certain: a folder of ours that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from mapapp.errors import BadInput
from mapapp.paths import instance_folder

#: No name of a person's file; the folders of an unfinished join (``.mapapp-join-…``) are no drafts.
_NAME = re.compile(r"\.mapapp-[0-9a-f]{16}(\.[a-z0-9]+)?")

#: Drafts of former versions of mapapp hold no lock; none took a day to write.
_ABANDONED_S = 24 * 3600


@contextmanager
def drafted(path: Path, private: bool = False) -> Iterator[Path]:
    """Where to write what shall become ``path``; the former file stays if the writing fails.

    The draft keeps the suffix, by which GDAL knows what it writes. ``private``: only its owner may
    read the file, whatever the umask.

    Raises:
        BadInput: the folder does not exist.
        OSError: the disk or the folder refuses, said of ``path``.
    """
    if not path.parent.is_dir():
        raise BadInput(f"Le dossier {path.parent} n’existe pas : créez-le d’abord.")
    with _said_of(path), draft_folder(path.parent) as folder:
        draft = folder / f"draft{path.suffix.lower()}"
        yield draft
        _settle(draft)
        if private:
            draft.chmod(0o600)
        draft.replace(path)


@contextmanager
def drafted_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill, which shall become ``path``; nothing stays if the filling fails.

    Only its owner may read it and its files.

    Raises:
        BadInput: somebody made ``path`` meanwhile.
        OSError: the disk or the folder refuses, said of ``path``.
    """
    with _said_of(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft_folder(path.parent) as draft:
            yield draft
            for file in draft.iterdir():
                _settle(file)
                file.chmod(0o600)
            if path.exists():  # a rename would take the place of an empty folder
                raise BadInput(f"{path} vient d’être écrit par un autre : relancez.")
            draft.rename(path)


@contextmanager
def draft_folder(beside: Path) -> Iterator[Path]:
    """An empty folder in ``beside``, ours alone until the block ends; then it is gone."""
    clear_drafts(beside)
    folder, handle, note = _locked_folder(beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
        if note:
            note.unlink(missing_ok=True)


def clear_drafts(folder: Path) -> None:
    """Remove from a folder the drafts that killed commands left, and those noted there."""
    with suppress(OSError):  # a folder that nobody may read or write has none of ours
        for draft in folder.iterdir():
            if not _NAME.fullmatch(draft.name):
                continue
            if draft.is_symlink():
                _clear(draft.readlink())
                if not draft.exists():
                    draft.unlink(missing_ok=True)
            else:
                _clear(draft)


def _locked_folder(beside: Path) -> tuple[Path, int, Path | None]:
    """A new folder, the descriptor whose lock says that it is being written, and its note."""
    while True:
        folder = beside / f".mapapp-{token_hex(8)}"
        note = _note(folder)
        folder.mkdir(mode=0o700)
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another command took it for abandoned before it was locked
            continue
        with suppress(OSError):  # a file system without locks: no command clears there
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():
            return folder, handle, note
        os.close(handle)


def _note(draft: Path) -> Path | None:
    """Remember in the instance folder, which each command opens, a draft that lies elsewhere."""
    instance = instance_folder()
    if draft.parent.resolve() == instance or not instance.is_dir():
        return None
    link = instance / draft.name
    try:
        link.symlink_to(draft.absolute())
    except OSError:  # a read-only instance: the next draft in that folder clears it
        return None
    return link


def _clear(draft: Path) -> None:
    """Remove a draft unless somebody writes it, or it may be of another user."""
    if not _NAME.fullmatch(draft.name):
        return
    with suppress(OSError):
        found = draft.lstat()
        if found.st_uid != os.geteuid():
            return
        if not draft.is_dir():  # of a former version
            if time.time() - found.st_mtime > _ABANDONED_S:
                draft.unlink()
            return
        handle = os.open(draft, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(draft, ignore_errors=True)
        finally:
            os.close(handle)


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # nobody knows the draft's name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _settle(draft: Path) -> None:
    """On the disk before it takes the place of the former file: a power cut spares one of them."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
