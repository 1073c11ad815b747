"""What all requests of the API have in common, as shapes."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel


class Asked(BaseModel):
    """The parameters of a request.

    flask-openapi3 reads their JSON Schema at every request, and pydantic makes it anew each time,
    which took a sixth of an answer: it is made once.
    """

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The schema: always the same object when nothing particular is asked of it."""
        if args or options:
            return super().model_json_schema(*args, **options)
        return _schema(cls)


@cache
def _schema(model: type[Asked]) -> dict[str, Any]:
    return super(Asked, model).model_json_schema()
