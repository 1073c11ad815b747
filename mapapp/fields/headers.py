"""What the header of a column says of its cells: whether it speaks of a person."""

from __future__ import annotations

import re
import unicodedata

from geo.names import plain

#: Beginnings of the words of a header that speak of somebody or of how to reach them: French and
#: English, plural and feminine by being beginnings.
_PERSON_WORDS = re.compile(
    "(?:adherent|animat(?:eur|rice)|auteur|beneficiaire|benevole|birth|cellphone|civilite|conseiller"
    "|contact|coord(?:o|inat|onnat)|correspondant|courriel|directeur|directrice|dirigeant|email"
    "|encadrant|firstname|forename|fullname|gerant|gsm|interlocut|lastname|mail|manager|mobile"
    "|naissance|nomprenom|owner|patronyme|pdt|personne[ls]?$|persons?$|phone|portable|porteu[rs]"
    "|prenom|president|referent|representant|resp$|responsable|salarie|secretaire|signataire|surname|telephone"
    "|titulaire|tresori|usager|utilisateur)"
)
#: The same inside words written together (« nomresponsable », « TELPORTABLE »): long enough that no
#: other word holds them by chance.
_GLUED_WORDS = re.compile(
    "contact|courriel|directeur|directrice|dirigeant|email|firstname|interlocut|lastname|portable"
    "|prenom|president|responsable|surname|telephone"
)
#: Short words, which begin too many others.
_SHORT_WORDS = frozenset(
    "civ ddn dir dob elu elue login maire mel mob nir port referant referante sexe tel "
    "tels user".split()
)
#: « Suivi par », « saisi par »: a colleague.
_DONE_BY = re.compile(
    r"\b(?:cree|modifie|saisi|suivi|verifie|valide|redige)e? par\b|\b(?:by|nee? le)\b"
)
#: What a name may be of, when it is not of a person.
_NAMED_THINGS = frozenset(
    "action activite asso association bassin canton categorie centre collectif "
    "collectivite commune complet cooperative court departement dispositif ecole enseigne "
    "entreprise epci equipement etablissement fichier gare groupe intercommunalite ligne "
    "lieu long marche organisation organisme pays programme project projet qp qpv quartier region "
    "reseau rue secteur service site social source structure territoire theme usage usuel "
    "usager ville voie zone commercial".split()
)
_NAMES = frozenset({"nom", "noms", "name", "names"})
_OF = frozenset("de du des d l la le les of the et ou".split())
#: « Nombre de salariés », « part des bénévoles »: how many, and nobody in particular.
_COUNTED = frozenset("effectif effectifs nb nbre nombre part taux".split())
_PRIVATE_PLACE = re.compile(r"\b(?:domicile|adresses? (?:perso|privee)|home address)")

_HUMP = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Ý])|(?<=[A-ZÀ-Ý])(?=[A-ZÀ-Ý][a-zà-ÿ])")


def personal_header(header: str) -> bool:
    """Whether the header of a column speaks of a person, or of how to reach one."""
    words = plain(_HUMP.sub(" ", unicodedata.normalize("NFKC", header))).split()
    if _COUNTED.intersection(words):
        return False
    phrase = " ".join(words)
    return (
        any(_PERSON_WORDS.match(word) or word in _SHORT_WORDS for word in words)
        or _GLUED_WORDS.search("".join(words)) is not None
        or _DONE_BY.search(phrase) is not None
        or _PRIVATE_PLACE.search(phrase) is not None
        or _is_name_of_somebody(words)
    )


def _is_name_of_somebody(words: list[str]) -> bool:
    """« Nom », « nom du gérant », « family name »; not « nom du quartier » nor « project name »."""
    if not _NAMES.intersection(words):
        return False
    others = [word for word in words if word not in _NAMES and word not in _OF]
    return not any(word.rstrip("s") in _NAMED_THINGS or word in _NAMED_THINGS for word in others)
