"""What the geocoder is asked through: ``geo`` opens no connection, its users say how to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeocoderTimedOut, GeocoderUnavailable

from geo.geocoder_batch import Upload

#: Bytes of an answer at most: five candidates are some kilobytes, a batch of 100 lines some 50.
MOST_BYTES = 2_000_000


class Fetched(Protocol):
    """What a server answered; ``headers``: names in small letters."""

    @property
    def status(self) -> int:
        """The status of HTTP."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What it says of its answer."""

    @property
    def body(self) -> bytes:
        """The body, unpacked."""


class Fetch(Protocol):
    """Asks a server once: no repeat, no redirection followed.

    Raises:
        TimeoutError: the deadline passed before the last byte.
        OSError: no server answers there.
        ValueError: it answered too much, or no HTTP.
    """

    def __call__(
        self,
        url: str,
        *,
        deadline_s: float,
        most_bytes: int,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Fetched:
        """The answer, whatever its status."""


class FetchAdapter(BaseSyncAdapter):  # type: ignore[misc]  # geopy ships no types
    """geopy's HTTP client where one call is one request, which may be a file.

    geopy's own repeats a failed request, sleeps as long as a 429 says, follows redirections with
    the address that somebody typed, and reads a body of any size for as long as bytes come.
    """

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(proxies={}, ssl_context=None)
        self._fetch = fetch

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
        """The body as JSON."""
        text = self.get_text(url, timeout=timeout, headers=headers)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise GeocoderParseError("not JSON") from error

    def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
        """The body as UTF-8, which servers do not always say."""
        method, told, body = "GET", {}, None
        if isinstance(url, Upload):
            method = "POST"
            told["Content-Type"], body = url.form()
        try:
            answer = self._fetch(
                str(url),
                deadline_s=timeout,
                most_bytes=MOST_BYTES,
                method=method,
                headers=told,
                body=body,
            )
            if not 200 <= answer.status < 300:
                # Without its text, which geopy logs and which may repeat what was typed.
                raise AdapterHTTPError(
                    f"status {answer.status}",
                    status_code=answer.status,
                    headers=answer.headers,
                    text=None,
                )
            return answer.body.decode("utf-8-sig")
        except AdapterHTTPError:
            raise
        except TimeoutError as error:
            raise GeocoderTimedOut(str(error)) from error
        except OSError as error:
            raise GeocoderUnavailable(str(error)) from error
        except ValueError as error:
            raise GeocoderParseError(str(error)) from error
