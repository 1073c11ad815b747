"""The examples of ``docs/api.md`` are played: each answers, and tells what the guide shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from invariants import CheckingClient

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"

_EXAMPLE = re.compile(
    r"^```http\nGET (?P<path>\S+)\n```\n(?:\n```json\n(?P<excerpt>.*?)^```)?", re.M | re.DOTALL
)
_NBSP = re.compile(r"\xa0|\\u00a0")
EXAMPLES = [
    (found["path"], found["excerpt"]) for found in _EXAMPLE.finditer(GUIDE.read_text("utf-8"))
]


def holds(answer: Any, excerpt: Any) -> bool:
    """Whether an answer has all that an excerpt shows; lists begin alike."""
    if isinstance(excerpt, dict):
        return isinstance(answer, dict) and all(
            name in answer and holds(answer[name], told) for name, told in excerpt.items()
        )
    if isinstance(excerpt, list):
        return len(answer) >= len(excerpt) and all(map(holds, answer, excerpt))
    return bool(answer == excerpt)


@pytest.mark.parametrize(("path", "excerpt"), EXAMPLES, ids=[path for path, _ in EXAMPLES])
def test_an_example_answers_as_the_guide_says(
    client: CheckingClient, path: str, excerpt: str
) -> None:
    """On the shipped data, to the letter of what is shown but for the kind of spaces."""
    response = client.get(path)
    if not excerpt:
        assert response.status_code == 200
        return
    told, answer = (json.loads(_NBSP.sub(" ", text)) for text in (excerpt, response.text))
    assert response.status_code == told.get("status", 200)
    assert holds(answer, told), json.dumps(answer, ensure_ascii=False)[:2000]


def test_every_example_of_the_guide_is_played() -> None:
    """The pattern above misses none."""
    assert len(EXAMPLES) == GUIDE.read_text("utf-8").count("```http") >= 7


@pytest.mark.parametrize(
    "path", ["initiatives?q=e", "coverage?departement=93", "nearby?lat=46.6&lon=0.3"]
)
def test_pages_hold_each_record_once(client: CheckingClient, path: str) -> None:
    """Following ``next`` gives ``count`` records, each once, the same way each time."""

    def leaf_through() -> list[str]:
        url, told = f"/api/v1/{path}", list[str]()
        while url:
            answer = json.loads(client.get(url).data)
            items = answer.get("features") or answer["items"]
            told += [item.get("code") or item["properties"]["slug"] for item in items]
            url = answer["links"].get("next")
        assert len(told) == len(set(told)) == answer["count"]
        return told

    assert leaf_through() == leaf_through()
