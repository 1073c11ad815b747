"""The Géoplateforme, which serves the Base Adresse Nationale (BAN), as a geopy geocoder."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from geopy.exc import ConfigurationError, GeocoderParseError
from geopy.geocoders import BANFrance
from geopy.geocoders.base import DEFAULT_SENTINEL
from geopy.location import Location

from geo.geocoder_batch import Upload, read_answer
from geo.geocoder_transport import Fetch, FetchAdapter
from geo.position import Position

#: The service that took over from geopy's default host, shut at the end of January 2026.
DOMAIN = "data.geopf.fr/geocodage"

#: The parts of an address that make its text, in the order of an envelope.
SPOKEN = ("housenumber", "street", "city")

#: What reading an answer of another shape, or nested without end, raises.
MALFORMED = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, csv.Error)


class Geoplateforme(BANFrance):  # type: ignore[misc]  # geopy ships no types
    """geopy's BAN geocoder on its present address, with the filters of the service.

    Any Addok server answers the same way: ``Geoplateforme.at("http://127.0.0.1:7878", fetch)``.
    Source: the IGN's « Service Géoplateforme de géocodage » and Addok's API documentation.

    Args:
        fetch: how a server is asked; the address of the geocoder is named by whoever gives it.
        domain: host, port and base path of the server.
        scheme: ``http`` or ``https``.
        timeout: seconds for a whole answer, where a call tells none.
    """

    def __init__(
        self, fetch: Fetch, *, domain: str = DOMAIN, scheme: str = "https", timeout: float = 5.0
    ) -> None:
        self.host = domain.partition("/")[0].rpartition("@")[2]
        super().__init__(
            domain=domain,
            scheme=scheme,
            timeout=timeout,
            user_agent="mapapp",  # geopy wants one; whoever asks says its own
            proxies={},
            adapter_factory=lambda **_options: FetchAdapter(fetch),
        )

    @classmethod
    def at(cls, address: str, fetch: Fetch, **options: Any) -> Geoplateforme:
        """The geocoder whose address is a setting: ``https://data.geopf.fr/geocodage``.

        Raises:
            ConfigurationError: the address is not one of http or https.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(
                f"Géocodeur « {address} » : une adresse http(s)://serveur/chemin est attendue."
            )
        return cls(fetch, scheme=parts.scheme, domain=parts.netloc + parts.path, **options)

    def geocode(
        self,
        query: str | Mapping[str, str],
        *,
        limit: int | None = None,
        postcode: str | None = None,
        citycode: str | None = None,
        type: str | None = None,
        exactly_one: bool = True,
        timeout: Any = DEFAULT_SENTINEL,
    ) -> Any:
        """The place(s) that a text names, as geopy does it; ``.raw`` keeps the whole feature.

        Args:
            query: an address, a street, a named place or a commune; or its parts, as geopy's
                Nominatim takes them: ``housenumber``, ``street``, ``city``, and the filters
                ``postcode``, ``citycode`` and ``type`` (an option of the same name wins).
            limit: how many places at most; the server decides when not told.
            postcode: only places of this postcode.
            citycode: only places of this commune (INSEE code; arrondissements have their own).
            type: only ``housenumber``, ``street``, ``locality`` or ``municipality``.
            exactly_one: the best place alone, or a list.
            timeout: seconds for the whole answer to this call.

        Returns:
            A ``Location``, a list of them, or ``None`` when the server finds nothing.

        Raises:
            geopy.exc.GeocoderServiceError: no answer, or one that is not of a geocoder.
        """
        parts = {"q": query} if isinstance(query, str) else _structured(query)
        filters = {"limit": limit, "postcode": postcode, "citycode": citycode, "type": type}
        told = {name: value for name, value in filters.items() if value is not None}
        return self._ask(self.geocode_api, parts | told, exactly_one, timeout)

    def geocode_batch(
        self, rows: Sequence[Mapping[str, str]], *, timeout: Any = DEFAULT_SENTINEL
    ) -> list[dict[str, str]]:
        """The best place for each of many texts, in one request (``/search/csv``).

        Args:
            rows: each with a text ``q`` and, when told, ``citycode``, ``postcode`` and ``type``.
            timeout: seconds for the whole answer, which comes when all is done.

        Returns:
            As many lines as rows, in their order: ``latitude``, ``longitude`` and ``result_…``
            as the server names them, empty where nothing was found.

        Raises:
            geopy.exc.GeocoderServiceError: no answer, or one that is not of a geocoder.
        """
        upload = Upload.of(f"{self.geocode_api}/csv", rows)
        callback = partial(read_answer, count=len(rows))
        return cast(
            "list[dict[str, str]]",
            self._call_geocoder(upload, callback, timeout=timeout, is_json=False),
        )

    def reverse(
        self,
        query: Sequence[float],
        *,
        limit: int | None = None,
        exactly_one: bool = True,
        timeout: Any = DEFAULT_SENTINEL,
    ) -> Any:
        """The address(es) nearest to a point; options and answers as in :meth:`geocode`.

        Args:
            query: ``(latitude, longitude)`` as numbers, or a geopy ``Point``. A text is refused:
                geopy reads it with a pattern that a hostile one can hold for hours.
            limit: how many addresses at most; the server decides when not told.
            exactly_one: the nearest address alone, or a list.
            timeout: seconds for the whole answer to this call.

        Raises:
            TypeError: the coordinates are not numbers.
            PositionError: they are not on the Earth.
        """
        latitude, longitude = query[:2]
        point = Position(longitude, latitude)
        # Six decimals are ten centimetres: more would tell the server nothing.
        sent = {"lat": f"{point.lat:.6f}", "lon": f"{point.lon:.6f}", "limit": limit}
        return self._ask(self.reverse_api, sent, exactly_one, timeout)

    def _ask(self, api: str, params: dict[str, Any], exactly_one: bool, timeout: Any) -> Any:
        told = {name: value for name, value in params.items() if value is not None}
        # A lone surrogate, which JSON can carry, has no UTF-8 form: it is sent as « ? ».
        url = f"{api}?{urlencode(told, errors='replace')}"
        callback = partial(self._parse_json, exactly_one=exactly_one)
        return self._call_geocoder(url, callback, timeout=timeout)

    def _parse_json(self, response: Any, exactly_one: bool) -> Any:
        features = response["features"]
        if not isinstance(features, list):
            raise TypeError("features is not a list")
        locations = [self._parse_feature(feature) for feature in features]
        if not locations:
            return None
        return locations[0] if exactly_one else locations

    def _parse_feature(self, feature: Any) -> Location:
        # Checked here because geopy turns null coordinates into 0 and wraps longitudes.
        position = Position(*feature["geometry"]["coordinates"][:2])
        label = feature["properties"]["label"]
        if not isinstance(label, str):
            raise TypeError("label is not a text")
        return Location(label, position.lat_lon, feature)

    def _geocoder_exception_handler(self, error: Exception) -> None:
        if isinstance(error, MALFORMED):
            raise GeocoderParseError(f"Not the answer of a geocoder: {error!r}") from error


def _structured(parts: Mapping[str, str]) -> dict[str, Any]:
    """The text and the filters that the parts of an address make.

    Raises:
        ValueError: a part that the service does not know.
    """
    if unknown := set(parts) - {*SPOKEN, "postcode", "citycode", "type"}:
        raise ValueError(f"Parties d’adresse inconnues : {', '.join(sorted(unknown))}.")
    text = " ".join(parts[name] for name in SPOKEN if parts.get(name))
    return {"q": text} | {name: parts[name] for name in parts if name not in SPOKEN}
