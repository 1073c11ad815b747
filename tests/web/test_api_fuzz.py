"""Requests drawn from the OpenAPI file: no 5xx, and no answer that the file does not tell.

REQUESTS says how many requests of each operation: 10 unless told; 500 in a long campaign, some
10,000 in all. The operations are asked in process.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from effort import tried
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from invariants import CheckingClient
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

REQUESTS = tried("REQUESTS", 10, 500)

#: The operations; a test holds that none is missing.
OPERATIONS = [
    "POST /api/v1/locate",
    *(
        f"GET /api/v1/{path}"
        for path in (
            "clusters coverage coverage.csv coverage.geojson coverage.xlsx initiatives "
            "initiatives.csv initiatives.geojson initiatives.xlsx initiatives/{slug} locate nearby "
            "qpv qpv/{code} resources search themes"
        ).split()
    ),
]

DOWNLOADS = (".csv", ".xlsx", ".geojson")

#: A workbook takes a second to write where a page takes a hundredth.
FEW = {label: max(1, REQUESTS // 10) for label in OPERATIONS if label.endswith(DOWNLOADS)}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
def operations(app: Flask) -> dict[str, Any]:
    """What the file tells of each operation; it must be a sound OpenAPI file for that."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    read = [found.ok() for found in schema.get_all_operations()]
    return {operation.label: operation for operation in read}


def test_every_operation_is_fuzzed(operations: dict[str, Any]) -> None:
    """One that is added is added above."""
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_answers_as_the_file_tells(operations: dict[str, Any], label: str) -> None:
    """Whatever is asked, sound or not."""

    @seed(7)
    @given(case=operations[label].as_strategy())
    @settings(
        max_examples=FEW.get(label, REQUESTS),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers_as_told(case: Case) -> None:
        case.headers = {**(case.headers or {}), "Accept-Encoding": "identity"}
        case.call_and_validate(checks=CHECKS)

    answers_as_told()


def test_every_parameter_has_an_example_that_answers(client: CheckingClient) -> None:
    """Alone, or with what the operation requires; half a place is completed.

    Downloads have the parameters of the list that they hold whole.
    """
    document = json.loads(client.get("/api/v1/openapi.json").data)
    refused = []
    for path, methods in document["paths"].items():
        if path.endswith(DOWNLOADS):
            continue
        told = [p for p in methods.get("get", {}).get("parameters", ()) if p["in"] == "query"]
        examples = {p["name"]: _example(p["schema"]) for p in told}
        needed = {p["name"] for p in told if p["required"]}
        for name in examples:
            place = {"lat", "lon"} if name in ("lat", "lon", "rayon") else set()
            asked = {each: examples[each] for each in {name} | needed | place}
            response = client.get(_filled(path, methods), query_string=asked)
            if response.status_code != 200:
                refused.append((path, asked, response.text[:200]))
    assert not refused


def _example(schema: dict[str, Any]) -> str:
    return str(schema.get("items", schema)["examples"][0])


def _filled(path: str, methods: dict[str, Any]) -> str:
    for parameter in methods["get"].get("parameters", ()):
        if parameter["in"] == "path":
            example = parameter["schema"]["examples"][0]
            path = path.replace(f"{{{parameter['name']}}}", example)
    return path
