"""What one cell of an initiatives file says: the text to keep, and what to tell of it in French.

Reading is idempotent: what was kept, exported and read again, is kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from geo.names import plain
from geo.position import Precision
from mapapp.importing.limits import LONGEST_CELL
from mapapp.importing.mapping import SIRET
from mapapp.tables import kinds

#: Control characters (tab and newline are text), halves of characters, and the two that no XML,
#: hence no workbook, can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNREAD = "\ufffd"
_SEPARATORS = re.compile(r"[|;,]")
_DAY_FIRST = re.compile(r"(?:([0-9]{1,2})[/.])?([0-9]{1,2})[/.]([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})/([0-9]{2})(?:/([0-9]{2}))?")

#: Each status of an initiative, and the words that files tell it by.
STATUSES = {
    "en_activite": "en activite|active|actif|activite|ouvert|ouverte|en cours|oui",
    "deplacee": "deplacee|deplace|demenagee|demenage",
    "terminee": "terminee|termine|fermee|ferme|fini|finie|cessee|cesse|arretee|close|clos",
    "inconnu": "inconnu|inconnue|non renseigne|nc|ne sait pas",
}
_STATUS_OF = {word: status for status, words in STATUSES.items() for word in words.split("|")}

#: Work-integration structures that are ESS or not by their legal form or approval (law 2014-856,
#: article 1), as the column of that name tells them in the ASP register.
_TYPE = "type"
_NOT_ALL_ESS = frozenset({"ETTI", "GEIQ"})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a file may use: what exists in the store.

    ``themes``: slug, or plain label (:func:`geo.names.plain`) → slug. ``communes``: INSEE code
    → the code in force, itself or the one that a former commune merged into.
    """

    themes: Mapping[str, str]
    resources: Collection[str]
    communes: Mapping[str, str]
    qpvs: Collection[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """The text to keep (empty: nothing), and sentences about it."""

    text: str
    remarks: tuple[str, ...] = ()


def read_cell(column: str, raw: str, vocabulary: Vocabulary) -> Cell:
    """The cell of one of our columns, or of an unknown one, coordinates excepted."""
    cleaned = clean(raw)
    if column.casefold() == _TYPE and cleaned.text in _NOT_ALL_ESS:
        remark = "les structures de ce type ne sont pas toutes de l’ESS\u00a0: vérifiez celle-ci"
        return Cell(cleaned.text, (remark,))
    if not cleaned.text or column not in _KINDS:
        return cleaned
    try:
        read = _KINDS[column](cleaned.text, vocabulary)
    except ValueError as error:
        return Cell("", (*cleaned.remarks, str(error)))
    return Cell(read.text, cleaned.remarks + read.remarks)


def clean(raw: str) -> Cell:
    """A text without what no page, workbook or database can bear."""
    text = raw.strip()
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_CELL:
        return Cell(text)
    if len(raw) > LONGEST_CELL:
        return Cell("", (f"plus de {LONGEST_CELL} caractères\u00a0: la cellule n’est pas gardée",))
    remarks = []
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text).strip()
        remarks.append("des caractères de contrôle ont été retirés")
    if _UNREAD in text:
        remarks.append("des caractères sont illisibles\u00a0: vérifiez l’encodage du fichier")
    return Cell(text, tuple(remarks))


def _as(kind: kinds.Kind) -> Callable[[str, Vocabulary], Cell]:
    return lambda text, _: Cell(str(kind(text)))


def _themes(text: str, vocabulary: Vocabulary) -> Cell:
    def slug(part: str) -> str | None:
        return vocabulary.themes.get(plain(part)) or vocabulary.themes.get(part)

    return _several(text, slug, "thème inconnu")


def _resources(text: str, vocabulary: Vocabulary) -> Cell:
    known = vocabulary.resources
    return _several(text, lambda part: part if part in known else None, "ressource inconnue")


def _qpvs(text: str, vocabulary: Vocabulary) -> Cell:
    def code(part: str) -> str | None:
        return part.upper() if part.upper() in vocabulary.qpvs else None

    return _several(text, code, "code de QPV inconnu")


def _several(text: str, meaning: Callable[[str], str | None], fault: str) -> Cell:
    """Values parted by ``|``, ``;`` or ``,``, each once; the unknown ones are told."""
    parts = dict.fromkeys(filter(None, map(str.strip, _SEPARATORS.split(text))))
    meant = {part: meaning(part) for part in parts}
    known = dict.fromkeys(value for value in meant.values() if value)
    strange = [part for part, value in meant.items() if not value]
    remarks = tuple(f"{fault}\u00a0: «\u00a0{part[:60]}\u00a0»" for part in strange)
    return Cell("|".join(known), remarks)


def _postcode(text: str, _: Vocabulary) -> Cell:
    digits = "".join(text.split())
    if re.fullmatch("[0-9]{4}", digits):
        return Cell(f"0{digits}", ("le zéro du début, perdu par un tableur, est remis",))
    return Cell(kinds.postcode(digits))


def _insee_code(text: str, vocabulary: Vocabulary) -> Cell:
    code = text.upper()
    remarks: tuple[str, ...] = ()
    if re.fullmatch("[0-9]{4}", code):
        code, remarks = f"0{code}", ("le zéro du début, perdu par un tableur, est remis",)
    current = vocabulary.communes.get(kinds.insee_code(code))
    if current is None:
        raise ValueError("ce code INSEE n’est celui d’aucune commune")
    if current != code:
        remarks = (*remarks, f"la commune a fusionné\u00a0: son code est maintenant {current}")
    return Cell(code, remarks)


def _date(text: str, _: Vocabulary) -> Cell:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    else:
        return Cell(kinds.partial_date(text))
    iso = "-".join(part.zfill(2) for part in (year, month, day) if part)
    return Cell(kinds.partial_date(iso))


def _status(text: str, _: Vocabulary) -> Cell:
    if status := _STATUS_OF.get(plain(text)):
        return Cell(status)
    raise ValueError(f"un mot parmi {', '.join(STATUSES)} est attendu")


def _siret(text: str, _: Vocabulary) -> Cell:
    """Kept whatever it is: the file's own column; its blanks go when it is a number without."""
    digits = "".join(text.split())
    try:
        return Cell(kinds.siret(digits))
    except ValueError as error:
        return Cell(digits if digits.isdigit() else text, (str(error),))


def _precision(text: str, _: Vocabulary) -> Cell:
    return Cell(kinds.choice(*Precision)(text.lower()))


_KINDS: Mapping[str, Callable[[str, Vocabulary], Cell]] = {
    "themes": _themes,
    "code_postal": _postcode,
    "code_insee": _insee_code,
    "precision": _precision,
    "qpv_declare": _qpvs,
    "site_web": _as(kinds.url),
    "statut": _status,
    "debut": _date,
    "fin": _date,
    "ressources": _resources,
    "source_url": _as(kinds.url),
    "verifie_le": _date,
    SIRET: _siret,
}
