"""What one cell may hold: each kind takes what it should and says in French what it expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.paths import shipped
from mapapp.tables import kinds
from mapapp.tables.layout import TABLES
from mapapp.tables.reading import GENERATIONS, contours_file

LATITUDE = kinds.between(-90, 90)

ACCEPTED = [
    (kinds.text, "L’Haÿ-les-Roses\nsur deux lignes", "L’Haÿ-les-Roses\nsur deux lignes"),
    (kinds.text, "</script><script>${alert(1)}", "</script><script>${alert(1)}"),
    (kinds.slug, "kpa-cite-2", "kpa-cite-2"),
    (kinds.insee_code, "2A004", "2A004"),
    (kinds.insee_code, "97309", "97309"),
    (kinds.postcode, "01000", "01000"),
    (kinds.qpv_code, "QP02A001", "QP02A001"),
    (kinds.qpv_code, "QP974001", "QP974001"),
    (kinds.qpv_code, "QN02A01M", "QN02A01M"),
    (kinds.qpv_code, "QN97324M", "QN97324M"),
    (kinds.integer, "-3", -3),
    (kinds.number, "48.95", 48.95),
    (LATITUDE, "90", 90.0),
    (LATITUDE, "-90", -90.0),
    (kinds.year, "1901", 1901),
    (kinds.partial_date, "2016", "2016"),
    (kinds.partial_date, "2016-02", "2016-02"),
    (kinds.partial_date, "2016-02-29", "2016-02-29"),
    (kinds.url, "https://www.rtes.fr/a?b=c#d", "https://www.rtes.fr/a?b=c#d"),
    (kinds.url, "http://tiers-lieux.gouv.fr:8080", "http://tiers-lieux.gouv.fr:8080"),
    (kinds.siret, "81044413300021", "81044413300021"),
    (kinds.choice("COM", "ARM"), "ARM", "ARM"),
    (kinds.yes_no, "oui", True),
    (kinds.yes_no, "non", False),
]

REFUSED = [
    (kinds.text, "avant\x00après"),
    (kinds.text, "cloche\x07"),
    (kinds.slug, "Mon-Initiative"),
    (kinds.slug, "double--tiret"),
    (kinds.slug, "../etc"),
    (kinds.slug, "${alert(1)}"),
    (kinds.insee_code, "2C004"),
    (kinds.insee_code, "9307"),
    (kinds.insee_code, "٩٣٠٧٢"),  # digits, but not those of a code
    (kinds.postcode, "7500"),
    (kinds.postcode, "２００００"),
    (kinds.qpv_code, "QP9303"),
    (kinds.qpv_code, "QN02103Z"),
    (kinds.qpv_code, "qp093035"),
    (kinds.integer, "1_000"),
    (kinds.integer, "3.0"),
    (kinds.integer, "9" * 30),
    (kinds.number, "48,95"),
    (kinds.number, "1e3"),
    (kinds.number, "nan"),
    (LATITUDE, "inf"),
    (LATITUDE, "90.01"),
    (kinds.year, "1900"),
    (kinds.year, "20216"),
    (kinds.partial_date, "2015-13"),
    (kinds.partial_date, "2015-02-29"),
    (kinds.partial_date, "15/02/2015"),
    (kinds.partial_date, "0000"),
    (kinds.url, "www.rtes.fr"),
    (kinds.url, "javascript:alert(1)//a.fr"),
    (kinds.url, "ftp://rtes.fr/"),
    (kinds.url, "https://localhost/"),
    (kinds.url, "https://[1.2/"),
    (kinds.url, "https://rtes.fr/une page"),
    (kinds.url, "\x01https://rtes.fr/"),
    (kinds.siret, "81044413300022"),
    (kinds.siret, "8104441330002"),
    (kinds.siret, "8104441330002²"),
    (kinds.siret, "810 444 133 00021"),
    (kinds.choice("COM", "ARM"), "com"),
    (kinds.yes_no, "yes"),
]


@pytest.mark.parametrize(("kind", "cell", "value"), ACCEPTED)
def test_a_right_cell_becomes_its_value(kind: kinds.Kind, cell: str, value: object) -> None:
    """What an editor writes rightly is read as it was meant."""
    assert kind(cell) == value


@pytest.mark.parametrize(("kind", "cell"), REFUSED)
def test_a_wrong_cell_is_told_what_was_expected(kind: kinds.Kind, cell: str) -> None:
    """What an editor writes wrongly is refused with what to write instead, in French."""
    with pytest.raises(ValueError, match=r"attendue?"):
        kind(cell)


KINDS = list(dict.fromkeys(column.kind for table in TABLES for column in table.columns))


@pytest.mark.parametrize("kind", KINDS)
@given(cell=st.text())
def test_no_text_at_all_breaks_a_kind(kind: kinds.Kind, cell: str) -> None:
    """Whatever is in a cell, a kind of the layout takes it or refuses it in French."""
    try:
        kind(cell)
    except ValueError as error:
        assert "attendu" in str(error), "a refusal says what was expected"  # noqa: PT017


@given(day=st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_a_date_to_the_day_the_month_and_the_year(day: date) -> None:
    """A day of the calendar may be written whole, or known to its month or year only."""
    iso = day.isoformat()
    assert [kinds.partial_date(iso[:length]) for length in (10, 7, 4)] == [iso, iso[:7], iso[:4]]


@given(year=st.integers(1, 9999), month=st.integers(0, 99), day=st.integers(0, 99))
def test_a_day_that_no_calendar_has_is_refused(year: int, month: int, day: int) -> None:
    """30 February is refused, and nothing that the calendar holds is."""
    cell = f"{year:04}-{month:02}-{day:02}"
    assert _taken(kinds.partial_date, cell) == _taken(date.fromisoformat, cell)


@given(digits=st.from_regex("[0-9]{13}", fullmatch=True))
def test_thirteen_digits_have_one_key(digits: str) -> None:
    """Of the ten last digits a SIRET could have, exactly one is right (Luhn)."""
    assert sum(_taken(kinds.siret, f"{digits}{key}") for key in range(10)) == 1


@given(digits=st.from_regex("[0-9]{13}", fullmatch=True), place=st.integers(0, 12))
def test_two_digits_swapped_in_a_siret_are_noticed(digits: str, place: int) -> None:
    """The commonest slip, two neighbouring digits swapped, is caught, save for 0 and 9 (Luhn)."""
    right = next(f"{digits}{key}" for key in range(10) if _taken(kinds.siret, f"{digits}{key}"))
    first, second = right[place], right[place + 1]
    swapped = right[:place] + second + first + right[place + 2 :]
    unseen = first == second or {first, second} == {"0", "9"}
    assert _taken(kinds.siret, swapped) == unseen


@given(number=st.integers(-(10**9) + 1, 10**9 - 1))
def test_every_count_is_read_as_written(number: int) -> None:
    """A whole number of nine digits is itself."""
    assert kinds.integer(str(number)) == number


@given(degrees=st.decimals(-200, 200, places=6))
def test_a_coordinate_is_read_to_its_last_decimal_or_out_of_bounds(degrees: Decimal) -> None:
    """A longitude within ±180° keeps its six decimals; beyond, it is refused."""
    longitude = kinds.between(-180, 180)
    if abs(degrees) <= 180:
        assert longitude(f"{degrees:f}") == float(degrees)
    else:
        with pytest.raises(ValueError, match="entre -180 et 180"):
            longitude(f"{degrees:f}")


_HOSTS = st.from_regex(r"([a-z0-9-]{1,12}\.){1,3}[a-z]{2,6}", fullmatch=True)
_PATHS = st.from_regex(r"(/[!-~]{0,20}){0,3}", fullmatch=True)


@given(scheme=st.sampled_from(["http", "https"]), host=_HOSTS, path=_PATHS)
def test_every_web_address_is_kept_as_it_is(scheme: str, host: str, path: str) -> None:
    """An http or https address with a host is a link, whatever its path holds."""
    address = f"{scheme}://{host}{path}"
    assert kinds.url(address) == address


@given(
    scheme=st.sampled_from(["javascript", "data", "file", "ftp", "mailto", ""]),
    host=_HOSTS,
    path=_PATHS,
)
def test_no_other_scheme_is_a_link(scheme: str, host: str, path: str) -> None:
    """A link of the catalogue never runs a script, nor opens a local file."""
    with pytest.raises(ValueError, match="http:// ou https://"):
        kinds.url(f"{scheme}:{host}{path}")


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_shipped_qpv_has_a_code_that_tables_may_name(generation: int) -> None:
    """The tables can speak of each QPV of the contours, Corsica and overseas included."""
    text = contours_file(shipped("data"), generation).read_text(encoding="utf-8")
    codes = [part[:8] for part in text.split('"code":"')[1:] if part.startswith(("QP", "QN"))]
    assert len(codes) > 1000
    assert [code for code in codes if not _taken(kinds.qpv_code, code)] == []


def _taken(read: Callable[[str], object], cell: str) -> bool:
    try:
        read(cell)
    except ValueError:
        return False
    return True
