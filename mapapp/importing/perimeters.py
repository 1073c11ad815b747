"""What official perimeters must be to be taken: of their generation, in place, all there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.contours import CODE_PATTERNS, Contours, Qpv, Territory
from geo.overlap import common_shift_m
from mapapp.errors import DataFault
from mapapp.packing.qpv import OVERSEAS, code_of, departement_of_qpv
from mapapp.packing.reading import Feature
from mapapp.tables.reading import Issue

#: Corsica to Dunkirk, Ouessant to the Rhine (degrees, rounded outwards).
METROPOLE = Territory("", "France métropolitaine", (-5.3, 41.2, 9.7, 51.2))

#: From this common move (metres) on, a coordinate system is more likely wrong than the decree: the
#: contours that ship are within 12 m each, at random; a forgotten datum moves all by 45 m or more.
SHIFT_M = 10.0
#: Fewer QPVs than this may have moved together by chance.
SHIFT_COUNT = 10

#: How GEOS says what is wrong with a contour; other reasons are rare, and the repair is the same.
_IN_FRENCH = {
    "Self-intersection": " : son tracé se croise",
    "Ring Self-intersection": " : son tracé se touche",
    "Nested shells": " : une partie en recouvre une autre",
    "Hole lies outside shell": " : un trou en sort",
}

_TERRITORIES = {territory.code: territory for territory in OVERSEAS}


class Inspection:
    """Looks at the objects of each file of a generation; remembers which were invalid."""

    def __init__(self, generation: int) -> None:
        self.repaired: list[str] = []
        self.issues: list[Issue] = []
        self._generation = generation

    def look(self, path: Path, features: Sequence[Feature]) -> None:
        """Refuse the file, or note what has to be repaired in it.

        Raises:
            DataFault: codes of the other generation, or contours outside their territory.
        """
        self._check_generation(path, features)
        self._check_places(path, features)
        for feature in features:
            if not feature.geometry.is_valid:
                self._note_repair(path, code_of(feature), feature)

    def _check_generation(self, path: Path, features: Sequence[Feature]) -> None:
        codes = [code_of(feature) for feature in features]
        for other, pattern in CODE_PATTERNS.items():
            alien = [code for code in codes if pattern.fullmatch(code)]
            if other != self._generation and alien:
                raise DataFault(
                    f"{path.name} : {len(alien)} codes de la génération {other} ({alien[0]}…) dans "
                    f"un fichier donné comme {self._generation}. "
                    f"Relancez avec --generation {other}, ou choisissez l’autre fichier."
                )

    def _check_places(self, path: Path, features: Sequence[Feature]) -> None:
        pattern = CODE_PATTERNS[self._generation]
        ours = [feature for feature in features if pattern.fullmatch(code_of(feature))]
        astray = [feature for feature in ours if not _in_its_territory(feature)]
        if astray:
            code = code_of(astray[0])
            raise DataFault(
                f"{path.name} : {len(astray)} QPV sur {len(ours)} sont hors de leur territoire "
                f"({code} : {_territory(code).name}). Le système de coordonnées annoncé "
                "n’est pas celui du fichier (Lambert-93, WGS 84, longitude et latitude inversées…)."
                " Exportez-le de nouveau en disant le bon."
            )

    def _note_repair(self, path: Path, code: str, feature: Feature) -> None:
        self.repaired.append(code)
        reason = _IN_FRENCH.get(shapely.is_valid_reason(feature.geometry).split("[")[0], "")
        message = f"contour invalide, réparé{reason}"
        self.issues.append(Issue(path.name, None, "contour", code, message))


def common_shift(pairs: Sequence[tuple[Any, Any]]) -> str:
    """A sentence when all the contours moved together; empty when they did not."""
    if len(pairs) < SHIFT_COUNT:
        return ""
    shift_m = common_shift_m([one for one, _ in pairs], [other for _, other in pairs])
    if shift_m < SHIFT_M:
        return ""
    return (
        f"tous les contours sont à {shift_m:.0f} m de ceux en vigueur, dans le même sens : le "
        "système de coordonnées annoncé est sans doute faux ; vérifiez-le avant de publier"
    )


def refuse_fewer(held: Contours, contours: Contours) -> None:
    """Refuse contours of fewer QPVs than those in force.

    Raises:
        DataFault: names some that are absent.
    """
    if len(contours.qpvs) >= len(held.qpvs):
        return
    absent = sorted({q.code for q in held.qpvs} - {q.code for q in contours.qpvs})
    raise DataFault(
        f"Ces fichiers comptent {len(contours.qpvs)} QPV {contours.generation}, les contours en "
        f"vigueur {len(held.qpvs)} ; il manque "
        f"{', '.join(absent[:5])}{'…' if absent[5:] else '.'} "
        "Donnez ensemble tous les fichiers de la génération, ou ajoutez --allow-shrink si c’est "
        "voulu."
    )


def with_communes(contours: Contours, held: Contours) -> Iterator[Qpv]:
    """The QPVs, each with a commune: that of today when the file names none that is known.

    Raises:
        DataFault: a QPV has none, in the file or before.
    """
    known = {qpv.code: qpv for qpv in held.qpvs}
    for qpv in contours.qpvs:
        former = known.get(qpv.code)
        if not qpv.communes and not former:
            raise DataFault(
                f"{qpv.code} ({qpv.name}) : aucune commune connue. Corrigez sa commune dans le "
                "fichier, ou mettez d’abord les communes à jour."
            )
        yield replace(qpv, communes=qpv.communes or (former.communes if former else ()))


def _territory(code: str) -> Territory:
    return _TERRITORIES.get(departement_of_qpv(code), METROPOLE)


def _in_its_territory(feature: Feature) -> bool:
    """Whether the object lies where its code says; one without contour is nowhere else."""
    if feature.geometry.is_empty:
        return True
    degrees = shapely.get_coordinates(feature.geometry)
    west, south, east, north = _territory(code_of(feature)).bbox
    # A projection applied to the wrong coordinates may give no number at all.
    inside = (degrees >= (west, south)) & (degrees <= (east, north))
    return bool(np.all(inside))
