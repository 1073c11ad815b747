"""Compressed files that are traps are refused before they fill the memory."""

from __future__ import annotations

import pytest

from mapapp.errors import DataFault
from mapapp.tables.unpacking import HARMLESS, LARGEST_RATIO, check_unpacked

MOST = 50_000_000


@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [(1, HARMLESS), (MOST, MOST), (MOST // LARGEST_RATIO, MOST)],
)
def test_what_unpacks_to_little_passes(packed: int, unpacked: int) -> None:
    """At each bound still, and whatever the ratio of a small file."""
    check_unpacked("a.zip", packed, unpacked, MOST)


@pytest.mark.parametrize(("packed", "unpacked"), [(MOST, MOST + 1), (1_000, HARMLESS + 1)])
def test_what_unpacks_to_too_much_is_refused(packed: int, unpacked: int) -> None:
    """One byte above a bound: a sentence that names the file."""
    with pytest.raises(DataFault, match=r"a\.zip.*se déplie"):
        check_unpacked("a.zip", packed, unpacked, MOST)
