"""What the tests of the web share: answers of the API read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from invariants import CheckingClient

Ask = Callable[[str], dict[str, Any]]


@pytest.fixture
def ask(client: CheckingClient) -> Ask:
    """Ask the API something that it knows, and read the JSON."""

    def get(path: str) -> dict[str, Any]:
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 200, response.get_data(as_text=True)
        answer: dict[str, Any] = json.loads(response.data, parse_constant=_refuse)
        return answer

    return get


@pytest.fixture
def refused(client: CheckingClient) -> Callable[[str], dict[str, Any]]:
    """Ask the API something wrong, and read the one error body."""

    def get(path: str) -> dict[str, Any]:
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 400, (response.status_code, path[:80])
        answer: dict[str, Any] = json.loads(response.data)
        return answer

    return get


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
