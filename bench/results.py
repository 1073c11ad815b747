"""``bench/RESULTS.md``: one table of what is to be reached, then a section per bench."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alone import to_reach
from figures import Figure, Section, told

VERDICTS = {True: "reached", False: "**not reached**", None: ""}


@dataclass(frozen=True, slots=True)
class Failure:
    """A bench that gave no figure, and what it said last."""

    name: str
    reason: str


def as_markdown(
    outcomes: Sequence[Section | Failure],
    circumstances: Mapping[str, str],
    picture: str,
    alternative: str,
) -> str:
    """The whole page; ``picture`` is a file beside it, ``alternative`` says what it shows."""
    sections = [outcome for outcome in outcomes if isinstance(outcome, Section)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    blocks = [
        "# What was measured",
        "Written by `make bench`, never by hand. Ours and the peers are measured in the same run, "
        "on the same data; medians, and ratios first: a bare time tells as much of the machine.",
        "\n".join(f"- {name}: {value}" for name, value in circumstances.items()),
        f"![{alternative}]({picture})",
        *_failed(failures),
        _table([figure for section in sections for figure in section.figures]),
        *(_section(section) for section in sections),
    ]
    return "\n\n".join(blocks) + "\n"


def _failed(failures: Sequence[Failure]) -> Iterator[str]:
    if failures:
        yield "## Not measured"
        yield "\n".join(f"- `bench/{failure.name}.py`: {failure.reason}" for failure in failures)


def _table(figures: Sequence[Figure]) -> str:
    promised = [figure for figure in figures if figure.reached is not None]
    missed = sum(not figure.reached for figure in promised)
    lines = [
        f"{len(promised) - missed} of {len(promised)} reached.",
        "",
        "| what | to reach | reached | verdict |",
        "| --- | ---: | ---: | --- |",
        *(
            f"| {figure.name} | {to_reach(figure)} | {told(figure.value, figure.unit)} "
            f"| {VERDICTS[figure.reached]} |"
            for figure in promised
        ),
    ]
    return "\n".join(lines)


def _section(section: Section) -> str:
    blocks = [f"## {section.title}", _flat(section.method), _with_peers(section.figures)]
    blocks += [
        f"Not reached: {figure.name}. {_flat(figure.if_missed) or 'Why is not known yet.'}"
        for figure in section.figures
        if figure.reached is False
    ]
    return "\n\n".join([*blocks, *section.notes])


def _flat(text: str) -> str:
    return " ".join(text.split())


def _with_peers(figures: Sequence[Figure]) -> str:
    lines = ["| what | figure | ours is better |", "| --- | ---: | ---: |"]
    for figure in figures:
        lines.append(f"| {figure.name} | {told(figure.value, figure.unit)} | |")
        lines += [
            f"| — {peer.name} | {told(peer.value, figure.unit)} | × {told(figure.times(peer))} |"
            for peer in figure.peers
        ]
    return "\n".join(lines)
