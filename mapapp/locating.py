"""From what a record tells about its place to a position, offline.

First a QPV in which the source says for sure that the initiative lies, then a neighbourhood name
inside the commune, then the commune. An address is not guessed here: it needs a geocoder.
"""

from __future__ import annotations

from dataclasses import dataclass

from geo.contours import Contours, Qpv
from geo.gazetteer import Found, Gazetteer, NamedArea
from geo.names import typographic
from geo.position import Position
from geo.qpv_index import QpvIndex, lies_in, point_inside


@dataclass(frozen=True, slots=True)
class ToldPlace:
    """What a record tells: names and codes, and QPV codes declared for sure."""

    insee_code: str = ""
    postcode: str = ""
    commune: str = ""
    quartier: str = ""
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """The position chosen, and in French what its point stands for."""

    position: Position
    stands_for: str


def locate(told: ToldPlace, gazetteer: Gazetteer, indexes: list[QpvIndex]) -> Located | None:
    """The best position that the record allows without a network; None when nothing answers.

    ``indexes`` come newest generation first: a QPV declared in both is placed by the newest.
    """
    if qpv := _declared_qpv(told, indexes):
        return Located(
            point_inside(qpv), f"un point du QPV {typographic(qpv.name)}, déclaré par la fiche"
        )
    if not (told.insee_code or told.postcode or told.commune):
        return None
    found = _named_place(told, gazetteer)
    return Located(found.position, _stands_for(found)) if found else None


def _declared_qpv(told: ToldPlace, indexes: list[QpvIndex]) -> Qpv | None:
    """The newest declared QPV, unless the record's own commune denies it: a conflict to review."""
    known = (qpv for index in indexes for code in told.declared if (qpv := index.get(code)))
    return next((qpv for qpv in known if lies_in(qpv, told.insee_code)), None)


def _named_place(told: ToldPlace, gazetteer: Gazetteer) -> Found | None:
    """The neighbourhood, else the commune: a name that two areas bear still tells the commune."""
    for area in (told.quartier, ""):
        answer = gazetteer.find(
            area=area,
            insee_code=told.insee_code,
            postcode=told.postcode,
            commune=told.commune,
        )
        if isinstance(answer, Found):
            return answer
    return None


def _stands_for(found: Found) -> str:
    if found.area and found.area.qpv_code:
        return f"un point du QPV {typographic(found.area.name)}"
    if found.area:
        return f"le centre approché du quartier {typographic(found.area.name)}"
    return f"un point de la commune ({typographic(found.commune.name)})"


def qpv_areas(contours: Contours) -> list[NamedArea]:
    """The QPVs of a generation as named areas of the gazetteer."""
    return [NamedArea(qpv.name, qpv.communes, point_inside(qpv), qpv.code) for qpv in contours.qpvs]
