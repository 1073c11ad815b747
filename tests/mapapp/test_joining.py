"""A table joined to the QPVs: the verdicts of one point, row by row, whatever the table."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence

import openpyxl
import pytest
from fault_server import AT_HOME, BROKEN, GEOCODED, FaultServer, fault_server
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.finding import AddressFinder
from geo.geocoding import PoliteGeocoder
from geo.position import Position, Precision
from geo.verdict import Place, judge
from geo.wording import sentence
from mapapp.address_finding import address_finder
from mapapp.errors import AppError, BadInput, Busy, TooLarge
from mapapp.exporting.formulas import escaped
from mapapp.joining import uploads
from mapapp.joining.columns import Told, Wanted, added_columns, choose_columns
from mapapp.joining.judging import Added, Joiner, Understood
from mapapp.joining.uploads import SILENT, JoinedUpload, join_upload
from mapapp.machine.turns import turn
from mapapp.memory import Memory
from mapapp.outgoing.geocoder import geocoder_at
from mapapp.store.engine import sessions
from mapapp.tables.readable import Upload

ADDED = (
    "qpv_2015,nom_2015,statut_2015,distance_2015,qpv_2024,nom_2024,statut_2024,distance_2024,"
    "precision,phrase"
).split(",")


@pytest.fixture(scope="module")
def finder(engine: Engine) -> AddressFinder:
    """What places communes and neighbourhoods without asking anybody."""
    return address_finder(engine, offline=True, keep=False)


@pytest.fixture(scope="module")
def joiner(engine: Engine, memory: Memory, finder: AddressFinder) -> Joiner:
    """What judges rows for both generations."""
    with sessions(engine)() as opened:
        return Joiner(memory.indexes(opened), finder)


def sent(
    text: str | bytes, joiner: Joiner, name: str = "t.csv", wanted: Wanted | None = None
) -> JoinedUpload:
    """A file joined as a page would."""
    content = text.encode() if isinstance(text, str) else text
    return join_upload(Upload(name, content), wanted or Wanted(), lambda offline: joiner)


def lines_of(result: JoinedUpload, delimiter: str = ";") -> list[dict[str, str]]:
    """The rows of a CSV result."""
    text = result.written().getvalue().decode("utf-8-sig")
    former = csv.field_size_limit(10_000_000)
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(former)


def added_to(joiner: Joiner, **told: str) -> Added:
    """What is added to one row."""
    return joiner.judge([Told(**told)])[0]


POINTS = (
    (0.35, 46.565, "", 0.0),
    (2.36, 48.95, "address", 20.0),
    (5.0669, 47.3454, "street", 200.0),
    (-52.33, 4.92, "place", 400.0),
    (2.35, 48.85, "", 0.0),
    (55.45, -20.88, "", 0.0),
)


def test_a_row_has_the_very_verdicts_of_its_point(
    joiner: Joiner, session: Session, memory: Memory
) -> None:
    """Codes, names, status and distance of both generations, and the newest one's sentence."""
    table = "lon;lat;precision\n" + "".join(f"{x};{y};{p}\n" for x, y, p, _ in POINTS)
    lines = lines_of(sent(table, joiner))
    for line, (lon, lat, word, radius_m) in zip(lines, POINTS, strict=True):
        precision = Precision(word or "point")
        place = Place(Position(lon, lat, precision, radius_m))
        for generation, index in memory.indexes(session).items():
            verdict = judge(place, index)
            distance = "" if verdict.distance_m is None else str(verdict.distance_m)
            assert line[f"qpv_{generation}"] == "|".join(qpv.code for qpv in verdict.qpvs)
            assert line[f"nom_{generation}"] == "|".join(qpv.name for qpv in verdict.qpvs)
            assert line[f"statut_{generation}"] == verdict.status.value
            assert line[f"distance_{generation}"] == distance
        assert line["phrase"] == sentence(judge(place, memory.index(session, 2024)))
        assert line["mapapp_precision"] == precision.value


def test_the_columns_are_those_of_the_contract(joiner: Joiner) -> None:
    """In their order, after the file's own, which keep theirs."""
    result = sent("b,longitude,a,latitude\n1,0.35,2,46.565\n", joiner)
    assert result.columns == ("b", "longitude", "a", "latitude", *ADDED)
    text = result.written().getvalue().decode()
    assert text.splitlines()[1].startswith("1,0.35,2,46.565,QP086004,Trois Cités,inside,")


def test_a_joined_file_is_joined_again_beside_itself() -> None:
    """No two columns of the result have one name."""
    first = added_columns(["nom"], [2015, 2024])
    second = added_columns(first, [2015, 2024])
    third = added_columns((*first, *second), [2024])
    assert first == tuple(ADDED)
    assert second == tuple(f"mapapp_{name}" for name in ADDED)
    assert third[0] == "mapapp_mapapp_qpv_2024"


@pytest.mark.parametrize(
    ("told", "phrase"),
    [
        ({"longitude": "46.565", "latitude": "0.35"}, "Latitude et longitude semblent inversées"),
        ({"longitude": "-30", "latitude": "40"}, "Le point est hors de tout territoire français"),
        ({"longitude": "abc", "latitude": "46"}, "Coordonnées illisibles (longitude «\u00a0abc"),
        ({"longitude": "", "latitude": "46"}, "Coordonnées illisibles (longitude"),
        ({"longitude": "2", "latitude": "460"}, "Coordonnées illisibles (latitude"),
        ({"longitude": "nan", "latitude": "inf"}, "Coordonnées illisibles"),
        (
            {"longitude": "2.36", "latitude": "48.95", "precision": "à vue"},
            "Précision inconnue\u00a0: «\u00a0à vue\u00a0»",
        ),
        (
            {"longitude": "2.36", "latitude": "48.95", "precision": "quartier"},
            "Précision «\u00a0quartier\u00a0» sans rayon_m",
        ),
        ({"longitude": "2.36", "latitude": "48.95", "radius_m": "-3"}, "exactitude"),
        ({"insee_code": "99999"}, "Code INSEE inconnu\u00a0: «\u00a099999\u00a0»"),
        ({}, "Ni coordonnées ni adresse"),
    ],
)
def test_what_tells_no_place_says_why(joiner: Joiner, told: dict[str, str], phrase: str) -> None:
    """Nothing is guessed: the status is unknown, the sentence says what is wrong."""
    added = added_to(joiner, **told)
    assert added.phrase.startswith(phrase)
    assert added.understood is Understood.UNREAD
    assert {verdict.status.value for verdict in added.verdicts.values()} == {"unknown"}
    assert added.cells[-2] == "none"


def test_lambert_93_is_understood_and_said(joiner: Joiner) -> None:
    """Metres in columns of degrees, in either order, with decimal commas."""
    there = added_to(joiner, longitude="652000,5", latitude="6862000")
    back = added_to(joiner, longitude="6862000", latitude="652000,5")
    assert there == back
    assert there.understood is Understood.YES
    assert there.phrase.endswith("(mètres de Lambert-93, convertis en degrés)")


def test_two_communes_of_one_name_are_a_question(joiner: Joiner) -> None:
    """The two Verduns are cited, none is chosen."""
    added = added_to(joiner, commune="Verdun")
    assert added.understood is Understood.DOUBTFUL
    assert added.phrase.startswith("Adresse douteuse\u00a0: plusieurs lieux répondent")
    assert "Ariège" in added.phrase
    assert "Meuse" in added.phrase


@pytest.mark.parametrize(
    ("told", "status", "phrase"),
    [
        ({"commune": "Stains"}, "possible", "Peut-être\u00a0: 3\u00a0QPV dans la commune"),
        ({"insee_code": "55545", "commune": "?"}, "possible", "Peut-être"),
        ({"insee_code": "1001"}, "outside", "Hors QPV\u00a0: la commune n’en compte aucun"),
        (
            {
                "longitude": "2.38",
                "latitude": "48.95",
                "precision": "municipality",
                "insee_code": "93072",
            },
            "possible",
            "Peut-être\u00a0: 3\u00a0QPV dans la commune",
        ),
    ],
)
def test_a_commune_alone_is_judged_as_a_whole(
    joiner: Joiner, told: dict[str, str], status: str, phrase: str
) -> None:
    """As the verdict does: perhaps, or outside when it has no QPV."""
    added = added_to(joiner, **told)
    assert added.verdicts[2024].status.value == status
    assert added.phrase.startswith(phrase)
    assert added.precision == "commune"
    assert added.understood is Understood.YES


def test_an_address_without_a_geocoder_has_its_commune(joiner: Joiner) -> None:
    """It is said not to be found, and the commune, which is sure, is judged."""
    added = added_to(joiner, address="12 rue des Tilleuls", postcode="93240", commune="Stains")
    assert added.phrase.startswith("Adresse introuvable\u00a0: ")
    assert added.phrase.endswith(
        "À la commune seule\u00a0: Peut-être\u00a0: 3\u00a0QPV dans la commune"
    )
    assert added.understood is Understood.NOT_FOUND


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A geocoder that answers as it is told."""
    with fault_server() as server:
        yield server


def asking(
    joiner: Joiner, finder: AddressFinder, server: FaultServer, memory: Memory, session: Session
) -> Joiner:
    """What judges rows with that geocoder."""
    geocoder = PoliteGeocoder(geocoder_at(server.address))
    asked = AddressFinder(geocoder, gazetteer=finder.gazetteer, policy=finder.policy)
    return Joiner(memory.indexes(session), asked)


def test_an_address_found_is_judged_where_it_is(
    joiner: Joiner, finder: AddressFinder, server: FaultServer, memory: Memory, session: Session
) -> None:
    """The precision is the geocoder's, the verdict that of a point known so well."""
    server.will(GEOCODED, AT_HOME)
    live = asking(joiner, finder, server, memory, session)
    table = "nom;adresse;code_postal;commune\nA;12 rue des Tilleuls;93240;Stains\n"
    result = join_upload(Upload("t.csv", table.encode()), Wanted(), lambda off: live)
    (line,) = lines_of(result)
    place = Place(Position.at(2.38, 48.95, Precision.ADDRESS), "93072")
    assert line["precision"] == "address"
    assert line["phrase"] == sentence(judge(place, memory.index(session, 2024)))


def test_a_geocoder_that_fails_leaves_the_communes(
    joiner: Joiner, finder: AddressFinder, server: FaultServer, memory: Memory, session: Session
) -> None:
    """The whole file is answered at the commune, and a note says so."""
    server.will(BROKEN)
    live = asking(joiner, finder, server, memory, session)
    table = "nom;adresse;commune\nA;12 rue des Tilleuls;Stains\nB;;Stains\n"
    result = join_upload(
        Upload("t.csv", table.encode()), Wanted(), lambda offline: joiner if offline else live
    )
    assert SILENT in result.summary.notes
    assert [line["precision"] for line in lines_of(result)] == ["commune", "commune"]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_encoding_and_delimiter(joiner: Joiner, encoding: str, delimiter: str) -> None:
    """Read as it was written, given back with the same delimiter in UTF-8."""
    rows = [["Libellé", "longitude", "latitude"], ["Épicerie « été »", "0.35", "46.565"]]
    rows += [["À l’angle", "2.36", "48.95"]]
    table = "\n".join(delimiter.join(cells) for cells in rows)
    lines = lines_of(sent(table.encode(encoding), joiner), delimiter)
    assert [line["Libellé"] for line in lines] == ["Épicerie « été »", "À l’angle"]
    assert {line["statut_2024"] for line in lines} == {"inside"}


def test_quotes_newlines_and_megabyte_fields_pass_through(joiner: Joiner) -> None:
    """Own cells are given back to the last sign."""
    long = "x" * 1_000_000
    table = f'n;lon;lat\n"a ""b""\n;c";0,35;46,565\n{long};0,35;46,565\n'
    lines = lines_of(sent(table, joiner))
    assert [line["n"] for line in lines] == ['a "b"\n;c', long]


def test_formulas_come_back_as_texts(joiner: Joiner) -> None:
    """In CSV behind an apostrophe, in a workbook as texts."""
    table = "n;lon;lat\n=1+1;0,35;46,565\n@cmd;0,35;46,565\n"
    text = sent(table, joiner).written().getvalue().decode()
    assert "\n'=1+1;0,35" in text
    assert "\n'@cmd;" in text
    book = openpyxl.Workbook()
    book.active.append(["n", "lon", "lat"])
    cell = book.active.cell(2, 1, "=1+1")
    cell.data_type = "s"
    book.active.cell(2, 2, 0.35)
    book.active.cell(2, 3, 46.565)
    out = sent(saved(book), joiner, "t.xlsx").written()
    back = openpyxl.load_workbook(out).active
    assert (back["A2"].value, back["A2"].data_type) == ("=1+1", "s")


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_comes_back_with_its_numbers(joiner: Joiner) -> None:
    """Numbers stay numbers, blank rows keep their place."""
    book = openpyxl.Workbook()
    for cells in (["n", "lon", "lat"], [7, 0.35, 46.565], [], ["x", 2.36, 48.95]):
        book.active.append(cells)
    result = sent(saved(book), joiner, "liste.xlsx")
    back = openpyxl.load_workbook(result.written()).active
    assert result.file_name == "liste-qpv.xlsx"
    assert back["A2"].value == 7
    assert back["B2"].value == 0.35
    assert back.max_row == 4
    assert back.cell(3, back.max_column).value == "Ligne vide"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "vide"),
        ("t.csv", b"\n\n", "en-tête"),
        ("t.pdf", b"%PDF-1.7", "format inconnu"),
        ("t.xlsx", b"pas un classeur", "tronqué"),
        ("t.xls", b"\xd0\xcf\x11\xe0rest", ".xls"),
        ("t.csv.gz", b"\x1f\x8b\x08\x00rest", "tronqué"),
        ("t.csv", b'a;lon;lat\n"x;1;2\n', "guillemet"),
        ("t.csv", b"a;b\n1;2\n", "Aucune colonne ne dit un lieu"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    joiner: Joiner, name: str, content: bytes, said: str
) -> None:
    """One sentence says what is wrong."""
    with pytest.raises(AppError, match=said):
        sent(content, joiner, name)


def test_a_truncated_workbook_is_refused(joiner: Joiner) -> None:
    """Wherever it was cut."""
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat"])
    whole = saved(book)
    for length in (5, len(whole) // 2, len(whole) - 10):
        with pytest.raises(AppError, match=r"tronqué|abîmé"):
            sent(whole[:length], joiner, "t.xlsx")


def test_a_bomb_is_refused(joiner: Joiner) -> None:
    """An archive that unpacks to far more than it weighs is not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b" " * 30_000_000)
    with pytest.raises(AppError, match="se déplie"):
        sent(out.getvalue(), joiner, "t.xlsx")


def test_a_row_too_wide_keeps_its_place_and_its_cells(joiner: Joiner) -> None:
    """It is not judged, and what it has too much is told."""
    first, second = lines_of(sent("n;lon;lat\na;b;2,36;48,95\nc;2,36;48,95\n", joiner))
    assert first["phrase"].endswith("En trop\u00a0: 48,95")
    assert first["statut_2024"] == "unknown"
    assert second["statut_2024"] == "inside"


def test_named_columns_are_read(joiner: Joiner) -> None:
    """Whatever their names; one that is not there is a sentence that names those that are."""
    wanted = Wanted(lon="est", lat="nord")
    (line,) = lines_of(sent("est;nord\n0,35;46,565\n", joiner, wanted=wanted))
    assert line["statut_2024"] == "inside"
    with pytest.raises(BadInput, match=r"pas de colonne «.sud.».*est, nord"):
        sent("est;nord\n0;0\n", joiner, wanted=Wanted(lon="est", lat="sud"))
    with pytest.raises(BadInput, match="deux colonnes"):
        choose_columns(["est"], Wanted(lon="est"))


def test_named_address_columns_keep_their_usual_meaning() -> None:
    """A commune is a commune, the others are the text of the address."""
    columns = choose_columns(
        ["numero", "libelle voie", "cp", "ville"],
        Wanted(address=("numero", "libelle voie", "cp", "ville")),
    )
    told = columns.told(["12", "rue Carnot", "93240", "Stains"])
    assert told == Told(address="12, rue Carnot", postcode="93240", commune="Stains")


def test_the_limits_are_told(joiner: Joiner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many rows, too many addresses: the limit and the command that has none."""
    monkeypatch.setattr(uploads, "MOST_ROWS", 3)
    monkeypatch.setattr(uploads, "MOST_ADDRESSES", 1)
    assert len(sent("lon;lat\n" + "0,35;46,565\n" * 3, joiner).rows) == 3
    with pytest.raises(TooLarge, match=r"Plus de 3 lignes.*mapapp join"):
        sent("lon;lat\n" + "0,35;46,565\n" * 4, joiner)
    with pytest.raises(TooLarge, match=r"2 adresses à chercher, 1 au plus.*mapapp join"):
        sent("adresse\n" + "12 rue Carnot, Stains\n" * 2, joiner)


def test_a_wide_table_may_have_fewer_rows(joiner: Joiner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells held at once are bounded, whatever the shape."""
    monkeypatch.setattr(uploads, "MOST_CELLS", 10)
    with pytest.raises(TooLarge, match=r"Plus de 3 lignes.*pour 3 colonnes"):
        sent("n;lon;lat\n" + "a;0,35;46,565\n" * 4, joiner)


def test_one_file_of_addresses_at_a_time(joiner: Joiner) -> None:
    """The second is asked to come back; a file of points is answered all the same."""
    with turn(uploads._ASKING) as ours:
        assert ours
        with pytest.raises(Busy, match="réessayez dans une minute"):
            sent("adresse\n12 rue Carnot, Stains\n", joiner)
        assert sent("lon;lat\n0,35;46,565\n", joiner).rows


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)


@given(st.lists(st.tuples(cells, cells, cells), max_size=8))
def test_any_table_keeps_its_rows_and_its_columns(
    joiner: Joiner, table: Sequence[tuple[str, str, str]]
) -> None:
    """As many rows as there were, own cells as they were, a status and a sentence for each."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    for row in [("libellé", "longitude", "latitude"), *table, ("fin", "0.35", "46.565")]:
        writer.writerow([escaped(cell) for cell in row])
    result = sent(out.getvalue().encode("utf-8-sig"), joiner)
    lines = lines_of(result)
    own = [tuple(escaped(cell) for cell in row) for row in table]
    kept = [(each["libellé"], each["longitude"], each["latitude"]) for each in lines[:-1]]
    blank = [not any(map(str.strip, row)) for row in table]
    for told, was, empty in zip(kept, own, blank, strict=True):
        assert told == was or empty
    assert all(each["statut_2024"] and each["phrase"] for each in lines)
