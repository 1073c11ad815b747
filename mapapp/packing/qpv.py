"""The QPV contours of one generation, from the official files to the form that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geo.contours import CODE_PATTERNS, Contours, Qpv, Territory
from geo.generalise import DISPLACEMENT_M, EmptyContourError, Polygonal, generalised, polygons_of
from mapapp.errors import DataFault
from mapapp.packing.commune_names import CommuneNames, Resolved
from mapapp.packing.reading import Feature, read_features, sha256_of
from mapapp.tables.reading import Issue

PRODUCER = "ANCT (CGET avant 2020)"

#: Overseas territories that have QPVs, so that a file without any of theirs is known to be partial
#: and « Hors QPV » is not said there. Envelopes (degrees, rounded outwards): outlines of the ANCT,
#: but Saint-Martin and Polynésie française, which those leave out: their coasts by hand.
OVERSEAS = (
    Territory("971", "Guadeloupe", (-61.81, 15.83, -61.00, 16.52)),
    Territory("972", "Martinique", (-61.23, 14.38, -60.81, 14.88)),
    Territory("973", "Guyane", (-54.61, 2.11, -51.61, 5.76)),
    Territory("974", "La Réunion", (55.21, -21.39, 55.84, -20.87)),
    Territory("976", "Mayotte", (45.01, -13.01, 45.31, -12.63)),
    Territory("978", "Saint-Martin", (-63.16, 18.03, -62.97, 18.13)),
    Territory("987", "Polynésie française", (-155.0, -28.5, -134.0, -7.5)),
)

#: What the producers have called each column, in lower case.
CODE_COLUMNS = ("code_qp",)
NAME_COLUMNS = ("nom_qp", "lib_qp")
INSEE_COLUMNS = ("insee_com",)
COMMUNE_COLUMNS = ("commune_qp",)

Watch = Callable[[Sequence[Feature]], Iterable[Feature]]
Check = Callable[[Path, Sequence[Feature]], None]


@dataclass(frozen=True, slots=True)
class Edition:
    """What an operator says of the files: generation, edition in words, published accuracy (m)."""

    generation: int
    text: str
    accuracy_m: float


def gather(
    paths: Sequence[Path],
    edition: Edition,
    names: CommuneNames,
    displacement_m: float = DISPLACEMENT_M,
    watch: Watch = iter,
    check: Check = lambda path, features: None,
) -> tuple[Contours, list[Issue]]:
    """The contours of several official files as one, and what could not be taken.

    Args:
        paths: files of one generation (metropolitan France, an island…).
        edition: what they are.
        names: the communes of today.
        displacement_m: how far generalisation may move a boundary; 0 keeps it as published.
        watch: sees the objects go by (a progress bar).
        check: looks at the objects of each file first, and may refuse them.

    Raises:
        DataFault: a file cannot be read, lacks a column, is refused, or none of them holds a QPV.
    """
    gathering = Gathering(edition, names, displacement_m)
    for path in paths:
        features = read_features(path, *CODE_COLUMNS)
        _check_columns(path, features)
        check(path, features)
        for feature in watch(features):
            gathering.take(path.name, feature)
    if not gathering.qpvs:
        raise DataFault("Aucun QPV lisible dans ces fichiers : rien n’est écrit.")
    return gathering.contours(paths), gathering.issues


class Gathering:
    """QPVs taken one by one; what cannot be taken becomes an issue."""

    def __init__(self, edition: Edition, names: CommuneNames, displacement_m: float) -> None:
        self.qpvs: dict[str, Qpv] = {}
        self.issues: list[Issue] = []
        self._edition = edition
        self._names = names
        self._displacement_m = displacement_m

    def take(self, file: str, feature: Feature) -> None:
        """Keep the QPV of a feature, or say why not."""
        code = code_of(feature)
        geometry = self._area(feature)
        fault = self._fault(code, geometry)
        if fault or geometry is None:
            self._report(file, "code_qp", code, fault)
            return
        communes = self._communes(feature, code)
        for unknown in communes.unknown:
            left_out = f"commune inconnue, laissée hors de la liste de {code}"
            self._report(file, "commune", unknown, left_out)
        name = tidy(_cell(feature, NAME_COLUMNS))
        self.qpvs[code] = Qpv(code, name, communes.codes, geometry)

    def contours(self, paths: Sequence[Path]) -> Contours:
        """All that was taken, with what it was taken from."""
        return Contours(
            generation=self._edition.generation,
            edition=self._edition.text,
            producer=PRODUCER,
            accuracy_m=round(self._edition.accuracy_m + self._displacement_m, 2),
            checksum="",
            uncovered=uncovered_by(self.qpvs),
            qpvs=tuple(self.qpvs.values()),
            tolerance_m=self._displacement_m,
            sources={path.name: sha256_of(path) for path in paths},
            computed_on=date.today().isoformat(),
        )

    def _fault(self, code: str, geometry: Polygonal | None) -> str:
        if not CODE_PATTERNS[self._edition.generation].fullmatch(code):
            return "ce n’est pas un code de QPV de cette génération"
        if code in self.qpvs:
            return "ce QPV figure deux fois ; le premier est gardé"
        return "" if geometry else "ce QPV n’a pas de contour"

    def _area(self, feature: Feature) -> Polygonal | None:
        try:
            if self._displacement_m:
                return generalised(feature.geometry, self._displacement_m)
            return polygons_of(feature.geometry)
        except EmptyContourError:
            return None

    def _communes(self, feature: Feature, code: str) -> Resolved:
        insee_codes = _cell(feature, INSEE_COLUMNS)
        if insee_codes:
            return self._names.of_codes(insee_codes)
        text = _cell(feature, COMMUNE_COLUMNS)
        return self._names.of_names(text, departement_of_qpv(code), feature.geometry)

    def _report(self, file: str, column: str, value: str, message: str) -> None:
        self.issues.append(Issue(file, None, column, value, message))


def uncovered_by(codes: Iterable[str]) -> tuple[Territory, ...]:
    """The overseas territories that have QPVs, but none among these codes."""
    present = {departement_of_qpv(code) for code in codes}
    return tuple(territory for territory in OVERSEAS if territory.code not in present)


def departement_of_qpv(code: str) -> str:
    """The département or territory that a QPV code tells: QP093035 → 93, QN97401I → 974.

    The département fills three characters, with a zero before those of metropolitan France.
    """
    return code[2:5].removeprefix("0")


def tidy(name: str) -> str:
    """A name as published, single-spaced; an apostrophe that cp1252 wrote is one again."""
    repaired = "".join(
        bytes([ord(c)]).decode("cp1252", "replace") if "\x80" <= c <= "\x9f" else c for c in name
    )
    return " ".join(repaired.split())


def _check_columns(path: Path, features: Sequence[Feature]) -> None:
    """One name at least of each column; ``read_features`` checks those of one name."""
    present = set(features[0].properties)
    for columns in (NAME_COLUMNS, INSEE_COLUMNS + COMMUNE_COLUMNS):
        if not present.intersection(columns):
            raise DataFault(f"{path.name} : il manque « {' » ou « '.join(columns)} ».")


def code_of(feature: Feature) -> str:
    """The QPV code of an object, as published; empty when it has none."""
    return _cell(feature, CODE_COLUMNS).strip()


def _cell(feature: Feature, columns: Iterable[str]) -> str:
    return next((feature.properties[c] for c in columns if feature.properties.get(c)), "")
