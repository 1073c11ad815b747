"""Values by as many as go into one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

#: How many rows go into one statement: SQLite allows 32,766 variables in some builds.
_BATCH = 2_000


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """The values, as many at once as go into one statement."""
    left = iter(values)
    while some := list(islice(left, _BATCH)):
        yield some
