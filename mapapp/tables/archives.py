"""ZIP archives that nobody vouches for: their members as they really are, byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from mapapp.tables.faults import Refusal, Refused
from mapapp.tables.unpacking import is_swollen

#: Bytes of a member at once.
_PIECE = 1 << 18
#: The header before the bytes of a member: its size, and where the lengths of its name and of its
#: extra field stand.
_HEADER_SIZE = 30
_LENGTHS = struct.Struct("<26xHH")
_ENCRYPTED = 0x1
#: A large workbook has some hundred; each costs an object when the archive is opened.
_MOST_MEMBERS = 10_000


class Archive:
    """The members of an archive, by a name that does not tell case or slashes apart.

    Readers of archives differ in whom they believe: two members of one name, members that overlap
    and sizes that lie are refused, whichever of two they would read.
    """

    def __init__(self, content: bytes, most_unpacked: int) -> None:
        """Read the directory.

        Raises:
            BadZipFile: no archive, or one that readers would not agree on.
            Refused: encrypted.
        """
        self._content = content
        self._most_unpacked = most_unpacked
        self._unpacked = 0
        with ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise BadZipFile("too many members")
        self._members = {plain(member.filename): member for member in members}
        if len(self._members) != len(members):
            raise BadZipFile("two members of one name")
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise Refused(Refusal.PROTECTED)
        ordered = sorted(members, key=lambda member: member.header_offset)
        for member, following in pairwise(ordered):
            if member.header_offset + member.compress_size >= following.header_offset:
                raise BadZipFile("members overlap")

    def __contains__(self, name: str) -> bool:
        return plain(name) in self._members

    def names(self) -> list[str]:
        """The names, in lower case, parted by slashes."""
        return list(self._members)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member unpacked, piece by piece; its size and checksum are verified.

        Raises:
            BadZipFile: what comes out is not what the directory announces.
            Refused: all that was unpacked of this archive is too much.
        """
        member = self._members[plain(name)]
        size = checksum = 0
        for piece in self._unpacked_pieces(member):
            size += len(piece)
            checksum = zlib.crc32(piece, checksum)
            self._count(len(piece))
            yield piece
        if (size, checksum) != (member.file_size, member.CRC):
            raise BadZipFile("sizes lie")

    def _count(self, size: int) -> None:
        self._unpacked += size
        packed = len(self._content)
        if self._unpacked > self._most_unpacked or is_swollen(packed, self._unpacked):
            raise Refused(Refusal.UNPACKED)

    def _unpacked_pieces(self, member: ZipInfo) -> Iterator[bytes]:
        header = self._content[member.header_offset :][:_HEADER_SIZE]
        if len(header) < _HEADER_SIZE:
            raise BadZipFile("truncated")
        start = member.header_offset + _HEADER_SIZE + sum(_LENGTHS.unpack(header))
        packed = memoryview(self._content)[start : start + member.compress_size]
        if member.compress_type == ZIP_STORED:
            for offset in range(0, len(packed), _PIECE):
                yield bytes(packed[offset : offset + _PIECE])
        elif member.compress_type == ZIP_DEFLATED:
            yield from _inflated(packed)
        else:
            raise BadZipFile("packed in an unknown way")


def _inflated(packed: memoryview) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    for offset in range(0, len(packed), _PIECE):
        piece: bytes | memoryview = packed[offset : offset + _PIECE]
        while piece:
            yield stream.decompress(piece, _PIECE)
            piece = stream.unconsumed_tail
    yield stream.flush(_PIECE)
    if not stream.eof or stream.unused_data:
        raise BadZipFile("sizes lie")


def plain(name: str) -> str:
    """A member's name as the most lenient reader compares it."""
    return name.replace("\\", "/").lower().lstrip("/")
