"""Where 8,413 real addresses of Bondy end, written as people write, asked from a real geocoder.

    python bench/geocoding.py tests/official/ban_bondy_93010.csv.gz [COUNT]

Prints the table of docs/geocodage.md. To reach: accepted and wrong at most 0.2 %; accepted at least
90 % of the clean ones and 75 % of the noisy ones; the same QPV verdict as at the true place.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from addok_server import ENVIRONMENT, addok_server, missing
from ban import TrueAddress, read_addresses, write_for_addok
from handwriting import SEED, written_by

from geo.acceptance import Accepted, Doubtful, Outcome
from geo.addresses import Written, house_number
from geo.answers import AnswerStore, NoStore
from geo.contours import read_contours
from geo.finding import AT_ONCE, AddressFinder
from geo.gazetteer import Commune, Gazetteer
from geo.geocoder_batch import ROWS_PER_REQUEST
from geo.geocoding import PoliteGeocoder
from geo.pacing import Pace, Patience
from geo.position import Position, Precision
from geo.qpv_index import QpvIndex
from geo.questions import questions
from geo.street_names import street_name
from geo.verdict import Place, Status, Verdict, judge
from mapapp.outgoing.geocoder import geocoder_at
from mapapp.paths import shipped

#: Enough lines and runs for a median that a neighbour on the machine does not make.
RATED, RUNS = 2_000, 3


@dataclass
class Figures:
    """Where addresses ended; ``twins`` bear the number and street of two places of the BAN."""

    count: int = 0
    right: int = 0
    twins: int = 0
    wrong: int = 0
    doubtful: int = 0
    not_found: int = 0
    verdicts: int = 0
    border: int = 0
    other_verdicts: int = 0
    worst_score: float = 1.0
    doubts: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    @property
    def accepted_share(self) -> float:
        """Accepted among all."""
        return (self.right + self.twins + self.wrong) / self.count

    @property
    def wrong_share(self) -> float:
        """Accepted and wrong among all."""
        return self.wrong / self.count


def figures(
    addresses: Iterable[TrueAddress], outcomes: Iterable[Outcome], indexes: Sequence[QpvIndex]
) -> Figures:
    """Compare each outcome with the true place."""
    total = Figures()
    for address, outcome in zip(addresses, outcomes, strict=True):
        total.count += 1
        if isinstance(outcome, Accepted):
            _count_accepted(total, address, outcome)
            _count_verdicts(total, address, outcome, indexes)
        elif isinstance(outcome, Doubtful):
            total.doubtful += 1
            total.doubts[" ".join(outcome.reason.split()[:3])] += 1
        else:
            total.not_found += 1
    return total


def _count_accepted(total: Figures, address: TrueAddress, outcome: Accepted) -> None:
    total.worst_score = min(total.worst_score, outcome.candidate.score if outcome.candidate else 0)
    if outcome.position == address.position:
        total.right += 1
    elif _same_words(address, outcome):
        total.twins += 1
    else:
        total.wrong += 1
        total.mistakes.append(f"{address.number} {address.street} → {outcome.label}")


def _same_words(address: TrueAddress, outcome: Accepted) -> bool:
    found = outcome.candidate
    return (
        found is not None
        and house_number(found.number or "") == house_number(address.number)
        and street_name(found.street or "") == street_name(address.street)
    )


def _count_verdicts(
    total: Figures, address: TrueAddress, outcome: Accepted, indexes: Sequence[QpvIndex]
) -> None:
    """A verdict at the border is a question to check, at both places or at one of them."""
    for index in indexes:
        there, here = (
            judge(Place(position, address.insee_code), index)
            for position in (address.position, outcome.position)
        )
        total.verdicts += 1
        if Status.BORDER in (there.status, here.status):
            total.border += 1
        elif _said(there) != _said(here):
            total.other_verdicts += 1
            total.mistakes.append(f"{address.number} {address.street}: another verdict")


def _said(verdict: Verdict) -> tuple[Status, list[str]]:
    """The status and the QPVs it speaks of; the distance to them may differ by some metres."""
    return verdict.status, [qpv.code for qpv in verdict.qpvs]


def shipped_gazetteer() -> Gazetteer:
    """The communes that ship with the product."""
    with (shipped("data") / "communes.csv").open(encoding="utf-8", newline="") as file:
        return Gazetteer(map(_commune, csv.DictReader(file)), ())


def _commune(row: dict[str, str]) -> Commune:
    lon, lat, radius_m = (float(row[name]) for name in ("longitude", "latitude", "rayon_m"))
    return Commune(
        row["code_insee"],
        row["nom"],
        row["departement"],
        row["departement"],
        tuple(filter(None, row["codes_postaux"].split("|"))),
        Position(lon, lat, Precision.COMMUNE, radius_m),
    )


def shipped_indexes() -> list[QpvIndex]:
    """The QPVs of both generations that ship with the product."""
    data = shipped("data")
    return [QpvIndex(read_contours(data / f"qpv_{year}.geojson")) for year in (2015, 2024)]


def finder_on(
    address: str, gazetteer: Gazetteer, answers: AnswerStore | None = None
) -> AddressFinder:
    """The product's finder on a server of ours, as fast as that server allows."""
    polite = PoliteGeocoder(geocoder_at(address), pace=Pace(10_000), patience=Patience())
    return AddressFinder(polite, answers, gazetteer=gazetteer)


def sample(addresses: Sequence[TrueAddress], count: int) -> list[TrueAddress]:
    """Some addresses, the same each time."""
    chosen = Random(SEED).sample(range(len(addresses)), min(count, len(addresses)))
    return [addresses[rank] for rank in sorted(chosen)]


def main(path: Path, count: int) -> None:
    """Run both hands and print what the guide shows."""
    if lack := missing():
        sys.exit(lack)
    addresses = read_addresses(path)
    gazetteer, indexes = shipped_gazetteer(), shipped_indexes()
    with TemporaryDirectory() as folder:
        documents = Path(folder) / "ban.ndjson"
        write_for_addok(addresses, documents)
        with addok_server(documents, Path(folder)) as server:
            chosen = sample(addresses, count)
            for hand, noisy in (("propre", False), ("brouillée", True)):
                store = NoStore()
                finder = finder_on(server, gazetteer, store)
                written = [written_by(address, noisy=noisy) for address in chosen]
                begun = time.perf_counter()
                outcomes = list(finder.find_many(written))
                seconds = time.perf_counter() - begun
                _print(hand, figures(chosen, outcomes, indexes), seconds, len(store.kept))
            _print_batch_rate(server, chosen)
    versions = _versions()
    print(f"\n{date.today()}, {versions}, graine {SEED}")


def _print(hand: str, of: Figures, seconds: float, questions: int) -> None:
    shares = [of.right, of.twins, of.wrong, of.doubtful, of.not_found]
    cells = [f"{share} ({share / of.count:.2%})" for share in shares]
    print(f"| {hand} | {of.count} | {' | '.join(cells)} |".replace(".", ","))
    print(f"  accepted {of.accepted_share:.2%}, wrong {of.wrong_share:.3%}")
    print(f"  verdicts {of.verdicts}, border {of.border}, other {of.other_verdicts}")
    print(f"  worst score accepted {of.worst_score:.2f}, {questions} answers, {seconds:.0f} s")
    print(f"  doubts {dict(of.doubts.most_common(6))}")
    for mistake in of.mistakes:
        print(f"  wrong: {mistake}")


def _print_batch_rate(server: str, addresses: Sequence[TrueAddress]) -> None:
    """Lines a second through the finder, and through bare files sent as many at once: medians."""
    written = [written_by(address, noisy=False) for address in addresses[:RATED]]
    through = {"the finder": _through_finder, "bare files": _through_bare_files}
    rates: dict[str, list[float]] = {name: [] for name in through}
    for _ in range(RUNS):
        for name, run in through.items():
            seconds = _timed(partial(run, server, written))
            rates[name].append(len(written) / seconds)
    told = ", ".join(f"{median(found):.0f} by {name}" for name, found in rates.items())
    print(f"  clean lines a second: {told}")


def _through_finder(server: str, written: Sequence[Written]) -> None:
    list(finder_on(server, Gazetteer((), ())).find_many(written))


def _through_bare_files(server: str, written: Sequence[Written]) -> None:
    first = [next(questions(each)) for each in written]
    parts = [first[at : at + ROWS_PER_REQUEST] for at in range(0, len(first), ROWS_PER_REQUEST)]
    polite = finder_on(server, Gazetteer((), ())).geocoder
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(polite.ask_many, parts))


def _timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _versions() -> str:
    listed = [str(ENVIRONMENT / "bin" / "pip"), "--disable-pip-version-check", "freeze"]
    frozen = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout
    addok = [line for line in frozen.splitlines() if line.startswith("addok")]
    return ", ".join([*addok, f"redis {redis.split('v=')[1].split()[0]}"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
