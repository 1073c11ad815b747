"""The verdict: is a place in a QPV of a given generation, and how surely?

With *r* the radius of the position, *c* the accuracy of the contours and *d* the signed distance
to a border (negative inside), all in metres, nothing is said of a point within *t = r + c* of a
border except that it must be checked. A declaration by the source decides where the position
cannot; one that the position contradicts is a conflict, kept for review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from geo.communes import PARENT_COMMUNE
from geo.contours import Contours
from geo.position import Position, Precision
from geo.qpv_index import Neighbour, lies_in
from geo.surroundings import Surroundings

#: Changes whenever the same place and contours could get another verdict.
RULE = "2026-11"

#: « Near » unless told otherwise: the ring around a QPV that the reduced VAT for home ownership
#: uses (300 m since 2017, 500 m before), hence the distance that officers have in mind.
NEAR_M = 300.0

NOTICE = "indicatif, ne vaut pas attestation"


class Status(StrEnum):
    """What is known of a place and the QPVs of a generation."""

    INSIDE = "inside"
    BORDER = "border"
    NEAR = "near"
    OUTSIDE = "outside"
    DECLARED = "declared"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """What a verdict on a whole territory, not on a point, speaks of."""

    COMMUNE = "commune"
    ARRONDISSEMENT = "arrondissement"


@dataclass(frozen=True, slots=True)
class Place:
    """What a source tells about where something is.

    ``declared`` are QPV codes, of any generation, in which the source says that the place lies.
    """

    position: Position | None
    insee_code: str | None = None
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedQpv:
    """A QPV as a verdict names it; ``distance_m`` (signed) when it was measured."""

    code: str
    name: str
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one generation.

    Attributes:
        generation: 2015 or 2024.
        status: see :class:`Status`.
        qpvs: the QPVs the status speaks of, most certain first.
        nearest: the nearest QPV when the position was precise enough to measure.
        conflicts: declared QPVs that the position contradicts.
        uncovered: name of the territory whose contours are missing, when that is why it is unknown.
        scope: the territory judged as a whole, when only that is known of the place.
    """

    generation: int
    status: Status
    qpvs: tuple[NamedQpv, ...] = ()
    nearest: NamedQpv | None = None
    conflicts: tuple[NamedQpv, ...] = ()
    uncovered: str | None = None
    scope: Scope | None = None

    @property
    def distance_m(self) -> float | None:
        """Signed metres to the border of the QPV spoken of, else of the nearest."""
        spoken_of = self.qpvs[0] if self.qpvs else self.nearest
        return spoken_of.distance_m if spoken_of else None


def judge(place: Place, index: Surroundings, near_m: float = NEAR_M) -> Verdict:
    """The verdict on a place for the generation of ``index``; « near » up to ``near_m`` metres."""
    verdict = _by_position(place, index, near_m)
    declared = [code for code in place.declared if _is_of(code, index)]
    if not declared:
        return verdict
    seen = [_declared_qpv(code, place, index) for code in declared]
    agreeing = tuple(qpv for qpv, agrees in seen if agrees)
    conflicts = tuple(qpv for qpv, agrees in seen if not agrees)
    if verdict.status is Status.INSIDE or not agreeing:
        # Measured is more than declared; where contours overlap, what is declared is told too.
        qpvs = tuple(dict.fromkeys(verdict.qpvs + agreeing))
        return replace(verdict, qpvs=qpvs, conflicts=conflicts)
    return replace(verdict, status=Status.DECLARED, qpvs=agreeing, conflicts=conflicts)


def is_measured(place: Place, index: Surroundings) -> bool:
    """Whether the verdict on a place rests on the distances around its position."""
    position = place.position
    if position is None or index.uncovered_at(position):
        return False
    return not (position.precision is Precision.COMMUNE and place.insee_code)


def reach_m(position: Position, contours: Contours, near_m: float = NEAR_M) -> float:
    """How far around a position a QPV bears on its verdict, in metres."""
    return max(position.radius_m + contours.accuracy_m, near_m)


def _by_position(place: Place, index: Surroundings, near_m: float) -> Verdict:
    position, generation = place.position, index.contours.generation
    if position is None:
        return Verdict(generation, Status.UNKNOWN)
    if territory := index.uncovered_at(position):
        return Verdict(generation, Status.UNKNOWN, uncovered=territory.name)
    if position.precision is Precision.COMMUNE and place.insee_code:
        return _by_commune(position, place.insee_code, index)
    return _by_distance(position, index, near_m)


def _by_commune(position: Position, insee_code: str, index: Surroundings) -> Verdict:
    found = tuple(NamedQpv(q.code, q.name) for q in index.of_commune(insee_code, position))
    status = Status.POSSIBLE if found else Status.OUTSIDE
    is_part = insee_code in PARENT_COMMUNE
    scope = Scope.ARRONDISSEMENT if is_part else Scope.COMMUNE
    return Verdict(index.contours.generation, status, found, scope=scope)


def _by_distance(position: Position, index: Surroundings, near_m: float) -> Verdict:
    doubt_m = position.radius_m + index.contours.accuracy_m
    around = index.within(position, reach_m(position, index.contours, near_m))
    nearest = around[0] if around else index.nearest(position)
    status, spoken_of = _status(position, around, doubt_m, near_m)
    return Verdict(
        index.contours.generation,
        status,
        tuple(_named(near) for near in spoken_of),
        _named(nearest) if nearest else None,
    )


def _status(
    position: Position, around: Sequence[Neighbour], doubt_m: float, near_m: float
) -> tuple[Status, Sequence[Neighbour]]:
    sure = [near for near in around if near.distance_m <= -doubt_m]
    unsure = [near for near in around if -doubt_m < near.distance_m < doubt_m]
    if sure and position.pinned:
        return Status.INSIDE, sure
    if position.pinned and unsure:
        return Status.BORDER, unsure
    if sure or unsure:
        holding = [near for near in around if near.distance_m <= 0]
        return Status.POSSIBLE, holding or unsure
    if around and around[0].distance_m <= near_m:
        return Status.NEAR, around[:1]
    return Status.OUTSIDE, ()


def _is_of(code: str, index: Surroundings) -> bool:
    """Whether a declared code speaks of this generation (QP… in 2015, QN… in 2024)."""
    return code.startswith("QP") == (index.contours.generation == 2015)


def _declared_qpv(code: str, place: Place, index: Surroundings) -> tuple[NamedQpv, bool]:
    """The declared QPV, and whether the position allows it."""
    qpv, position = index.get(code), place.position
    if qpv is None:
        return NamedQpv(code, code), _may_be_missing(code, position, index)
    if position is None:
        return NamedQpv(code, qpv.name), True
    if position.precision is Precision.COMMUNE:
        return NamedQpv(code, qpv.name), lies_in(qpv, place.insee_code)
    seen = index.seen_from(position, code)
    doubt_m = position.radius_m + index.contours.accuracy_m
    return _named(seen), seen.distance_m < doubt_m


def _may_be_missing(code: str, position: Position | None, index: Surroundings) -> bool:
    """Whether the contours lack the territory of a code (2015 overseas) and the place may be there.

    Where they are complete they know every code, so one that they do not know is a mistake.
    """
    territory = next((t for t in index.contours.uncovered if code.startswith(f"QP{t.code}")), None)
    return territory is not None and (position is None or index.uncovered_at(position) == territory)


def _named(near: Neighbour) -> NamedQpv:
    return NamedQpv(near.qpv.code, near.qpv.name, round(near.distance_m, 1))
