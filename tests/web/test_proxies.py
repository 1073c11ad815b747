"""Who asks, when reverse proxies of the operator stand between."""

from __future__ import annotations

import pytest
from flask import request
from sqlalchemy import Engine

from mapapp import create_app
from mapapp.errors import BadInput
from mapapp.web.proxies import read_proxies

#: What a visitor at 192.0.2.7 has added on the left, then what a proxy of ours adds on the right.
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "pirate.example",
}


@pytest.mark.parametrize(
    ("proxies", "visitor", "scheme"),
    [("0", "127.0.0.1", "http"), ("1", "192.0.2.7", "https")],
)
def test_as_many_addresses_are_believed_as_there_are_proxies(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, proxies: str, visitor: str, scheme: str
) -> None:
    """Neither what the visitor added is believed, nor the host that is forwarded."""
    monkeypatch.setenv("MAPAPP_PROXIES", proxies)
    with create_app(engine).test_client() as client:
        assert client.get("/healthz", headers=FORWARDED).status_code == 200
        assert (request.remote_addr, request.scheme) == (visitor, scheme)
        assert request.host == "localhost"


@pytest.mark.parametrize("text", ["-1", "10", "un", "1.5", " "])
def test_a_number_of_proxies_that_cannot_be_is_refused(text: str) -> None:
    """The sentence names the setting and what to write."""
    with pytest.raises(BadInput, match="MAPAPP_PROXIES"):
        read_proxies(text)
