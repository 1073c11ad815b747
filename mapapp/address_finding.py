"""The finder of addresses, made of the store and the settings, for all who ask addresses."""

from __future__ import annotations

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.acceptance import Policy
from geo.answers import NoStore
from geo.finding import AddressFinder
from geo.gazetteer import Gazetteer
from geo.geocoding import PoliteGeocoder
from geo.pacing import Patience
from geo.qpv_index import QpvIndex
from mapapp.config import GEOCODER
from mapapp.errors import NotReady
from mapapp.importing.reference import store_gazetteer
from mapapp.machine.agenda import shared_pace
from mapapp.outgoing.geocoder import geocoder_at
from mapapp.store import territory as ter
from mapapp.store.contours import generations, load_contours
from mapapp.store.engine import sessions
from mapapp.store.geocoding import StoredAnswers


def address_finder(
    store: Session | Engine,
    *,
    offline: bool = False,
    patience: Patience | None = None,
    keep: bool = True,
) -> AddressFinder:
    """A finder on the geocoder of the settings, with the gazetteer of the store.

    The store is read here and no more afterwards, but for the answers, each in a transaction of
    its own: with ``keep``, do not find while a session of yours is writing.

    Args:
        store: where communes, neighbourhoods, QPVs and kept answers are.
        offline: ask nobody.
        patience: what is asked again when the server fails; by default as a long run does.
        keep: use the answers of the store, and keep new ones there; else for this finder alone.

    Raises:
        NotReady: the setting of the geocoder is no address.
    """
    if isinstance(store, Engine):
        with sessions(store)() as session:
            return address_finder(session, offline=offline, patience=patience, keep=keep)
    engine = store.get_bind().engine
    indexes = (QpvIndex(load_contours(store, g)) for g in sorted(generations(store), reverse=True))
    former = select(ter.FormerCommune.insee_code, ter.FormerCommune.current_code)
    return AddressFinder(
        _geocoder(patience or Patience()),
        StoredAnswers(engine) if keep else NoStore(),
        gazetteer=store_gazetteer(store, indexes),
        policy=Policy(dict(store.execute(former).all())),
        offline=offline,
    )


def silent_finder(gazetteer: Gazetteer, policy: Policy) -> AddressFinder:
    """A finder that asks nobody, for a process that has no store."""
    return AddressFinder(_geocoder(Patience()), gazetteer=gazetteer, policy=policy, offline=True)


def _geocoder(patience: Patience) -> PoliteGeocoder:
    try:
        geocoder = geocoder_at(GEOCODER.read())
    except ValueError as error:
        raise NotReady(f"{error} Corrigez le réglage {GEOCODER.name}.") from error
    return PoliteGeocoder(geocoder, patience=patience, pace=shared_pace(geocoder.geocode_api))
