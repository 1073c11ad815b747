"""The folder that the processes of an instance share on one machine, for them alone (0700)."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

from mapapp.paths import instance_folder

#: In the instance folder. Nothing in it needs a backup: it may be removed when nothing runs.
NAME = "partage"

_OURS_ALONE = 0o700

_log = logging.getLogger(__name__)


def shared_folder() -> Path:
    """The shared folder of this instance, made when it is not there.

    An instance that cannot be written has one among the temporary files of the machine, the same
    for all its processes; where somebody else holds that name, the process has one of its own.
    """
    return _writable(instance_folder())


@cache
def _writable(instance: Path) -> Path:
    number = hashlib.sha256(str(instance).encode()).hexdigest()[:12]
    candidates = (
        instance / NAME,
        Path(tempfile.gettempdir()) / f"mapapp-{os.getuid()}-{number}",
    )
    found = next(filter(_is_ours, candidates), None) or Path(tempfile.mkdtemp(prefix="mapapp-"))
    if found != candidates[0]:
        _log.warning("%s cannot be written: what processes share is in %s", instance, found)
    return found


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user alone, in which files can be made."""
    try:
        folder.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
        told = folder.lstat()
        if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid():
            return False
        folder.chmod(_OURS_ALONE)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def subfolder(name: str) -> Path:
    """A folder in the shared folder, made when it is not there."""
    folder = shared_folder() / name
    folder.mkdir(mode=_OURS_ALONE, exist_ok=True)
    return folder
