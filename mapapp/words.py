"""The words of a search, and of the texts searched: as people type them, « st » for « saint »."""

from __future__ import annotations

from geo.names import plain

_SPELLED = {"st": "saint", "ste": "sainte"}


def search_words(text: str) -> list[str]:
    """The plain words of a text; « st » before another word is « saint ».

    The last word stays as it is: « st » alone may be the beginning of « Strasbourg ».
    """
    *words, last = plain(text).split() or [""]
    return [*(_SPELLED.get(word, word) for word in words), *filter(None, [last])]


def search_text(*texts: str | None) -> str:
    """The words of the texts in one, for a search that ignores case and accents."""
    return " ".join(search_words(" ".join(filter(None, texts))))
