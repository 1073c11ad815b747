"""The work of a join cut into parts: what a part is, and what makes one anywhere.

A :class:`Plan` is all that another process, or another machine, needs to make parts as this one
would: contours, gazetteer, and what is wanted.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from geo.bulk_status import BulkStatus
from geo.cell_files import fingerprint
from geo.contours import Contours
from geo.qpv_index import QpvIndex
from geo.verdict import RULE
from mapapp.address_finding import silent_finder
from mapapp.joining.columnar import ByStatus, ColumnJoiner, EveryRow
from mapapp.joining.columns import PlaceColumns
from mapapp.joining.judging import Joiner
from mapapp.joining.parts import Parts
from mapapp.joining.summary import Summary

Watch = Callable[[int], object]

#: The number of a part that is done, and its counts.
Made = tuple[int, Summary]

#: Changes whenever the same part would be written otherwise.
LAYOUT = "1"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


#: What must be the same wherever a part is made, for its bytes to be the same.
VERSIONS = {
    name: _version(name) for name in ("mapapp", "numpy", "pyarrow", "pyproj", "shapely")
} | {"jointure": f"{LAYOUT} {RULE}"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What is read from each row and what is added: ``added`` names the columns of ``chosen``."""

    columns: PlaceColumns
    chosen: tuple[str, ...]
    added: tuple[str, ...]


class Part(Protocol):
    """Some rows of a table, in one piece."""

    @property
    def number(self) -> int:
        """Its rank among the parts, from 0."""

    def join(self, layout: Layout, joiner: ColumnJoiner, draft: Path, watch: Watch) -> Summary:
        """Write the rows with what is added to them; ``watch`` hears of rows that are done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes parts; ``by_status``: by looking statuses up, with tables kept in ``folder``."""

    contours: Mapping[int, Contours]
    folded: bytes  # gazetteer and policy: tens of megabytes that rows with a point never ask for
    layout: Layout
    by_status: bool
    folder: Path

    @classmethod
    def of(cls, joiner: Joiner, layout: Layout, by_status: bool, folder: Path) -> Plan:
        """The plan of a join whose ``joiner`` asks nobody."""
        contours = {of: index.contours for of, index in joiner.indexes.items()}
        folded = pickle.dumps((joiner.finder.gazetteer, joiner.finder.policy))
        return cls(contours, folded, layout, by_status, folder)

    @property
    def marks(self) -> list[str]:
        """What tells this plan from another that would write other parts."""
        told = [fingerprint(contours) for contours in self.contours.values()]
        accuracies = [f"{of} {told.accuracy_m}" for of, told in self.contours.items()]
        return [repr(VERSIONS), *told, *accuracies, repr(self.layout)]

    def indexes(self) -> dict[int, QpvIndex]:
        """What the contours are asked through."""
        return {of: QpvIndex(contours) for of, contours in self.contours.items()}

    def joiner(self, indexes: Mapping[int, QpvIndex]) -> Joiner:
        """What judges any row, and asks nobody."""
        gazetteer, policy = pickle.loads(self.folded)
        return Joiner(indexes, silent_finder(gazetteer, policy))

    def columns_of(
        self, indexes: Mapping[int, QpvIndex], joiner: Callable[[], Joiner]
    ) -> ColumnJoiner:
        """What adds the columns; a few seconds, or half a minute to draw zones the first time."""
        if not self.by_status:
            return EveryRow(joiner(), self.layout.chosen)
        statuses = {of: BulkStatus(index, folder=self.folder) for of, index in indexes.items()}
        return ByStatus(indexes, self.layout.chosen, statuses, joiner)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What makes and keeps parts in one process."""

    layout: Layout
    joiner: ColumnJoiner
    parts: Parts

    @classmethod
    def of(cls, plan: Plan, parts: Parts) -> Workshop:
        """The workshop of a plan in a process that has nothing yet."""
        indexes = plan.indexes()
        return cls(plan.layout, plan.columns_of(indexes, partial(plan.joiner, indexes)), parts)

    def make(self, part: Part, watch: Watch = lambda _: None) -> Made:
        """Make a part and keep it; its number and its counts."""
        summary = self.parts.keep(
            part.number, lambda draft: part.join(self.layout, self.joiner, draft, watch)
        )
        return part.number, summary
