"""Texts that a spreadsheet would execute when it opens a CSV file, and how they are kept texts.

A CSV file cannot say « this is text »: Excel and LibreOffice take ``=…`` for a formula. Such a text
is written with an apostrophe before it; the importer takes it off again. A text that already begins
with apostrophes and then such a sign gets one more, so that what comes back is always what left.
"""

from __future__ import annotations

import re

#: Signs that begin a formula, or that spreadsheets skip before one (tab, line ends); the wide forms
#: are signs to a spreadsheet in some languages (OWASP, « CSV Injection »).
_SIGNS = "=+\\-@\t\r\n＝＋－＠"

_EXECUTED = re.compile(f"[{_SIGNS}]")
_QUOTED = re.compile(f"'+[{_SIGNS}]")
#: A negative longitude executes nothing, and must stay a number to whoever computes with it.
_NEGATIVE_NUMBER = re.compile(r"-[0-9]+([.,][0-9]+)?", re.ASCII)


def is_executed(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return bool(_EXECUTED.match(text)) and not _NEGATIVE_NUMBER.fullmatch(text)


def escaped(text: str) -> str:
    """The text as a cell of a CSV file holds it: never a formula."""
    return f"'{text}" if is_executed(text) or _QUOTED.match(text) else text


def unescaped(cell: str) -> str:
    """The text that a cell of a CSV file stands for: one apostrophe less before such a sign."""
    return cell[1:] if _QUOTED.match(cell) else cell
