"""What a request works with: a session of the store, the memory of the process, its filters."""

from __future__ import annotations

import threading
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from flask import Flask, current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from geo.acceptance import Outcome
from geo.geocoding_faults import GeocoderBusy
from mapapp.address_lookup import AddressLookup
from mapapp.catalogue import Catalogue
from mapapp.config import GEOCODER
from mapapp.errors import NotReady
from mapapp.filters import Filters, read_filters
from mapapp.memory import Memory
from mapapp.outgoing.routes import outgoing_proxy
from mapapp.queries.columns import columns
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.places import place_names
from mapapp.store.engine import require_schema, sessions
from mapapp.web.limits import few_look_ups

_EXTENSION = "mapapp"


class _Shared:
    """What the requests of a process share."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sessions = sessions(engine)
        self.memory = Memory()
        self.addresses = AddressLookup(GEOCODER.read())
        self.ready = False
        self._asking = threading.Lock()
        self._asker: ThreadPoolExecutor | None = None
        self._version: Future[str] | None = None

    def require_schema(self) -> None:
        """NotReady unless the store is usable; asked until it is."""
        if not self.ready:
            require_schema(self.engine, look_s=0)  # `mapapp serve` has looked for damage
            self.ready = True

    def asked_version(self) -> Future[str]:
        """The version of the data, asked by a thread apart; a question at a time."""
        with self._asking:
            self._asker = self._asker or ThreadPoolExecutor(1, "version")
            if self._version is None or self._version.done():
                self._version = self._asker.submit(self._ask_version)
            return self._version

    def _ask_version(self) -> str:
        self.require_schema()
        with self.sessions() as session:
            return self.memory.version(session)


def init_app(app: Flask, engine: Engine) -> None:
    """Give the application its store; BadInput when the proxy for other servers can be none."""
    outgoing_proxy()
    app.extensions[_EXTENSION] = _Shared(engine)
    app.teardown_appcontext(_close)


def warm(app: Flask) -> None:
    """Build what nearly every answer needs, then let go of the store: the process may be forked."""
    with app.app_context():
        memory().catalogue(session())
        place_names(session(), memory())
        columns(session(), memory())
    _of(app).engine.dispose()


def _of(app: Flask) -> _Shared:
    shared: _Shared = app.extensions[_EXTENSION]
    return shared


def _shared() -> _Shared:
    return _of(current_app)


def session() -> Session:
    """The session of this request, opened at first use; NotReady when the store is not usable."""
    if "session" not in g:
        shared = _shared()
        shared.require_schema()
        g.session = shared.sessions()
    opened: Session = g.session
    return opened


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def memory() -> Memory:
    """What the process keeps in memory."""
    return _shared().memory


@dataclass(frozen=True, slots=True)
class _SparingLookup:
    """The geocoder, which each network address asks so many times a minute."""

    lookup: AddressLookup

    def find(self, text: str, communes: Collection[str]) -> Outcome:
        """What the text means.

        Raises:
            GeocodingError: addresses cannot be looked up now, or were too often from there.
        """
        try:
            with few_look_ups:
                return self.lookup.find(text, communes)
        except TooManyRequests:
            raise GeocoderBusy("Trop d’adresses sont demandées de là.") from None


def addresses() -> _SparingLookup:
    """The geocoder, for visitors who type an address."""
    return _SparingLookup(_shared().addresses)


def catalogue() -> Catalogue:
    """The catalogue."""
    return memory().catalogue(session())


def initiatives() -> Initiatives:
    """The questions about initiatives."""
    return Initiatives(session(), memory())


def data_version() -> str:
    """The version of the data that this request answers from."""
    return memory().version(session())


def version_within(patience_s: float) -> str:
    """The version of the data; NotReady when the store does not answer within so long."""
    try:
        return _shared().asked_version().result(patience_s)
    except TimeoutError as error:
        raise NotReady("La base ne répond pas à temps.") from error


def filters() -> Filters:
    """The filters of this request; BadInput when one has no meaning."""
    return read_filters(request.args.to_dict(flat=False), session())
