"""A file of any accepted format, and of many hostile ones, read as a sheet or refused in French."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.errors import DataFault
from mapapp.exporting.formulas import escaped
from mapapp.importing.files import Sheet, read_sheet
from mapapp.importing.limits import LONGEST_CELL
from mapapp.joining.tables import read_table
from mapapp.joining.uploads import BOUNDS
from mapapp.tables.readable import Upload

#: Characters of every encoding that is read, with what CSV must quote.
TEXT = st.text(st.sampled_from("abcéœ€ÀZ19 ,;|\"'-@.\n"), max_size=12)
LINES = st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=6)
HEADER = ["identifiant", "nom", "commune"]
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "cp1252": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


def written(tmp_path: Path, content: bytes, name: str = "fichier.csv") -> Path:
    """A file with this content."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


def as_csv(lines: list[list[str]], delimiter: str = ";") -> str:
    """Lines as our exports and spreadsheets write them: no text is a formula."""
    text = io.StringIO(newline="")
    guarded = [[escaped(cell) for cell in cells] for cells in lines]
    csv.writer(text, delimiter=delimiter).writerows(guarded)
    return text.getvalue()


def filled(lines: list[list[str]]) -> list[list[str]]:
    """The lines that hold something."""
    return [cells for cells in lines if any(map(str.strip, cells))]


def texts(sheet: Sheet) -> list[list[str]]:
    """The lines of a sheet, the cells that a short line lacks being empty."""
    return [[*cells, *[""] * (3 - len(cells))] for _, cells in sheet.lines]


def refusal(path: Path) -> str:
    """The sentence with which a file is refused; it names the file."""
    with pytest.raises(DataFault) as fault:
        read_sheet(path)
    assert path.name in fault.value.message
    return fault.value.message


@given(LINES, st.sampled_from(",;\t|"), st.sampled_from(sorted(ENCODINGS)), st.booleans())
def test_any_table_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[list[str]],
    delimiter: str,
    encoding: str,
    packed: bool,
) -> None:
    """In every encoding, with every delimiter, zipped or not."""
    content = ENCODINGS[encoding] + as_csv([HEADER, *lines], delimiter).encode(encoding)
    path = tmp_path_factory.mktemp("csv") / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(content) if packed else content)

    sheet = read_sheet(path)

    assert list(sheet.headers) == HEADER
    assert texts(sheet) == filled(lines)


@given(LINES)
def test_a_workbook_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]
) -> None:
    """XLSX gives the same texts, each at its line of the sheet."""
    book = openpyxl.Workbook()
    for rank, cells in enumerate([HEADER, *lines], 1):
        for column, text in enumerate(cells, 1):
            cell = book.active.cell(rank, column)
            cell.value, cell.data_type = text, "s"
    path = tmp_path_factory.mktemp("xlsx") / "t.xlsx"
    book.save(path)

    sheet = read_sheet(path)

    stripped = [[cell.strip() for cell in cells] for cells in filled(lines)]
    assert [[cell.strip() for cell in cells] for cells in texts(sheet)] == stripped
    numbers = [n for n, cells in enumerate(lines, 2) if any(map(str.strip, cells))]
    assert [line for line, _ in sheet.lines] == numbers


def test_a_workbook_says_numbers_and_dates_as_editors_read_them(tmp_path: Path) -> None:
    """The first sheet that is not empty; SIRET without a point, dates in ISO."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Données")
    sheet["A3"], sheet["B3"], sheet["C3"], sheet["D3"] = "id", "siret", "debut", "lat"
    sheet["A5"], sheet["B5"] = 7.0, 80746931700018
    sheet["C5"], sheet["D5"] = date(2015, 11, 2), 48.88
    path = tmp_path / "classeur.xlsx"
    book.save(path)

    read = read_sheet(path)

    assert read.headers == ("id", "siret", "debut", "lat")
    assert read.lines == ((5, ("7", "80746931700018", "2015-11-02", "48.88")),)
    assert read.notes == ("Seule la feuille «\u00a0Données\u00a0» est lue.",)


def ods(tmp_path: Path, rows: str) -> Path:
    """The least that an ODS holds."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {namespaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="F">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "classeur.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return path


def ods_row(*cells: str, row: str = "", cell: str = "") -> str:
    """A row of texts; ``row`` and ``cell`` are more attributes."""
    inner = "".join(
        f'<table:table-cell office:value-type="string" {cell}><text:p>{text}</text:p>'
        "</table:table-cell>"
        for text in cells
    )
    return f"<table:table-row {row}>{inner}</table:table-row>"


def test_an_ods_is_read(tmp_path: Path) -> None:
    """And the empty rows that LibreOffice repeats down to the last do no harm."""
    tail = (
        '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    path = ods(tmp_path, ods_row("id", "nom") + ods_row("1", "Fives") + tail)

    assert read_sheet(path).lines == ((2, ("1", "Fives")),)


def test_a_workbook_that_spreads_over_everything_is_refused(tmp_path: Path) -> None:
    """A cell at the far corner, or one that ODS repeats, would be laid out in memory."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "nom", "x"
    book.save(tmp_path / "coin.xlsx")
    wide = 'table:number-columns-repeated="16384"'
    far = ods(tmp_path, ods_row("x", row='table:number-rows-repeated="900000"', cell=wide))

    assert "trop de cellules" in refusal(tmp_path / "coin.xlsx")
    assert "trop de cellules" in refusal(far)


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    """A workbook or a CSV that unpacks to hundreds of megabytes."""
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b" " * 30_000_000)
    packed = written(tmp_path, gzip.compress(b"a;b\n" * 8_000_000), "b.csv.gz")

    assert "se déplie" in refusal(tmp_path / "b.xlsx")
    assert "se déplie" in refusal(packed)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    """Wherever the download stopped."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.save(tmp_path / "entier.xlsx")
    content = (tmp_path / "entier.xlsx").read_bytes()

    for size in range(4, len(content), len(content) // 9):
        assert "tronqué" in refusal(written(tmp_path, content[:size], "coupé.xlsx"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.7", "format inconnu"),
        ("a.csv", b"", "vide"),
        ("a.csv", b"\n \n;;\n", "aucun en-tête"),
        ("a.csv", b"nom;id;nom\nx;1;y\n", "plusieurs colonnes s’appellent"),
        ("a.csv", b"\x00\x01;\x02\n\x03;\x04\n", "nom de colonne"),
        ("a.csv", b"Liste 2024\nid;nom;ville\n1;x;y\n" * 3, "lignes de titre"),
        ("a.csv", b'id;nom\n1;x\n2;"y\n3;z\n', "ligne 3"),
        ("a.csv.gz", gzip.compress(b"id;nom\n1;x\n", mtime=0)[:-9], "tronqué"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "mot de passe"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{', "GeoJSON"),
        ("a.geojson", b'{"features": [3]}', "GeoJSON"),
        ("a.geojson", b"[" * 200_000, "GeoJSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """One French sentence that names the file and the fault."""
    assert said in refusal(written(tmp_path, content, name))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A zip of a CSV, say."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "id;nom")

    assert "n’est pas un classeur" in refusal(tmp_path / "a.zip")


def test_too_many_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of the machine is not the limit: ours is."""
    monkeypatch.setattr("mapapp.importing.files.MOST_LINES", 2)

    assert "plus de 2 lignes" in refusal(written(tmp_path, b"id;nom\n1;a\n2;b\n3;c\n"))


def test_a_newline_in_a_cell_counts_in_the_line_numbers(tmp_path: Path) -> None:
    """A line is named as the editor's text editor numbers it."""
    sheet = read_sheet(written(tmp_path, b'id;nom\n1;"a\nb"\n\n2;c\n'))

    assert sheet.lines == ((2, ("1", "a\nb")), (5, ("2", "c")))


def test_ragged_and_nul_lines_are_kept(tmp_path: Path) -> None:
    """Neither a cell too few or too many nor a NUL loses a line."""
    sheet = read_sheet(written(tmp_path, b"id;nom\n1\n2;b;c;\n3;d\x00\n"))

    assert [cells for _, cells in sheet.lines] == [("1",), ("2", "b", "c"), ("3", "d\x00")]


def test_a_megabyte_cell_is_cut_just_past_the_limit(tmp_path: Path) -> None:
    """Enough to know that it was too long."""
    sheet = read_sheet(written(tmp_path, b"id;nom\n1;" + b"x" * 1_000_000))

    assert len(sheet.lines[0][1][1]) == LONGEST_CELL + 1


def test_utf8_with_a_stray_byte_stays_utf8(tmp_path: Path) -> None:
    """One bad byte does not break every accent of the file."""
    sheet = read_sheet(written(tmp_path, "id;nom\n1;éèà\n2;".encode() + b"\xff\n"))

    assert sheet.lines[0][1] == ("1", "éèà")
    assert sheet.lines[1][1] == ("2", "\ufffd")
    assert "UTF-8 abîmé" in sheet.notes[0]


def test_the_delimiter_that_excel_tells_is_obeyed(tmp_path: Path) -> None:
    """« sep= » is not a header."""
    sheet = read_sheet(written(tmp_path, b"sep=|\r\nid|nom\r\n1|a;b\r\n"))

    assert (sheet.headers, sheet.lines) == (("id", "nom"), ((3, ("1", "a;b")),))


def test_a_column_without_a_name_is_kept(tmp_path: Path) -> None:
    """Under its rank, and the report says so."""
    sheet = read_sheet(written(tmp_path, b"id;;nom\n1;x;y\n"))

    assert sheet.headers == ("id", "colonne 2", "nom")
    assert "colonne 2" in sheet.notes[0]


def test_geojson_gives_properties_and_positions(tmp_path: Path) -> None:
    """A line is a feature by its rank; other shapes are told, missing geometries are empty."""
    features = [
        {
            "type": "Feature",
            "properties": {"identifiant": 1, "nom": "Fives", "themes": ["sport", "sante"]},
            "geometry": {"type": "Point", "coordinates": [3.09, 50.63]},
        },
        {"type": "Feature", "properties": {"identifiant": 2, "ouvert": True}, "geometry": None},
        {
            "type": "Feature",
            "properties": None,
            "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        },
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()

    sheet = read_sheet(written(tmp_path, content, "a.geojson"))

    assert sheet.headers == ("identifiant", "nom", "themes", "longitude", "latitude", "ouvert")
    assert sheet.lines == (
        (1, ("1", "Fives", "sport|sante", "3.09", "50.63", "")),
        (2, ("2", "", "", "", "", "oui")),
    )
    assert "1 objets" in sheet.notes[0]


def test_blank_lines_without_end_are_refused() -> None:
    """Five megabytes of them, however they end: they would cost seconds and hold no row."""
    for content in (b"\n", b"\r", b";\n", b'""\n'):
        file = Upload("t.csv", b"lon;lat\n" + content * (5_000_000 // len(content)))
        with pytest.raises(DataFault, match="lignes, vides comprises"):
            list(read_table(file, BOUNDS).rows)


def test_a_property_nested_too_deep_is_refused(tmp_path: Path) -> None:
    """At any depth: a sentence, or its text."""
    for depth in (50, 900, 960, 980, 100_000):
        nested = "[" * depth + "1" + "]" * depth
        feature = f'{{"type": "Feature", "geometry": null, "properties": {{"a": {nested}}}}}'
        content = f'{{"type": "FeatureCollection", "features": [{feature}]}}'
        path = written(tmp_path, content.encode(), "a.geojson")
        if depth <= 50:
            assert read_sheet(path).lines == ((1, ("1",)),)
            continue
        with suppress(DataFault):
            read_sheet(path)

    assert "GeoJSON entier" in refusal(path)
