"""The results drawn: how many times better than each limit, and than each peer.

An SVG of our own: text stays text, and its colours follow the reader's (light or dark).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from figures import Section, told

WIDTH, LEFT, RIGHT, ROW, HEAD = 960, 430, 70, 24, 66
#: Powers of ten drawn; a bar beyond stops at the edge, its number is said.
LEAST, MOST = -1, 4

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1b1b1f; }
  .axis { text-anchor: middle; } .name { text-anchor: end; }
  .title { font-weight: 600; font-size: 16px; }
  .paper { fill: #ffffff; } .even { stroke: #1b1b1f; } .grid { stroke: #d8d8de; }
  .good { fill: #1a6b54; } .bad { fill: #a93226; } .quiet { fill: #55555f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ececf1; } .paper { fill: #16161a; } .even { stroke: #ececf1; }
    .grid { stroke: #3a3a42; } .good { fill: #5cc3a2; } .bad { fill: #ff8a7a; }
    .quiet { fill: #b4b4c0; }
  }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio: over 1 is better."""

    name: str
    times: float


def against_limits(outcomes: Sequence[object]) -> list[Bar]:
    """How many times better than what is to be reached; what must be nothing has no ratio."""
    return [
        Bar(figure.name, figure.value / figure.to_reach)
        if figure.more_is_better
        else Bar(figure.name, figure.to_reach / figure.value)
        for section in outcomes
        if isinstance(section, Section)
        for figure in section.figures
        if figure.to_reach and figure.value
    ]


def against_peers(outcomes: Sequence[object]) -> list[Bar]:
    """How many times better than each peer."""
    return [
        Bar(f"{figure.name}: {peer.name}", figure.times(peer))
        for section in outcomes
        if isinstance(section, Section)
        for figure in section.figures
        for peer in figure.peers
    ]


def alternative(outcomes: Sequence[object]) -> str:
    """What the picture shows, in words."""
    limits = against_limits(outcomes)
    held = sum(bar.times >= 1 for bar in limits)
    peers = sorted(bar.times for bar in against_peers(outcomes))
    told_peers = (
        f"; from {told(peers[0])} to {told(peers[-1])} times better than the peers" if peers else ""
    )
    return f"Bars on a logarithmic scale: {held} of {len(limits)} limits held{told_peers}."


def drawing(outcomes: Sequence[object]) -> str:
    """The SVG."""
    charts = [
        ("How many times better than what is to be reached", against_limits(outcomes)),
        ("How many times better than the peers, in the same run", against_peers(outcomes)),
    ]
    height, body = 0, []
    for title, bars in charts:
        if bars:
            body += _chart(title, bars, height)
            height += HEAD + ROW * len(bars) + ROW
    words = escape(alternative(outcomes))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-labelledby="what how">',
            f'<title id="what">What was measured</title><desc id="how">{words}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
            *body,
            "</svg>\n",
        ]
    )


def _chart(title: str, bars: Sequence[Bar], top: float) -> Iterator[str]:
    bottom = top + HEAD + ROW * len(bars)
    yield f'<text class="title" x="16" y="{top + 28}">{escape(title)}</text>'
    for power in range(LEAST, MOST + 1):
        kind, x = "even" if power == 0 else "grid", _x(10**power)
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top + HEAD - 8}" y2="{bottom}"/>'
        label = f"× {10.0**power:,.9g}"
        yield f'<text class="quiet axis" x="{x}" y="{top + HEAD - 14}">{label}</text>'
    for rank, bar in enumerate(bars):
        yield from _bar(bar, top + HEAD + ROW * rank)


def _bar(bar: Bar, y: float) -> Iterator[str]:
    start, end = sorted((_x(1), _x(bar.times)))
    kind = "good" if bar.times >= 1 else "bad"
    yield f'<text class="name" x="{LEFT - 12}" y="{y + 16}">{escape(_short(bar.name))}</text>'
    yield (
        f'<rect class="{kind}" x="{start}" y="{y + 4}" width="{max(end - start, 2):.1f}" '
        f'height="{ROW - 8}" rx="2"/>'
    )
    yield f'<text x="{end + 6}" y="{y + 16}">× {told(bar.times)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= 62 else f"{name[:61]}…"


def _x(times: float) -> float:
    power = min(max(math.log10(times), LEAST), MOST)
    return round(LEFT + (power - LEAST) / (MOST - LEAST) * (WIDTH - LEFT - RIGHT), 1)
