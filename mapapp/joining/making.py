"""The parts of one join being made: which are left, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from mapapp.errors import BadInput
from mapapp.joining.columnar import TOLD_BY_STATUS
from mapapp.joining.columns import EVERY_COLUMN
from mapapp.joining.judging import Joiner
from mapapp.joining.on_cores import cores, make_on_cores
from mapapp.joining.parts import Parts, mark_of
from mapapp.joining.summary import Summary
from mapapp.joining.work import Layout, Made, Part, Plan, Watch, Workshop

#: Bytes from which looking statuses up is sooner than measuring each row, the half minute included
#: that drawing the zones takes the first time: some 100,000 rows.
WORTH_ZONES = 5_000_000

#: Makes parts somewhere else than on this machine, given how they are made and where they are kept.
Elsewhere = Callable[[Iterable[Part], Plan, Parts], Iterator[Made]]


@dataclass(frozen=True, slots=True)
class Manner:
    """What is added, and by whom it is made.

    Attributes:
        folder: where indexes are kept from one command to the next.
        chosen: the kinds of columns.
        processes: how many of this machine; 0: one for each core.
        elsewhere: who makes the parts, when it is not this machine.
        tell: hears what there is to know on the way (French).
    """

    folder: Path
    chosen: tuple[str, ...] = EVERY_COLUMN
    processes: int = 0
    elsewhere: Elsewhere | None = None
    tell: Callable[[str], object] = lambda _: None


class Making:
    """A context in which parts are made; when something fails they stay, to go on from there."""

    def __init__(
        self,
        sources: Sequence[Path],
        target: Path,
        layout: Layout,
        joiner: Joiner,
        manner: Manner,
        watch: Watch,
        suffix: str,
    ) -> None:
        size = sum(source.stat().st_size for source in sources)
        by_status = _is_plain(layout) and size >= WORTH_ZONES
        self._plan = Plan.of(joiner, layout, by_status, manner.folder)
        self._parts = Parts(target, [*map(mark_of, sources), *self._plan.marks], suffix)
        self._joiner, self._manner, self._watch = joiner, manner, watch
        self._summaries: dict[int, Summary] = {}

    def __enter__(self) -> Parts:
        if note := self._parts.open():
            self._manner.tell(note)
        return self._parts

    def __exit__(self, fault: object, *_: object) -> None:
        self._parts.close(finished=fault is None)

    @property
    def count(self) -> int:
        """How many parts are done."""
        return len(self._summaries)

    def make(self, parts: Iterable[Part]) -> Summary:
        """Make those that are not done yet; the counts of all.

        Raises:
            BadInput: addresses to ask, and not by this machine.
            GeocodingError: the geocoder gave no answer.
        """
        for number, summary in self._made(self._left(parts)):
            self._summaries[number] = summary
        whole = Summary()
        for number in sorted(self._summaries):
            whole.add(self._summaries[number])
        return whole

    def _left(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            if done := self._parts.done(part.number):
                self._summaries[part.number] = done
                self._watch(done.rows)
            else:
                yield part

    def _made(self, left: Iterator[Part]) -> Iterator[Made]:
        asks = bool(self._plan.layout.columns.address) and not self._joiner.finder.offline
        if self._manner.elsewhere:
            if asks:
                raise BadInput(
                    "Sur une grappe, le géocodeur n’est pas interrogé : ajoutez --geocoder offline."
                )
            return self._watched(self._manner.elsewhere(left, self._plan, self._parts))
        processes = 1 if asks else self._manner.processes or cores()
        first = list(islice(left, 2))  # a single part is not worth a process
        if not first:
            return iter(())
        left = chain(first, left)
        if processes == 1 or len(first) == 1:
            here = self._plan.columns_of(self._joiner.indexes, lambda: self._joiner)
            workshop = Workshop(self._plan.layout, here, self._parts)
            return map(partial(workshop.make, watch=self._watch), left)
        return self._watched(make_on_cores(left, self._plan, self._parts, processes))

    def _watched(self, made: Iterable[Made]) -> Iterator[Made]:
        for number, summary in made:
            self._watch(summary.rows)
            yield number, summary


def _is_plain(layout: Layout) -> bool:
    """Whether statuses answer for points that are all known as well."""
    columns = layout.columns
    points = columns.longitude and not (columns.precision or columns.radius_m)
    return bool(points) and TOLD_BY_STATUS.issuperset(layout.chosen)
