"""Addresses asked of the geocoder while a visitor waits: quickly, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from geo.acceptance import Outcome, Policy
from geo.addresses import read_address
from geo.geocoding import PoliteGeocoder, Question
from geo.geocoding_faults import GeocoderBusy, GeocoderUnavailable, GeocodingError
from geo.pacing import Patience
from mapapp.machine.agenda import shared_pace
from mapapp.outgoing.geocoder import geocoder_at

#: Seconds for the turn and the whole answer: longer, a visitor believes that the page is broken.
PATIENCE_S = 2.0

#: Of these, so much at most for the turn: the geocoder may have asked to be left alone for a
#: minute, and files of other visitors share its pace.
TURN_SHARE = 0.25

#: Seconds during which a geocoder that failed is not asked again: without this, every visitor would
#: wait for the same silence. The service blocks for five seconds who asks too much.
REST_S = 30.0

#: Visitors who may wait for the geocoder at once; they share ten requests a second, so the last of
#: them waits less than half a second before being sent. Half of a process's threads or fewer.
AT_ONCE = 2


class AddressLookup:
    """The geocoder as a page may use it; safe across threads. It logs nothing and keeps nothing."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._geocoder: PoliteGeocoder | None = None
        self._resting_until = 0.0

    def find(self, text: str, communes: Collection[str]) -> Outcome:
        """What the text means, in one of these communes (INSEE codes) when known.

        One question, judged by the one policy (:mod:`geo.acceptance`).

        Raises:
            GeocodingError: addresses cannot be looked up now.
        """
        if time.monotonic() < self._resting_until:
            raise GeocoderUnavailable("Le géocodeur vient d’échouer : il n’est pas redemandé.")
        if not self._places.acquire(blocking=False):
            raise GeocoderBusy("Trop d’adresses sont demandées à la fois.")
        try:
            only = next(iter(communes)) if len(communes) == 1 else ""
            found = self._asked().ask(Question(text, insee_code=only or None)).candidates
        except GeocodingError as error:
            self._rest(error)
            raise
        finally:
            self._places.release()
        return Policy().judge(read_address(text, insee_code=only), found)

    def _asked(self) -> PoliteGeocoder:
        with self._lock:
            if self._geocoder is None:
                try:
                    geocoder = geocoder_at(self.address)
                except ValueError as error:  # the operator's address has no meaning
                    raise GeocoderUnavailable(str(error)) from error
                turn_s = PATIENCE_S * TURN_SHARE
                self._geocoder = PoliteGeocoder(
                    geocoder,
                    timeout_s=PATIENCE_S - turn_s,
                    patience=Patience(tries=1, longest_turn_s=turn_s),
                    pace=shared_pace(geocoder.geocode_api),
                )
            return self._geocoder

    def _rest(self, error: GeocodingError) -> None:
        if isinstance(error, GeocoderUnavailable | GeocoderBusy):
            self._resting_until = time.monotonic() + REST_S
