"""What everybody may see of what a source says: known columns, and those that its editor chose.

The source's own cells stay as they are, for the editor and the operator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mapapp.fields.headers import personal_header
from mapapp.fields.privacy import (
    Kind,
    fragments,
    how_many,
    is_full_name,
    is_personal,
    masked,
    personal_column,
    readable,
)

#: Changes whenever the same cells would be published otherwise: stored records are then made again.
RULE = "1"

#: Free texts: anything may stand in them.
TEXTS = ("nom", "resume", "adresse", "commune", "forme_juridique")

#: Addresses of pages: with a personal fragment they would lead nowhere once it is masked.
LINKS = ("site_web", "source_url")

#: Identifiers: an e-mail address serves as one at times.
KEYS = ("identifiant", "remplace")

Told = Mapping[str, str]


def public_cells(told: Told) -> dict[str, str]:
    """The same cells, personal fragments of free texts masked, links that hold some left out."""
    shown = dict(told)
    for column in (*TEXTS, *KEYS):
        if text := told.get(column):
            shown[column] = masked(text)
    for column in LINKS:
        if (text := told.get(column)) and fragments(readable(text)):
            del shown[column]
    return shown


def chosen_cells(told: Told, chosen: Collection[str]) -> dict[str, str]:
    """The cells of unknown columns that everybody may see: chosen, and nothing personal."""
    return {
        column: told[column]
        for column in chosen
        if column in told and not personal_header(column) and not is_personal(told[column])
    }


@dataclass(frozen=True, slots=True)
class Publication:
    """What an import shows and keeps of the columns of a file.

    ``known``: columns of ours. ``chosen``: unknown ones that the editor has published. ``kept``:
    the others, each with why it may never be shown, None when it was just not chosen. ``remarks``:
    what is masked in known columns, and what was chosen in vain (French).
    """

    known: tuple[str, ...]
    chosen: tuple[str, ...]
    kept: Mapping[str, str | None]
    remarks: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What the preview says of it, in French."""
        personal = [f"{name} ({why})" for name, why in self.kept.items() if why]
        others = [name for name, why in self.kept.items() if not why]
        told = [("Colonnes publiées", [*self.known, *self.chosen])]
        told += [("Colonnes gardées pour vous, jamais montrées (données personnelles)", personal)]
        told += [
            ("Colonnes gardées pour vous, non publiées (--publier COLONNE pour l’être)", others)
        ]
        sentences = [f"{label}\u00a0: {', '.join(names)}." for label, names in told if names]
        return [*sentences, *self.remarks]


def decide(
    known: Iterable[str],
    unknown: Iterable[str],
    wanted: Collection[str],
    rows: Collection[Told],
) -> Publication:
    """What is shown of a source whose records say ``rows``; ``wanted``: unknown columns to show."""
    kept: dict[str, str | None] = {}
    chosen: list[str] = []
    for column in dict.fromkeys([*unknown, *wanted]):
        why = personal_column(column, (row[column] for row in rows if column in row))
        if column in wanted and why is None:
            chosen.append(column)
        else:
            kept[column] = why
    remarks = [
        f"«\u00a0{column}\u00a0» n’est pas publiée bien que demandée\u00a0: {kept[column]}."
        for column in wanted
        if kept.get(column)
    ]
    remarks += _named_cells(chosen, rows)
    remarks += _masked_cells(rows)
    return Publication(tuple(known), tuple(chosen), kept, tuple(remarks))


def _named_cells(chosen: Iterable[str], rows: Collection[Told]) -> Iterable[str]:
    for column in chosen:
        count = sum(column in row and is_personal(row[column]) for row in rows)
        if count:
            yield (
                f"{column}\u00a0: {how_many(Kind.NAME, count)}, "
                "cellules qui ne seront pas montrées."
            )


def _masked_cells(rows: Collection[Told]) -> Iterable[str]:
    """What is masked in the columns of ours, and the names that are not: counts, never values."""
    for column in (*TEXTS, *LINKS, *KEYS):
        counts: Counter[Kind] = Counter()
        for row in rows:
            if personal := fragments(readable(row.get(column, ""))):
                counts.update(one.kind for one in personal)
        if counts:
            found = ", ".join(how_many(kind, count) for kind, count in counts.items())
            fate = (
                "les liens ne seront pas publiés" if column in LINKS else "masqués pour le public"
            )
            yield f"{column}\u00a0: {found} ({fate}). Corrigez la source si vous le pouvez."
    named = sum(is_full_name(row["nom"]) for row in rows if "nom" in row)
    if named:
        yield (
            f"nom\u00a0: {how_many(Kind.NAME, named)}, qui sera publié\u00a0: vérifiez que c’est "
            "bien celui de l’initiative."
        )
