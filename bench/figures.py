"""What a bench hands over: sections of figures, each with what is to be reached and the peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Signs that a figure is told with: more are noise.
SIGNS = 3


@dataclass(frozen=True, slots=True)
class Peer:
    """What others need for the same, in the unit of the figure."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured; ``to_reach`` is a limit from above, or from below if more is better."""

    name: str
    value: float
    unit: str
    to_reach: float | None = None
    more_is_better: bool = False
    peers: tuple[Peer, ...] = ()
    #: Why, when it is not reached: told with the figure.
    if_missed: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether it is; None where nothing is to be reached."""
        if self.to_reach is None:
            return None
        better = self.value - self.to_reach if self.more_is_better else self.to_reach - self.value
        return better >= 0

    def times(self, peer: Peer) -> float:
        """How many times better than a peer: over 1 is better."""
        ours, theirs = self.value, peer.value
        return ours / theirs if self.more_is_better else theirs / ours


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one bench, how they were made, and what else there is to say."""

    title: str
    method: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


def ratio(name: str, ours: float, theirs: float, to_reach: float, if_missed: str = "") -> Figure:
    """How many times as long a peer takes: a figure of its own, where that is what is promised."""
    return Figure(name, theirs / ours, "×", to_reach, more_is_better=True, if_missed=if_missed)


def told(value: float, unit: str = "") -> str:
    """A number as people read it: 3 signs, thousands apart, its unit."""
    decimals = max(0, SIGNS - len(f"{abs(value):.0f}")) if abs(value) >= 1 else _after_zeros(value)
    number = f"{value:,.{decimals}f}"
    return f"{number} {unit}".strip()


def _after_zeros(value: float) -> int:
    return SIGNS - 1 - int(f"{value:e}".split("e")[1]) if value else 0


def as_plain(section: Section) -> dict[str, Any]:
    """A section for JSON."""
    return asdict(section)


def from_plain(plain: Mapping[str, Any]) -> Section:
    """The section that :func:`as_plain` wrote."""
    figures = (
        Figure(**{**figure, "peers": tuple(Peer(**peer) for peer in figure["peers"])})
        for figure in plain["figures"]
    )
    return Section(plain["title"], plain["method"], tuple(figures), tuple(plain["notes"]))
