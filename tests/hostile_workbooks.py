"""Workbooks that would harm whoever reads them, drawn at random from every kind that is known."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Cells = tuple[tuple[str, ...], ...]

#: What the harmless ones hold, whatever the way in which it is written.
RIGHT: Cells = (("nom", "lon", "lat"), ("Fives", "3.09", "50.63"))

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "xl/worksheets/sheet1.xml"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file to send: its kind, its name, its bytes.

    ``right``: the cells that it holds, when it may be read; when it may not, None.
    """

    kind: str
    name: str
    content: bytes
    right: Cells | None = None


def hostile_workbooks(count: int, seed: int = 7) -> Iterator[Hostile]:
    """As many as are asked, the kinds in turn, each with sizes of its own."""
    chance = random.Random(seed)
    for rank in range(count):
        make = KINDS[rank % len(KINDS)]
        yield make(chance)


def packed(members: dict[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The members in an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def xlsx_members(sheet: str, path: str = _SHEET, **others: str) -> dict[str, str | bytes]:
    """The least that an XLSX holds; ``others``: ``strings``, ``styles``, ``sheets``."""
    target = path.removeprefix("xl/")
    sheets = others.get("sheets", '<sheet name="F" sheetId="1" r:id="rId1"/>')
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_LINKS}/worksheet" Target="{target}"/></Relationships>',
        path: sheet,
    }
    for name, member in (("strings", "xl/sharedStrings.xml"), ("styles", "xl/styles.xml")):
        if name in others:
            parts[member] = others[name]
    return parts


def worksheet(rows: str, before: str = "", prefix: str = "") -> str:
    """The XML of a sheet; ``prefix``: « x: », when its names have one."""
    namespace = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return (
        f'<?xml version="1.0"?>{before}<{prefix}worksheet {namespace}="{_MAIN}"><{prefix}sheetData>'
        f"{rows}</{prefix}sheetData></{prefix}worksheet>"
    )


def xlsx(rows: str, **others: str) -> bytes:
    """A workbook of one sheet."""
    return packed(xlsx_members(worksheet(rows), **others))


def ods(tables: str, before: str = "") -> bytes:
    """The least that an ODS holds."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"{before}<office:document-content {namespaces}><office:body><office:spreadsheet>"
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    members: dict[str, str | bytes] = {
        "mimetype": _MIMETYPE,
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": content,
    }
    return packed(members)


def ods_table(rows: str) -> str:
    """A table of ODS."""
    return f'<table:table table:name="F">{rows}</table:table>'


def ods_cell(text: str, more: str = "") -> str:
    """A cell that holds a text."""
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def _right_rows(cell: Callable[[int, int, str], str], row: Callable[[int], str]) -> str:
    return "".join(
        f"<row{row(number)}>{''.join(cell(number, rank, text) for rank, text in enumerate(cells))}"
        "</row>"
        for number, cells in enumerate(RIGHT, 1)
    )


def _inline(number: int, rank: int, text: str, quote: str = '"') -> str:
    q = quote
    return f"<c r={q}{'ABC'[rank]}{number}{q} t={q}inlineStr{q}><is><t>{text}</t></is></c>"


def _prefixed(rows: str, prefix: str) -> str:
    return rows.replace("</", "\0").replace("<", f"<{prefix}").replace("\0", f"</{prefix}")


def _readable(chance: random.Random) -> Hostile:
    """The right rows, written in one of the ways that XML allows."""
    quote = chance.choice("'\"")
    prefix = chance.choice(("", "x:", "ns0:"))
    addressed, numbered = chance.random() < 0.5, chance.random() < 0.5
    rows = _right_rows(
        lambda number, rank, text: (
            _inline(number, rank, text, quote)
            if addressed
            else f"<c t={quote}inlineStr{quote}><is><t>{text}</t></is></c>"
        ),
        lambda number: f" r={quote}{number}{quote}" if numbered else "",
    )
    sheet = worksheet(_prefixed(rows, prefix), prefix=prefix)
    path = chance.choice((_SHEET, "xl/worksheets/odd/../a b.xml", "xl/worksheets/deep/er/s.xml"))
    return Hostile("readable", "t.xlsx", packed(xlsx_members(sheet, path)), RIGHT)


def _readable_ods(chance: random.Random) -> Hostile:
    tail = (
        f'<table:table-row table:number-rows-repeated="{chance.randint(1, 1_048_000)}">'
        f'<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    rows = "".join(
        f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>" for cells in RIGHT
    )
    return Hostile("readable ods", "t.ods", ods(ods_table(rows + tail)), RIGHT)


def _far_apart(chance: random.Random) -> Hostile:
    quote = chance.choice("'\"")
    last = chance.choice(("XFD1048576", "XFD4000000000", "ZZZ900000", "AAAA1000000"))
    far = f"<row><c r={quote}{last}{quote}><v>1</v></c></row>"
    rows = f"<row r={quote}1{quote}><c r={quote}A1{quote}><v>1</v></c></row>{far}"
    prefix = chance.choice(("", "x:"))
    sheet = worksheet(_prefixed(rows, prefix), prefix=prefix)
    return Hostile("cells far apart", "t.xlsx", packed(xlsx_members(sheet)))


def _implicit(chance: random.Random) -> Hostile:
    wide = chance.randint(3_000, 16_384)
    tall = chance.randint(30_000, 60_000)
    rows = f"<row>{'<c><v>1</v></c>' * wide}</row>" + "<row/>" * tall + "<row><c><v>1</v></c></row>"
    return Hostile("positions not written", "t.xlsx", xlsx(rows))


def _entity_address(chance: random.Random) -> Hostile:
    far = chance.choice(("&#88;FD1048576", "XFD10&#52;8576"))
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' + f'<row><c r="{far}"><v>1</v></c></row>'
    return Hostile("an address with references", "t.xlsx", xlsx(rows))


def _entities(chance: random.Random) -> Hostile:
    levels = "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, chance.randint(6, 9))
    )
    kinds = (
        f'<!DOCTYPE a [<!ENTITY e0 "lol">{levels}]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    )
    before = chance.choice(kinds)
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e5;</t></is></c></row>'
    if chance.random() < 0.5:
        return Hostile("entities", "t.ods", ods(ods_table(""), before))
    return Hostile("entities", "t.xlsx", packed(xlsx_members(worksheet(rows, before))))


def _shared_strings(chance: random.Random) -> Hostile:
    length, times = chance.randint(30_000, 2_000_000), chance.randint(5_000, 60_000)
    strings = f'<sst xmlns="{_MAIN}"><si><t>{"é" * length}</t></si></sst>'
    rows = '<row><c t="s"><v>0</v></c></row>' * times
    return Hostile("one text named often", "t.xlsx", xlsx(rows, strings=strings))


def _many_strings(chance: random.Random) -> Hostile:
    strings = f'<sst xmlns="{_MAIN}">' + "<si><t>a</t></si>" * chance.randint(900_000, 2_000_000)
    return Hostile("texts without end", "t.xlsx", xlsx("", strings=f"{strings}</sst>"))


def _styles(chance: random.Random) -> Hostile:
    code = "0" * chance.randint(30_000, 900_000)
    count = chance.randint(20_000, 140_000)
    styles = (
        f'<styleSheet xmlns="{_MAIN}"><numFmts><numFmt numFmtId="200" formatCode="{code}"/>'
        f"</numFmts><cellXfs>" + '<xf numFmtId="200"/>' * count + "</cellXfs></styleSheet>"
    )
    return Hostile("styles", "t.xlsx", xlsx("<row><c><v>1</v></c></row>", styles=styles))


def _sheets(chance: random.Random) -> Hostile:
    sheets = "".join(
        f'<sheet name="F{rank}" sheetId="{rank}" r:id="rId1"/>'
        for rank in range(1, chance.randint(300, 3_000))
    )
    rows = "<row/>" * 100_000
    return Hostile("sheets without end", "t.xlsx", xlsx(rows, sheets=sheets))


def _attributes(chance: random.Random) -> Hostile:
    many = " ".join(f'a{rank}="1"' for rank in range(chance.randint(5_000, 60_000)))
    place = chance.choice((f"<row><c {many}><v>1</v></c></row>", f"<row {many}/>"))
    return Hostile("attributes without end", "t.xlsx", xlsx(place))


def _long_tag(chance: random.Random) -> Hostile:
    rows = f'<row a="{"x" * chance.randint(3_000_000, 9_000_000)}"/>'
    return Hostile("a tag without end", "t.xlsx", xlsx(rows))


def _deep(chance: random.Random) -> Hostile:
    depth = chance.randint(10_000, 900_000)
    name = chance.choice(("a", "c", "row", "is"))
    nested = f"<{name}>" * depth + f"</{name}>" * depth
    if chance.random() < 0.4:
        nested = "<text:span>" * depth + "</text:span>" * depth
        row = f"<table:table-row>{ods_cell(nested)}</table:table-row>"
        return Hostile("deep nesting", "t.ods", ods(ods_table(row)))
    rows = f"<row><c t='inlineStr'>{nested}</c></row>"
    return Hostile("deep nesting", "t.xlsx", xlsx(rows))


def _repeats(chance: random.Random) -> Hostile:
    q = chance.choice("'\"")
    times = chance.choice((900_000, 1_000_000_000, 18_446_744_073_709_551_615))
    columns = f"table:number-columns-repeated={q}{times}{q}"
    rows = f"table:number-rows-repeated={q}{times}{q}"
    wide = f"table:number-columns-repeated={q}16384{q}"
    blank = "<table:table-cell/>"
    filled = f"<table:table-row>{ods_cell('b')}</table:table-row>"
    tables = (
        f"<table:table-row {rows}>{ods_cell('a', wide)}</table:table-row>",
        f"<table:table-row>{ods_cell('a', columns)}</table:table-row>",
        f"<table:table-row><table:table-cell {columns}/>{ods_cell('a')}</table:table-row>",
        f"<table:table-row><table:table-cell {columns}/>{blank}</table:table-row>",
        f"<table:table-row><table:table-cell office:value-type={q}string{q} {columns}/>"
        "</table:table-row>",
        f"<table:table-row {rows}>{blank}</table:table-row>{filled}",
        f"<table:table-row>{ods_cell(f'<text:s text:c={q}{times}{q}/>')}</table:table-row>",
    )
    return Hostile("repeats", "t.ods", ods(ods_table(chance.choice(tables))))


def _repeated_text(chance: random.Random) -> Hostile:
    text, times = "é" * chance.randint(20_000, 900_000), chance.randint(5_000, 60_000)
    row = (
        f"<table:table-row table:number-rows-repeated='{times}'>{ods_cell(text)}</table:table-row>"
    )
    return Hostile("a text repeated", "t.ods", ods(ods_table(row)))


def _bomb(chance: random.Random) -> Hostile:
    size = chance.randint(30, 150)
    filler = chance.choice((" ", "<row/>", "<!---->", "&amp;"))
    sheet = worksheet(filler * (size * 1_000_000 // len(filler)))
    members = xlsx_members(sheet)
    if chance.random() < 0.5:  # as heavy as it takes for the ratio to look honest
        members["xl/media/image1.png"] = chance.randbytes(size * 1_000_000 // 190)
    return Hostile("a bomb", "t.xlsx", packed(members))


def _dear(chance: random.Random) -> Hostile:
    """As much as just passes: many cells, on few bytes."""
    wide, tall = chance.randint(20, 90), chance.randint(3_000, 9_000)
    rows = f"<row>{'<c><v>1</v></c>' * wide}</row>" * tall
    members = xlsx_members(worksheet(rows))
    members["xl/media/image1.png"] = chance.randbytes(300_000)
    return Hostile("dear", "t.xlsx", packed(members), (("1",) * wide,) * tall)


def _much_text(chance: random.Random) -> Hostile:
    text = "é" * chance.randint(25, 45) * 1_000_000
    return Hostile("much text", "t.xlsx", xlsx(f"<row><c t='str'><v>{text}</v></c></row>"))


def _lying(chance: random.Random) -> Hostile:
    """Another size in the directory than comes out."""
    sheet = worksheet("<row/>" * 900_000)
    content = bytearray(packed(xlsx_members(sheet)))
    entry = content.rindex(b"PK\x01\x02")  # the last in the directory is the sheet
    struct.pack_into("<I", content, entry + 24, chance.choice((0, 10, 5_000, 0xFFFFFFF0)))
    return Hostile("lying sizes", "t.xlsx", bytes(content))


def _overlapping(chance: random.Random) -> Hostile:
    """Two members in the directory for the same bytes."""
    members = xlsx_members(worksheet("<row/>" * 50_000))
    content = bytearray(packed(members | {"xl/worksheets/sheet2.xml": "<a/>"}))
    first, second = _entries(bytes(content))[-2:]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return Hostile("members overlap", "t.xlsx", bytes(content))


def _entries(content: bytes) -> list[int]:
    found, at = [], content.find(b"PK\x01\x02")
    while at >= 0:
        found.append(at)
        at = content.find(b"PK\x01\x02", at + 1)
    return found


def _twice(chance: random.Random) -> Hostile:
    far = worksheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')
    members = xlsx_members(worksheet("<row><c><v>1</v></c></row>"))
    members[chance.choice(("XL/worksheets/sheet1.xml", "xl\\worksheets\\sheet1.xml"))] = far
    return Hostile("two members of one name", "t.xlsx", packed(members))


def _encrypted(chance: random.Random) -> Hostile:
    content = bytearray(xlsx("<row><c><v>1</v></c></row>"))
    for entry in _entries(bytes(content)):
        content[entry + 8] |= 1
    return Hostile("encrypted", "t.xlsx", bytes(content))


def _truncated(chance: random.Random) -> Hostile:
    whole = _readable(chance).content
    return Hostile("truncated", "t.xlsx", whole[: chance.randint(10, len(whole) - 23)])


def _altered(chance: random.Random) -> Hostile:
    """A few bytes of another value, anywhere in what is packed of the sheet."""
    content = bytearray(_readable(chance).content)
    start = content.index(b"<" if b"<" in content else b"PK") + 40
    for _ in range(chance.randint(20, 60)):
        content[chance.randrange(start, len(content) // 2)] ^= chance.randint(1, 255)
    return Hostile("altered", "t.xlsx", bytes(content))


def _other_kind(chance: random.Random) -> Hostile:
    members = xlsx_members(worksheet(""))
    other: dict[str, str | bytes] = chance.choice(
        (
            {"xl/workbook.bin": b"\x83\x01"},
            {"content.xml": "<a/>", "mimetype": _MIMETYPE},
        )
    )
    return Hostile("two kinds in one", "t.xlsx", packed(members | other))


def _foreign(chance: random.Random) -> Hostile:
    return Hostile("an archive", "t.xlsx", packed({"a.txt": "a" * chance.randint(1, 9_000)}))


def _old(chance: random.Random) -> Hostile:
    return Hostile("xls", "t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(3_000))


KINDS: tuple[Callable[[random.Random], Hostile], ...] = (
    _readable,
    _readable_ods,
    _far_apart,
    _implicit,
    _entity_address,
    _entities,
    _shared_strings,
    _many_strings,
    _styles,
    _sheets,
    _attributes,
    _long_tag,
    _deep,
    _repeats,
    _repeated_text,
    _bomb,
    _dear,
    _much_text,
    _lying,
    _overlapping,
    _twice,
    _encrypted,
    _truncated,
    _altered,
    _other_kind,
    _foreign,
    _old,
)
