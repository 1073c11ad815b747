"""Every long campaign, each in a process of its own, and what it found: ``make endure``.

    python endure [--small] [NAME…]

Writes ``docs/reliability.md``; with ``--small``, or when only some are asked,
``build/endure/reliability.md`` instead, for these are no results. A campaign prints a Markdown
table and ends with 1 when something did not hold: the page says so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from campaign import CHECKOUT, ENVIRONMENT
from machine import circumstances


@dataclass(frozen=True, slots=True)
class Campaign:
    """A script of this folder: what it proves, the seconds after which it is given up."""

    name: str
    title: str
    limit_s: int
    small: str = ""  # the count that gives a first look, where the script takes one


#: In the order of the page.
CAMPAIGNS = (
    Campaign("kills", "Commands killed at any instant", 3600, "6"),
    Campaign("workbooks", "Hostile workbooks", 3600, "50"),
    Campaign("slow_connections", "Slow connections", 900),
    Campaign("fuzz", "Requests drawn at random", 3600, "300"),
    Campaign("dearest", "The dearest requests, by twenty visitors", 1800),
    Campaign("memory", "Memory after many requests", 1800, "1000"),
    Campaign("disk", "Full disk, read-only disk, clock set back, restore elsewhere", 1800),
    Campaign("geocoder", "A geocoder that misbehaves", 900),
)

INTRODUCTION = """# Reliability: what was tried for long

Written by `make endure`, never by hand; `python endure/NAME.py` runs one campaign alone.
`make test` keeps a short form of each. [serving.md](serving.md) says what an operator must do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign printed, and whether everything held."""

    campaign: Campaign
    held: bool
    table: str
    seconds: float


def main() -> int:
    """Run the campaigns, write the page; 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--small", action="store_true", help="small counts: a look, no result")
    asked = parser.parse_args()
    chosen = [each for each in CAMPAIGNS if not asked.names or each.name in asked.names]
    around = dict(circumstances())
    outcomes = [_run(each, asked.small) for each in chosen]
    whole = not asked.small and not asked.names
    page = CHECKOUT / ("docs" if whole else "build/endure") / "reliability.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n\n".join(_blocks(around, outcomes)) + "\n", encoding="utf-8")
    print(f"Written: {page}")
    return int(not all(outcome.held for outcome in outcomes))


def _run(campaign: Campaign, small: bool) -> Outcome:
    print(f"{campaign.name}: {campaign.title} (at most {campaign.limit_s} s)…", flush=True)
    command = [sys.executable, f"endure/{campaign.name}.py", *([campaign.small] if small else [])]
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [word for word in command if word],
            cwd=CHECKOUT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            text=True,
            timeout=campaign.limit_s,
        )
        held, printed = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        held, printed = False, f"Given up after {campaign.limit_s} s."
    print(printed, flush=True)
    return Outcome(campaign, held, printed.strip(), time.monotonic() - begun)


def _blocks(around: dict[str, str], outcomes: list[Outcome]) -> Iterator[str]:
    yield INTRODUCTION
    yield "\n".join(f"- {name}: {value}" for name, value in around.items())
    for outcome in outcomes:
        yield f"## {outcome.campaign.title}"
        yield f"`python endure/{outcome.campaign.name}.py`, {outcome.seconds:,.0f} s."
        if not outcome.held:
            yield "**Something did not hold.**"
        yield outcome.table


if __name__ == "__main__":
    sys.exit(main())
