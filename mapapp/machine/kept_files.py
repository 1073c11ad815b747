"""Files that are heavy to make: made once for a question, kept on disk within a bound.

One is made at a time on the machine. Who asks for the one that is being made waits for it; who asks
for another waits a little for the turn to make it. Files are named after a hash of the question,
which holds the version of the data: nobody asks for those of a former version, and they are the
first to go when the bound is reached, least recently used first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mapapp.errors import NotReady, Occupied
from mapapp.machine.folder import subfolder
from mapapp.machine.turns import turn

#: In the shared folder.
FOLDER = "fichiers"

#: The dearest file that ships takes some seconds; who wants the same waits for as long as a browser
#: shows that something is coming, who wants another for as long as others' pages stay quick.
SAME_S, OTHER_S = 15.0, 2.0

#: Threads of a process that may make or await files: half of four, the others are for the pages.
AT_ONCE = 2

#: Who waits says so twenty times a second; an older wish is that of somebody who has gone.
_WISHED_S = 1.0

_MAKING = "fichier"
_DRAFT, _WISH = ".ebauche", ".voulu"

#: What a file is made by, in a folder of its own; it gives its path there. It calls its second
#: argument between parts of its work, which raises :class:`Unwanted` when nobody waits any more.
Make = Callable[[Path, Callable[[], None]], Path]


class Unwanted(Exception):
    """Nobody waits any more for what is being made."""


class KeptFiles:
    """The kept files of this machine: at most ``most_bytes`` together.

    ``at_once``: threads of this process that may make or await one.
    """

    def __init__(self, most_bytes: int, at_once: int = AT_ONCE) -> None:
        self.most_bytes = most_bytes
        self._places = threading.BoundedSemaphore(at_once)

    def opened(self, question: object, make: Make, gone: Callable[[], bool]) -> BinaryIO:
        """The file that answers a question, made now if it is not there.

        Args:
            question: all that the file depends on, the version of the data included; it is known
                by its ``repr``.
            make: writes the file.
            gone: whether the asker has gone.

        Raises:
            Occupied: others are being served; later.
            Unwanted: the asker has gone meanwhile, and nobody else wants the file.
            NotReady: the disk refuses the file.
        """
        place = _Place.of(question)
        return place.opened() or self._made_or_awaited(place, make, gone)

    def _made_or_awaited(self, place: _Place, make: Make, gone: Callable[[], bool]) -> BinaryIO:
        if not self._places.acquire(blocking=False):
            raise Occupied.of_files(OTHER_S)
        try:
            others_end = time.monotonic() + OTHER_S

            def is_worth_waiting() -> bool:
                if gone() or place.path.exists():
                    return False
                if place.draft.exists():
                    place.wish.touch(0o600)
                    return True
                return time.monotonic() < others_end

            with turn(_MAKING, SAME_S, is_worth_waiting) as ours:
                found = place.opened()
                if found is None and gone():
                    raise Unwanted
                if found is None and not ours:
                    raise Occupied.of_files(OTHER_S)
                return found or self._made(place, make, gone)
        except OSError as error:
            raise NotReady(f"Le disque refuse un fichier à garder : {error.strerror}.") from error
        finally:
            self._places.release()

    def _made(self, place: _Place, make: Make, gone: Callable[[], bool]) -> BinaryIO:
        """The file, made in our turn; it is kept if there is room for it."""

        def check() -> None:
            if gone() and not _is_wished(place.wish):
                raise Unwanted

        _clear(place.folder)
        try:
            place.draft.mkdir(0o700)
            made = make(place.draft, check)
            made.chmod(0o600)
            file = made.open("rb")
            if made.stat().st_size <= self.most_bytes:
                made.rename(place.path)
                self._bound(place.folder)
            return file
        finally:
            shutil.rmtree(place.draft, ignore_errors=True)
            place.wish.unlink(missing_ok=True)

    def _bound(self, folder: Path) -> None:
        """Remove the files that were not used for the longest, until the others fit."""
        kept = [(path.stat(), path) for path in folder.iterdir() if not path.suffix]
        room = self.most_bytes
        for told, path in sorted(kept, key=lambda one: -one[0].st_mtime_ns):
            room -= told.st_size
            if room < 0:
                path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is kept, named after its question, with its draft and the wish of who waits."""

    path: Path

    @classmethod
    def of(cls, question: object) -> _Place:
        return cls(subfolder(FOLDER) / hashlib.sha256(repr(question).encode()).hexdigest()[:40])

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def draft(self) -> Path:
        return self.path.with_suffix(_DRAFT)

    @property
    def wish(self) -> Path:
        return self.path.with_suffix(_WISH)

    def opened(self) -> BinaryIO | None:
        """The file, marked as used now; it stays readable if another process removes it."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return None
        with suppress(OSError):
            os.utime(self.path)
        return file


def _clear(folder: Path) -> None:
    """Remove what killed processes left: the turn to make is ours, so no draft is in course."""
    for left in folder.glob(f"*{_DRAFT}"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(f"*{_WISH}"):
        if not _is_wished(left):
            left.unlink(missing_ok=True)


def _is_wished(wish: Path) -> bool:
    try:
        return time.time() - wish.stat().st_mtime < _WISHED_S
    except FileNotFoundError:
        return False
