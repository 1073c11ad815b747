"""What a table is read from: a file of a folder, or one that stays in memory."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Literal, Protocol


class Measured(Protocol):
    """What tells a size in bytes, as :meth:`pathlib.Path.stat` does."""

    @property
    def st_size(self) -> int:
        """Bytes."""
        ...


class Readable(Protocol):
    """What a reader asks of a file: a :class:`pathlib.Path` is one."""

    @property
    def name(self) -> str:
        """Its name, without the folder."""
        ...

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Its bytes from the first on, each time."""
        ...

    def stat(self) -> Measured:
        """Its size."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent: it is never written to a disk."""

    name: str
    content: bytes

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        """Its bytes from the first on."""
        return BytesIO(self.content)

    def stat(self) -> Upload:
        """Itself, which tells its size."""
        return self

    @property
    def st_size(self) -> int:
        """Bytes."""
        return len(self.content)
