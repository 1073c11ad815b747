"""From questions to candidate positions: what the product asks of a geocoder, politely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from geopy import exc

from geo.candidates import Answer, Candidate, candidate_of_feature, candidate_of_row
from geo.geocoding_faults import GeocoderRefused, garbled, in_french
from geo.geoplateforme import DOMAIN, Geoplateforme
from geo.pacing import ONCE, Pace, Patience, pace_of
from geo.position import Position

T = TypeVar("T")

#: Seconds for a whole answer. The service answers within some tenths of a second, and five is about
#: as long as a visitor waits for a form.
TIMEOUT_S = 5.0

#: Seconds for a whole batch: its server is silent until the last line is done. Addok needs
#: some 4 ms for a line that is well written and 50 ms for one that is not, and may have a queue.
BATCH_TIMEOUT_S = 120.0

#: A handful shows whether the first candidate has a rival.
CANDIDATES = 5

#: The national service refuses longer texts. Checked before sending, since a megabyte cell of a
#: spreadsheet makes servers hang up, which looks like a breakdown.
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a text, in a commune (INSEE code) or a postcode when told, of a BAN type.

    ``limit`` is how many candidates are wanted at most: 1 can be asked in a batch.
    """

    text: str
    insee_code: str | None = None
    postcode: str | None = None
    kind: str | None = None
    limit: int = CANDIDATES

    @property
    def key(self) -> str:
        """The same for questions that have the same answer."""
        filters = (self.insee_code, self.postcode, self.kind, str(self.limit))
        return "|".join([self.text, *(told or "" for told in filters)])

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are told, under the service's own names."""
        named = {"citycode": self.insee_code, "postcode": self.postcode, "type": self.kind}
        return {name: value for name, value in named.items() if value}


class PoliteGeocoder:
    """A :class:`Geoplateforme` that spares the server and fails in French; safe across threads.

    Args:
        geocoder: the server to ask; the caller closes it.
        provider: the name that answers are stored under; by default the server's.
        timeout_s: seconds for a whole answer before giving up.
        pace: whose turn it is; by default shared by all who ask this server in the process.
        patience: how often a question is asked again on 429 and 5xx; by default never.
    """

    def __init__(
        self,
        geocoder: Geoplateforme,
        *,
        provider: str | None = None,
        timeout_s: float = TIMEOUT_S,
        pace: Pace | None = None,
        patience: Patience = ONCE,
    ) -> None:
        self.geocoder = geocoder
        told = "geoplateforme" if geocoder.geocode_api.startswith(f"https://{DOMAIN}/") else None
        self.provider = provider or told or geocoder.host
        self.timeout_s = timeout_s
        self.pace = pace or pace_of(geocoder.geocode_api)
        self.patience = patience

    def ask(self, question: Question) -> Answer:
        """The candidates for a question.

        Raises:
            GeocodingError: there is no answer, which is not the same as no candidate.
        """
        self._check(question)
        options = {"limit": question.limit, "exactly_one": False, **question.filters}
        found = self._tried(self.geocoder.geocode, question.text, self.timeout_s, options)
        return Answer(self.provider, tuple(map(candidate_of_feature, found or ())))

    def ask_many(self, questions: Sequence[Question]) -> list[Answer]:
        """The best candidate for each question, in one request.

        Raises:
            GeocodingError: there is no answer to any of them.
        """
        for question in questions:
            self._check(question)
        rows = [{"q": question.text, **question.filters} for question in questions]
        answered = self._tried(self.geocoder.geocode_batch, rows, BATCH_TIMEOUT_S, {})
        try:
            found = [candidate_of_row(row) for row in answered]
        except ValueError as error:
            raise garbled(self.geocoder.host) from error
        return [Answer(self.provider, _one(candidate)) for candidate in found]

    def reverse(self, position: Position, *, limit: int = CANDIDATES) -> Answer:
        """The addresses nearest to a position, the nearest first.

        Raises:
            GeocodingError: there is no answer, which is not the same as no candidate.
        """
        options = {"limit": limit, "exactly_one": False}
        found = self._tried(self.geocoder.reverse, position.lat_lon, self.timeout_s, options)
        return Answer(self.provider, tuple(map(candidate_of_feature, found or ())))

    def _check(self, question: Question) -> None:
        if len(question.text) > MAX_TEXT:
            raise GeocoderRefused(
                f"Texte de {len(question.text)} caractères : le géocodeur {self.geocoder.host} en "
                f"accepte {MAX_TEXT} au plus ; n’écrivez que l’adresse."
            )

    def _tried(
        self, ask: Callable[..., T], what: object, timeout_s: float, options: dict[str, Any]
    ) -> T:
        def once() -> T:
            try:
                return ask(what, timeout=timeout_s, **options)
            except (exc.GeopyError, ValueError) as error:  # ValueError: a Retry-After in year 99999
                raise in_french(error, self.geocoder.host, timeout_s) from error

        return self.patience.ask(once, self.pace)


def _one(candidate: Candidate | None) -> tuple[Candidate, ...]:
    return (candidate,) if candidate else ()
