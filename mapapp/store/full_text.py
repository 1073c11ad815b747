"""Which initiatives hold the words of a search.

SQLite has an index of their letters, three by three (FTS5's trigrams), kept in step by triggers: a
word of three letters or more is found in it, wherever it lies in a text. Shorter words, and all of
them in a database without that index, are found by reading the texts. The answers are the same.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, column, select, table
from sqlalchemy.orm import Session

from mapapp.store.engine import database_of
from mapapp.store.initiatives import Initiative

#: The index that migration 0006 makes; its rows have the ids of the initiatives.
_INDEX = table("initiative_words", column("rowid"), column("search_text"))

#: What the index is made of: it knows nothing of a shorter word.
_LETTERS = 3


def holding(session: Session, words: Collection[str]) -> ColumnElement[bool]:
    """The initiatives whose text holds each of some plain words (letters and figures alone)."""
    text = Initiative.search_text
    if not database_of(session.get_bind().engine).indexes_letters:
        return and_(*(text.contains(word) for word in words))
    long = [word for word in words if len(word) >= _LETTERS]
    conditions = [text.contains(word) for word in words if len(word) < _LETTERS]
    if long:
        every = " AND ".join(f'"{word}"' for word in long)
        found = select(_INDEX.c.rowid).where(_INDEX.c.search_text.match(every))
        conditions.append(Initiative.id.in_(found))
    return and_(*conditions)
