"""What a workbook would cost its reader, measured by an XML parser before the reader is called.

The reader lays out the rectangle that holds every filled cell, empty cells included, and copies a
text as often as cells name it: a kilobyte of XML can ask for a terabyte. Positions are counted as
the reader (calamine) counts them: an address where there is one, else the next row or column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from posixpath import basename, join, normpath
from typing import Any, NoReturn
from xml.parsers.expat import ParserCreate

from mapapp.tables.archives import Archive, plain
from mapapp.tables.bounds import Bounds
from mapapp.tables.faults import Refusal, Refused

#: Excel writes some ten, the root element some forty; readers compare each with all the others.
_MOST_ATTRIBUTES = 200
#: An address or a link has a hundred bytes, a text in an attribute (ODS) what a cell holds; parsers
#: begin again at its start each time that a longer one is not over.
_LONGEST_TAG = 1 << 20
#: Excel allows what memory holds; the reader takes in each in turn until one has cells.
_MOST_SHEETS = 255
#: What Excel allows.
_MOST_STYLES = 65_490
#: The reader does not recurse; a text of several styles nests some ten elements.
_DEEPEST = 256

_WORKBOOK = "xl/workbook.xml"
_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_ODS = "content.xml"
_MANIFEST = "META-INF/manifest.xml"

_Start = Callable[[str, dict[str, str]], None]


def check_workbook(content: bytes, bounds: Bounds) -> None:
    """Refuse what is no workbook, or one that would cost more than ``bounds``.

    Raises:
        Refused: says why.
        BadZipFile, ExpatError, zlib.error, ValueError: damaged.
    """
    archive = Archive(content, bounds.unpacked)
    is_xlsx, is_ods = _WORKBOOK in archive, _ODS in archive
    if any(basename(name) == "workbook.bin" for name in archive.names()):
        raise Refused(Refusal.BINARY)
    if not is_xlsx and not is_ods:
        raise Refused(Refusal.FOREIGN)
    if is_xlsx and is_ods:  # which of the two would be read is the reader's own choice
        raise Refused(Refusal.DAMAGED)
    check = _Xlsx if is_xlsx else _Ods
    check(archive, bounds).check()


class _Names(dict[str, str]):
    """Names of elements and attributes without the prefix of their namespace."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


class _Workbook:
    """The members of a workbook, parsed without DTD or entities, their elements counted."""

    def __init__(self, archive: Archive, bounds: Bounds) -> None:
        self._archive = archive
        self._bounds = bounds
        self._elements = 0
        self._text = 0
        self._names = _Names()

    def _parse(
        self,
        member: str,
        start: _Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Call ``start(name, attributes)``, ``end(name)`` and ``text(characters)``."""
        if member not in self._archive:
            return
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_declaration
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parsed = 0
        for piece in self._archive.pieces(member):
            self._elements += piece.count(b"<") - piece.count(b"</")
            if self._elements > self._bounds.elements:
                raise Refused(Refusal.CELLS)
            parser.Parse(piece, False)
            parsed += len(piece)
            if parsed - parser.CurrentByteIndex > _LONGEST_TAG:
                raise Refused(Refusal.DAMAGED)
        parser.Parse(b"", True)

    def _add_text(self, length: int) -> None:
        self._text += length
        if self._text > self._bounds.text:
            raise Refused(Refusal.TEXT)


def _check_count(attributes: dict[str, str]) -> None:
    if len(attributes) > _MOST_ATTRIBUTES:
        raise Refused(Refusal.DAMAGED)


def _refuse_declaration(*_: Any) -> NoReturn:
    raise Refused(Refusal.DAMAGED)


class _Xlsx(_Workbook):
    """Styles, shared strings and every sheet that the workbook names, wherever it lies."""

    def check(self) -> None:
        """Refuse what costs too much."""
        targets = self._targets()
        self._check_styles()
        lengths = self._string_lengths()
        for target in self._sheets(targets):
            for path in {
                plain(way) for way in (target, join("xl", target), normpath(join("xl", target)))
            }:
                filled = self._check_sheet(path)
                if filled * max(lengths, default=0) > self._bounds.text - self._text:
                    self._add_shared_text(path, lengths)

    def _targets(self) -> dict[str, str]:
        """The path of each part that the workbook may name, by identifier."""
        targets: dict[str, str] = {}

        def start(_: str, attributes: dict[str, str]) -> None:
            _check_count(attributes)
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

        self._parse(_RELATIONSHIPS, start)
        return targets

    def _sheets(self, targets: dict[str, str]) -> list[str]:
        """The path of each sheet, as often as the workbook names it."""
        sheets: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            _check_count(attributes)
            if self._names[name] == "sheet":
                identifiers = (key for key in attributes if self._names[key] == "id")
                sheets.extend(targets.get(attributes[key], "") for key in identifiers)
                if len(sheets) > _MOST_SHEETS:
                    raise Refused(Refusal.COSTLY)

        self._parse(_WORKBOOK, start)
        return list(filter(None, sheets))

    def _check_styles(self) -> None:
        """The reader looks through the format of a number again for each style that names it."""
        styles = longest = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal styles, longest
            _check_count(attributes)
            styles += self._names[name] == "xf"
            longest = max(longest, len(attributes.get("formatCode", "")))

        self._parse(_STYLES, start)
        if styles > 2 * _MOST_STYLES or styles * longest > self._bounds.text:
            raise Refused(Refusal.COSTLY)

    def _string_lengths(self) -> list[int]:
        """The length of each shared string."""
        names, lengths = self._names, [0]

        def start(name: str, attributes: dict[str, str]) -> None:
            _check_count(attributes)
            if names[name] == "si":
                lengths.append(0)

        def text(characters: str) -> None:
            lengths[-1] += len(characters)

        self._parse(_STRINGS, start, text=text)
        if sum(lengths) > self._bounds.text:
            raise Refused(Refusal.TEXT)
        return lengths[1:]

    def _check_sheet(self, path: str) -> int:
        """Refuse a rectangle that is too large; how many cells hold something."""
        extent = _Extent()
        self._parse(path, extent.start)
        if extent.cells > self._bounds.cells:
            raise Refused(Refusal.CELLS)
        return extent.filled

    def _add_shared_text(self, path: str, lengths: Sequence[int]) -> None:
        """Add each shared string as often as cells name it."""
        names, longest = self._names, max(lengths, default=0)
        is_shared = is_value = False
        value = ""

        def add() -> None:
            nonlocal value
            if value:
                known = value.isdecimal() and int(value[:10]) < len(lengths)
                self._add_text(lengths[int(value[:10])] if known else longest)
                value = ""

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal is_shared, is_value
            add()
            local = names[name]
            is_value = local == "v" and is_shared
            if local == "c":
                is_shared = attributes.get("t") == "s"

        def text(characters: str) -> None:
            nonlocal value
            if is_value:
                value += characters

        self._parse(path, start, text=text)
        add()


def _paths(target: str) -> set[str]:
    """Where readers may look for a part: from the folder of the workbook, or from the top."""
    below = join("xl", target)
    return {plain(path) for path in (target, below, normpath(below))}


class _Extent:
    """The rectangle that the cells of a sheet make; ``filled``: how many hold something."""

    def __init__(self) -> None:
        self.filled = 0
        self._row = self._column = self._next_row = self._last_row = 0
        self._columns: set[int] = set()
        self._ranks = _Columns()
        self._local: dict[str, str] = {}

    @property
    def cells(self) -> int:
        """Cells that the reader lays out, and the empty rows above that it gives."""
        columns = self._columns
        return self._last_row * (max(columns) - min(columns) + 1) if columns else 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element: a million times, hence no call that can be spared."""
        try:
            local = self._local[name]
        except KeyError:
            local = self._local[name] = name.rpartition(":")[2]
        if local == "c":
            address = attributes.get("r")
            if address:
                letters = address.rstrip("0123456789")
                self._column = self._ranks[letters]
                self._row = int(address[len(letters) :])
            else:
                self._row = self._next_row
                self._column += 1
        elif local == "v" or local == "is":  # a cell without is not laid out, whatever its style
            self.filled += 1
            self._columns.add(self._column)
            if self._row > self._last_row:
                self._last_row = self._row
        elif local == "row":
            self._next_row = int(attributes.get("r", self._next_row + 1))
            self._column = 0
        if len(attributes) > _MOST_ATTRIBUTES:
            raise Refused(Refusal.DAMAGED)


class _Columns(dict[str, int]):
    """The rank of a column from 1, by its letters."""

    def __missing__(self, letters: str) -> int:
        rank = 0
        for letter in letters:
            if not "A" <= letter.upper() <= "Z":
                raise ValueError(letters)
            rank = rank * 26 + ord(letter.upper()) - 64
        self[letters] = rank
        return rank


#: What makes a cell of ODS hold something, were it an empty text.
_VALUES = frozenset(
    f"office:{value}"
    for value in ("value", "string-value", "date-value", "time-value", "boolean-value")
) | {"table:formula"}


class _Ods(_Workbook):
    """Every table of the only content, which the reader lays out together.

    A repeated row or cell is written once, with how often it stands. The reader knows the names of
    elements with the prefix that everybody writes.
    """

    def check(self) -> None:
        """Refuse what costs too much."""
        self._parse(_MANIFEST, lambda _, attributes: _check_count(attributes))
        self._depth = self._cells = 0
        self._rows = self._filled_rows = self._width = 0
        self._row_times = self._column = self._blank = self._filled = 0
        self._cell_times = self._row_text = 0
        self._parse(_ODS, self._start, self._end, self._characters)
        self._close_table()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        _check_count(attributes)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused(Refusal.DAMAGED)
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(attributes)
        elif name == "table:table-row":
            self._row_times = int(attributes.get("table:number-rows-repeated", 1))
            self._column = self._blank = self._filled = self._row_text = 0
        elif name == "table:table":
            self._close_table()
        elif name == "text:s":
            self._characters_count(int(attributes.get("text:c", 1)))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell_times = int(attributes.get("table:number-columns-repeated", 1))
        self._column += self._blank  # blank cells are laid out when another follows
        self._blank = 0
        if _VALUES & attributes.keys() or attributes.get("office:value-type") == "string":
            self._column += self._cell_times
            self._filled = self._column
            self._characters_count(sum(map(len, attributes.values())))
        else:
            self._blank = self._cell_times
        self._check_cells(self._column)

    def _characters(self, characters: str) -> None:
        self._characters_count(len(characters))

    def _characters_count(self, length: int) -> None:
        self._row_text += length * max(self._cell_times, 1)
        if self._row_text > self._bounds.text:
            raise Refused(Refusal.TEXT)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name != "table:table-row":
            return
        self._rows += self._row_times
        self._cells += self._column
        if self._filled:
            self._filled_rows = self._rows
            self._width = max(self._width, self._filled)
        self._check_cells(0)
        self._add_text(self._row_text * self._row_times)
        self._row_text = 0

    def _close_table(self) -> None:
        self._cells += self._filled_rows * self._width
        self._rows = self._filled_rows = self._width = 0
        self._check_cells(0)

    def _check_cells(self, more: int) -> None:
        """As they are written, and again as the rectangle of each table."""
        if self._cells + more + self._filled_rows * self._width > 2 * self._bounds.cells:
            raise Refused(Refusal.CELLS)
