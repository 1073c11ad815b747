"""Reading the tables of ``data/``: each damage is told with its place, all the rest is read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped_copy import cells_of, correct, edit_contours, line_of

from mapapp.tables.layout import TABLES
from mapapp.tables.reading import Issue, fingerprint, read_shipped, read_table

QUARTIERS = next(table for table in TABLES if table.name == "quartiers")
HEADER = "nom,code_insee,longitude,latitude,rayon_m,source"
FIVES = "Fives,59350,3.0908,50.6308,900,relevé"
MOULINS = "Moulins,59350,3.07,50.62,900,relevé"
#: Line 3 of a table where all else is sound, and what is told of it: column, value, message.
DAMAGES = [
    ("Wazemmes,59350", None, None, "2 cellules au lieu de 6"),
    ("Wazemmes,59350,3.05,50.62,900,relevé,,", None, None, "8 cellules au lieu de 6"),
    ("", None, None, "0 cellules au lieu de 6"),
    ('"Wazemmes"!,59350,3.05,50.62,900,relevé', None, None, "bien formé"),
    (b"Caf\xe9,59350,3.05,50.62,900,lu", "nom", "Caf\ufffd", "le texte n’est pas en UTF-8"),
    ("Waz\x00emmes,59350,3.05,50.62,900,relevé", "nom", "Waz\x00emmes", "caractère de contrôle"),
    ("x" * 1_000_000 + ",59350,3.05,50.62,900,relevé", None, None, "bien formé"),
    (",59350,3.05,50.62,900,relevé", "nom", "", "une valeur est obligatoire"),
    ("Wazemmes,5935,3.05,50.62,900,relevé", "code_insee", "5935", "code INSEE"),
    ("Wazemmes,59999,3.05,50.62,900,relevé", "code_insee", "59999", "n’existe pas dans"),
    ("Wazemmes,59350,183.05,50.62,900,relevé", "longitude", "183.05", "entre -180 et 180"),
    ('Wazemmes,59350,"3,05",50.62,900,relevé', "longitude", "3,05", "séparateur décimal"),
    ("Wazemmes,59350,3.05,50.62,-1,relevé", "rayon_m", "-1", "entre 0 et 400000"),
    (FIVES, "code_insee", "Fives, 59350", "déjà employé ligne 2"),
]


def write(path: Path, *lines: str | bytes) -> None:
    """Write a file, its lines texts or raw bytes."""
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines) + b"\n")


def quartiers(content: bytes, folder: Path) -> tuple[list[str], list[Issue]]:
    """The names that a file of neighbourhoods gives, and what is told of it."""
    (folder / "quartiers.csv").write_bytes(content)
    issues: list[Issue] = []
    return [row["nom"] for row in read_table(folder, QUARTIERS, issues)], issues


def test_sound_tables_have_no_issue(folder: Path) -> None:
    """Every line of sound tables is a row, and there is nothing to tell."""
    shipped, issues = read_shipped(folder)
    assert issues == []
    assert {name: len(rows) for name, rows in shipped.tables.items()} == {
        table.name: len(cells_of(folder / table.file_name)) for table in TABLES
    }


@pytest.mark.parametrize(("line", "column", "value", "message"), DAMAGES)
def test_a_damaged_line_is_told_and_all_else_is_read(
    folder: Path, line: str | bytes, column: str | None, value: str | None, message: str
) -> None:
    """One damaged line is one issue, with its place; the other lines and tables are read."""
    sound = read_shipped(folder)[0]
    write(folder / "quartiers.csv", HEADER, FIVES, line, MOULINS)
    shipped, issues = read_shipped(folder)
    assert [(x.file, x.line, x.column, x.value) for x in issues] == [
        ("quartiers.csv", 3, column, value)
    ]
    assert message in issues[0].message
    names = [row["nom"] for row in shipped.tables["quartiers"]]
    assert [names[0], names[-1]] == ["Fives", "Moulins"]
    others = set(sound.tables) - {"quartiers"}
    assert {name: shipped.tables[name] for name in others} == {
        name: sound.tables[name] for name in others
    }


def test_an_issue_is_one_french_sentence(folder: Path) -> None:
    """An editor reads where to look, what stands there, and what should."""
    write(folder / "quartiers.csv", HEADER, FIVES.replace("900", "neuf"))
    (issue,) = read_shipped(folder)[1]
    assert str(issue).replace("\u00a0", " ") == (
        "quartiers.csv, ligne 2, colonne « rayon_m », valeur « neuf » :"
        " un nombre est attendu (séparateur décimal : le point)."
    )


def test_every_faulty_cell_of_a_line_is_told(folder: Path) -> None:
    """An editor corrects a line once, not once per cell."""
    write(folder / "quartiers.csv", HEADER, ",5935,est,nord,loin,")
    told = [issue.column for issue in read_shipped(folder)[1]]
    assert told == HEADER.split(",")


def test_a_value_that_fills_a_page_is_cut_in_the_sentence(tmp_path: Path) -> None:
    """A cell of a hundred thousand characters does not drown the sentence that tells of it."""
    line = f"Fives,{'9' * 100_000},3,50,900,relevé"
    _, issues = quartiers(f"{HEADER}\n{line}\n".encode(), tmp_path)
    assert [len(str(issue)) < 300 for issue in issues] == [True]


@pytest.mark.parametrize(
    "header", ["nom,code_insee", HEADER.upper(), f"{HEADER},note", "", "x" * 5000, "a;b;c"]
)
def test_another_header_is_told_once_and_the_table_is_not_guessed(
    folder: Path, header: str
) -> None:
    """When the columns are not the expected ones no line is read, and the issue lists them."""
    write(folder / "quartiers.csv", header, FIVES, MOULINS)
    shipped, issues = read_shipped(folder)
    assert shipped.tables["quartiers"] == []
    assert [(issue.file, issue.line) for issue in issues] == [("quartiers.csv", 1)]
    assert "nom, code_insee, longitude" in issues[0].message
    assert len(str(issues[0])) < 300


@pytest.mark.parametrize("name", [*(table.file_name for table in TABLES), "qpv_2015.geojson"])
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    """A file that is not there is an issue of its own, whichever it is."""
    (folder / name).unlink()
    issues = read_shipped(folder)[1]
    assert name in {issue.file for issue in issues if issue.line is None}


def test_a_file_of_another_encoding_is_told(tmp_path: Path) -> None:
    """A table saved by a spreadsheet in UTF-16 or Windows-1252 is told, not misread."""
    text = f"{HEADER}\n{FIVES}\n{MOULINS}\n"
    names, issues = quartiers(text.encode("utf-16"), tmp_path)
    assert (names, [issue.line for issue in issues]) == ([], [1])
    names, issues = quartiers(text.encode("cp1252"), tmp_path)
    assert (names, [(issue.line, issue.column) for issue in issues]) == (
        [],
        [(2, "source"), (3, "source")],
    )


def test_spreadsheet_habits_are_understood(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, blanks around a value and quotes change nothing."""
    text = f'{HEADER}\r\n" Fives ",59350, 3.09 ,50.63,"900",relevé\r\n'
    assert quartiers(text.encode("utf-8-sig"), tmp_path) == (["Fives"], [])


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_a_rare_line_mark_inside_a_name_does_not_cut_the_line(tmp_path: Path, mark: str) -> None:
    """Only the line ends of CSV end a line; those that word processors slip in do not."""
    lines = [HEADER, f"Cité{mark}Spach,59350,3,50,9,x", MOULINS.replace("900", "neuf")]
    names, issues = quartiers("\n".join(lines).encode(), tmp_path)
    assert names == [f"Cité{mark}Spach"]
    assert [issue.line for issue in issues] == [3]


def test_a_cell_on_two_lines_keeps_the_count_of_lines(tmp_path: Path) -> None:
    """After a cell that holds a line end, the line told is the one an editor sees."""
    lines = [HEADER, '"Fives\net Hellemmes",59350,3,50,9,x', "Moulins,59350,x,50,9,x"]
    names, issues = quartiers("\n".join(lines).encode(), tmp_path)
    assert (names, [issue.line for issue in issues]) == (["Fives\net Hellemmes"], [4])


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path: Path) -> None:
    """The quote swallows what follows: the line told is where to look for it."""
    lines = [HEADER, FIVES, '"Wazemmes,59350,3.05,50.62,900,relevé', MOULINS]
    names, issues = quartiers("\n".join(lines).encode(), tmp_path)
    assert (names, [issue.line for issue in issues]) == (["Fives"], [3])


@pytest.mark.parametrize("themes", ["culture|", "culture||sante", "culture|culture"])
def test_several_values_are_each_there_once(folder: Path, themes: str) -> None:
    """In a column of several, an empty or repeated value is a slip, told as such."""
    correct(folder, "initiatives", 2, themes=themes)
    issues = [issue for issue in read_shipped(folder)[1] if issue.file == "initiatives.csv"]
    assert [(issue.line, issue.column, issue.value) for issue in issues] == [(2, "themes", themes)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("themes", "chapitre", "9"),
        ("resources", "editeurs", "rtes|inconnu"),
        ("resources", "theme", "inconnu"),
        ("sources", "themes_couverts", "sante|inconnu"),
        ("initiatives", "parent", "inconnu"),
        ("initiatives", "themes", "sante|inconnu"),
        ("initiatives", "ressources", "inconnu"),
        ("initiatives", "code_insee", "99999"),
        ("initiatives", "source", "inconnu"),
        ("initiative_qpv", "code", "QN99999M"),
        ("initiative_evidence", "initiative", "inconnu"),
        ("initiative_places", "initiative", "inconnu"),
        ("departements", "region", "99"),
        ("communes", "departement", "99"),
        ("communes", "epci", "999999999"),
        ("communes", "commune_parente", "99999"),
        ("former_communes", "devient", "99999"),
        ("qpv_facts", "code", "QP099999"),
    ],
)
def test_a_value_that_refers_to_nothing_is_told(
    folder: Path, table: str, column: str, value: str
) -> None:
    """What a table says of another must exist there; the value that does not is named."""
    correct(folder, table, 2, **{column: value})
    told = [x for x in read_shipped(folder)[1] if x.file == f"{table}.csv"]
    assert [(x.line, x.column, x.value) for x in told] == [(2, column, value.split("|")[-1])]


def test_two_initiatives_never_share_an_identifier(folder: Path) -> None:
    """The identifier is an address of the site: even two sources cannot both use it."""
    path = folder / "sources.csv"
    path.write_text(path.read_text("utf-8") + "autre,Autre,Autre,,,selective,,,,,\n", "utf-8")
    line = line_of(folder, "initiatives", "identifiant", "cap-services")
    twin = cells_of(folder / "initiatives.csv")[0]["identifiant"]
    correct(folder, "initiatives", line, identifiant=twin, source="autre")
    told = [x for x in read_shipped(folder)[1] if x.file == "initiatives.csv"]
    assert [(x.line, x.value) for x in told] == [(line, twin)]


def test_contours_in_the_wrong_file_are_told(folder: Path) -> None:
    """The contours of 2024 under the name of 2015 are not taken for those of 2015."""
    (folder / "qpv_2024.geojson").replace(folder / "qpv_2015.geojson")
    told = {x.file: x.message for x in read_shipped(folder)[1] if x.line is None}
    assert told["qpv_2015.geojson"] == "ces contours sont de la génération 2024"
    assert "qpv_2024.geojson" in told


def test_damaged_contours_are_told_with_the_neighbourhood(folder: Path) -> None:
    """A contour without a surface is told by file and code; the other generation is read."""
    edit_contours(folder, 2015, lambda d: d["features"][3]["geometry"].update(coordinates=[]))
    shipped, issues = read_shipped(folder)
    assert list(shipped.contours) == [2024]
    assert "objet 4 (QP" in issues[0].message


def test_the_fingerprint_tells_any_change(folder: Path) -> None:
    """A changed byte or file name is another fingerprint; a note beside the tables is not."""
    before = fingerprint(folder)
    (folder / "note.txt").write_text("rien à voir", encoding="utf-8")
    assert fingerprint(folder) == before
    correct(folder, "themes", 2, libelle="Alimentations")
    corrected = fingerprint(folder)
    (folder / "regions.csv").rename(folder / "regiones.csv")
    assert len({before, corrected, fingerprint(folder)}) == 3


@given(content=st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever a file holds after its header, reading it ends, with rows and issues."""
    names, issues = quartiers(f"{HEADER}\n".encode() + content, tmp_path_factory.getbasetemp())
    assert names or issues or not content


_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=20)
_ROW = st.one_of(
    st.lists(_CELL, min_size=1, max_size=8),
    st.tuples(_CELL, st.just("59350"), st.just("3"), st.just("50"), st.just("9"), _CELL),
)


@given(rows=st.lists(_ROW, max_size=6))
def test_nothing_is_dropped_in_silence(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    """Each line of a well-formed file is a row or has an issue that names it."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    content = f"{HEADER}\n{file.getvalue()}".encode()
    names, issues = quartiers(content, tmp_path_factory.getbasetemp())
    faulty = {issue.line for issue in issues}
    assert len(names) + len(faulty) == len(rows)
    assert faulty <= set(range(2, len(rows) + 2))
