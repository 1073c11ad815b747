"""Why a workbook is not read: a code that crosses between processes, and its sentence in French."""

from __future__ import annotations

from enum import StrEnum

from mapapp.errors import DataFault


class Refusal(StrEnum):
    """What is wrong with a workbook."""

    DAMAGED = "damaged"
    FOREIGN = "foreign"
    BINARY = "binary"
    PROTECTED = "protected"
    CELLS = "cells"
    TEXT = "text"
    UNPACKED = "unpacked"
    COSTLY = "costly"


_SENTENCES = {
    Refusal.DAMAGED: "classeur tronqué ou abîmé ; enregistrez-le à nouveau en .xlsx ou .ods.",
    Refusal.FOREIGN: "cette archive n’est pas un classeur ; "
    "donnez le fichier .csv, .xlsx, .ods ou .geojson lui-même.",
    Refusal.BINARY: "classeur .xlsb ; enregistrez-le en .xlsx.",
    Refusal.PROTECTED: "classeur protégé ; enlevez son mot de passe.",
    Refusal.CELLS: "la feuille s’étend sur trop de cellules ; "
    "copiez le tableau seul dans un classeur neuf.",
    Refusal.TEXT: "ce classeur contient trop de texte ; découpez-le, ou enregistrez-le en .csv.",
    Refusal.UNPACKED: "ce fichier compressé se déplie en un fichier bien trop gros. "
    "Rien n’a été importé : vérifiez d’où il vient, ou découpez-le.",
    Refusal.COSTLY: "ce classeur demande trop de mémoire ou de temps ; "
    "copiez le tableau seul dans un classeur neuf, ou enregistrez-le en .csv.",
}


class Refused(Exception):
    """A workbook that is not read; no sentence yet, for who refuses does not know its name."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def fault(name: str, refusal: Refusal) -> DataFault:
    """The sentence that names the file, says what is wrong and what to do."""
    return DataFault(f"{name}\u00a0: {_SENTENCES[refusal]}")
