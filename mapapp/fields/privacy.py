"""Personal data told from an organisation's, in the texts of cells and in whole columns.

What is published cannot be taken back, so every doubt is settled for the person: an e-mail address
is personal unless it is evidently an organisation's, a header that may speak of somebody does. A
false alarm costs a column that stays inside, and that the preview names.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from geo.names import plain, without_accents
from mapapp.fields.headers import personal_header
from mapapp.paths import shipped


class Kind(StrEnum):
    """What a personal fragment is."""

    EMAIL = "email"
    MOBILE = "mobile"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a text, ``text[start:end]``, that is personal."""

    kind: Kind
    start: int
    end: int


#: How French says one of them, and several.
_WORDS = {
    Kind.EMAIL: ("adresse électronique de personne", "adresses électroniques de personnes"),
    Kind.MOBILE: ("numéro de mobile", "numéros de mobile"),
    Kind.NAME: ("nom de personne", "noms de personnes"),
}
_MASKS = {
    Kind.EMAIL: "[courriel masqué]",
    Kind.MOBILE: "[mobile masqué]",
    Kind.NAME: "[nom masqué]",
}

# E-mail addresses -------------------------------------------------------------------------------

_DOT = r"(?:\.|\s{0,3}[\[({<]\s{0,3}(?:dot|point)\s{0,3}[\])}>]\s{0,3}|\s(?:dot|point)\s)"
#: The sign itself, or what people write so that machines do not read it.
_AT = re.compile(
    r"\s?@\s?|%40|&#(?:0*64|x0*40);|&commat;"
    r"|\s{0,3}[\[({<]\s{0,3}(?:at|arobase?|chez|à)\s{0,3}[\])}>]\s{0,3}|\s(?:at|arobase?)\s",
    re.IGNORECASE,
)
_BEFORE_AT = re.compile(rf"[\w+'-]+(?:{_DOT}[\w+'-]+)*$", re.IGNORECASE)
_AFTER_AT = re.compile(rf"[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[^\W\d_]{{2,18}}(?!\w)", re.IGNORECASE)
#: Characters read on each side of the sign: RFC 5321 allows 64 before it; a name longer than 100
#: after it is no address that people write.
_BEFORE, _AFTER = 64, 100

#: What an organisation writes before the sign.
_OF_ORGANISATIONS = frozenset(
    "accueil adhesion adhesions admin administratif administration agence agglo aide "
    "animation antenne asso association ateliers atelier benevolat bibliotheque "
    "billetterie boite bonjour boutique bureau cae cafe ccas centre cinema club collectif "
    "com comite commande commandes commercial communaute communication compta comptabilite "
    "conciergerie contact contacts coop cooperative cooperation coordination courrier "
    "creche cress csc culture departement direction ecole emploi entreprise environnement "
    "epicerie equipe espace ess fablab facturation federation ferme fondation formation "
    "garage groupe habitat hello info information informations infos inscription "
    "inscriptions insertion jardin jardins journal lab logement magasin mairie maison "
    "mediatheque metropole mission mjc mobilite musee noreply numerique pole postmaster "
    "presse projet projets quartier radio recrutement recyclerie regie region reseau "
    "reservation reservations ressourcerie restaurant resto rh sante scic scop secretariat "
    "service services siege solidarite solidarites solidaire social sport support team "
    "theatre tierslieu union velo velos vente ventes ville webmaster les aux des chez".split()
)
#: The same at the beginning of words written together: « centresocialbelair », « ressourcerielille
#: ».
_ORGANISATION_BEGINS = re.compile(
    "accueil|administration|ass(?:o|ociation)(?:des|les|la)|atelier|bibliotheque|centresocial|collectif"
    "|communication|conciergerie|contact|cooperative|direction|epicerie|federation|fondation|information"
    "|lesateliers|lesjardins|mediatheque|missionlocale|recyclerie|regiede|restaurant|ressourcerie"
    "|secretariat|solidarite|tierslieu"
)
#: Providers whose name says nothing of who writes.
_PROVIDERS = frozenset(
    "aliceadsl aol bbox club-internet free gmail gmx googlemail hotmail icloud laposte "
    "live mailo me msn neuf numericable orange outlook proton protonmail sfr wanadoo yahoo "
    "ymail".split()
)


def is_personal_email(local: str, domain: str) -> bool:
    """Whether ``local@domain`` reaches a person: any does but what is an organisation's for sure.

    It is when a word before the sign is one that organisations use (``contact``, ``accueil``,
    ``ressourcerie-lille``), or is the very name of the domain (``lesmarmites@lesmarmites.fr``),
    without a given name nor an initial beside it.
    """
    words = re.findall(r"[a-z]+", without_accents(local.casefold()))
    if any(word in given_names() for word in words):
        return True
    if any(len(word) == 1 for word in words) and len(words) == 2:
        return True  # p.dupont
    if any(word in _OF_ORGANISATIONS or _ORGANISATION_BEGINS.match(word) for word in words):
        return False
    labels = re.findall(r"[a-z0-9-]+", without_accents(domain.casefold()))[:-1]
    names = [re.sub("[^a-z]", "", one) for one in labels if one not in _PROVIDERS]
    return not any(len(name) >= 4 and name in "".join(words) for name in names)


def _emails(text: str) -> Iterator[Fragment]:
    for sign in _AT.finditer(text):
        start = max(0, sign.start() - _BEFORE)
        before = _BEFORE_AT.search(text[start : sign.start()])
        after = _AFTER_AT.match(text[sign.end() : sign.end() + _AFTER])
        if before and after and is_personal_email(before[0], after[0]):
            yield Fragment(Kind.EMAIL, start + before.start(), sign.end() + after.end())


# Mobile numbers ---------------------------------------------------------------------------------

#: Between figures. No comma: « 06, 13, 34, 59, 75 » is a list of départements.
_GAP = r"[ \t\u00a0\u202f.\-/·_()‐-―]{0,3}"
#: Mobiles begin with 06 or 07, overseas ones with 0690 to 0697 or 0639 among them; from abroad with
#: the code of the country: 33, or that of a département overseas. Letters O stand for zeros at
#: times.
_MOBILE = re.compile(
    rf"(?<!\d)(?<!\d[.,])\(?"
    rf"(?:(?:(?:\+\s?|00{_GAP})?(?:33|590|594|596|262|508){_GAP}(?:\(?0\)?)?{_GAP})"
    rf"|0[ (-]?|(?<!\w)[oO][ -]?)[67](?:{_GAP}\d){{8}}(?!\d)"
    # Two by two, the zero lost: « 6 12 34 56 78 ».
    r"|(?<!\d)(?<!\d[.,])[67](?:[ .-]\d\d){4}(?!\d)"
)
#: A whole cell of nine figures whose zero a spreadsheet took away; a SIREN has nine as well.
_WITHOUT_ZERO = re.compile(r"[67]\d{8}(?:[.,]0+)?|[67][.,]\d{1,8}[eE]\+?0?8")


def _mobiles(text: str) -> Iterator[Fragment]:
    for found in _MOBILE.finditer(text):
        yield Fragment(Kind.MOBILE, found.start(), found.end())


def _is_mobile_without_zero(text: str) -> bool:
    if not _WITHOUT_ZERO.fullmatch(text):
        return False
    return "e" in text.casefold() or not _is_siren(re.split("[.,]", text)[0])


def _is_siren(digits: str) -> bool:
    """Whether nine figures have the key of a SIREN (Luhn): one mobile in ten has it as well."""
    doubled = (int(d) * (1 + rank % 2) for rank, d in enumerate(reversed(digits)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


# Names of persons -------------------------------------------------------------------------------

_CIVILITY = r"(?:M\.|MM\.|Mme\.?|Mmes|Mlle|Mr\.?|Monsieur|Madame|Mademoiselle|Dr\.?)"
_CAPITAL = r"[A-ZÀ-Ý][\w'’-]*\.?"
_NAME = rf"{_CAPITAL}(?:\s+(?:(?:de|du|des|la|le|ben|el|van|von)\s+){{0,2}}{_CAPITAL}){{0,3}}"
_SOME_NAME = re.compile(_NAME)
_TITLED = re.compile(rf"\b{_CIVILITY}\s")
#: « Contact : Marie Dupont », « Responsable (Mme Dupont) »: who answers, in a text about what is
#: done.
_LABELLED = re.compile(
    r"\b(?i:contacts?|responsables?|référente?s?|referente?s?|interlocut(?:eur|rice)s?|présidente?"
    r"|direct(?:eur|rice)|gérante?|coordina(?:teur|trice)|personne à contacter)"
    r"\s{0,3}[:,(–-]?\s{0,3}"
    rf"(?P<name>(?P<civility>{_CIVILITY}\s+)?{_NAME})"
)
#: A name right before an address or a number: « Marie Dupont, 06 … ».
_RIGHT_BEFORE = re.compile(
    rf"(?P<name>(?P<civility>{_CIVILITY}\s+)?{_NAME})\s{{0,3}}[:,(–-]?\s{{0,3}}$"
)
#: How far a name can reach before an address or a number.
_NAME_REACH = 60

_SEVERAL = re.compile(r"[,;/|&\n]|\s(?:et|ou|and)\s|\s[-–]\s|\(.*?\)")
#: Words that make of a name that of a place or an organisation: « Centre social Louise Michel ».
_NOT_SOMEBODY = frozenset(
    "allee amis asso association atelier ateliers au aux avenue bd boulevard cafe centre "
    "cercle chez cite clinique club collectif college comite communaute commune compagnie "
    "cooperative cours creche du en ecole emmaus entreprise epicerie espace eurl "
    "federation ferme fondation foyer gare groupe hopital impasse jardin les lieu lycee "
    "mairie maison metropole mission notre parc passage place pole pont pour quai quartier "
    "quartiers regie reseau residence restaurant rue saint sainte sarl sas scic scop "
    "secours service square stade st ste tour union ville".split()
)
#: A cell that holds names holds little else: longer, it is a text about something.
_LONGEST_NAMES = 300
_PARTICLES = frozenset("de la le du des d ben el van von".split())


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Frequent given names of people who live in France (``data/given_names.csv``), plain."""
    with (shipped("data") / "given_names.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(plain(row["prenom"]) for row in csv.DictReader(file))


def is_full_name(text: str) -> bool:
    """Whether a whole text names a person, or several: « Marie Dupont », « M. LE GOFF »."""
    if len(text) > _LONGEST_NAMES:
        return False
    if given_names().isdisjoint(plain(text).split()) and not _TITLED.search(text):
        return False
    return any(map(_is_somebody, _parts(text)))


def _names_somebody(text: str) -> bool:
    """Whether a text names a person in passing: « voir Zoé Vaillant », not « parc Zoé Vaillant ».

    Too strict for a summary, which may say after whom a place is called.
    """
    for found in _SOME_NAME.finditer(text):
        words = plain(found[0]).split()
        before = plain(text[max(0, found.start() - _NAME_REACH) : found.start()]).split()
        of_place = _NOT_SOMEBODY.intersection([*words, *before[-1:]])
        if len(words) > 1 and given_names().intersection(words) and not of_place:
            return True
    return False


def _is_given_name(text: str) -> bool:
    """« Marie », « Jean-Pierre » alone."""
    words = plain(text).split()
    return 0 < len(words) <= 2 and all(word in given_names() for word in words)


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, _SEVERAL.split(text)) if part]


def _is_somebody(part: str) -> bool:
    bare = re.sub(rf"^{_CIVILITY}\s+", "", part)
    words = plain(bare).split()
    if not 0 < len(words) <= 5 or any(sign.isdigit() for sign in bare):
        return False
    if any(word in _NOT_SOMEBODY for word in words):
        return False
    if bare != part:
        return bare[:1].isupper()
    full = [word for word in words if word not in _PARTICLES]
    return len(full) > 1 and (full[0] in given_names() or full[-1] in given_names())


def _labelled_names(text: str) -> Iterator[Fragment]:
    for found in _LABELLED.finditer(text):
        yield from _named(found, 0)


def _names_before(text: str, others: Iterable[Fragment]) -> Iterator[Fragment]:
    for other in others:
        start = max(0, other.start - _NAME_REACH)
        if found := _RIGHT_BEFORE.search(text[start : other.start]):
            yield from _named(found, start)


def _named(found: re.Match[str], offset: int) -> Iterator[Fragment]:
    words = plain(found["name"]).split()
    is_somebody = found["civility"] or (len(words) > 1 and given_names().intersection(words))
    if is_somebody and not _NOT_SOMEBODY.intersection(words):
        yield Fragment(Kind.NAME, offset + found.start("name"), offset + found.end("name"))


# Texts and columns ------------------------------------------------------------------------------

#: Without one of these and without nine figures, a text holds nothing that is looked for. Most
#: texts of a file of 100,000 lines have none, and are passed over in a microsecond.
_SIGNS = re.compile(r"[@%&(\[{<]")
_WORDS_BEFORE = (
    " at ", "arobas", "contact", "respons", "référent", "referent", "interlocut", "président",
    "direct", "gérant", "coordina",
)  # fmt: skip
_NINE_FIGURES = re.compile(r"\d(?:\D{0,4}\d){8}")


def _is_worth_reading(text: str) -> bool:
    if _SIGNS.search(text):
        return True
    lower = text.lower()
    for word in _WORDS_BEFORE:  # a loop: a text is read in half the time that `any` takes
        if word in lower:
            return True
    return ("6" in text or "7" in text) and _NINE_FIGURES.search(text) is not None


def fragments(text: str) -> tuple[Fragment, ...]:
    """The personal fragments of a text that :func:`readable` gave, in order, apart."""
    if not _is_worth_reading(text):
        return ()
    found = [*_emails(text), *_mobiles(text)]
    found += [*_labelled_names(text), *_names_before(text, found)]
    kept: list[Fragment] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


#: Beyond what French is written with.
_UNUSUAL = re.compile("[^\\x00-\\xac\\xae-\\xffœŒŸ’‘“”…€•–—\\u202f]")


def readable(text: str) -> str:
    """The text as eyes read it: without invisible signs, figures and signs in their usual form."""
    if _UNUSUAL.search(text) is None:
        return text
    usual = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in usual if unicodedata.category(sign) != "Cf")


def masked(text: str) -> str:
    """The text with each personal fragment replaced by what was there; itself without any."""
    read = readable(text)
    found = fragments(read)
    for one in reversed(found):
        read = read[: one.start] + _MASKS[one.kind] + read[one.end :]
    return read if found else text


def is_personal(cell: str) -> bool:
    """Whether a cell of a column of any kind may not be shown: it reaches or names a person."""
    read = readable(cell).strip()
    return bool(fragments(read)) or is_full_name(read) or _names_somebody(read)


def reaches_somebody(text: str) -> bool:
    """Whether a text holds the e-mail address of a person or a mobile number."""
    return any(one.kind is not Kind.NAME for one in fragments(readable(text)))


#: Of the cells of a column, how many full names make it one of persons: some places and schools
#: bear the name of somebody, so one is not enough; where one in five does, the others are likely to
#: be names that the table does not know. The single cells are kept out in any case.
_FULL_NAMES = 0.2
#: Nine figures that begin with 6 or 7 are the number of anything, unless most cells are like that.
_WITHOUT_ZEROS = 0.5
#: A given name alone is a commune (Nancy, Albert) or a word (Rose) as well: half of them tell.
_GIVEN_NAMES = 0.5


def personal_column(header: str, values: Iterable[str]) -> str | None:
    """Why a column may never be shown (French), None when it may: by its header, else its values.

    A single e-mail address of a person or a single mobile number is enough: it may stand in any
    other cell as well, written in a way that nobody foresaw.
    """
    if personal_header(header):
        return "son nom parle d’une personne"
    counts: Counter[Kind] = Counter()
    given = filled = without_zero = 0
    for value, times in Counter(value for value in values if value.strip()).items():
        read = readable(value).strip()
        filled += times
        counts.update({one.kind: times for one in fragments(read)})
        without_zero += times * _is_mobile_without_zero(read)
        is_given = _is_given_name(read)
        given += times * is_given
        is_named = not is_given and (is_full_name(read) or _names_somebody(read))
        counts[Kind.NAME] += times * is_named
    if filled and without_zero >= _WITHOUT_ZEROS * filled:
        counts[Kind.MOBILE] += without_zero
    for kind in (Kind.EMAIL, Kind.MOBILE):
        if counts[kind]:
            return how_many(kind, counts[kind])
    names = counts[Kind.NAME]
    if filled and (names >= _FULL_NAMES * filled or given >= _GIVEN_NAMES * filled):
        return how_many(Kind.NAME, names + given)
    return None


def how_many(kind: Kind, count: int) -> str:
    """« 3 numéros de mobile »."""
    return f"{count} {_WORDS[kind][count > 1]}"
