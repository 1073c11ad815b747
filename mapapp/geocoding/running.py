"""The use case behind ``mapapp geocode``: ask what needs it, keep what is better, tell the rest.

Nothing is written while the geocoder is asked, but its answers, each in its own transaction. Then
all outcomes are published at once: a run that is killed leaves positions, verdicts and coverage as
they were, and the next one finds its answers in the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.acceptance import NotFound, Outcome
from geo.addresses import Written
from geo.answers import MISSING_KEPT_FOR
from geo.finding import WAITING, AddressFinder
from geo.geocoding_faults import GeocodingError
from mapapp.address_finding import address_finder
from mapapp.geocoding.asked import PRECISE, asked_of, is_given, why_not, written_of
from mapapp.geocoding.keeping import (
    finish,
    is_same,
    kept_for,
    publish_outcomes,
    stays,
    values_of_outcome,
)
from mapapp.geocoding.placing import OFFLINE, position_of
from mapapp.importing.publishing import Origin
from mapapp.importing.reference import load_reference
from mapapp.importing.sources import named_sources
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions, take_the_pen
from mapapp.store.positions import BY_HAND, Decision, GeocodedPosition

Values = dict[str, Any]

#: Told how many addresses are done, and of how many.
Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """A record whose address is to be asked."""

    source_id: str
    key: str
    asked: str
    written: Written


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asks: one source or all, whom, and whether all over again."""

    source_id: str | None = None
    offline: bool = False
    again: bool = False


@dataclass(slots=True)
class Report:
    """What a geocoding did.

    Attributes:
        asked: how many addresses were asked.
        placed: by precision, the positions found and kept.
        doubtful: by key of the record (source, key), why a person must look; so ``not_found``.
        waiting: addresses that only a geocoder can find, when none was asked.
        stayed: addresses whose former answer was better.
        changed: records whose address changed while it was asked.
        not_asked: by reason, the records that need no geocoder.
        failure: why the geocoder stopped, empty when it did not.
        runs: the numbers of what was published.
    """

    asked: int = 0
    placed: Counter[str] = field(default_factory=Counter)
    doubtful: dict[tuple[str, str], str] = field(default_factory=dict)
    not_found: dict[tuple[str, str], str] = field(default_factory=dict)
    waiting: int = 0
    stayed: int = 0
    changed: int = 0
    not_asked: Counter[str] = field(default_factory=Counter)
    failure: str = ""
    runs: list[int] = field(default_factory=list)

    @property
    def unplaced(self) -> int:
        """How many addresses a person must look at."""
        return len(self.doubtful) + len(self.not_found)


def geocode(engine: Engine, wanted: Wanted, author: str, watch: Watch) -> Report:
    """Place the addresses that need it.

    Raises:
        UnknownRecord: there is no such source.
        GeocodingError: the geocoder answered nothing that could be published.
    """
    report = Report()
    with sessions(engine)() as session:
        finder = address_finder(session, offline=wanted.offline)
        subjects = _subjects(session, wanted, report, finder)
    found: list[tuple[Subject, Outcome]] = []
    try:
        for pair in _found(finder, subjects):
            found.append(pair)
            watch(len(found), len(subjects))
    except GeocodingError as error:
        if not found:
            raise
        report.failure = str(error)
    report.asked = len(found)
    if found:
        with sessions(engine).begin() as session:
            _publish(session, found, finder, author, report)
    return report


def _found(finder: AddressFinder, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Outcome]]:
    outcomes = finder.find_many(subject.written for subject in subjects)
    return zip(subjects, outcomes, strict=True)


def _subjects(
    session: Session, wanted: Wanted, report: Report, finder: AddressFinder
) -> list[Subject]:
    """The records to ask; the others are counted in the report with their reason."""
    subjects = []
    for source_id in named_sources(session, wanted.source_id):
        kept = kept_for(session, source_id)
        of_source = ini.Initiative.source_id == source_id
        for row in session.execute(select(*_COLUMNS).where(of_source).order_by(ini.Initiative.id)):
            reason = why_not(row.told, finder.today) or _settled(row, kept.get(row.key), wanted)
            if reason:
                report.not_asked[reason] += 1
                continue
            written = written_of(row.told, row.insee_code)
            subjects.append(Subject(source_id, row.key, asked_of(row.told), written))
    return subjects


_COLUMNS = [
    getattr(ini.Initiative, name)
    for name in ("key", "told", "insee_code", "lon", "lat", "precision", "radius_m")
]


def _settled(row: Any, kept: GeocodedPosition | None, wanted: Wanted) -> str:
    """Why a record with an address is not asked; empty when it is."""
    if is_given(row.told, position_of(row)):
        return "position donnée par la source"
    if kept and kept.asked == asked_of(row.told):
        if kept.decision in BY_HAND:
            return "décidée à la main"
        if not wanted.again and not _to_ask_again(kept, wanted):
            return (
                "déjà placée" if kept.decision == Decision.ACCEPTED else "déjà demandée, à revoir"
            )
    elif row.precision in PRECISE:
        return "déjà précise"
    return ""


def _to_ask_again(kept: GeocodedPosition, wanted: Wanted) -> bool:
    """What no geocoder saw, and what was not found long enough ago to have been added since."""
    if kept.decision == Decision.ACCEPTED or wanted.offline:
        return False
    if kept.provider == OFFLINE:
        return True
    then = datetime.fromisoformat(kept.decided_at)
    old = datetime.now(UTC) - then > MISSING_KEPT_FOR
    return kept.decision == Decision.NOT_FOUND and old


def _publish(
    session: Session,
    found: Sequence[tuple[Subject, Outcome]],
    finder: AddressFinder,
    author: str,
    report: Report,
) -> None:
    """Keep what is new or better, source by source, in the caller's transaction."""
    take_the_pen(session)
    provider = OFFLINE if finder.offline else finder.geocoder.provider
    reference = load_reference(session)
    origin = Origin(author, f"géocodage ({provider})", "")
    for source_id, of_source in groupby(found, key=lambda pair: pair[0].source_id):
        pairs = list(of_source)
        keys = [subject.key for subject, _ in pairs]
        kept, told = kept_for(session, source_id, keys), _told(session, source_id)
        wanted: dict[str, Values] = {}
        for subject, outcome in pairs:
            if told.get(subject.key) != subject.asked:
                report.changed += 1
            elif outcome == NotFound(WAITING):
                report.waiting += 1
            else:
                new = values_of_outcome(subject.asked, outcome, provider, author)
                _count(report, subject, kept.get(subject.key), new, wanted)
        if wanted:
            report.runs.append(publish_outcomes(session, source_id, wanted, origin, reference).id)
    if report.runs:
        finish(session, f"geocode {report.runs}")


def _told(session: Session, source_id: str) -> dict[str, str]:
    """The address that each record of a source tells now."""
    columns = select(ini.Initiative.key, ini.Initiative.told)
    rows = session.execute(columns.where(ini.Initiative.source_id == source_id))
    return {key: asked_of(told) for key, told in rows}


def _count(
    report: Report,
    subject: Subject,
    kept: GeocodedPosition | None,
    new: Values,
    wanted: dict[str, Values],
) -> None:
    """Say in the report how an address ended; want it kept unless what is kept is better."""
    place = (subject.source_id, subject.key)
    if stays(kept, new):
        report.stayed += 1
    elif new["decision"] == Decision.ACCEPTED:
        report.placed[new["precision"]] += 1
    else:
        unplaced = report.doubtful if new["decision"] == Decision.DOUBTFUL else report.not_found
        unplaced[place] = new["reason"]
    if not stays(kept, new) and not is_same(kept, new):
        wanted[subject.key] = new
