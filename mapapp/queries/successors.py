"""Which QPV of 2015 became which of 2024, by share of area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import shapely
from sqlalchemy.orm import Session

from geo.contours import Qpv
from geo.overlap import overlaps
from geo.position import Position
from geo.qpv_index import QpvIndex
from mapapp.errors import UnknownRecord
from mapapp.filters import Filters
from mapapp.memory import Memory
from mapapp.queries.paging import PER_PAGE, Page
from mapapp.queries.qpvs import codes_asked

OLD, NEW = 2015, 2024


@dataclass(frozen=True, slots=True)
class QpvRef:
    """A QPV as a link."""

    code: str
    name: str
    generation: int

    @property
    def url(self) -> str:
        """Path of its page."""
        return f"/qpv/{self.code}"


@dataclass(frozen=True, slots=True)
class Line:
    """A QPV of 2015 and one of 2024 that overlap, or one that has no counterpart.

    The shares (0 to 1) are those of the area of each that both have in common. ``unknown`` names
    the territory where the contours of the other generation are missing: nothing is said there.
    """

    old: QpvRef | None
    new: QpvRef | None
    share_of_old: float = 0.0
    share_of_new: float = 0.0
    unknown: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of both, of the older first."""
        return tuple(qpv.code for qpv in (self.old, self.new) if qpv)

    @property
    def is_gone(self) -> bool:
        """Whether nothing of 2024 stands where this QPV of 2015 was."""
        return self.new is None and not self.unknown

    @property
    def is_new(self) -> bool:
        """Whether nothing of 2015 stood where this QPV of 2024 is."""
        return self.old is None and not self.unknown


@dataclass(frozen=True, slots=True)
class Twin:
    """A QPV of the other generation, on this ``share`` (0 to 1) of the area of one."""

    qpv: QpvRef
    share: float


@dataclass(frozen=True, slots=True)
class Kin:
    """What one QPV is in the other generation; ``unknown`` as in :class:`Line`."""

    generation: int
    twins: tuple[Twin, ...]
    unknown: str


@dataclass(frozen=True, slots=True)
class Successors:
    """Every line: by département, the QPVs of 2015 and what they became, then the new ones."""

    lines: tuple[Line, ...]
    by_code: Mapping[str, tuple[Line, ...]]

    def of(self, code: str) -> Kin:
        """What a QPV is in the other generation, the largest share first."""
        lines = self.by_code[code]
        if lines[0].old and lines[0].old.code == code:
            twins = [Twin(line.new, line.share_of_old) for line in lines if line.new]
            generation = NEW
        else:
            twins = [Twin(line.old, line.share_of_new) for line in lines if line.old]
            generation = OLD
        largest_first = sorted(twins, key=lambda twin: -twin.share)
        return Kin(generation, tuple(largest_first), lines[0].unknown)

    def asked(self, session: Session, filters: Filters) -> tuple[Line, ...]:
        """The lines of which a QPV answers the words and the territory of the filters."""
        codes = codes_asked(session, filters)
        return tuple(line for line in self.lines if not codes.isdisjoint(line.codes))


def successors(session: Session, memory: Memory) -> Successors:
    """What became of every QPV; kept in memory for one version of the data."""
    indexes = [memory.index(session, generation) for generation in (OLD, NEW)]
    return memory.hold(session, "successors", lambda: _compared(*indexes))


def page_of(lines: Collection[Line], number: int, per_page: int = PER_PAGE) -> Page[Line]:
    """One page of lines.

    Raises:
        UnknownRecord: the list is shorter.
    """
    start = (number - 1) * per_page
    items = tuple(lines)[start : start + per_page]
    if not items and number > 1:
        raise UnknownRecord(f"Il n’y a pas de page {number} : la liste est plus courte.")
    return Page(items, len(lines), number, per_page)


def percent(share: float) -> str:
    """A share in words: « 74 % », « moins de 1 % », and 100 % for nothing less."""
    if share < 0.01:
        return "moins de 1 %"
    # What 5 m of drawing can take from a neighbourhood is not a part that was lost.
    return "100 %" if share > 0.995 else f"{min(round(share * 100), 99)} %"


def _compared(old: QpvIndex, new: QpvIndex) -> Successors:
    refs = {
        qpv.code: QpvRef(qpv.code, qpv.name, index.contours.generation)
        for index in (old, new)
        for qpv in index.contours.qpvs
    }
    pairs = [
        Line(refs[o.old_code], refs[o.new_code], o.share_of_old, o.share_of_new)
        for o in overlaps(old.contours, new.contours)
    ]
    paired = {code for line in pairs for code in line.codes}
    gone = [Line(refs[q.code], None, unknown=_missing(new, q)) for q in _others(old, paired)]
    come = [Line(None, refs[q.code], unknown=_missing(old, q)) for q in _others(new, paired)]
    lines = sorted([*pairs, *gone, *come], key=_place)
    return Successors(tuple(lines), _by_code(lines))


def _others(index: QpvIndex, paired: Collection[str]) -> Iterator[Qpv]:
    return (qpv for qpv in index.contours.qpvs if qpv.code not in paired)


def _missing(index: QpvIndex, qpv: Qpv) -> str:
    """The territory of a QPV, when the other generation has no contours there."""
    [centre] = shapely.get_coordinates(shapely.centroid(qpv.geometry))
    territory = index.uncovered_at(Position(*centre))
    return territory.name if territory else ""


def _place(line: Line) -> tuple[str, bool, str, float]:
    """By département (three characters of every code), new QPVs last, largest share first."""
    code = line.codes[0]
    return code[2:5], line.old is None, code, -line.share_of_old


def _by_code(lines: Iterable[Line]) -> dict[str, tuple[Line, ...]]:
    grouped: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for code in line.codes:
            grouped[code].append(line)
    return {code: tuple(of_code) for code, of_code in grouped.items()}
