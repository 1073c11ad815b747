"""Headers as people name them, matched with our columns; nothing lost, nothing guessed twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapapp.errors import DataFault
from mapapp.importing.mapping import COLUMNS, propose


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Raison sociale", "nom"),
        ("LIBELLÉ", "nom"),
        ("dénomination", "nom"),
        ("CP", "code_postal"),
        ("Code Postal", "code_postal"),
        ("codepostal", "code_postal"),
        ("Ville", "commune"),
        ("codeINSEE", "code_insee"),
        ("code commune", "code_insee"),
        ("y", "latitude"),
        ("LNG", "longitude"),
        ("ID", "identifiant"),
        ("Site internet", "site_web"),
        ("Thématiques", "themes"),
        ("Voie", "adresse"),
    ],
)
def test_a_usual_header_is_understood(header: str, column: str) -> None:
    """Whatever its case, accents and punctuation."""
    others = [name for name in ("identifiant", "nom") if name != column]

    assert propose([*others, header]).columns[column] == header


@given(st.permutations(COLUMNS), st.lists(st.text(min_size=1, max_size=6), max_size=4, unique=True))
def test_every_header_is_mapped_or_reported(columns: list[str], strange: list[str]) -> None:
    """In any order, our own names stand for themselves; the others travel under their header."""
    headers = list(dict.fromkeys([*columns, *strange]))
    mapping = propose(headers)

    assert dict(mapping.columns) == {column: column for column in COLUMNS}
    assert {*mapping.columns.values(), *mapping.unknown} == set(headers)


def test_an_exact_name_wins_over_a_synonym() -> None:
    """The synonym is then an unknown column, kept."""
    mapping = propose(["id", "identifiant", "nom", "libelle"])

    assert mapping.columns == {"identifiant": "identifiant", "nom": "nom"}
    assert mapping.unknown == ("id", "libelle")


def test_what_the_operator_typed_wins_over_what_was_saved() -> None:
    """And what was saved over what names say; a saved header that is gone is told."""
    headers = ["code", "nom", "enseigne", "ville"]
    saved = {"identifiant": "code", "nom": "nom", "themes": "thematique"}
    mapping = propose(headers, saved, {"nom": "enseigne"})

    assert mapping.columns == {"identifiant": "code", "nom": "enseigne", "commune": "ville"}
    assert mapping.unknown == ("nom",)
    assert mapping.forgotten == ("themes",)
    assert mapping.kept_as == {"nom": "nom (fichier)"}


def test_siret_is_kept_even_where_it_identifies() -> None:
    """Under one name, whatever the file calls it: it tells duplicates."""
    mapping = propose(["N° SIRET", "nom"], None, {"identifiant": "N° SIRET"})

    assert mapping.columns["identifiant"] == "N° SIRET"
    assert mapping.kept_as == {"N° SIRET": "siret"}


@pytest.mark.parametrize(
    ("headers", "given_columns", "said"),
    [
        (["titre", "ville"], {}, "En-têtes du fichier\u00a0: titre, ville."),
        (["id", "ville"], {}, "«\u00a0nom\u00a0», obligatoire"),
        (["id", "nom"], {"nom": "raison"}, "pas d’en-tête «\u00a0raison\u00a0»"),
        (["id", "nom"], {"nome": "nom"}, "n’est pas une colonne"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    headers: list[str], given_columns: dict[str, str], said: str
) -> None:
    """The sentence names what is there."""
    with pytest.raises(DataFault) as fault:
        propose(headers, None, given_columns)

    assert said in fault.value.message
