"""Parquet files of one schema put one after the other, without reading a single value.

A Parquet file is its row groups and then a footer that tells where each begins, as a structure in
Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs and
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift). The bytes of
the row groups are copied as they are; the footer of the whole holds their entries, with every
offset moved by as much as the bytes were. No library that we use does it: PyArrow decodes and
encodes all values again, which takes as long as the join.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)

#: Field numbers of parquet.thrift.
_FILE_ROWS, _FILE_GROUPS = 3, 4
_GROUP_COLUMNS, _GROUP_OFFSET, _GROUP_ORDINAL = 1, 5, 7
_COLUMN_OFFSET, _COLUMN_DATA = 2, 3
_COLUMN_INDEXES = (4, 6)
_DATA_OFFSETS = (9, 10, 11, 14)

#: A structure: for each field its type and value. A list: the type of its elements, and them.
Struct = dict[int, tuple[int, Any]]


def concatenate(parts: Sequence[Path], target: BinaryIO) -> int:
    """Write the rows of all files, in their order, as one file; how many there are.

    The schema and the metadata are those of the first.
    """
    target.write(_MAGIC)
    written, rows = len(_MAGIC), 0
    groups: list[Struct] = []
    whole: Struct = {}
    for path in parts:
        with path.open("rb") as file:
            footer, length = _footer(file)
            whole = whole or footer
            rows += footer[_FILE_ROWS][1]
            for group in footer[_FILE_GROUPS][1][1]:
                groups.append(_moved(group, written - len(_MAGIC)))
            written += _copy(file, target, length)
    whole[_FILE_ROWS] = (whole[_FILE_ROWS][0], rows)
    whole[_FILE_GROUPS] = (_LIST, (_STRUCT, groups))
    content = b"".join(_struct_bytes(whole))
    target.write(content + len(content).to_bytes(4, "little") + _MAGIC)
    return rows


def _footer(file: BinaryIO) -> tuple[Struct, int]:
    """The footer of a file, and how many bytes of row groups come before it."""
    end = file.seek(-8, os.SEEK_END)
    length = int.from_bytes(file.read(4), "little")
    file.seek(end - length)
    return _Reader(file.read(length)).struct(), end - length - len(_MAGIC)


def _copy(file: BinaryIO, target: BinaryIO, length: int) -> int:
    file.seek(len(_MAGIC))
    left = length
    while left:
        content = file.read(min(left, 1 << 22))
        target.write(content)
        left -= len(content)
    return length


def _moved(group: Struct, by: int) -> Struct:
    """The entry of a row group whose bytes now lie so much farther."""
    group.pop(_GROUP_ORDINAL, None)  # optional, and its 16 bits would bound the number of groups
    _move(group, (_GROUP_OFFSET,), by)
    for column in group[_GROUP_COLUMNS][1][1]:
        _move(column, (_COLUMN_OFFSET, *_COLUMN_INDEXES), by)
        _move(column[_COLUMN_DATA][1], _DATA_OFFSETS, by)
    return group


def _move(struct: Struct, fields: Sequence[int], by: int) -> None:
    for number in fields:
        if number in struct and struct[number][1] > 0:  # 0: not told, since PyArrow 1.0
            kind, offset = struct[number]
            struct[number] = (kind, offset + by)


class _Reader:
    """Reads a structure of the compact protocol."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            found[number] = (kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._unsigned())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            return self._elements()
        if kind == _DOUBLE:
            return self._bytes(8)
        return self._bytes(1)  # a byte, or a boolean in a list

    def _elements(self) -> tuple[int, list[Any]]:
        head = self._byte()
        count = self._unsigned() if head >> 4 == 15 else head >> 4
        return head & 15, [self._value(head & 15) for _ in range(count)]

    def _integer(self) -> int:
        folded = self._unsigned()
        return (folded >> 1) ^ -(folded & 1)

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _bytes(self, length: int) -> bytes:
        self._at += length
        return self._content[self._at - length : self._at]


def _struct_bytes(struct: Struct) -> Iterator[bytes]:
    former = 0
    for number in sorted(struct):
        kind, value = struct[number]
        step = number - former
        yield bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _integer(number)
        if kind not in (_TRUE, _FALSE):
            yield from _value_bytes(kind, value)
        former = number
    yield b"\0"


def _value_bytes(kind: int, value: Any) -> Iterator[bytes]:
    if kind in _INTEGERS:
        yield _integer(value)
    elif kind == _BINARY:
        yield _unsigned(len(value)) + value
    elif kind == _STRUCT:
        yield from _struct_bytes(value)
    elif kind in (_LIST, _SET):
        of, elements = value
        count = len(elements)
        yield bytes([count << 4 | of]) if count < 15 else bytes([240 | of]) + _unsigned(count)
        for element in elements:
            yield from _value_bytes(of, element)
    else:
        yield value


def _integer(value: int) -> bytes:
    return _unsigned(value << 1 if value >= 0 else (-value << 1) - 1)


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
