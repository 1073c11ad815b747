"""From a text to candidate positions: what the product asks of a geocoder, and how it can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from geopy import exc
from geopy.extra.rate_limiter import RateLimiter
from geopy.location import Location

from geo.geoplateforme import Geoplateforme
from geo.position import DEFAULT_RADIUS_M, Position, Precision

#: What the BAN's types say of the point. A type that another server adds says nothing we know:
#: it has no precision, so it is never pinned.
PRECISIONS = {
    "housenumber": Precision.ADDRESS,
    "street": Precision.STREET,
    "locality": Precision.PLACE,
    "municipality": Precision.COMMUNE,
}

#: Seconds without a byte. The service answers within some tenths of a second, and five is about
#: as long as a visitor waits for a form.
TIMEOUT_S = 5.0

#: Requests per second of one process. The service allows 50 per IP address and blocks it for five
#: seconds beyond: four web workers and a command may share one address.
PER_SECOND = 10.0

#: A handful shows whether the first candidate has a rival.
CANDIDATES = 5

#: The national service refuses longer texts. Checked before sending, since a megabyte cell of a
#: spreadsheet makes servers hang up, which looks like a breakdown.
MAX_TEXT = 200


class GeocodingError(Exception):
    """The geocoder gave no answer; the message (French) says what, where, and what to do."""


class GeocoderUnavailable(GeocodingError):
    """Refused, too slow or broken down: the operator's network, or the server's team. Wait."""


class GeocoderBusy(GeocodingError):
    """We asked too much: the caller slows down.

    Attributes:
        retry_after_s: seconds to wait, as the server says (cap it before sleeping), or ``None``.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class GeocoderRefused(GeocodingError):
    """A request that will never pass: who wrote the text, or the operator who set the address."""


class GeocoderGarbled(GeocodingError):
    """Not a geocoder's answer (HTML, cut, another shape): the operator checks who speaks there."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that the text may mean.

    A score sorts, it is not a probability: a text without sense still gets a candidate, with a
    low score, and a wrong street may score well. Accepting is another module's judgement, on
    type, agreement of commune and score together.

    Attributes:
        position: for a commune, the server's point with a radius of 0, meaning *not known here*:
            take the gazetteer's own point and radius by ``insee_code``.
        label: the full name as the server writes it: untrusted text.
        kind: the server's word (``housenumber``…), kept as evidence.
        score: between 0 and 1; 0 when the server gives none.
        insee_code: commune or arrondissement, ``None`` when the server does not say; as are
            ``postcode`` and ``city``.
    """

    position: Position
    label: str
    kind: str
    score: float
    insee_code: str | None
    postcode: str | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered, and the candidates in the server's order: the best first."""

    provider: str
    candidates: tuple[Candidate, ...]


class Geocoder(Protocol):
    """Whoever turns a text into candidates, over the network or not."""

    def geocode(
        self, text: str, *, insee_code: str | None = None, postcode: str | None = None
    ) -> Answer:
        """The candidates for a text, in a commune (INSEE code) or a postcode when told.

        Raises:
            GeocodingError: there is no answer, which is not the same as no candidate.
        """
        ...


class PoliteGeocoder:
    """A :class:`Geoplateforme` that spares the server and fails in French; safe across threads.

    One call is one request at most: trying again and remembering are the caller's.

    Args:
        geocoder: the server to ask; the caller closes it.
        provider: the name that answers are stored under.
        timeout_s: seconds without a byte before giving up.
        per_second: requests per second, all threads of the process together.
    """

    def __init__(
        self,
        geocoder: Geoplateforme,
        *,
        provider: str = "geoplateforme",
        timeout_s: float = TIMEOUT_S,
        per_second: float = PER_SECOND,
    ) -> None:
        self.geocoder = geocoder
        self.provider = provider
        self.timeout_s = timeout_s
        delay_s = 1 / per_second
        self._paced = RateLimiter(
            lambda ask, *what, **how: ask(*what, **how),
            min_delay_seconds=delay_s,
            max_retries=0,
            error_wait_seconds=delay_s,
            swallow_exceptions=False,
        )

    def geocode(
        self,
        text: str,
        *,
        insee_code: str | None = None,
        postcode: str | None = None,
        kind: str | None = None,
        limit: int = CANDIDATES,
    ) -> Answer:
        """The candidates for a text, in a commune, a postcode or of a BAN type when told.

        Raises:
            GeocodingError: there is no answer, which is not the same as no candidate.
        """
        if len(text) > MAX_TEXT:
            raise GeocoderRefused(
                f"Texte de {len(text)} caractères : le géocodeur {self.geocoder.host} en accepte "
                f"{MAX_TEXT} au plus ; n’écrivez que l’adresse."
            )
        filters = {"citycode": insee_code, "postcode": postcode, "type": kind}
        return self._ask(self.geocoder.geocode, text, limit=limit, **filters)

    def reverse(self, position: Position, *, limit: int = CANDIDATES) -> Answer:
        """The addresses nearest to a position, the nearest first.

        Raises:
            GeocodingError: there is no answer, which is not the same as no candidate.
        """
        return self._ask(self.geocoder.reverse, position.lat_lon, limit=limit)

    def _ask(self, ask: Callable[..., Any], what: object, **how: object) -> Answer:
        try:
            found = self._paced(ask, what, exactly_one=False, timeout=self.timeout_s, **how)
        except (exc.GeopyError, ValueError) as error:  # ValueError: a Retry-After in year 99999
            raise _in_french(error, self.geocoder.host, self.timeout_s) from error
        return Answer(self.provider, tuple(map(_candidate, found or ())))


def _candidate(location: Location) -> Candidate:
    said = location.raw["properties"]
    kind = _text(said.get("type")) or ""
    precision = PRECISIONS.get(kind, Precision.NONE)
    radius_m = DEFAULT_RADIUS_M.get(precision, 0.0)
    return Candidate(
        position=Position(location.longitude, location.latitude, precision, radius_m),
        label=location.address,
        kind=kind,
        score=_score(said.get("score")),
        insee_code=_text(said.get("citycode")),
        postcode=_text(said.get("postcode")),
        city=_text(said.get("city")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _score(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else 0.0


def _in_french(error: Exception, host: str, timeout_s: float) -> GeocodingError:
    status = getattr(error.__cause__, "status_code", 0)
    if isinstance(error, exc.GeocoderRateLimited):
        return _busy(host, error.retry_after)
    if 400 <= status < 500:
        return _refused(host, status)
    if status:
        what = f"est en panne (réponse {status})"
    elif isinstance(error, exc.GeocoderTimedOut):
        what = f"n’a pas répondu en {timeout_s:g} s".replace(".", ",")
    elif isinstance(error, exc.GeocoderUnavailable):
        what = "est injoignable"
    else:
        return _garbled(host)
    return _unavailable(host, what)


def _unavailable(host: str, what: str) -> GeocoderUnavailable:
    advice = "vérifiez le réseau, réessayez plus tard, ou géocodez hors ligne"
    return GeocoderUnavailable(f"Le géocodeur {host} {what} : {advice}.")


def _busy(host: str, retry_after_s: float | None) -> GeocoderBusy:
    when = "quelques secondes" if retry_after_s is None else f"{retry_after_s:.0f} s"
    said = f"Le géocodeur {host} reçoit trop de demandes : réessayez dans {when}."
    return GeocoderBusy(said, retry_after_s)


def _refused(host: str, status: int) -> GeocoderRefused:
    # 400 is the service's word for a bad text or filter; other codes are about the address asked.
    advice = (
        "vérifiez le texte (trois signes au moins, dont le premier est une lettre ou un chiffre) "
        "et les codes postal et INSEE"
        if status == 400
        else "vérifiez son adresse dans les réglages"
    )
    return GeocoderRefused(f"Le géocodeur {host} refuse la demande (réponse {status}) : {advice}.")


def _garbled(host: str) -> GeocoderGarbled:
    advice = "vérifiez son adresse dans les réglages, ou réessayez plus tard"
    return GeocoderGarbled(f"La réponse du géocodeur {host} est illisible : {advice}.")
