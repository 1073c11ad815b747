"""The Géoplateforme, which serves the Base Adresse Nationale (BAN), as a geopy geocoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import proxy_bypass

from geopy.adapters import RequestsAdapter
from geopy.exc import ConfigurationError, GeocoderParseError
from geopy.geocoders import BANFrance
from geopy.geocoders.base import DEFAULT_SENTINEL
from geopy.location import Location

from geo.position import Position

#: The service that took over from geopy's default host, shut at the end of January 2026.
DOMAIN = "data.geopf.fr/geocodage"

#: One call, one request. geopy's own adapter repeats a failed request twice and, on a 429, sleeps
#: as long as the server says: neither a time-out nor a request rate would hold.
ONE_TRY = partial(RequestsAdapter, max_retries=0)

#: What reading an answer of another shape, or nested without end, raises.
MALFORMED = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


class Geoplateforme(BANFrance):  # type: ignore[misc]  # geopy ships no types
    """geopy's BAN geocoder on its present address, with the filters of the service.

    Any Addok server answers the same way: ``Geoplateforme.at("http://127.0.0.1:7878")``.
    As a context manager it closes its connections, else they close when it is collected.
    Source: the IGN's « Service Géoplateforme de géocodage » and Addok's API documentation.

    Args:
        domain: host, port and base path of the server.
        user_agent: how the server's logs name the caller.
        proxies: as in geopy; by default the system's, save for the hosts that it exempts
            (``NO_PROXY``, which geopy alone does not read).
        adapter_factory: geopy's HTTP client; by default one that never tries again by itself.
        options: geopy's ``scheme``, ``timeout`` (seconds without a byte) and ``ssl_context``.
    """

    def __init__(
        self,
        *,
        domain: str = DOMAIN,
        user_agent: str = "mapapp",
        proxies: Any = DEFAULT_SENTINEL,
        adapter_factory: Any = ONE_TRY,
        **options: Any,
    ) -> None:
        self.host = domain.partition("/")[0].rpartition("@")[2]
        if proxies is DEFAULT_SENTINEL and proxy_bypass(self.host):
            proxies = {}
        super().__init__(
            domain=domain,
            user_agent=user_agent,
            proxies=proxies,
            adapter_factory=adapter_factory,
            **options,
        )

    @classmethod
    def at(cls, address: str, **options: Any) -> Geoplateforme:
        """The geocoder whose address is a setting: ``https://data.geopf.fr/geocodage``.

        Raises:
            ConfigurationError: the address is not one of http or https.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(
                f"Géocodeur « {address} » : une adresse http(s)://serveur/chemin est attendue."
            )
        return cls(scheme=parts.scheme, domain=parts.netloc + parts.path, **options)

    def geocode(
        self,
        query: str,
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
            query: an address, a street, a named place or a commune.
            limit: how many places at most; the server decides when not told.
            postcode: only places of this postcode.
            citycode: only places of this commune (INSEE code; arrondissements have their own).
            type: only ``housenumber``, ``street``, ``locality`` or ``municipality``.
            exactly_one: the best place alone, or a list.
            timeout: seconds without a byte from the server, for this call.

        Returns:
            A ``Location``, a list of them, or ``None`` when the server finds nothing.

        Raises:
            geopy.exc.GeocoderServiceError: no answer, or one that is not of a geocoder.
        """
        filters = {"limit": limit, "postcode": postcode, "citycode": citycode, "type": type}
        return self._ask(self.geocode_api, {"q": query} | filters, exactly_one, timeout)

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
            timeout: seconds without a byte from the server, for this call.

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
