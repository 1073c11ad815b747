"""Every bench, each in a process of its own, and what they found: ``make bench``.

    python bench [--small] [NAME…]

Writes ``bench/RESULTS.md`` and ``bench/results.svg``; with ``--small``, or when only some are
asked, into ``build/bench/`` instead, for these are no results. A bench that fails is told there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from alone import clean_up_when_ended
from machine import CHECKOUT, circumstances
from picture import alternative, drawing
from results import Failure, as_markdown
from running import run_all

#: In the order of the page, with the seconds after which one is given up.
BENCHES = {
    "join": 600,
    "national_join": 900,
    "judging": 300,
    "verdict": 120,
    "first_view": 900,
    "map_scale": 900,
    "crowd": 400,
    "dearest": 1500,
    "import_100k": 400,
    "coverage": 400,
    "addresses": 200,
    "starting": 180,
}
#: A bench that is only looked at may take so much of its time.
SMALL_SHARE = 0.5


def main() -> int:
    """Measure, write the page and the picture; 1 when a bench failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these", metavar="NAME")
    parser.add_argument("--small", action="store_true", help="small counts: a look, no results")
    asked = parser.parse_args()
    limits = {name: BENCHES[name] for name in asked.names or BENCHES}
    around = dict(circumstances())
    if asked.small:
        around["counts"] = "small ones: a look at the benches, no results"
        limits = {name: round(limit * SMALL_SHARE) for name, limit in limits.items()}
    clean_up_when_ended()
    outcomes = run_all(limits, asked.small)
    partial = asked.small or asked.names
    folder = CHECKOUT / "build" / "bench" if partial else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "results.svg"
    picture.write_text(drawing(outcomes), encoding="utf-8")
    page = as_markdown(outcomes, around, picture.name, alternative(outcomes))
    (folder / "RESULTS.md").write_text(page, encoding="utf-8")
    print(f"Written: {folder / 'RESULTS.md'}")
    return int(any(isinstance(outcome, Failure) for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
