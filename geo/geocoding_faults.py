"""How a geocoder can fail to answer, each fault in a French sentence: what, where, what to do."""

from __future__ import annotations

from geopy import exc


class GeocodingError(Exception):
    """The geocoder gave no answer; the message (French) says what, where, and what to do."""


class GeocoderUnavailable(GeocodingError):
    """Refused, too slow or broken down: the operator's network, or the server's team. Wait."""


class GeocoderBroken(GeocoderUnavailable):
    """The server answered that it is in trouble (5xx): it may pass."""


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


def in_french(error: Exception, host: str, timeout_s: float) -> GeocodingError:
    """The fault of a geopy geocoder as one of ours."""
    status = getattr(error.__cause__, "status_code", 0)
    if isinstance(error, exc.GeocoderRateLimited):
        return _busy(host, error.retry_after)
    if 300 <= status < 400:
        return _elsewhere(host, status)
    if 400 <= status < 500:
        return _refused(host, status)
    if status:
        return GeocoderBroken(_unavailable(host, f"est en panne (réponse {status})"))
    if isinstance(error, exc.GeocoderTimedOut):
        slow = f"n’a pas répondu en {timeout_s:g} s".replace(".", ",")
        return GeocoderUnavailable(_unavailable(host, slow))
    if isinstance(error, exc.GeocoderUnavailable):
        return GeocoderUnavailable(_unavailable(host, "est injoignable"))
    return garbled(host)


def _unavailable(host: str, what: str) -> str:
    advice = "vérifiez le réseau, réessayez plus tard, ou géocodez hors ligne"
    return f"Le géocodeur {host} {what} : {advice}."


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


def _elsewhere(host: str, status: int) -> GeocoderGarbled:
    # Not followed: the address that somebody typed would go to a server that nobody chose.
    advice = "ce n’est pas suivi ; vérifiez son adresse dans les réglages"
    return GeocoderGarbled(f"Le géocodeur {host} renvoie ailleurs (réponse {status}) : {advice}.")


def garbled(host: str) -> GeocoderGarbled:
    """The fault of a server whose answer is not one of a geocoder."""
    advice = "vérifiez son adresse dans les réglages, ou réessayez plus tard"
    return GeocoderGarbled(f"La réponse du géocodeur {host} est illisible : {advice}.")
