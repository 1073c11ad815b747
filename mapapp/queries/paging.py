"""One page of a longer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

#: What a person scans before scrolling becomes searching.
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of ``count`` items; pages count from 1."""

    items: tuple[T, ...]
    count: int
    number: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // self.per_page))

    @property
    def previous(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.pages else None
