"""The geocoder of the settings, asked through the door."""

from __future__ import annotations

from functools import partial

from geo.geoplateforme import Geoplateforme
from mapapp.outgoing.fetching import fetch


def geocoder_at(address: str) -> Geoplateforme:
    """The geocoder whose address the operator wrote, on a network of one's own if need be.

    Raises:
        ValueError: the address is none of http or https (French).
    """
    return Geoplateforme.at(address, partial(fetch, named=(address,)))
