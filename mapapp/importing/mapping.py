"""Which header of a file stands for which column of ours, proposed from the names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geo.names import plain
from mapapp.errors import DataFault, cited

#: The columns of an initiatives file, as the public contract names them.
COLUMNS = (
    "identifiant",
    "nom",
    "resume",
    "themes",
    "adresse",
    "code_postal",
    "commune",
    "code_insee",
    "latitude",
    "longitude",
    "precision",
    "qpv_declare",
    "forme_juridique",
    "site_web",
    "statut",
    "debut",
    "fin",
    "ressources",
    "source_url",
    "verifie_le",
    "remplace",
)
REQUIRED = ("identifiant", "nom")

#: The records of the same source that this one replaces: they retire and lead to it.
REPLACES = "remplace"

#: The number of an establishment has no column of ours: kept with the record under this one
#: name, for it tells duplicates, and even where it serves as identifier.
SIRET = "siret"
_SIRET_NAMES = frozenset({"siret", "n siret", "no siret", "num siret", "numero siret"})

#: Other names, without case, accents or punctuation, the likeliest first.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "identifiant": ("id", "identifiant unique", "reference", "ref"),
    "nom": (
        "name",
        "libelle",
        "raison sociale",
        "denomination",
        "nom de la structure",
        "nom structure",
        "structure",
    ),
    "resume": ("description", "presentation", "summary"),
    "themes": ("theme", "thematique", "thematiques"),
    "adresse": ("adresse postale", "address", "rue", "voie"),
    "code_postal": ("cp", "codepostal", "postcode", "postal code"),
    "commune": ("ville", "city", "nom commune"),
    "code_insee": ("insee", "codeinsee", "code commune", "insee code", "code insee commune"),
    "latitude": ("lat", "y"),
    "longitude": ("lon", "lng", "long", "x"),
    "qpv_declare": ("qpv", "code qpv"),
    "forme_juridique": ("statut juridique",),
    "site_web": ("site", "site internet", "url", "website"),
    "statut": ("etat", "status"),
    "debut": ("date debut", "date de debut", "date de creation"),
    "fin": ("date fin", "date de fin"),
    "ressources": ("ressource",),
    "source_url": ("lien source", "url source"),
    "verifie_le": ("date de verification", "verifie"),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Our column → the file's header; the headers that have no column of ours, kept all the same.

    ``forgotten`` are columns of the mapping saved with the source whose header is not in this file.
    """

    columns: Mapping[str, str]
    unknown: tuple[str, ...]
    forgotten: tuple[str, ...] = ()
    kept_as: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        names = {header: _kept_name(header) for header in self.unknown}
        object.__setattr__(self, "kept_as", names)

    def kept_name(self, header: str) -> str:
        """The name under which the cells of an unknown column are kept.

        Raises:
            DataFault: the file has no such header, or it is that of a column of ours.
        """
        if header in self.kept_as:
            return self.kept_as[header]
        if header in self.columns.values():
            raise DataFault(
                f"«\u00a0{cited(header)}\u00a0» est déjà une colonne des fiches, et publiée."
            )
        raise DataFault(
            f"--publier\u00a0: le fichier n’a pas d’en-tête «\u00a0{cited(header)}\u00a0» qui soit "
            f"sans colonne. {_named(self.unknown)}"
        )


def propose(
    headers: Iterable[str],
    saved: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
) -> ColumnMapping:
    """What the operator typed (``given``), else what the source saved, else what the names say.

    Raises:
        DataFault: a column or header that does not exist, or no header for a required column.
    """
    present = tuple(headers)
    _check_given(given or {}, present)
    told = {column: header for column, header in (saved or {}).items() if column in COLUMNS}
    forgotten = tuple(column for column, header in told.items() if header not in present)
    chosen = {column: header for column, header in told.items() if header in present}
    chosen |= given or {}
    for column in filter(lambda column: column not in chosen, COLUMNS):
        free = [header for header in present if header not in chosen.values()]
        if header := likeliest(column, free):
            chosen[column] = header
    _check_required(chosen, present)
    columns = {column: chosen[column] for column in COLUMNS if column in chosen}
    used = set(columns.values())
    unknown = tuple(header for header in present if header not in used or _is_siret(header))
    return ColumnMapping(columns, unknown, tuple(c for c in forgotten if c not in columns))


def likeliest(column: str, headers: Iterable[str]) -> str | None:
    """The header named as the column, else by its likeliest synonym.

    A name of one of our columns never stands for another: « statut » is not « etat ».
    """
    by_name: dict[str, str] = {}
    for header in headers:
        by_name.setdefault(plain(header), header)
    names = (plain(column), *_SYNONYMS.get(column, ()))
    return next((by_name[name] for name in names if name in by_name), None)


def _check_given(given: Mapping[str, str], present: tuple[str, ...]) -> None:
    for column, header in given.items():
        if column not in COLUMNS:
            raise DataFault(
                f"«\u00a0{cited(column)}\u00a0» n’est pas une colonne\u00a0; choisissez parmi "
                f"{', '.join(COLUMNS)}."
            )
        if header not in present:
            raise DataFault(
                f"Colonne {column}\u00a0: le fichier n’a pas d’en-tête "
                f"«\u00a0{cited(header)}\u00a0». {_named(present)}"
            )


def _check_required(chosen: Mapping[str, str], present: tuple[str, ...]) -> None:
    for column in filter(lambda column: column not in chosen, REQUIRED):
        raise DataFault(
            f"Aucun en-tête ne correspond à «\u00a0{column}\u00a0», obligatoire\u00a0; "
            f"dites lequel\u00a0: --colonne {column}=EN-TÊTE. {_named(present)}"
        )


def _named(headers: Iterable[str]) -> str:
    return f"En-têtes du fichier\u00a0: {', '.join(map(cited, headers))}."


def _is_siret(header: str) -> bool:
    return plain(header) in _SIRET_NAMES


def _kept_name(header: str) -> str:
    """The name under which an unknown column travels: its own, unless it is one of ours."""
    if _is_siret(header):
        return SIRET
    return f"{header} (fichier)" if header in COLUMNS else header
