"""From addresses to outcomes: ask little, remember, judge, and look again where it may help.

One question for all addresses first, in batches. What the policy does not accept is asked again
one by one, with the rivals this time; then for the other number of a range, then without what may
be wrong. Every answer is kept before the next question, so that a run that stops goes on where it
was, and the same address is asked once until its answer expires.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from geo.acceptance import Accepted, Doubtful, NotFound, Outcome, Policy
from geo.addresses import Written
from geo.answers import KEPT_FOR, MISSING_KEPT_FOR, AnswerStore, KeptAnswer, NoStore
from geo.candidates import Answer, Candidate
from geo.gazetteer import Ambiguous, Commune, Found, Gazetteer
from geo.geocoder_batch import ROWS_PER_REQUEST
from geo.geocoding import PoliteGeocoder, Question
from geo.geocoding_faults import GeocoderRefused
from geo.questions import confirmation, questions
from geo.street_names import street_name

#: Questions under way at once: the server is kept busy while we judge, the pace still rules.
AT_ONCE = 4

#: What is said of an address that only a geocoder can find, when none may be asked.
WAITING = "l’adresse attend un géocodeur : hors ligne, seuls les quartiers et communes sont connus"

#: Addresses that go through the questions together: enough that few threads wait at each step.
TOGETHER = 10 * ROWS_PER_REQUEST


@dataclass
class _Case:
    """An address on its way: the questions still to ask, and what was answered so far."""

    written: Written
    questions: list[Question]
    outcome: Outcome
    candidates: list[Candidate] = field(default_factory=list)
    confirmed: bool = False

    @property
    def open(self) -> bool:
        """Whether a question may still help."""
        return bool(self.questions) and not isinstance(self.outcome, Accepted)

    def learn(self, answer: Answer, policy: Policy) -> None:
        """Judge again with one more answer; what seems found may ask for a confirmation."""
        question = self.questions.pop(0)
        self.candidates += answer.candidates
        rivals_known = question.limit > 1
        self.outcome = policy.judge(self.written, self.candidates, rivals_known=rivals_known)
        if isinstance(self.outcome, Accepted) and not self.confirmed:
            self.questions = list(confirmation(self.written, self.outcome, question))
            self.outcome = Doubtful((), "à confirmer") if self.questions else self.outcome
            self.confirmed = True


class AddressFinder:
    """Finds addresses with one geocoder, a memory of its answers, and the gazetteer at hand.

    Args:
        geocoder: whom to ask.
        answers: what was answered before.
        gazetteer: tells the commune of a postcode and a name, and places neighbourhoods.
        policy: decides; it should know the same former communes as the gazetteer.
        today: the day of the run.
        offline: ask nobody: the gazetteer alone answers.
    """

    def __init__(
        self,
        geocoder: PoliteGeocoder,
        answers: AnswerStore | None = None,
        *,
        gazetteer: Gazetteer | None = None,
        policy: Policy | None = None,
        today: date | None = None,
        offline: bool = False,
    ) -> None:
        self.geocoder = geocoder
        self.answers = answers or NoStore()
        self.gazetteer = gazetteer or Gazetteer((), ())
        self.policy = policy or Policy()
        self.today = today or date.today()
        self.offline = offline

    def find(self, written: Written) -> Outcome:
        """The outcome for one address.

        Raises:
            GeocodingError: the geocoder gave no answer; what it answered before is kept.
        """
        case = self._case(written)
        case.questions[:1] = []  # alone, an address is asked with its rivals at once
        with ThreadPoolExecutor(1) as pool:
            while case.open:
                self._ask_next([case], pool)
        return case.outcome

    def find_many(self, addresses: Iterable[Written]) -> Iterator[Outcome]:
        """The outcome for each address, in order, as they come; begin again to go on.

        Raises:
            GeocodingError: the geocoder gave no answer; what it answered before is kept.
        """
        addresses = iter(addresses)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while chunk := list(islice(addresses, TOGETHER)):
                cases = [self._case(written) for written in chunk]
                while pending := [case for case in cases if case.open]:
                    self._ask_next(pending, pool)
                yield from (case.outcome for case in cases)

    def _case(self, written: Written) -> _Case:
        """The address with its commune told as surely as possible, and what to ask about it."""
        placed = replace(written, insee_code=self._insee_code(written))
        offline = self._offline(placed)
        asked = [] if offline or self.offline else list(questions(placed))
        return _Case(placed, asked, offline or NotFound(WAITING))

    def _ask_next(self, cases: Sequence[_Case], pool: ThreadPoolExecutor) -> None:
        """One more question for each of these addresses, kept and judged."""
        asked = {case.questions[0].key: case.questions[0] for case in cases}
        answers = dict(self.answers.get_many(self.geocoder.provider, asked, self.today))
        missing = [question for key, question in asked.items() if key not in answers]
        answers |= self._asked(missing, pool)
        for case in cases:
            case.learn(answers[case.questions[0].key], self.policy)

    def _asked(self, missing: Sequence[Question], pool: ThreadPoolExecutor) -> dict[str, Answer]:
        """The answers to questions, each kept as soon as it comes, whatever befalls the others."""
        answers: dict[str, Answer] = {}
        failures: list[BaseException] = []
        asked = [pool.submit(self._answers, request) for request in _requests(missing)]
        try:
            for done in as_completed(asked):
                if not done.cancelled() and not done.exception():
                    found = done.result()
                    self.answers.put_many({q.key: self._kept(q, answer) for q, answer in found})
                    answers |= {question.key: answer for question, answer in found}
                    continue
                _cancel(asked)  # those under way are still waited for, and what they give kept
                failures += [] if done.cancelled() else filter(None, [done.exception()])
        finally:
            _cancel(asked)
        if failures:
            raise failures[0]
        return answers

    def _answers(self, questions: Sequence[Question]) -> list[tuple[Question, Answer]]:
        """Each question with its answer; a batch that is refused is asked line by line."""
        try:
            if len(questions) > 1:
                return list(zip(questions, self.geocoder.ask_many(questions), strict=True))
            return [(question, self.geocoder.ask(question)) for question in questions]
        except GeocoderRefused:
            if len(questions) > 1:
                return [pair for question in questions for pair in self._answers([question])]
            # Nobody will ever answer this text: its address is told as not found.
            return [(question, Answer(self.geocoder.provider, ())) for question in questions]

    def _kept(self, question: Question, answer: Answer) -> KeptAnswer:
        lasts = KEPT_FOR if answer.candidates else MISSING_KEPT_FOR
        return KeptAnswer(question.text, answer, self.today, self.today + lasts)

    def _insee_code(self, written: Written) -> str:
        """The present code of the commune; empty when what is told leaves several."""
        for told in (
            {"insee_code": written.insee_code},
            {"postcode": written.postcode, "commune": written.commune},
            {"commune": written.commune},
        ):
            found = self.gazetteer.find(**told) if all(told.values()) else None
            if isinstance(found, Found) and _may_be(found.commune, written):
                return found.commune.insee_code
        return written.insee_code

    def _offline(self, written: Written) -> Outcome | None:
        """The outcome that needs no geocoder: a neighbourhood or a commune, and no street."""
        area = written.area or written.street
        if not (area or written.place or written.insee_code):
            return NotFound("l’adresse est vide")
        if not (written.postcode or written.insee_code):
            homonyms = self.gazetteer.find(commune=written.commune)
            if isinstance(homonyms, Ambiguous):
                return _told(homonyms, written)
        if written.numbers or street_name(written.street).kind:
            return None
        found = self._named(area, written)
        known = isinstance(found, Found) and (found.area or not written.place)
        return _told(found, written) if known or not written.street else None

    def _named(self, area: str, written: Written) -> Found | Ambiguous | object:
        if not written.insee_code and not written.place:
            return self.gazetteer.ask(written.text)
        if written.insee_code:
            return self.gazetteer.find(area=area, insee_code=written.insee_code)
        return self.gazetteer.find(area=area, postcode=written.postcode, commune=written.commune)


def _may_be(commune: Commune, written: Written) -> bool:
    """Whether the postcode that is told, if any, may be one of the commune's département."""
    figures = commune.departement.replace("A", "0").replace("B", "0")
    return not written.postcode or written.postcode.startswith(figures)


def _told(found: object, written: Written) -> Outcome:
    """The outcome of what the gazetteer answers."""
    if isinstance(found, Ambiguous):
        return Doubtful((), f"plusieurs lieux répondent : {', '.join(found.choices)}")
    if not isinstance(found, Found):
        return NotFound(f"aucun lieu connu dans « {written.text} »")
    if found.area:
        return Accepted(found.position, found.label, "quartier reconnu par son nom")
    if written.area:
        reason = f"« {written.area} » n’est pas connu : la commune seule"
        return Doubtful((_candidate(found),), reason)
    return Accepted(found.position, found.label, "l’adresse ne dit que la commune")


def _candidate(found: Found) -> Candidate:
    commune = found.commune
    return Candidate(
        found.position, found.label, "municipality", 0.0, commune.insee_code, None, commune.name
    )


def _cancel(asked: Iterable[Future[Any]]) -> None:
    for request in asked:
        request.cancel()


def _requests(missing: Sequence[Question]) -> Iterator[Sequence[Question]]:
    """The questions by request: those for one candidate together, the others alone."""
    batch = [question for question in missing if question.limit == 1]
    for start in range(0, len(batch), ROWS_PER_REQUEST):
        yield batch[start : start + ROWS_PER_REQUEST]
    yield from ([question] for question in missing if question.limit > 1)
