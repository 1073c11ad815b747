"""No cell of a CSV file is executed, and every text comes back as it left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.exporting.formulas import escaped, is_executed, unescaped

#: Texts made of what matters, far likelier to be troublesome than any text.
TROUBLESOME = st.text(alphabet="'=+-@\t\r\n 1,.a＝", max_size=8) | st.text(max_size=20)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("+33", "'+33"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("''@x", "'''@x"),
        ("-61.5", "-61.5"),
        ("'-61.5", "''-61.5"),
        ("l’an 2022 = fin", "l’an 2022 = fin"),
        ("'a'", "'a'"),
        ("", ""),
    ],
)
def test_a_text_is_kept_from_being_executed(text: str, cell: str) -> None:
    """An apostrophe before a formula's first sign, and nothing before any other text."""
    assert escaped(text) == cell
    assert unescaped(cell) == text


@given(TROUBLESOME)
def test_every_text_comes_back(text: str) -> None:
    """What was written and read again is the same text, apostrophes of its own included."""
    assert unescaped(escaped(text)) == text


@given(TROUBLESOME)
def test_no_cell_is_executed(text: str) -> None:
    """Whatever the text, its cell begins with no sign of a formula, save a negative number."""
    cell = escaped(text)
    assert not is_executed(cell)
    if cell[:1] in tuple("=+-@\t\r"):
        assert float(cell.replace(",", ".")) <= 0


def test_a_hand_made_apostrophe_is_taken_for_ours() -> None:
    """Editors write ``'=…`` for the same reason: one apostrophe goes, not two."""
    assert unescaped("'=1+1") == "=1+1"
    assert unescaped("''=1+1") == "'=1+1"
    assert unescaped("'tis") == "'tis"
