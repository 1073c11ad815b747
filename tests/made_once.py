"""What is long to make, made once for all the processes of a run, and kept for the next runs.

It is kept in pytest's own cache under a name that depends on all that it is made of, and made again
when any of it changes: the code, the data, the libraries, the day.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

CHECKOUT = Path(__file__).resolve().parent.parent

#: What the stores of the tests are made of, and by.
_MADE_OF = (
    "data",
    "geo",
    "mapapp",
    "requirements",
    "bench/synthetic.py",
    "tests/postgresql_server.py",
    "tests/shipped_copy.py",
    "tests/stores.py",
)


def made_once(place: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name, filled by ``make`` unless it is there whole; nobody may change it.

    Of former ones, which other code made, the last is left to a run that may still read it.
    """
    place.mkdir(parents=True, exist_ok=True)
    folder = place / f"{name}-{_fingerprint()}"
    with _alone(place / f"{name}.lock"):
        if not folder.exists():
            former = sorted(place.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
            for old in former[:-1]:
                shutil.rmtree(old, ignore_errors=True)
            draft = Path(mkdtemp(prefix=f"{name}-", dir=place))
            make(draft)
            draft.rename(folder)
    return folder


@cache
def _fingerprint() -> str:
    """Of what is made today by this code with these libraries."""
    digest = hashlib.sha256(f"{date.today()} {sys.version}".encode())
    for path in sorted(_ingredients()):
        digest.update(str(path.relative_to(CHECKOUT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _ingredients() -> Iterator[Path]:
    for pattern in _MADE_OF:
        for found in CHECKOUT.glob(pattern):
            files = found.rglob("*") if found.is_dir() else [found]
            yield from (f for f in files if f.is_file() and "__pycache__" not in f.parts)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Whoever comes second waits; the system lets go for a process that is killed."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
