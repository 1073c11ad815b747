"""Lines of a file as rows: normalised, doubted or rejected, each fault told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.errors import DataFault
from mapapp.importing.files import Sheet, read_sheet
from mapapp.importing.limits import LONGEST_CELL
from mapapp.importing.mapping import COLUMNS, propose
from mapapp.importing.rows import ReadRow, Vocabulary, read_rows

WORDS = Vocabulary(
    {"sport": "sport", "vers l emploi": "vers-l-emploi"},
    {"fiche-1", "fiche-2"},
    {"93066": "93066", "93059": "93066", "01004": "01004", "2A004": "2A004"},
    {"QN09335M", "QP093035"},
)


def rows(*lines: dict[str, str], constants: dict[str, str] | None = None) -> list[ReadRow]:
    """The rows of a file with these lines from line 2; each has an identifier, a name, a place."""
    usual = {"identifiant": "", "nom": "Les Jardins", "commune": "Stains"}
    whole = [usual | {"identifiant": f"a{n}"} | line for n, line in enumerate(lines)]
    headers = tuple(dict.fromkeys(header for line in whole for header in line))
    cells = tuple(
        (n, tuple(line.get(header, "") for header in headers)) for n, line in enumerate(whole, 2)
    )
    sheet = Sheet(headers, cells, (), "")
    return list(read_rows(sheet, propose(headers), constants or {}, WORDS))


def row(**cells: str) -> ReadRow:
    """The only row of such a file."""
    return rows(cells)[0]


@pytest.mark.parametrize(
    ("column", "written", "kept"),
    [
        ("themes", "Vers l’emploi ; sport,SPORT", "vers-l-emploi|sport"),
        ("ressources", "fiche-2|fiche-1", "fiche-2|fiche-1"),
        ("qpv_declare", "qn09335m, QP093035", "QN09335M|QP093035"),
        ("code_insee", "2a004", "2A004"),
        ("code_postal", "93 240", "93240"),
        ("debut", "2/11/2015", "2015-11-02"),
        ("debut", "11/2015", "2015-11"),
        ("fin", "2015", "2015"),
        ("verifie_le", "2015-11-02", "2015-11-02"),
        ("statut", "En activité", "en_activite"),
        ("statut", "Fermée", "terminee"),
        ("precision", "Street", "street"),
        ("site_web", "https://exemple.fr/a", "https://exemple.fr/a"),
        ("resume", "=1+1", "=1+1"),
        ("couleur", " @bleu\r\nvert ", "@bleu\nvert"),
    ],
)
def test_a_cell_is_kept_in_one_form(column: str, written: str, kept: str) -> None:
    """However it was written, and without a remark."""
    read = row(**{column: written})

    assert read.told[column] == kept
    assert not read.issues


@pytest.mark.parametrize(
    ("column", "written", "kept", "said"),
    [
        ("themes", "sport|astrologie", "sport", "thème inconnu"),
        ("ressources", "fiche-9", None, "ressource inconnue"),
        ("qpv_declare", "QN00000M", None, "code de QPV inconnu"),
        ("code_insee", "99999", None, "aucune commune"),
        ("code_insee", "1004", "01004", "zéro"),
        ("code_insee", "93059", "93059", "93066"),
        ("code_postal", "1500", "01500", "zéro"),
        ("code_postal", "Stains", None, "cinq chiffres"),
        ("debut", "31/02/2015", None, "date"),
        ("statut", "peut-être", None, "en_activite"),
        ("precision", "au pif", None, "address"),
        ("site_web", "javascript:alert(1)", None, "http"),
        ("site_web", "www.exemple.fr", None, "http"),
        ("resume", "a\x00b\ud800", "ab", "contrôle"),
        ("resume", "x" * (LONGEST_CELL + 1), None, "caractères"),
        ("resume", "caf\ufffd", "caf\ufffd", "illisibles"),
        ("siret", "123", "123", "SIRET"),
    ],
)
def test_a_faulty_cell_is_told_and_the_row_stays(
    column: str, written: str, kept: str | None, said: str
) -> None:
    """With its line, its column and the value; what cannot be meant is left out."""
    read = row(**{column: written})
    issue = next(issue for issue in read.issues if issue.column == column)

    assert read.told.get(column) == kept
    assert said in issue.message
    assert str(issue).startswith(f"Ligne 2, colonne «\u00a0{column}\u00a0», valeur")
    assert len(issue.value) <= 60
    assert not read.rejected


def test_an_issue_names_the_header_of_the_file_too() -> None:
    """The editor looks for « CP », not for « code_postal »."""
    issue = row(CP="9")

    assert "«\u00a0code_postal\u00a0» («\u00a0CP\u00a0» dans le fichier)" in str(issue.issues[0])


@pytest.mark.parametrize(
    ("latitude", "longitude", "kept"),
    [
        ("48,9500", "2,38", ("48.95", "2.38")),
        ("-12.78", "45.23", ("-12.78", "45.23")),  # Mayotte is not a swapped metropolitan point
        ("\u221221.1", "55.5", ("-21.1", "55.5")),
    ],
)
def test_coordinates_are_degrees(latitude: str, longitude: str, kept: tuple[str, str]) -> None:
    """With a point or a comma, on every French territory, without a doubt."""
    read = row(lat=latitude, lon=longitude)

    assert (read.told["latitude"], read.told["longitude"]) == kept
    assert read.doubt is None
    assert not read.issues


@pytest.mark.parametrize("swapped", [False, True])
def test_lambert_93_becomes_degrees(swapped: bool) -> None:
    """Notre-Dame de Paris, in metres, in the columns of degrees: put right, and said."""
    x, y = "652 380,0", "6861700"
    read = row(lat=x, lon=y) if swapped else row(lat=y, lon=x)

    assert float(read.told["latitude"]) == pytest.approx(48.853, abs=0.002)
    assert float(read.told["longitude"]) == pytest.approx(2.351, abs=0.002)
    assert "Lambert-93" in read.issues[0].message
    assert read.doubt is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "said"),
    [("2.38", "48.95", "inversées"), ("55.5", "-21.1", "inversées"), ("0", "0", "hors de tout")],
)
def test_a_point_out_of_place_is_doubted_as_it_is(latitude: str, longitude: str, said: str) -> None:
    """Never put right in silence."""
    read = row(latitude=latitude, longitude=longitude)

    assert read.told["latitude"] == latitude
    assert said in (read.doubt or "")
    assert said in read.issues[0].message


@pytest.mark.parametrize(
    ("latitude", "longitude", "column"),
    [
        ("95", "2", "latitude"),
        ("48", "200", "longitude"),
        ("48", "", "longitude"),
        ("nord", "2", "latitude"),
        ("nan", "2", "latitude"),
        ("1e99", "2", "latitude"),
    ],
)
def test_coordinates_that_are_no_point_are_left_out(
    latitude: str, longitude: str, column: str
) -> None:
    """Both, for half a point is none."""
    read = row(latitude=latitude, longitude=longitude)

    assert "latitude" not in read.told
    assert "longitude" not in read.told
    assert [issue.column for issue in read.issues] == [column]


def test_a_row_without_coordinates_is_doubted_where_others_have_some() -> None:
    """In a file that gives none, nothing is out of the ordinary."""
    with_point = {"latitude": "48.95", "longitude": "2.38"}

    assert "Sans coordonnées" in (rows(with_point, {})[1].doubt or "")
    assert rows({"latitude": "", "longitude": ""})[0].doubt is None


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"identifiant": " "}, "identifiant"),
        ({"nom": ""}, "nom"),
        ({"commune": ""}, "commune"),
        ({"commune": "", "code_insee": "99999", "latitude": "48"}, "commune"),
    ],
)
def test_a_row_without_name_or_place_is_rejected(cells: dict[str, str], column: str) -> None:
    """With a grave issue on what lacks."""
    read = rows(cells)[0]

    assert read.rejected
    assert [issue.column for issue in read.issues if issue.grave] == [column]


def test_a_position_alone_is_a_place() -> None:
    """As an INSEE code alone is."""
    assert not row(commune="", latitude="48.95", longitude="2.38").rejected
    assert not row(commune="", code_insee="93066").rejected


def test_a_repeated_identifier_is_rejected_naming_the_first_line() -> None:
    """The first row stays."""
    first, second = rows({"identifiant": "x"}, {"identifiant": "x "})

    assert not first.rejected
    assert second.rejected
    assert "ligne 2" in second.issues[-1].message


def test_ragged_lines_are_told() -> None:
    """What is too much is cited; values that may have moved are doubtful."""
    headers = ("identifiant", "nom", "commune")
    sheet = Sheet(headers, ((2, ("1", "a")), (3, ("2", "a", "b", "c"))), (), "")
    short, long = read_rows(sheet, propose(headers), {}, WORDS)

    assert short.issues[0].message == "2 cellules au lieu de 3"
    assert long.issues[0].value == "c"
    assert "décalées" in (long.doubt or "")


def test_a_constant_stands_where_the_file_is_silent() -> None:
    """The file's own word wins."""
    first, second = rows({"themes": "sport"}, {}, constants={"themes": "Vers l'emploi"})

    assert (first.told["themes"], second.told["themes"]) == ("sport", "vers-l-emploi")


@pytest.mark.parametrize("constant", [{"themes": "rien"}, {"couleur": "bleu"}, {"nom": "x"}])
def test_a_constant_that_means_nothing_is_refused(constant: dict[str, str]) -> None:
    """Once, rather than at each line."""
    with pytest.raises(DataFault):
        rows({}, constants=constant)


@given(st.dictionaries(st.sampled_from((*COLUMNS, "siret", "autre")), st.text(max_size=15)))
def test_what_was_kept_is_kept_again(cells: dict[str, str]) -> None:
    """Whatever a row holds, reading does not fail, and reading what it told tells the same."""
    told = row(**cells).told
    again = rows({"nom": "", "commune": "", "identifiant": ""} | told)[0]

    assert all(told.values())
    assert again.told == told


def test_the_siae_register_is_read_with_its_oddities(extracts: Path) -> None:
    """705 enterprises; 12 SIRET stand twice, 32 have no coordinates."""
    sheet = read_sheet(extracts / "siae_2020.csv.gz")
    mapping = propose(sheet.headers, None, {"identifiant": "siret"})
    read = list(read_rows(sheet, mapping, {"themes": "vers-l-emploi"}, WORDS))
    rejected = [found for found in read if found.rejected]

    assert len(read) == 705
    assert len(rejected) == 12
    assert all("déjà employé ligne" in found.issues[-1].message for found in rejected)
    assert sum(found.doubt is not None for found in read) == 32
    assert read[0].told["siret"] == read[0].key
    assert set(mapping.unknown) == {"siret", "enseigne", "type", "naf", "departement", "source"}
