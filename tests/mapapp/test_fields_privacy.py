"""What is a person's and what is an organisation's, by examples."""

from __future__ import annotations

import time

import pytest

from mapapp.fields.headers import personal_header
from mapapp.fields.privacy import (
    is_full_name,
    is_personal_email,
    masked,
    personal_column,
    reaches_somebody,
)
from mapapp.paths import shipped
from mapapp.tables.reading import read_shipped

OF_PERSONS = (
    "contact", "Contacts", "CONTACT_NOM", "Responsable", "responsables", "nomResponsable", "Resp.",
    "Référent", "référente QPV", "referents", "Prénom", "PRENOM", "prenoms", "Nom", "nom du gérant",
    "Nom de la présidente", "Nom prénom", "NomPrenom", "Président(e)", "Pdt", "Directrice",
    "directeur",
    "Dirigeant", "Gérante", "Civilité", "civ", "Interlocuteur", "interlocutrice", "Mail", "e-mail",
    "E_MAIL", "adresse mail", "Courriel", "Mél", "Portable", "tel portable", "TELPORTABLE", "Tél.",
    "Téléphone", "mobile", "GSM", "Date de naissance", "né le", "ddn", "Adresse personnelle",
    "domicile", "first_name", "firstName", "LastName", "surname", "family name", "Email", "phone",
    "phoneNumber", "manager", "owner", "Suivi par", "saisie par", "porteur", "coordinateur",
    "trésorier", "secrétaire", "signataire", "utilisateur",
)  # fmt: skip
OF_THINGS = (
    "horaires", "public", "type", "budget", "activité", "Nom du quartier", "nom_commune",
    "Nom de la structure", "Nom du projet", "project name", "Nom complet de l’association",
    "surface",
    "nombre de salariés", "nb bénévoles", "effectif", "mobilité", "mobilier", "support",
    "note",
    "reconnaissance", "préférentiel", "transport", "importance", "année", "code", "osm_id", "siren",
)  # fmt: skip


@pytest.mark.parametrize("header", OF_PERSONS)
def test_a_header_that_speaks_of_somebody(header: str) -> None:
    """In any case, with or without accents, plural, glued, abbreviated, in English."""
    assert personal_header(header)


@pytest.mark.parametrize("header", OF_THINGS)
def test_a_header_that_speaks_of_nobody(header: str) -> None:
    """A count of people, or the name of a thing, is of nobody."""
    assert not personal_header(header)


@pytest.mark.parametrize(
    "address",
    [
        "marie.dupont@asso.fr", "mdupont@asso.fr", "m.dupont@gmail.com", "marie@asso.fr",
        "dupont.marie@asso.fr", "marie_dupont75@orange.fr", "contact.marie@asso.fr",
        "p.maisonneuve@asso.fr", "aïcha.benali@asso.fr", "lesmarmites@gmail.com",
    ],
)  # fmt: skip
def test_an_address_of_somebody(address: str) -> None:
    """With a person's shape, or of nobody knows what: the doubt is the person's."""
    assert is_personal_email(*address.split("@"))
    assert masked(f"Écrire à {address}.") == "Écrire à [courriel masqué]."


@pytest.mark.parametrize(
    "address",
    [
        "contact@asso.fr", "accueil@asso.fr", "contact.lille@asso.fr", "bonjour@asso.fr",
        "info@asso.fr", "lesmarmites75@lesmarmites.fr", "ressourcerie-lille@orange.fr",
        "centresocialbelair@wanadoo.fr", "mairie@ville.fr", "secretariat@asso.org",
    ],
)  # fmt: skip
def test_an_address_of_an_organisation(address: str) -> None:
    """A word that organisations use, or the name of their domain."""
    assert not is_personal_email(*address.split("@"))
    assert masked(f"Écrire à {address}.") == f"Écrire à {address}."


@pytest.mark.parametrize(
    "written",
    [
        "0612345678", "06 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", "06/12/34/56/78",
        "0612 345 678", "07\u00a012\u00a034\u00a056\u00a078", "+33 6 12 34 56 78", "+33612345678",
        "+33 (0)6 12 34 56 78", "0033 7 12 34 56 78", "33612345678", "(06) 12 34 56 78",
        "0690 12 34 56", "0691123456", "0692 12 34 56", "0693123456", "0694 12 34 56", "0696123456",
        "0697 12 34 56", "0639 12 34 56", "+590 690 12 34 56", "+262 692 12 34 56",
        "00596696123456",
        "０６ １２ ３４ ５６ ７８", "06\u200b12345678", "O6 12 34 56 78", "6 12 34 56 78",
    ],
)  # fmt: skip
def test_a_mobile_number_in_any_dress(written: str) -> None:
    """Separators, country codes, overseas, invisible or full-width signs, a lost zero."""
    assert masked(f"Tél : {written}, le soir") == "Tél : [mobile masqué], le soir"
    assert masked(f"01 23 45 67 89 {written}") == "01 23 45 67 89 [mobile masqué]"


@pytest.mark.parametrize(
    "text",
    [
        "03 20 12 34 56", "SIRET 81206123456789", "812 061 234 56789", "48.0612345678",
        "0.612345678",
        "06, 13, 34, 59, 75", "en 2006, 12 345 678 visiteurs", "10 000 €", "59000 Lille",
        "@lesmarmites", "Contacter la mairie", "le directeur de la mission locale",
        "L’école Louise Michel accueille", "Direction régionale",
    ],
)  # fmt: skip
def test_what_is_nobody_s(text: str) -> None:
    """A landline, an identifier, a coordinate, a list of départements, a place: as it is."""
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Un café. Contact : Marie Dupont 06 12 34 56 78 marie.dupont@asso.fr",
            "Un café. Contact : [nom masqué] [mobile masqué] [courriel masqué]",
        ),
        ("marie.dupont [at] asso.fr", "[courriel masqué]"),
        ("marie.dupont (arobase) asso (point) fr", "[courriel masqué]"),
        ("marie.dupont@asso.fr;paul@asso.fr", "[courriel masqué];[courriel masqué]"),
        ("marie.dupont＠asso.fr", "[courriel masqué]"),
        ("Présidente : Mme Dupont", "Présidente : [nom masqué]"),
        ("Aïcha Benali (aicha@asso.fr)", "[nom masqué] ([courriel masqué])"),
        ("mailto:marie.dupont@asso.fr", "mailto:[courriel masqué]"),
    ],
)
def test_only_what_is_personal_is_masked(text: str, shown: str) -> None:
    """The rest of the text stays, word for word."""
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Marie Dupont", True), ("DUPONT Marie", True), ("M. LE GOFF", True), ("Mme Dupont", True),
        ("Jean-Pierre Le Goff (président)", True), ("Marie Dupont et Paul Martin", True),
        ("Ahmed Benali / Fatou Diop", True), ("Centre social Louise Michel", False),
        ("École Jean Moulin", False), ("Nancy", False), ("La Ferme des Possibles", False),
        ("rue Marie Curie", False), ("Prénom NOM", False),
    ],
)  # fmt: skip
def test_the_name_of_somebody(name: str, is_one: bool) -> None:
    """A given name beside another word, or a title; not a place that bears one."""
    assert is_full_name(name) is is_one


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["lundi"] * 500 + ["voir marie.dupont@asso.fr"], "1 adresse électronique de personne"),
        (["lundi"] * 500 + ["le 06 12 34 56 78"], "1 numéro de mobile"),
        (["612345670", "712345671", "612345671"], "3 numéros de mobile"),
        (["Marie Dupont", "Paul Martin", "Ogünç Ferreira"], "2 noms de personnes"),
        (["Marie", "Aïcha", "Jean-Pierre", "Ogünç"], "3 noms de personnes"),
        (["Nancy", "Lille", "Paris", "Lyon", "Metz", "Albi"], None),
        (["lundi", "mardi", "", " "], None),
        (["contact@asso.fr", "03 20 12 34 56"], None),
        (["775682040", "61234567", "6123456789", "312345678"], None),
        ([], None),
    ],
)
def test_a_column_judged_by_its_values(values: list[str], why: str | None) -> None:
    """One way to reach somebody is enough; names, when one cell in five has one."""
    assert personal_column("précisions", values) == why


def test_an_identifier_that_reaches_somebody() -> None:
    """An e-mail address or a mobile number as identifier; a name or a plain number is none."""
    assert reaches_somebody("marie.dupont@asso.fr")
    assert reaches_somebody("0612345678")
    assert not reaches_somebody("marie-curie")
    assert not reaches_somebody("612345678")


@pytest.mark.parametrize(
    "piece", ["a.", "@", "a@", "(", " ", "contact ", "06 ", "marie ", "1", "é"]
)
def test_no_text_keeps_the_reader_busy(piece: str) -> None:
    """The longest cell made of anything is read in a moment: its length, not its square."""
    text = (piece * 32_000)[:32_000]
    begun = time.process_time()
    masked(text)
    is_full_name(text)
    assert time.process_time() - begun < 2


def test_nothing_of_what_ships_is_masked() -> None:
    """The tables of ``data/`` hold no person's coordinates: they are published as they are."""
    read, _ = read_shipped(shipped("data"))
    texts = [
        str(value)
        for name in ("initiatives", "resources", "initiative_places", "publishers", "sources")
        for row in read.tables[name]
        for value in row.values.values()
        if value
    ]
    assert len(texts) > 1_000
    assert [text for text in texts if masked(text) != text] == []
